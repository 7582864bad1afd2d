"""Whole poems out of records: repeats dropped, editors' numbers and marks removed.

`cleaning` finds verse among the lines of scanned books; here each document is a poem
already, in any language, and only what its editor added goes.
"""

import html
import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gru_textgen.errors import InputError, suggest
from gru_textgen.verse.cleaning import text_file
from gru_textgen.verse.line_rules import plain
from gru_textgen.verse.plain_poems import plain_poem

_SHARE_OLD = 0.5  # of a poem's lines that stood before, for it to be a repeat
# Bytes of the letters of a line that tells poems apart; that stands in one poem only.
_LONG, _OWN = 12, 20
_ROMAN = r"[IVXLC]+"

# In the order in which they are applied, each to a whole poem: a pattern, and what
# stands in its place.
MARKS: dict[str, tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = {
    "entities": (  # of HTML, such as &#228; for a letter
        re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});"),
        lambda found: html.unescape(found[0]),
    ),
    "spaces": (re.compile(r"[^\S\n]{2,}|[^\S \n]"), " "),
    "hyphens": (re.compile("\xad|\ufeff|\u200b"), ""),
    "notes": (re.compile(r" ?(?:\[\d{1,3}\]|\(\d{1,3}\)|[¹²³⁰-⁹†‡]+)"), ""),
    "asides": (  # of Chinese editions: sources, variants, which poem of several
        re.compile(
            r"（(?:[^（）]|（[^（）]*）)*）|〖[^〖〗]*〗|\[[一二三四五六七八九十〇]+\]"
        ),
        "",
    ),
    # Every fifth line or tenth has its number; the first line may be a title.
    "line-numbers": (
        re.compile(r"(?m)(?<=\n)(.*\S) +\d{0,2}[05]$|(?<=\n)\d{0,2}[05] +(?=\w)"),
        r"\1",
    ),
    "stanza-numbers": (
        re.compile(rf"(?m)^[^\w\n]*(?:\d{{1,3}}|{_ROMAN})[^\w\n]*\n"),
        "",
    ),
    "elisions": (
        re.compile(r"(?i)(\b(?:[cdjlmn]|qu|jusqu|lorsqu|puisqu)['’]) (?=\w)"),
        r"\1",
    ),
    "edges": (re.compile(r"(?m)^ +| +$"), ""),
    "blank-lines": (re.compile(r"\n{3,}"), "\n\n"),
}
REPEATS = "repeats"
POEM_RULES = (*MARKS, REPEATS)


@dataclass
class PoemReport:
    """What a cleaning did.

    Attributes:
        poems: how many were read.
        kept: how many of them were kept.
        changed: how many poems each rule changed or, of "repeats", dropped.
        held_out: how many of those kept were held out.
        groups: the names of the groups held out, such as authors.
        excluded: how many share a line with a text to evaluate on.
    """

    poems: int = 0
    kept: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    held_out: int = 0
    groups: tuple[str, ...] = ()
    excluded: int = 0


def clean_poem(text: str, report: PoemReport, without: Collection[str] = ()) -> str:
    """A poem without what its editor added.

    Args:
        text: title, empty line and stanzas, or stanzas alone.
        report: is told which rules changed it.
        without: names of `MARKS` to leave out.
    """
    for name, (pattern, replacement) in MARKS.items():
        if name not in without:
            text, found = pattern.subn(replacement, text + "\n")
            text = text.strip("\n")
            report.changed[name] += bool(found)
    return text


