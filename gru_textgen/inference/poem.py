"""A poem in a form: its lines, and how each scans."""

from dataclasses import dataclass
from typing import Any

from gru_textgen.verse.metre import Scansion


@dataclass(frozen=True)
class PoemLine:
    """One line.

    Attributes:
        text: as it is written, without the line's end.
        stanza: the number of its stanza, from 0.
        rhyme: its letter in the scheme, or "".
        scansion: how it fills its measure; None in a language without pronunciations.
        syllables: how many it has.
        nats: the surprise of the line to the model itself, in nats.
    """

    text: str
    stanza: int
    rhyme: str
    scansion: Scansion | None
    syllables: int
    nats: float

    @property
    def stresses(self) -> str:
        """A mark for each syllable, "/" a beat and "x" none; "" where it is unknown."""
        return "".join(self.scansion.marks) if self.scansion else ""

    def record(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        return {
            "text": self.text,
            "stanza": self.stanza + 1,
            "rhyme": self.rhyme,
            "syllables": self.syllables,
            "stresses": self.stresses,
        }


@dataclass(frozen=True)
class Poem:
    """A poem; its `str` is the text.

    Attributes:
        lines: all of them, in order.
        title: that stands above it, or "".
        steps: characters, or words and marks, that the search stepped through.
    """

    lines: tuple[PoemLine, ...]
    title: str = ""
    steps: int = 0

    def __str__(self) -> str:
        return self._laid_out([line.text for line in self.lines])

    @property
    def nats(self) -> float:
        """Nats a character that the model itself gives the poem's lines."""
        characters = sum(len(line.text) + 1 for line in self.lines)
        return sum(line.nats for line in self.lines) / characters

    def record(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        return {
            "title": self.title,
            "text": str(self),
            "lines": [line.record() for line in self.lines],
            "nats": round(self.nats, 4),
        }

    def with_scansion(self) -> str:
        """The text with each line's beats under it, and its rhyme beside it."""
        width = max(len(line.text) for line in self.lines) + 2
        shown = []
        for line in self.lines:
            rhymed = f"{line.text:<{width}}{line.rhyme}".rstrip()
            shown.append(f"{rhymed}\n{marks_under(line)}".rstrip())
        return self._laid_out(shown)

    def _laid_out(self, lines: list[str]) -> str:
        pieces = [self.title + "\n\n"] if self.title else []
        for i, (line, text) in enumerate(zip(self.lines, lines)):
            if i:
                new = line.stanza != self.lines[i - 1].stanza
                pieces.append("\n\n" if new else "\n")
            pieces.append(text)
        return "".join(pieces)


def marks_under(line: PoemLine) -> str:
    """The marks of a line's syllables, each under the vowel of its syllable."""
    if line.scansion is None:
        return ""
    row = [" "] * (len(line.text) + 8)
    lowered, at = line.text.lower().replace("\u2019", "'"), 0
    for word, marks in zip(line.scansion.words, line.scansion.marks):
        at = lowered.index(word, at)
        for place, mark in zip(_places(word, len(marks)), marks):
            row[at + place] = mark
        at += len(word)
    return "".join(row).rstrip()


def _places(word: str, syllables: int) -> list[int]:
    """Where in a word its syllables' marks stand."""
    vowels = [
        i
        for i, c in enumerate(word)
        if c in "aeiouy" and (i == 0 or word[i - 1] not in "aeiouy")
    ]
    if len(vowels) >= syllables:
        return vowels[:syllables]
    return [i * len(word) // syllables for i in range(syllables)]
