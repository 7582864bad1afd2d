"""What generated text is, against the text it was learnt from: how much of it is
copied, whether its words are words, whether it goes round in circles, whether it has
the shape of verse."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.evaluation.memorisation import SPANS, Copied, Samples

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
PIECE = 1 << 20  # characters
_SHORTEST_LOOP, _TURNS = 10, 3  # characters of a passage, times that it stands running
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


@dataclass(frozen=True)
class Lengths:
    """How long some things are.

    Attributes:
        count: how many there are.
        mean: of their lengths; None if there are none.
        quantiles: for each of `QUANTILES`, the smallest length that at least such a
            share of them does not exceed; empty if there are none.
    """

    count: int
    mean: float | None
    quantiles: tuple[int, ...]


@dataclass(frozen=True)
class Shape:
    """The shape of verse.

    Attributes:
        lines: lengths in characters of lines that are not blank.
        stanzas: lengths in lines of stanzas, which blank lines separate.
    """

    lines: Lengths
    stanzas: Lengths


@dataclass(frozen=True)
class SampleNovelty:
    """What one sample is.

    Attributes:
        copied: what it has from the text word for word.
        loop: the passage that it repeats, if it does; see `loop`.
        ends_in_loop: whether it does so at its end.
    """

    copied: Copied
    loop: str | None
    ends_in_loop: bool


@dataclass(frozen=True)
class Novelty:
    """What samples are, against a text.

    Attributes:
        seen: number of samples that stand in the text whole.
        partly_seen: of others of which 40 characters running stand there.
        new: of all others.
        longest: length of the longest passage copied by any, in characters.
        spans_20: the share of all samples' spans of 20 characters that stand in the
            text; None if no sample is so long.
        spans_40: of 40 characters.
        spans_80: of 80.
        known_words: the share of all samples' words that stand in the text; None if
            there is no word.
        distinct: for n = 1, 2, 3, the number of different n-grams of words over that
            of all n-grams (Li et al. 2016, "A Diversity-Promoting Objective Function
            for Neural Conversation Models"); None if there are none.
        loops: the share of samples with a loop.
        end_loops: of those that end in one.
        shape: of the samples.
        text_shape: of the text.
        samples: each of them.
    """

    seen: int
    partly_seen: int
    new: int
    longest: int
    spans_20: float | None
    spans_40: float | None
    spans_80: float | None
    known_words: float | None
    distinct: tuple[float | None, ...]
    loops: float
    end_loops: float
    shape: Shape
    text_shape: Shape
    samples: tuple[SampleNovelty, ...]


def novelty(
    pieces: Iterable[str], samples: Sequence[str], separator: str = ""
) -> Novelty:
    """Compare samples with the text that their model has learnt from.

    The text is read once, and kept as one byte a character (two, if the samples have
    256 or more different ones).

    Args:
        pieces: of the text, in the form that the model was given, cut anywhere.
        samples: what the model wrote. Give them without their prompts: all counts.
        separator: what stands between documents of the text. A line of it, as "***",
            is taken for a blank one.

    Raises:
        InputError: if there is no sample, one is empty, or there is no text.
    """
    if not samples or not all(samples):
        raise InputError(
            "There must be at least one sample, and no sample may be empty."
        )
    compared = Samples(samples)
    written = [words(sample) for sample in samples]
    unknown = _UnknownWords(chain.from_iterable(written))
    shape, text_shape = _ShapeCounts(separator), _ShapeCounts(separator)
    ids = []
    for piece in _cut(pieces):
        ids.append(compared.vocabulary.encode(piece))
        unknown.read(piece)
        text_shape.read(piece)
    if not ids:
        raise InputError("There is no text to compare the samples with.")
    unknown.end()
    text_shape.end()
    for sample in samples:
        shape.read(sample)
        shape.end()
    copied = compared.copied(np.concatenate(ids))
    labels = Counter(c.label for c in copied)
    loops = [loop(sample) for sample in samples]
    known = [word not in unknown.words for of_sample in written for word in of_sample]
    return Novelty(
        seen=labels["seen"],
        partly_seen=labels["partly seen"],
        new=labels["new"],
        longest=max(c.longest for c in copied),
        **{f"spans_{k}": _pooled(copied, samples, k) for k in SPANS},
        known_words=_mean(known),
        distinct=tuple(distinct(written, n) for n in (1, 2, 3)),
        loops=sum(passage is not None for passage, _ in loops) / len(samples),
        end_loops=sum(at_end for _, at_end in loops) / len(samples),
        shape=shape.shape(),
        text_shape=text_shape.shape(),
        samples=tuple(SampleNovelty(c, *found) for c, found in zip(copied, loops)),
    )


def words(text: str) -> list[str]:
    """The words of a text, in lower case: letters, running, with apostrophes within."""
    return [word.lower() for word in _WORD.findall(text)]


def distinct(texts: Sequence[Sequence[str]], n: int) -> float | None:
    """The number of different n-grams of some texts over that of all, or None.

    Args:
        texts: of words.
        n: words of an n-gram; it lies within one text.
    """
    grams = [gram for text in texts for gram in zip(*(text[i:] for i in range(n)))]
    return len(set(grams)) / len(grams) if grams else None


def loop(text: str) -> tuple[str | None, bool]:
    """The passage that a text repeats without end, if it does.

    A loop is a passage of at least 10 characters that stands three or more times
    running, to the character. This is the repetition of Holtzman et al. 2020, "The
    Curious Case of Neural Text Degeneration", who ask for a phrase of at least two
    words three times at the end, told in characters.

    Returns:
        The shortest such passage, where it stands first, or None; and whether the text
        ends with such a passage three times.
    """
    points = np.array(list(map(ord, text)), np.uint32)
    passage, at_end = None, False
    for period in range(_SHORTEST_LOOP, len(points) // _TURNS + 1):
        wanted = (_TURNS - 1) * period
        repeats = points[period:] == points[:-period]
        if np.count_nonzero(repeats) < wanted:
            continue
        breaks = np.concatenate([[-1], np.flatnonzero(~repeats), [len(repeats)]])
        runs = np.diff(breaks) - 1
        if passage is None and runs.max() >= wanted:
            start = breaks[np.argmax(runs >= wanted)] + 1
            passage = text[start : start + period]
        at_end = at_end or bool(runs[-1] >= wanted)
    return passage, at_end


class _UnknownWords:
    """Those of some words that have not been read yet.

    Attributes:
        words: they.
    """

    def __init__(self, words: Iterable[str]):
        self.words = set(words)
        self._rest = ""

    def read(self, piece: str) -> None:
        """The next piece of a text, which may end within a word."""
        text = self._rest + piece
        place = max(text.rfind(" "), text.rfind("\n")) + 1
        self._rest = text[place:]
        self.words.difference_update(words(text[:place]))

    def end(self) -> None:
        """Nothing follows."""
        self.words.difference_update(words(self._rest))


class _ShapeCounts:
    """Counts lines and stanzas by their lengths."""

    def __init__(self, separator: str):
        self._blank = {"", *(line.strip() for line in separator.split("\n"))}
        self._lines: Counter[int] = Counter()
        self._stanzas: Counter[int] = Counter()
        self._open, self._rest = 0, ""

    def read(self, piece: str) -> None:
        """The next piece of a text, which may end within a line."""
        *lines, self._rest = (self._rest + piece).split("\n")
        for line in lines:
            self._line(line)

    def end(self) -> None:
        """Nothing follows; what is read next is another text."""
        self._line(self._rest)
        self._line("")
        self._rest = ""

    def _line(self, line: str) -> None:
        if line.strip() not in self._blank:
            self._lines[len(line)] += 1
            self._open += 1
        elif self._open:
            self._stanzas[self._open] += 1
            self._open = 0

    def shape(self) -> Shape:
        """Of all that has been read."""
        return Shape(_lengths(self._lines), _lengths(self._stanzas))


def _lengths(counts: Counter[int]) -> Lengths:
    count = counts.total()
    if not count:
        return Lengths(0, None, ())
    lengths = sorted(counts)
    up_to = np.cumsum([counts[length] for length in lengths])
    places = [int(np.searchsorted(up_to, q * count)) for q in QUANTILES]
    mean = sum(length * n for length, n in counts.items()) / count
    return Lengths(count, mean, tuple(lengths[place] for place in places))


def _cut(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces that are neither long nor empty."""
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            yield piece[start : start + PIECE]


def _pooled(copied: Sequence[Copied], samples: Sequence[str], k: int) -> float | None:
    """The share of all samples' spans of k characters that stand in the text."""
    shares = [getattr(c, f"spans_{k}") for c in copied]
    sizes = [max(0, len(sample) - k + 1) for sample in samples]
    standing = sum(share * size for share, size in zip(shares, sizes) if size)
    return standing / sum(sizes) if any(sizes) else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
