"""Where a text is split: the part to learn from, and its end, held out."""

from collections.abc import Iterable, Iterator


def split_point(length: int, validation_split: float) -> int:
    """Where the held-out part of a text of `length` characters begins."""
    return int(length * (1 - validation_split))


def held_out_part(begin: int, pieces: Iterable[str]) -> Iterator[str]:
    """A text from `begin` on."""
    for piece in pieces:
        yield piece[begin:]
        begin = max(0, begin - len(piece))


def learnt_part(begin: int, pieces: Iterable[str]) -> Iterator[str]:
    """A text up to `begin`: what was learnt from and, at its end, calibrated on."""
    for piece in pieces:
        yield piece[:begin]
        begin -= len(piece)
        if begin <= 0:
            return
