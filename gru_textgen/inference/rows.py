"""What a line needs, and where in it each word of a lexicon may begin."""

from dataclasses import dataclass

import numpy as np

from gru_textgen.inference.layout import MEANING, Layout
from gru_textgen.inference.lexicon import Lexicon

_EXAMPLES = (
    MEANING,
    "then",
    "the",
)  # a word of meaning, a light one, an unstressed one


@dataclass(frozen=True)
class LineDemand:
    """What one line needs, as the words of a lexicon.

    Attributes:
        layout: of its syllables.
        inner: which words may stand in it before the last, `(words,)`.
        last: which words may be the last, `(words,)`.
        first: which may begin it, `(words,)`.
        ends: which ends may end it, `(ends,)`.
        required: the number of a word that must stand in it, or -1.
        closing: whether it must end with the end of a sentence.
        longest: its most characters, or None.
    """

    layout: Layout
    inner: np.ndarray
    last: np.ndarray
    first: np.ndarray
    ends: np.ndarray
    required: int = -1
    closing: bool = False
    longest: int | None = None


@dataclass(frozen=True)
class Rows:
    """Ways to put words into a line, each `(rows,)`.

    Attributes:
        word: its number.
        starts: the positions at which it may begin, as bits.
        smooth: those of them at which it does not disturb the metre.
        shift: how many bits further the next word begins.
        lengths: its characters.
        layout: of the line.
    """

    word: np.ndarray
    starts: np.ndarray
    smooth: np.ndarray
    shift: np.ndarray
    lengths: np.ndarray
    layout: Layout

    @classmethod
    def of(cls, lexicon: Lexicon, demand: LineDemand) -> "Rows":
        """The rows of a line, only those from which it can be completed."""
        layout = demand.layout
        inner = _measured(lexicon, layout)
        word = np.concatenate([inner[0], lexicon.end_word])
        ends = _ends(lexicon, layout) * demand.ends
        end_shift = _lengths(lexicon)[lexicon.end_pattern]
        is_end = np.arange(len(word)) >= len(inner[0])
        allowed = np.where(is_end, demand.last[word], demand.inner[word])
        starts = np.concatenate([inner[1], ends]) * allowed
        smooth = np.concatenate([inner[2], ends])
        shift = np.concatenate([inner[3], end_shift])
        columns = [word, starts, smooth, shift, is_end]
        if layout.jump:
            columns = _with_required(columns, demand.required, layout)
        word, starts, smooth, shift, is_end = columns
        first = np.uint64(layout.start)
        starts = np.where(demand.first[word], starts, starts & ~first)
        starts = _completable(starts, shift, is_end)
        kept = np.flatnonzero(starts)
        # Without the space after each, which a Chinese word does not have.
        lengths = np.char.str_len(lexicon.words)[word[kept]] - (not lexicon.spaced)
        return cls(word[kept], starts[kept], smooth[kept], shift[kept], lengths, layout)

    def within(self, longest: int | None, ending: int) -> np.ndarray:
        """The positions from which a line can be ended in so many characters.

        Args:
            longest: the most of the line, or None.
            ending: those that it needs after its last word.

        Returns:
            Bits by the number of characters that are left plus 1, the last for more.
        """
        everything = np.uint64(2**64 - 1)
        if longest is None:
            return np.array([everything])
        rest = np.full(64, longest + 1)
        final = [b for b in range(self.layout.bits) if self.layout.final >> b & 1]
        rest[final] = ending
        for bit in reversed(range(self.layout.bits)):
            here = (self.starts >> np.uint64(bit) & np.uint64(1)).astype(bool)
            here &= self.shift > 0
            if here.any():
                after = rest[bit + self.shift[here].astype(int)]
                rest[bit] = min(rest[bit], (1 + self.lengths[here] + after).min())
        bits = [0] + [
            sum(1 << b for b in range(64) if rest[b] <= left)
            for left in range(longest + 1)
        ]
        return np.array(bits, np.uint64)


def _lengths(lexicon: Lexicon) -> np.ndarray:
    return np.array([len(mark) for mark in lexicon.patterns], np.uint64)


def _measured(lexicon: Lexicon, layout: Layout) -> tuple[np.ndarray, ...]:
    """Words within a line: where each may begin, and how far it reaches."""
    kind = np.where(lexicon.unstressed, 2, lexicon.light * 1)
    classes = lexicon.row_pattern * 3 + kind[lexicon.row_word]
    table = np.zeros((len(lexicon.patterns) * 3, 2), np.uint64)
    for number in np.flatnonzero(np.bincount(classes)).tolist():
        stress = lexicon.patterns[number // 3]
        table[number] = layout.inner(stress, _EXAMPLES[number % 3])
    shift = _lengths(lexicon)[lexicon.row_pattern]
    # Lines whose syllables are only counted have no metre to disturb, but a count.
    smooth = np.where(lexicon.row_doubtful, np.uint64(0), table[classes, 1])
    return lexicon.row_word, table[classes, 0], smooth, shift


def _ends(lexicon: Lexicon, layout: Layout) -> np.ndarray:
    """Where the word of each end may begin, if it ends the line."""
    pairs = lexicon.end_pattern * 16 + lexicon.end_syllable
    table = np.zeros(pairs.max(initial=0) + 1, np.uint64)
    for pair in np.flatnonzero(np.bincount(pairs)).tolist():
        table[pair] = layout.last(lexicon.patterns[pair // 16], pair % 16)
    return table[pairs]


def _with_required(columns, required: int, layout: Layout) -> list[np.ndarray]:
    """The required word leads from the first copy of the positions to the second."""
    word, starts, smooth, shift, is_end = columns
    before = np.uint64((1 << layout.jump) - 1)
    own = word == required
    leap = [word[own], starts[own] & before, smooth[own] & before]
    leap += [shift[own] + np.uint64(layout.jump), is_end[own]]
    starts = np.where(own | is_end, starts & ~before, starts)
    return [
        np.concatenate(pair)
        for pair in zip((word, starts, smooth, shift, is_end), leap)
    ]


def _completable(starts, shift, is_end) -> np.ndarray:
    """The starts from which further words can complete the line."""
    good = int(np.bitwise_or.reduce(starts[is_end], initial=np.uint64(0)))
    inner = ~is_end
    pairs = {
        int(s): int(np.bitwise_or.reduce(starts[inner & (shift == s)]))
        for s in np.unique(shift[inner])
    }
    while True:
        wider = good
        for distance, bits in pairs.items():
            wider |= bits & good >> distance
        if wider == good:
            break
        good = wider
    kept = starts & (np.uint64(good) >> shift)
    return np.where(is_end, starts, kept)
