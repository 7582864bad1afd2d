"""What a page needs to write in a form: words, stresses, rhymes, and the forms."""

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.checks import check_letters
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.language import writes_english
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.model_file.reader import ModelArrays, ModelInfo
from gru_textgen.verse.forms import FORMS
from gru_textgen.verse.pronunciation import dictionary


def form_table(info: ModelInfo, arrays: ModelArrays) -> dict[str, Any] | None:
    """The words that a model can write forms with, and the forms that have a name.

    Args:
        info: of the model.
        arrays: its weights.

    Returns:
        `forms` by name, and `table`, JSON packed with gzip in base64; None for a model
        that does not write lines of English words.
    """
    symbols = info.vocabulary.symbols
    if not {"\n", " "} <= set(symbols):
        return None
    try:
        check_letters(symbols)
    except InputError:
        return None
    if not writes_english(TextGenerator(arrays, info)):
        return None
    return _forms_with(symbols)


def full_form_table() -> dict[str, Any]:
    """The same for a model whose characters are not known yet: all words.

    `pages/lexicon.js` leaves out those that the model cannot spell.
    """
    return _forms_with([chr(i) for i in range(128)])


def _forms_with(symbols: Sequence[str]) -> dict[str, Any]:
    table = json.dumps(_table(Lexicon(dictionary(), symbols)), separators=(",", ":"))
    return {
        "forms": {name: _form(form) for name, form in FORMS.items()},
        "table": base64.b64encode(gzip.compress(table.encode(), mtime=0)).decode(),
    }


def _table(lexicon: Lexicon) -> dict[str, Any]:
    """Words, stresses and ends, as `pages/lexicon.js` reads them."""
    return {
        "words": " ".join(lexicon.words.tolist()),
        "patterns": lexicon.patterns,
        "flags": _flags(lexicon).tolist(),
        "rows": {
            "word": np.diff(lexicon.row_word, prepend=0).tolist(),
            "pattern": lexicon.row_pattern.tolist(),
            "doubtful": lexicon.row_doubtful.astype(int).tolist(),
        },
        "ends": {
            "word": np.diff(lexicon.end_word, prepend=0).tolist(),
            "pattern": lexicon.end_pattern.tolist(),
            "syllable": lexicon.end_syllable.tolist(),
            "key": lexicon.end_key.tolist(),
            "onset": lexicon.end_onset.tolist(),
        },
    }


def _flags(lexicon: Lexicon) -> np.ndarray:
    """Bits of each word, as `pages/lexicon.js` names them."""
    grammar = np.isin(np.arange(len(lexicon.words)), sorted(lexicon.grammar))
    never_last = lexicon.never_last | ~lexicon.last
    columns = (lexicon.unstressed, lexicon.light, never_last, grammar, lexicon.longer)
    found: np.ndarray = sum(column * 2**i for i, column in enumerate(columns))
    return found


def _form(form) -> dict[str, Any]:
    return {
        "rhyme": form.rhyme,
        "lines": form.lines or 0,
        "syllables": form.syllables,
        "metre": form.metre,
        "about": form.about,
    }
