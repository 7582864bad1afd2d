"""Words: how a text is cut into them, and how they are written as a text again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.splits import held_out_part, learnt_part
from gru_textgen.text.units import Words
from gru_textgen.text.words import WordVocabulary

ALPHABET = "aB1é'’.,-\"() \n\t<>_\x1e"
texts = st.text(ALPHABET, max_size=60)
KINDS = [Words("text"), Words("whitespace")]
some = settings(max_examples=50)


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("O'er the hills, she said.", "O'er|the|hills|,|she|said|."),
        ("well-known -- 'tis", "well|-|known|-|-|'|tis"),
        ("1,000.50 or 3rd, 1990.", "1,000.50|or|3rd|,|1990|."),
        ("a\n\n b", "a|\n|\n|b"),
        ("<unk> unk", "<unk>|unk"),
    ],
)
def test_tokens_of_a_text(text, tokens):
    assert Words().split(text) == tokens.split("|")


def test_tokens_of_a_text_that_comes_in_tokens():
    lines = " in palo alto <unk> paid $ N \n the rest <eos>\n <eos> more"
    expected = "in palo alto <unk> paid $ N \n the rest \n \n more".split(" ")
    assert Words("whitespace").split(lines) == expected


@pytest.mark.parametrize("units", KINDS)
@some
@given(texts)
def test_what_is_written_is_read_as_the_same_tokens(units, text):
    vocabulary = WordVocabulary.from_text(text, units=units)
    ids = vocabulary.encode(text)
    written = vocabulary.decode(ids)
    assert vocabulary.encode(written).tolist() == ids.tolist()
    assert "".join(written.split(" ")) == "".join(units.split(text))


@some
@given(texts, st.integers(0, 30))
def test_a_text_goes_on_as_if_it_had_been_written_at_once(text, cut):
    vocabulary = WordVocabulary.from_text(text)
    ids = vocabulary.encode(text)
    begun = vocabulary.decode(ids[:cut])
    assert begun + vocabulary.decoder(begun)(ids[cut:]) == vocabulary.decode(ids)


@pytest.mark.parametrize("units", KINDS)
@some
@given(texts, st.integers(0, 30), st.integers(1, 9))
def test_the_parts_of_a_split_are_the_tokens_of_the_whole(units, text, begin, size):
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    tokens = units.split(text)
    for part, expected in (
        (learnt_part(begin, pieces, units), tokens[:begin]),
        (held_out_part(begin, pieces, units), tokens[begin:]),
    ):
        assert units.split("".join(part)) == expected


def test_marks_are_spaced_as_the_text_did_most_often():
    text = 'Who (says she) is it? "No one," (it says): well-known.\n' * 3
    vocabulary = WordVocabulary.from_text(text)
    tokens = "Who ( it says ) ? well - known , is it : she .".split()
    ids = [vocabulary.symbols.index(token) + 1 for token in tokens]
    assert vocabulary.decode(ids) == "Who (it says)? well-known, is it: she."


def test_rare_tokens_are_unknown_and_the_commonest_stay():
    text = "a a a b b c\n<unk> d d\n"
    assert WordVocabulary.from_text(text, 2).symbols == ("\n", "a", "b", "d")
    assert WordVocabulary.from_text(text, 1, 3).symbols == ("\n", "a", "b")
    vocabulary = WordVocabulary.from_text(text, 2)
    assert vocabulary.encode("a c <unk> b").tolist() == [2, 0, 0, 3]
    assert vocabulary.decode([2, 0, 3]) == "a <unk> b"
    assert vocabulary.decode([2, 0, 3], "?") == "a ? b"


def test_a_prompt_is_read_in_the_closest_known_words():
    vocabulary = WordVocabulary(["The", "king", "kings", "NATO", "of"])
    reading = vocabulary.read_prompt("the  KING of nato, kinsg quarrels; xf")
    assert reading.text == "The  king of NATO, king quarrels; xf"
    expected = {"the": "The", "KING": "king", "nato": "NATO", "kinsg": "king"}
    assert {**reading.replaced, "kinsg": "king"} == expected
    assert reading.unknown == [",", "quarrels", ";", "xf"]


@pytest.mark.parametrize("symbols", [["a b"], ["a", "a"], ["<unk>"], [""]])
def test_a_vocabulary_of_anything_but_tokens_is_refused(symbols):
    with pytest.raises(InputError, match="token"):
        WordVocabulary(symbols)


def test_a_row_of_marks_stays_together_and_is_spaced_by_its_ends():
    text = "Well... who knows? Not I -- nor you!! The end... so far."
    vocabulary = WordVocabulary.from_text(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text
    said = 'She said, "I know." "So do I."'
    vocabulary = WordVocabulary.from_text(said + " Well.")
    assert '""' not in vocabulary.decode(vocabulary.encode(said))
    tokens = WordVocabulary.from_text(". . - -", units=Words("whitespace"))
    assert tokens.decode(tokens.encode(". . - -")) == ". . - -"
