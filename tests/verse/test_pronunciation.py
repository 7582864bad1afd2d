"""Pronunciations: CMU's, the hand list's, and those that follow by rule."""

import pytest

from gru_textgen.verse.pronunciation import pronunciations, stress_patterns
from gru_textgen.verse.syllables import count_syllables


def usual(word):
    return " ".join(pronunciations(word)[0])


@pytest.mark.parametrize(
    "word, sounds",
    [
        ("lantern", "L AE1 N T ER0 N"),  # as the dictionary's file has it
        ("o'er", "AO1 R"),
        ("E\u2019en", "IY1 N"),
        ("lov'd", "L AH1 V D"),
        ("charm'd", "CH AA1 R M D"),
        ("knowest", "N OW1 IH0 S T"),
        ("goeth", "G OW1 IH0 TH"),
        ("loveth", "L AH1 V IH0 TH"),
        ("colour", "K AH1 L ER0"),
        ("lanternless", "L AE1 N T ER0 N L AH0 S"),
        ("moonlight's", "M UW1 N L AY2 T S"),
        ("starflower", "S T AA1 R F L AW2 R"),
        ("unlovely", "AH0 N L AH1 V L IY0"),
        ("overhung", "OW0 V ER0 HH AH1 NG"),
    ],
)
def test_words_are_said_as_they_are(word, sounds):
    assert usual(word) == sounds


def test_a_word_with_two_pronunciations_has_both():
    assert set(stress_patterns("record")) == {"01", "10"}
    assert set(stress_patterns("heaven")) == {"1", "10"}


def test_no_rule_knows_nonsense():
    assert pronunciations("zxqv") == pronunciations("\u043c\u043e\u0440\u0435") == ()
    assert stress_patterns("brillig") == ("??",)


@pytest.mark.parametrize(
    "word, syllables",
    [("brillig", 2), ("toves", 1), ("gyre", 1), ("mimsy", 2), ("borogoves", 3)],
)
def test_vowels_count_the_syllables_of_carroll(word, syllables):
    assert count_syllables(word) == syllables


def test_vowels_count_as_the_dictionary_does():
    words = (
        "wandering lantern river mountain beautiful silence breathless table strange "
        "loved wanted houses pieces lion poem being quiet queen eye sorrowful morning"
    ).split()
    right = [count_syllables(w) in map(len, stress_patterns(w)) for w in words]
    assert sum(right) >= len(words) - 1


def test_other_languages_count_runs_of_vowels():
    assert count_syllables("Sehnsucht", english=False) == 2
    assert count_syllables("\u043c\u043e\u043b\u043e\u043a\u043e", english=False) == 3
    with pytest.raises(ValueError):
        count_syllables("\u6d77", english=False)
