"""The form of a text, in training and in prompts."""

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.normalisation import FORMS, normalise
from gru_textgen.vocabulary import Vocabulary

ANYTHING = st.text(st.characters(exclude_categories=()))  # lone surrogates as well


@given(ANYTHING, st.sampled_from(FORMS))
@example("line\u2028separators\u2029 \x85\x0b", "NFC")
@example("e\u0301, \U0001f469\u200d\U0001f52c, \u05e9\u05dc\u05d5\u05dd", "NFC")
@example("\ud800 alone, \udfff\ud800 reversed, \0", "NFKD")
@example("\u0958\u2126\ufb01", "NFC")
def test_decoding_gives_the_normalised_text_back(text, form):
    normal = normalise(text, form)
    vocabulary = Vocabulary.from_text(normal)
    assert vocabulary.decode(vocabulary.encode(normal)) == normal
    if form != "none":
        assert unicodedata.is_normalized(form, normal)
        assert normalise(normal, form) == normal


def test_a_hundred_thousand_distinct_symbols():
    symbols = [chr(i) for i in range(0x20000, 0x20000 + 100_000)]
    vocabulary = Vocabulary.from_text("".join(symbols[::-1]))
    assert list(vocabulary.symbols) == symbols
    assert vocabulary.decode(vocabulary.encode("".join(symbols))) == "".join(symbols)


@pytest.mark.parametrize(
    "options, text, expected",
    [
        ({"lowercase": True}, "Straße ÉCOLE", "straße école"),
        ({"strip_punctuation": True}, "“No”, she—said… (so)!", "No shesaid so"),
        ({"join_lines": True}, "One \n\n two\nthree", "One two three"),
        ({"normalise": "NFC"}, "e\u0301", "é"),
        ({"normalise": "NFD", "lowercase": True}, "É", "e\u0301"),
        ({}, "e\u0301 A!\n", "e\u0301 A!\n"),
    ],
)
def test_an_example_of_each_option(options, text, expected):
    assert normalise(text, **options) == expected


def test_repairing_mends_a_text_decoded_wrongly():
    pytest.importorskip("ftfy", reason="ftfy is not installed")
    assert normalise("cafÃ© â€œÃ©tÃ©â€\x9d", repair=True) == "café “été”"
    assert normalise("‘plain’ ﬁ", repair=True) == "‘plain’ ﬁ"


def test_repairing_without_its_library_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "ftfy", None)
    with pytest.raises(InputError, match="pip install ftfy"):
        normalise("a", repair=True)
