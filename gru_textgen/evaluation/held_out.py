"""Where the part of a text begins that a model's training held out."""

import hashlib
from collections.abc import Mapping
from typing import Any

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.normalisation import normalised
from gru_textgen.text.splits import split_point


def held_out_begin(
    info: ModelInfo, corpus: Corpus, normalisation: Mapping[str, Any]
) -> int:
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
            "The held-out part cannot be found in standard input, because the text "
            "must be read twice: give a file."
        )
    digest = hashlib.sha256()
    length = sum(map(len, normalised(corpus.pieces(digest), **normalisation)))
    split = info.settings.get("validation_split")
    if split == 0:
        raise InputError("The model was trained without a held-out part of its text.")
    if digest.hexdigest() != info.sha256 or split is None:
        raise InputError(
            "The text is not the one that the model was trained on (its sha256 "
            "differs), so its held-out part is unknown."
        )
    return split_point(length, split)
