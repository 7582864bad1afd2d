"""Texts of which no two are alike, or none stands in the model's training text."""

from collections.abc import Callable

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.text.fingerprints import recorded

_TRIES = 50  # texts that are written for each one wanted, at most
_FEWEST, _TOGETHER = 16, 256  # texts that are written together


def distinct_texts(
    write: Callable[[int, int], list[str]],
    count: int,
    unique: bool,
    record: np.ndarray | None,
) -> list[str]:
    """The first texts of a seed that are as wanted.

    Args:
        write: gives texts: which is the first, and how many.
        count: how many are wanted.
        unique: whether no two may be alike.
        record: of documents that may not be among them, see `text.fingerprints`.

    Raises:
        InputError: if too few of fifty times as many texts are as wanted.
    """
    found: list[str] = []
    tried, most = 0, _TRIES * max(count, 10)
    while len(found) < count:
        if tried >= most:
            raise InputError(
                f"Only {len(found):,} of the {count:,} texts were found among "
                f"{tried:,}: give a higher `temperature`, a lower `min_p` or a smaller "
                "`count`."
            )
        size = max(_FEWEST, count - len(found))
        texts = write(tried, min(size, _TOGETHER, most - tried))
        tried += len(texts)
        for text in texts:
            known = record is not None and recorded(text, record)
            if not (known or unique and text in found):
                found.append(text)
    return found[:count]
