"""What an exported model says of itself: how text becomes its ids, and back."""

import dataclasses
import json
import warnings
from typing import Any

from gru_textgen.model_file.reader import ModelArrays, ModelInfo
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary

RECORD = "gru_textgen"  # the name under which an export holds the record


def record_of(info: ModelInfo) -> str:
    """As JSON in ASCII, an object of five names.

    `level` is "character" or "word". `symbols` is the text of each id; that of id 0,
    which stands for every unknown character or word, is empty. `separator` stood
    between two documents of the model's text, or is empty. `normalisation` has what was
    done to that text, as the options of `normalisation.normalise`. `words` is null of
    characters, and of words what `words_of` gives.
    """
    return json.dumps(
        {
            "level": info.level,
            "symbols": ["", *info.vocabulary.symbols],
            "separator": info.separator,
            "normalisation": info.normalisation,
            "words": words_of(info.vocabulary),
        }
    )


def words_of(vocabulary: Vocabulary | WordVocabulary) -> dict[str, Any] | None:
    """How a model of words cuts a text into tokens and puts spaces between them.

    Returns:
        None of characters. Of words `tokens`, "text" or "whitespace"; `pattern`, a
        regular expression of Python whose matches are the tokens, in order ("<eos>"
        among "whitespace" ones is the token "\\n"); `before` and `after`, the ids of
        the marks that no space precedes, and of those that none follows.
    """
    if not isinstance(vocabulary, WordVocabulary):
        return None
    return {**vocabulary.record, "pattern": vocabulary.units.pattern}


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
