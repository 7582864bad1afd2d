"""The parts of a text that a model was trained on: what it has learnt from, and what
its training held out."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.documents import split_documents, with_ends
from gru_textgen.text.normalisation import normalised
from gru_textgen.text.splits import (
    held_out_part,
    learnt_part,
    split_by_document,
    split_point,
)

LEARNT, HELD_OUT, TEST = "learnt", "held_out", "test"


def read_for(
    info: ModelInfo, corpus: Corpus, normalisation: Mapping[str, Any]
) -> Iterator[str]:
    """A text as a model reads it, in pieces: normalised, and of a model of documents
    with the symbol that ends documents around each.

    Args:
        info: of the model.
        corpus: the text.
        normalisation: options of `normalisation.normalise`.

    Raises:
        InputError: if the text cannot be read.
    """
    pieces = normalised(corpus.pieces(), **normalisation)
    if info.reset_id is None:
        return pieces
    return with_ends(split_documents(pieces, _documents(info)), info.separator)


class TextParts:
    """The parts of the text that a model was trained on.

    Args:
        info: of the model.
        corpus: its text.
        normalisation: options of `normalisation.normalise`.

    Raises:
        InputError: if it is another text, or is read from standard input.
    """

    def __init__(
        self, info: ModelInfo, corpus: Corpus, normalisation: Mapping[str, Any]
    ):
        if "-" in corpus.source.get("files", ()):
            raise InputError(
                "The held-out part cannot be found in standard input, because the text "
                "must be read twice: give a file."
            )
        digest = hashlib.sha256()
        pieces = normalised(corpus.pieces(digest), **normalisation)
        if info.reset_id is not None:
            count = sum(1 for _ in split_documents(pieces, _documents(info)))
        else:
            units = info.vocabulary.units
            count = sum(map(units.count, units.whole(pieces)))
        split = info.settings.get("validation_split")
        if digest.hexdigest() != info.sha256 or split is None:
            raise InputError(
                "The text is not the one that the model was trained on (its sha256 "
                "differs), so its held-out part is unknown."
            )
        self._info, self._corpus, self._normalisation = info, corpus, normalisation
        self._count, self._split = count, float(split)

    def pieces(self, part: str) -> Iterator[str]:
        """A part of the text, in pieces, as `read_for` gives it.

        Args:
            part: `LEARNT`, `HELD_OUT` or `TEST`.

        Raises:
            InputError: if training has held out nothing of the kind.
        """
        test_split = float(self._info.settings.get("test_split", 0))
        if part == HELD_OUT and not self._split:
            raise InputError(
                "The model was trained without a held-out part of its text."
            )
        if part == TEST and not test_split:
            raise InputError(
                "The model was trained without a test part of its text: train with "
                "`test_split`."
            )
        pieces = normalised(self._corpus.pieces(), **self._normalisation)
        if self._info.reset_id is None:
            begin = split_point(self._count, self._split)
            cut = learnt_part if part == LEARNT else held_out_part
            return cut(begin, pieces, self._info.vocabulary.units)
        chosen = split_by_document(
            self._count, self._info.settings["seed"], self._split, test_split
        )
        flags = np.zeros(self._count, bool)
        flags[getattr(chosen, part)] = True
        documents = split_documents(pieces, _documents(self._info))
        return with_ends(itertools.compress(documents, flags), self._info.separator)


def _documents(info: ModelInfo) -> str:
    """How the text of a model divides into documents."""
    return str(info.settings["documents"])
