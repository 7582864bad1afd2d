"""Where a line's syllables stand as bits of one number, and which words may fill them.

A set of positions is the bits of a uint64: bit p is set if p syllables of an
alternative of the measure may have been written. So a word that can be said in one
syllable or two keeps both possibilities open, and so does a line that may begin in two
ways.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.verse.metre import Template, fits, weight

_BITS = 63
MEANING = "*"  # stands for all words that are neither light nor unstressed


@dataclass(frozen=True)
class Span:
    """The bits of one alternative, from `offset` to `offset + len(marks)`."""

    marks: str
    offset: int

    @property
    def end(self) -> int:
        return self.offset + len(self.marks)


class Layout:
    """The bits of a line's measure.

    Args:
        measure: of the line, with alternatives.
        twice: lay every alternative out twice, for a line that must hold a word: before
            it has been written, and after.

    Attributes:
        measure: as it was given.
        spans: the alternatives, those before the word.
        start: the bits with which a line begins.
        final: the bits with which it may end.
        jump: how far the second copy lies from the first; 0 if there is none.
    """

    def __init__(self, measure: Template, twice: bool = False):
        self.measure = measure
        room = _BITS // 2 if twice else _BITS
        self.spans: list[Span] = []
        offset = 0
        for marks in measure.alternatives:
            if offset + len(marks) + 1 > room:
                break  # the first ones are the plainest
            self.spans.append(Span(marks, offset))
            offset += len(marks) + 1
        self.jump = offset if twice else 0
        self.start = sum(1 << span.offset for span in self.spans)
        self.final = sum(1 << (span.end + self.jump) for span in self.spans)
        self.bits = offset + self.jump

    def both(self, bits: int) -> int:
        """The same positions in both copies."""
        return bits | bits << self.jump if self.jump else bits

    def progress(self) -> np.ndarray:
        """How many syllables have been written at each bit."""
        found = np.zeros(64, np.int64)
        for span in self.spans:
            for p in range(len(span.marks) + 1):
                found[span.offset + p] = found[span.offset + self.jump + p] = p
        return found

    def inner(self, stress: str, word: str) -> tuple[int, int]:
        """Where a word may begin that does not end the line.

        Args:
            stress: of its syllables.
            word: an example of the words that metre treats alike.

        Returns:
            The positions, and those of them where it does not disturb the metre.
        """
        bits = smooth = 0
        for span in self.spans:
            for p in range(len(span.marks) - len(stress)):
                marks = span.marks[p : p + len(stress)]
                heavy = word == MEANING and stress == "1" and _sags(span.marks, p)
                if fits(stress, marks, word) and not heavy:
                    bits |= 1 << (span.offset + p)
                    if not weight(stress, marks, word):
                        smooth |= 1 << (span.offset + p)
        return self.both(bits), self.both(smooth)

    def last(self, stress: str, syllable: int) -> int:
        """Where a word may begin that ends the line, and rhymes from a syllable on."""
        bits = 0
        for span in self.spans:
            p = len(span.marks) - len(stress)
            marks = span.marks[max(p, 0) :]
            beat = span.marks.rfind("/")
            if p >= 0 and beat in (-1, p + syllable) and fits(stress, marks, MEANING):
                bits |= 1 << (span.offset + p)
        return self.both(bits)


def _sags(marks: str, p: int) -> bool:
    """Whether a syllable is one of two between beats, which a word of meaning would
    drown: "the sweet man went" is no anapaest."""
    return marks[p] == "x" and "x" in marks[max(0, p - 1) : p] + marks[p + 1 : p + 2]
