"""What an exported model says of itself: how text becomes its ids, and back."""

import dataclasses
import json
import warnings

from gru_textgen.model_file.reader import ModelArrays, ModelInfo

RECORD = "gru_textgen"  # the name under which an export holds the record


def record_of(info: ModelInfo) -> str:
    """As JSON in ASCII, an object of three names.

    `symbols` is the text of each id; that of id 0, which stands for every unknown
    character, is empty. `separator` stood between two documents of the model's text, or
    is empty. `normalisation` has what was done to that text, as the options of
    `normalisation.normalise`.
    """
    return json.dumps(
        {
            "symbols": ["", *info.vocabulary.symbols],
            "separator": info.separator,
            "normalisation": info.normalisation,
        }
    )


def without_counts(arrays: ModelArrays) -> ModelArrays:
    """A model as an export has it: the network alone. What is left out is said."""
    if arrays.counts is not None:
        warnings.warn(
            "The export does not include the n-gram counts of the training text, which "
            f"contribute {arrays.counts.share:.0%} of the model's predictions: the "
            "exported model imitates that text a little less.",
            stacklevel=3,
        )
    return dataclasses.replace(arrays, counts=None)
