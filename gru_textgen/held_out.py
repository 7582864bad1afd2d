"""The part of a text that a model's training held out, and the part before it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from gru_textgen.archive import ModelInfo
from gru_textgen.corpus import Corpus
from gru_textgen.dataset import split_point
from gru_textgen.errors import InputError
from gru_textgen.normalisation import normalised


def held_out_begin(info: ModelInfo, corpus: Corpus, normalisation: Mapping) -> int:
    """Where the part begins that the model's training held out.

    Args:
        info: of the model.
        corpus: its text.
        normalisation: options of `normalisation.normalise`.

    Raises:
        InputError: if it is another text, or is read from standard input.
    """
    if "-" in corpus.source.get("files", ()):
        raise InputError(
            "To find its held-out part the text is read twice, and standard input can "
            "be read but once: give a file."
        )
    digest = hashlib.sha256()
    length = sum(map(len, normalised(corpus.pieces(digest), **normalisation)))
    split = info.settings.get("validation_split")
    if digest.hexdigest() != info.sha256 or split is None:
        raise InputError(
            "The text is not the one that the model was trained on (its sha256 is "
            "another), so no part of it is known to have been held out."
        )
    return split_point(length, split)


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
