"""Metre: which syllables of a line are beats, and whether words fall in with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gru_textgen.errors import InputError
from gru_textgen.verse.function_words import LIGHT, UNSTRESSED
from gru_textgen.verse.pronunciation import plain, stress_patterns
from gru_textgen.verse.syllables import HAN

METRES = ("iambic", "trochaic", "anapaestic", "dactylic", "none")
MAX_SYLLABLES = 20
_LETTERS = rf"[^\W\d_{HAN}]+"
_WORD = re.compile(rf"[{HAN}]|['\u2019]?{_LETTERS}(?:['\u2019]{_LETTERS})*['\u2019]?")
_SHORTEST_INVERTED = 6  # syllables of a line whose first foot may be turned round


@dataclass(frozen=True)
class Template:
    """The measure of a line.

    Attributes:
        alternatives: ways to fill the line, each a mark for every syllable: "/" a beat,
            "x" none, "-" either. Without alternatives any length will do.
    """

    alternatives: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " or ".join(self.alternatives) or "of any length"


def template(metre: str, syllables: int | None, feminine: bool = False) -> Template:
    """The measure of a line.

    Args:
        metre: one of `METRES`.
        syllables: of the line; None for any number, which only "none" allows.
        feminine: allow an unstressed syllable after the last beat as well.

    Returns:
        For iambic lines also one whose first foot is turned round ("/x"); for
        anapaestic ones also one without its first unstressed syllable.

    Raises:
        InputError: for a metre that is unknown, or does not fit the syllables.
    """
    if metre not in METRES:
        raise InputError(f"metre must be one of {', '.join(METRES)}, not {metre!r}.")
    if syllables is None:
        if metre != "none":
            raise InputError(f"An {metre} line needs its number of syllables.")
        return Template()
    if not 1 <= syllables <= MAX_SYLLABLES:
        raise InputError(f"A line has 1 to {MAX_SYLLABLES} syllables, not {syllables}.")
    if metre == "none":
        return Template(("-" * syllables,))
    lines = [_feet(metre, syllables)]
    if metre == "iambic" and syllables >= _SHORTEST_INVERTED:
        lines.append("/x" + lines[0][2:])
    if metre == "anapaestic" and lines[0].startswith("xx") and syllables > 3:
        lines.append(lines[0][1:])
    if feminine:
        lines += [line + "x" for line in lines if line.endswith("/")]
    return Template(tuple(dict.fromkeys(lines)))


def _feet(metre: str, syllables: int) -> str:
    foot = {"iambic": "x/", "trochaic": "/x", "anapaestic": "xx/", "dactylic": "/xx"}
    line = foot[metre] * (syllables // len(foot[metre]) + 1)
    if metre == "anapaestic" and syllables % 3 == 2:
        line = line[1:]
    line = line[:syllables]
    if "/" not in line:
        raise InputError(f"An {metre} line needs more than {syllables} syllables.")
    return line


def fits(stress: str, marks: str, word: str = "", lenient: bool = False) -> bool:
    """Whether a word may fill some syllables of a line.

    Args:
        stress: of each syllable of the word, as `pronunciation.stresses` gives it.
        marks: of the syllables that it fills, as many.
        word: in small letters; function words of one syllable stand on no beat.
        lenient: let words of one syllable stand anywhere.

    Returns:
        True if the main stress of a longer word falls on a beat, and no syllable beside
        it does; secondary stresses may stand anywhere.
    """
    if len(stress) == 1:
        return lenient or marks != "/" or word not in UNSTRESSED
    for i, (level, mark) in enumerate(zip(stress, marks)):
        if level == "1" and mark == "x":
            return False
        if level == "0" and mark == "/" and "1" in stress[max(0, i - 1) : i + 2]:
            return False
    return True


def weight(stress: str, marks: str, word: str) -> float:
    """How much a word, where it stands, disturbs the metre, in nats; 0 not at all.

    A word of meaning off the beat, and a light word on it, are allowed in moderation.
    """
    if len(stress) > 1 or marks == "-":
        promoted = sum(s == "0" and m == "/" for s, m in zip(stress, marks))
        return 0.7 * promoted
    if marks == "/":
        return 0.7 if word in LIGHT else 0.0
    return 0.0 if word in UNSTRESSED or word in LIGHT else 1.5


def words_of(line: str) -> list[str]:
    """The words of a line, in small letters; a hyphen parts two words, and a
    Chinese character is one."""
    return [plain(word) for word in _WORD.findall(line)]


@dataclass(frozen=True)
class Scansion:
    """A line as it scans.

    Attributes:
        words: of the line, in small letters.
        marks: of each word, a mark for each syllable: "/" a beat, "x" none.
        measure: the alternative of the template that it fills.
    """

    words: tuple[str, ...]
    marks: tuple[str, ...]
    measure: str

    @property
    def syllables(self) -> int:
        return len("".join(self.marks))


def scan(
    line: str,
    measure: Template,
    lenient: int = 0,
    patterns_of: Callable[[str], tuple[str, ...]] = stress_patterns,
) -> Scansion | None:
    """How a line fills a measure, or None if it does not.

    Args:
        line: one line; unknown words of English count by their vowels.
        measure: to fill.
        lenient: the first words, so many, are somebody else's: those of one syllable
            may stand anywhere.
        patterns_of: the stresses of each way to say a word; English by default.

    Raises:
        ValueError: for a word of a script whose vowels are not known.
    """
    words = words_of(line)
    patterns = [patterns_of(word) for word in words]
    if not measure.alternatives:
        marks = tuple(_natural(w, p[0]) for w, p in zip(words, patterns))
        return Scansion(tuple(words), marks, "")
    for alternative in measure.alternatives:
        filled = _filled(words, patterns, alternative, lenient)
        if filled is not None:
            if "-" in alternative:
                filled = [_natural(w, s) for w, s in zip(words, filled)]
            else:
                filled = _cut(alternative, filled)
            return Scansion(tuple(words), tuple(filled), alternative)
    return None


def _filled(
    words: Sequence[str], patterns: Sequence[tuple[str, ...]], marks: str, lenient: int
) -> list[str] | None:
    """The stresses of each word that together fill `marks`."""
    reached: dict[int, list[str]] = {0: []}
    for i, (word, choices) in enumerate(zip(words, patterns)):
        after: dict[int, list[str]] = {}
        for at, path in reached.items():
            for stress in choices:
                end = at + len(stress)
                here = marks[at:end]
                if len(here) == len(stress) and end not in after:
                    if fits(stress, here, word, i < lenient):
                        after[end] = [*path, stress]
        reached = after
    return reached.get(len(marks))


def _cut(marks: str, filled: Sequence[str]) -> list[str]:
    pieces, at = [], 0
    for stress in filled:
        pieces.append(marks[at : at + len(stress)])
        at += len(stress)
    return pieces


def _natural(word: str, stress: str) -> str:
    """The marks of a word as it is said by itself."""
    if len(stress) == 1:
        return "x" if word in UNSTRESSED else "/"
    return "".join("/" if level in "12" else "x" for level in stress)
