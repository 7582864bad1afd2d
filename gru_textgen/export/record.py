"""What an exported model says of itself: how text becomes its ids, and back."""

import json

from gru_textgen.model_file.reader import ModelInfo

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
