import string
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.vocabulary import UNKNOWN_ID, Vocabulary

anything = st.text(st.characters(exclude_categories=()))  # surrogates as well
PRINTABLE = Vocabulary.from_text(string.ascii_letters + string.digits + " .,-'\"\n")


@given(anything)
@example("\ud83d\ude00 \udfff\U0010ffff\0\ufeff\ufffd")
def test_decode_turns_encode_back(text):
    vocabulary = Vocabulary.from_text(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


@given(anything, anything)
@example("ab", "a?b")
def test_ids_are_places_among_the_symbols_and_0_elsewhere(known, text):
    symbols = sorted(set(known) - {"\ufffd"})
    vocabulary = Vocabulary.from_text(known)
    expected = [symbols.index(c) + 1 if c in symbols else UNKNOWN_ID for c in text]
    ids = vocabulary.encode(text)
    assert ids.tolist() == expected
    written = "".join(c if c in symbols else "\ufffd" for c in text)
    assert vocabulary.decode(ids) == written


def test_an_example_worked_by_hand():
    vocabulary = Vocabulary.from_text("banana")
    assert vocabulary.symbols == ("a", "b", "n")
    assert len(vocabulary) == 4
    assert vocabulary.encode("nab?").tolist() == [3, 1, 2, 0]
    assert vocabulary.decode([0, 3, 1]) == "\ufffdna"


@pytest.mark.parametrize(
    "count, dtype", [(1, np.uint8), (255, np.uint8), (256, np.uint16)]
)
def test_ids_take_the_smallest_type_that_holds_them(count, dtype):
    text = "".join(chr(0x4E00 + i) for i in range(count))
    ids = Vocabulary.from_text(text).encode(text)
    assert ids.dtype == dtype
    assert ids.tolist() == list(range(1, count + 1))


def test_a_long_text_is_encoded_whole():
    pieces = 700_001
    ids = Vocabulary("abc").encode("cab" * pieces)
    np.testing.assert_array_equal(ids, np.tile([3, 1, 2], pieces))


@pytest.mark.parametrize("symbols", [["a", "b", "a"], ["ab"], [""], ["a", 1]])
def test_symbols_that_are_not_distinct_characters_are_refused(symbols):
    with pytest.raises(InputError):
        Vocabulary(symbols)


@pytest.mark.parametrize(
    "prompt, text",
    [
        ("\u2018tis don\u2019t", "'tis don't"),
        ("\u201cYes\u201d \u00abno\u00bb", '"Yes" "no"'),
        ("\ufb01ne \ufb02oor", "fine floor"),
        ("wait\u2026", "wait..."),
        ("caf\u00e9 na\u00efve \u00c5", "cafe naive A"),
        ("so\u2014or 1\u20132", "so--or 1-2"),
        ("a\tb\u00a0c", "a b c"),
        ("\uff21\u00b2", "A2"),
    ],
)
def test_a_prompt_is_read_in_the_closest_known_characters(prompt, text):
    reading = PRINTABLE.read_prompt(prompt)
    assert reading.text == text
    assert reading.unknown == []
    assert "".join(reading.replaced.get(c, c) for c in prompt) == text


@pytest.mark.parametrize(
    "symbols, prompt, text", [("abc", "Ab", "ab"), ("ABC", "aB", "AB"), ("e", "É", "e")]
)
def test_a_letter_may_change_its_case_to_be_known(symbols, prompt, text):
    assert Vocabulary(symbols).read_prompt(prompt).text == text


def test_unknown_characters_stay_and_are_listed_once_in_order():
    reading = PRINTABLE.read_prompt("a\U0001f600b\u4e00\U0001f600")
    assert reading.text == "a\U0001f600b\u4e00\U0001f600"
    assert reading.unknown == ["\U0001f600", "\u4e00"]
    assert reading.replaced == {}


@given(anything)
@example("\u2018\u2014\u00e9\u2026\ufb01\t")
def test_known_characters_are_never_touched(text):
    reading = Vocabulary.from_text(text + string.printable).read_prompt(text)
    assert (reading.text, reading.replaced, reading.unknown) == (text, {}, [])


@given(anything, anything)
@example("e", "\u00c9\u2014e")
def test_a_reading_accounts_for_every_character(known, prompt):
    reading = Vocabulary.from_text(known).read_prompt(prompt)
    assert set(reading.text) <= set(known) | set(reading.unknown)
    assert set().union(*reading.replaced.values()) <= set(known)
    assert set(prompt) - set(known) == set(reading.replaced) | set(reading.unknown)


def test_a_decomposed_accent_is_composed():
    reading = Vocabulary("cafe\u00e9").read_prompt("cafe\u0301")
    assert (reading.text, reading.unknown) == ("caf\u00e9", [])


def test_an_accent_alone_is_left_out():
    assert Vocabulary("ab").read_prompt("a\u0301b").text == "ab"


@given(anything, st.integers(1, 4), st.none() | st.integers(1, 5))
def test_rare_characters_are_left_out(text, min_count, most):
    vocabulary = Vocabulary.from_text(text, min_count, most)
    counts = Counter(text)
    by_count = sorted(counts, key=lambda c: (-counts[c], c))[:most]
    assert list(vocabulary.symbols) == sorted(
        c for c in by_count if counts[c] >= min_count
    )
    unknown = [c for c in text if c not in vocabulary.symbols]
    assert (vocabulary.encode(text) == 0).sum() == len(unknown)
