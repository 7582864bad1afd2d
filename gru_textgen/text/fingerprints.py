"""A compact record of the documents of a text: four bytes of each, by which a document
is recognised."""

import hashlib
from collections.abc import Iterable

import numpy as np

DTYPE = np.dtype("<u4")
MAX_RECORDED = 1 << 22  # documents: 16 megabytes


def fingerprints(documents: Iterable[str]) -> np.ndarray:
    """The record of some documents.

    A document that is not among n recorded ones is taken for one of them with the
    probability n / 2^32: of 32,000 names, one in 134,000.

    Args:
        documents: any; white space around them does not count.

    Returns:
        Sorted and distinct, shape `(documents,)` at most.
    """
    return np.unique(np.fromiter(map(_fingerprint, documents), DTYPE))


def recorded(document: str, record: np.ndarray) -> bool:
    """Whether a document is among the recorded ones.

    Args:
        document: the text.
        record: as `fingerprints` gives it.
    """
    found = _fingerprint(document)
    place = int(np.searchsorted(record, found))
    return place < len(record) and int(record[place]) == found


def _fingerprint(document: str) -> int:
    data = document.strip().encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "little")
