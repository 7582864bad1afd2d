"""Where a text is split: the part to learn from, and its end, held out; or documents,
of which some are drawn and held out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gru_textgen.text.units import CHARACTERS, Units

if TYPE_CHECKING:
    import numpy as np

LAST, DOCUMENTS = "last", "documents"  # ways to split


@dataclass(frozen=True)
class DocumentSplit:
    """The places, in a text, of the documents of each part, in the order drawn.

    Attributes:
        learnt: those to learn from, shape `(documents,)`.
        held_out: those to validate on.
        test: those that training neither learns from nor looks at.
    """

    learnt: "np.ndarray"
    held_out: "np.ndarray"
    test: "np.ndarray"


def split_by_document(
    count: int, seed: int, validation_split: float, test_split: float = 0.0
) -> DocumentSplit:
    """Draw the documents that are held out: a sorted list then holds out every letter.

    Args:
        count: number of documents.
        seed: decides which they are.
        validation_split: fraction that is held out for validation.
        test_split: fraction that is held out for a test.
    """
    import numpy as np  # the names of the ways, above, are read without it

    drawn = np.random.default_rng(seed).permutation(count)
    held_out, test = (_share(count, x) for x in (validation_split, test_split))
    learnt = max(0, count - held_out - test)
    return DocumentSplit(*np.split(drawn, [learnt, learnt + held_out]))


def _share(count: int, fraction: float) -> int:
    """So many of `count`; one at least, if any are wanted."""
    return max(1, round(count * fraction)) if fraction else 0


def split_point(length: int, validation_split: float) -> int:
    """Where the held-out part of a text of `length` characters begins."""
    return int(length * (1 - validation_split))


def held_out_part(
    begin: int, pieces: Iterable[str], units: Units = CHARACTERS
) -> Iterator[str]:
    """A text from its unit `begin` on, counted from 0."""
    for piece in units.whole(pieces):
        yield piece[units.offset(piece, begin) :] if begin else piece
        begin = max(0, begin - units.count(piece)) if begin else 0


def learnt_part(
    begin: int, pieces: Iterable[str], units: Units = CHARACTERS
) -> Iterator[str]:
    """A text up to its unit `begin`: what was learnt from and, at its end, calibrated
    on."""
    for piece in units.whole(pieces):
        yield piece[: units.offset(piece, begin)]
        begin -= units.count(piece)
        if begin <= 0:
            return
