"""Derived pronunciations against the dictionary's own, which the rules do not see."""

import pytest

from gru_textgen.verse.derivation import derive
from gru_textgen.verse.pronunciation import dictionary, pronunciations, stresses


def derived(word):
    """By the rules alone, from a dictionary that lacks the word."""
    return derive(word, lambda part: list(pronunciations(part)) if part != word else [])


@pytest.mark.parametrize(
    "word",
    "cats dogs boxes churches stories mother's parents' walked wanted loved stopped "
    "carried running gently kindness hopeless graceful colour theatre unkind mislead "
    "moonlight sunset".split(),
)
def test_a_word_left_out_is_said_as_the_dictionary_says_it(word):
    assert set(derived(word)) & set(pronunciations(word))


@pytest.mark.parametrize(
    "word, sounds",
    [
        ("wing\xe8d", "W IH1 NG IH0 D"),  # the accent makes a syllable
        ("wing'd", "W IH1 NG D"),  # and the apostrophe takes it
        ("wand'ring", "W AA1 N D R IH0 NG"),
        ("flow'r", "F L AW1 R"),
        ("ev'ning", "IY1 V N IH0 NG"),
    ],
)
def test_the_marks_of_verse_add_and_take_syllables(word, sounds):
    assert sounds.split() in [list(phones) for phones in derived(word)]


def test_nine_words_of_ten_have_the_syllables_of_the_dictionary():
    """Every 97th word of the dictionary; the rules make 860 of them, 801 rightly."""
    right = made = 0
    for word in map(bytes.decode, dictionary().tables["words"][::97]):
        counts = {len(stresses(phones)) for phones in derived(word)}
        made += bool(counts)
        right += bool(counts & {len(stresses(p)) for p in pronunciations(word)})
    assert made > 600 and right > 0.9 * made


def test_what_no_part_explains_has_no_pronunciation():
    assert derive("zxqv's", lambda word: []) == []