class Repeats:
    """Tells poems that have stood before, whole or for the most part, under any title
    and in any spelling of capitals, accents aside."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def add(self, poem: str) -> bool:
        """Remember a poem; whether it is a repeat of those before it."""
        lines = {zlib.crc32(line.encode()) for line in _telling(poem)}
        old = len(lines & self._seen)
        if lines and old > _SHARE_OLD * len(lines):
            return True
        self._seen |= lines
        return False


def _telling(poem: str, least: int = _LONG) -> Iterator[str]:
    for line in poem.split("\n"):
        letters = "".join(filter(str.isalpha, line)).casefold()
        # A character of Chinese says as much as several letters.
        if len(letters.encode()) >= least:
            yield letters


def _owned(text: str) -> set[str]:
    """The letters of lines that tell where they are from, however they are printed."""
    lines = map(plain, html.unescape(text).split("\n"))
    return set(_telling("\n".join(lines), _OWN))


def clean_poems(
    poems: Iterable[str],
    report: PoemReport,
    without: Collection[str] = (),
    plainly: bool = False,
    excluded: str = "",
) -> Iterator[str]:
    """The poems that are no repeats, each without what its editor added.

    Args:
        poems: title, empty line and stanzas each.
        report: is told what was done.
        without: names of `POEM_RULES` to leave out.
        plainly: whether each is written as by `plain_poem`.
        excluded: a text to evaluate on: poems that share a line of 20 letters with it
            (7 characters of Chinese), or half of their lines, are left out.
    """
    for name in sorted(set(without) - set(POEM_RULES)):
        raise InputError(f"There is no rule {name!r}.{suggest(name, POEM_RULES)}")
    repeats, foreign = Repeats(), _owned(excluded)
    repeats.add(excluded)
    for poem in poems:
        report.poems += 1
        text = clean_poem(poem, report, without)
        if plainly and text:
            text = plain_poem(text)
        if foreign and not foreign.isdisjoint(_owned(text)):
            report.excluded += 1
        elif REPEATS not in without and repeats.add(text):
            report.changed[REPEATS] += 1
        elif text:
            report.kept += 1
            yield text


def parted(
    poems: Iterable[str],
    share: float,
    seed: int,
    report: PoemReport,
    without: Collection[str] = (),
    plainly: bool = False,
    excluded: str = "",
) -> tuple[list[str], list[str]]:
    """Clean poems to learn from, and those of other groups, to evaluate on.

    A poem that is held out is no repeat of one to learn from.

    Args:
        poems: group, such as the author, empty line, and the poem, each.
        share: of all characters that are held out, at most.
        seed: decides which groups these are.
        report: is told what was done.
        without: names of `POEM_RULES` to leave out.
        plainly: whether each is written as by `plain_poem`.
        excluded: a text to evaluate on, as for `clean_poems`.
    """
    pairs = [poem.split("\n\n", 1) for poem in poems]
    pairs = [pair for pair in pairs if len(pair) == 2]
    sizes: Counter[str] = Counter()
    for group, poem in pairs:
        sizes[group] += len(poem)
    chosen = chosen_groups(sizes, share, seed)
    report.groups = tuple(sorted(chosen))
    # Those to learn from come first, so that a repeat is dropped from the others.
    pairs.sort(key=lambda pair: pair[0] in chosen)
    learnt = sum(pair[0] not in chosen for pair in pairs)
    texts = (poem for _, poem in pairs)
    marked = clean_poems(texts, report, without, plainly, excluded)
    kept: list[str] = []
    held: list[str] = []
    for poem in marked:
        (kept if report.poems <= learnt else held).append(poem)
    report.held_out = len(held)
    return kept, held


def chosen_groups(sizes: Mapping[str, int], share: float, seed: int) -> set[str]:
    """Groups to hold out, such as authors: shuffled, those that still fit.

    Args:
        sizes: characters of each group.
        share: of all characters that they have together, at most.
        seed: of the shuffle.
    """
    names = sorted(sizes)
    left, chosen = share * sum(sizes.values()), set()
    for i in np.random.default_rng(seed).permutation(len(names)):
        if sizes[names[i]] <= left:
            chosen.add(names[i])
            left -= sizes[names[i]]
    return chosen


def write_poems(poems: Sequence[str], path: str | Path, separator: str) -> None:
    """Write poems to a file that is whole or not there; .gz and .xz are compressed.

    Raises:
        InputError: if there are none.
    """
    if not poems:
        raise InputError(f"No poem is left to write to {path}.")
    with text_file(path) as file:
        file.write(separator.join(poems) + "\n")
