"""The form of a text, in training and in prompts."""

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.normalisation import FORMS, normalise, normalised
from gru_textgen.text.vocabulary import Vocabulary

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


PLAIN = st.text("aZ09 \n\t.’Σσ\u0301\u0327\u0958\u1100\u1161\u11a8\u4e00\u2028")


@given(
    st.lists(ANYTHING | PLAIN, max_size=12),
    st.sampled_from(FORMS),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(1, 8),
)
@example(["ΑΣ", "'", "b ΑΣ' "], "NFC", True, False, False, 1)
@example(["a \n", "\n b"], "none", False, False, True, 1)
@example(["e", "\u0301x"], "NFC", False, False, False, 1)
def test_a_text_in_pieces_has_the_form_of_the_whole(
    pieces, form, lowercase, strip_punctuation, join_lines, size
):
    options = dict(
        normalise=form,
        lowercase=lowercase,
        strip_punctuation=strip_punctuation,
        join_lines=join_lines,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gru_textgen.text.normalisation.PIECE", size)
        found = list(normalised(pieces, **options))
    assert "".join(found) == normalise("".join(pieces), **options)


def test_a_long_text_comes_in_pieces():
    pieces = list(normalised(["A line, and a\nnother. "] * 200_000, lowercase=True))
    assert len(pieces) == 5 and max(map(len, pieces)) < 1.1 * 2**20


def test_repairing_in_pieces_mends_every_line():
    pytest.importorskip("ftfy", reason="ftfy is not installed")
    text = "cafÃ© noir\n‘plain’ ﬁ\n" * 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gru_textgen.text.normalisation.PIECE", 7)
        assert "".join(normalised([text], repair=True)) == "café noir\n‘plain’ ﬁ\n" * 3


MOJIBAKE = st.text("aÃ©à Â\xa0â€™œ\x92\x9d \n", max_size=40)


@given(st.lists(MOJIBAKE, max_size=6), st.integers(1, 30))
def test_a_line_is_repaired_as_a_whole(pieces, size):
    pytest.importorskip("ftfy", reason="ftfy is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gru_textgen.text.normalisation.PIECE", size)
        found = "".join(normalised(pieces, repair=True))
    assert found == normalise("".join(pieces), repair=True)


def test_repairing_mends_a_text_decoded_wrongly():
    pytest.importorskip("ftfy", reason="ftfy is not installed")
    assert normalise("cafÃ© â€œÃ©tÃ©â€\x9d", repair=True) == "café “été”"
    assert normalise("‘plain’ ﬁ", repair=True) == "‘plain’ ﬁ"


def test_repairing_without_its_library_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "ftfy", None)
    with pytest.raises(InputError, match="pip install ftfy"):
        normalise("a", repair=True)
