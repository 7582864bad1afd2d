"""Rhyme: what poets rhymed, and what no ear takes for it."""

import pytest

from gru_textgen.verse.rhyme import rhymes


# Shakespeare, sonnets 18 and 116; Keats, "To Autumn"; Lear; all in print.
@pytest.mark.parametrize(
    "one, other",
    [
        ("day", "May"),
        ("shines", "declines"),
        ("fade", "shade"),
        ("see", "thee"),
        ("minds", "finds"),
        ("bees", "trees"),
        ("blowing", "flowing"),
        ("o'er", "shore"),
        ("butterfly", "sky"),
    ],
)
def test_what_rhymes(one, other):
    assert rhymes(one, other) and rhymes(other, one)


@pytest.mark.parametrize(
    "one, other",
    [
        ("sea", "sea"),  # itself
        ("sea", "see"),  # sounds like it
        ("leave", "believe"),  # the same onset
        ("love", "move"),  # for the eye
        ("window", "snow"),  # from an unstressed vowel
        ("live", "give"),  # said in two ways
        ("brillig", "zillig"),  # unknown
        ("day", "night"),
    ],
)
def test_what_does_not(one, other):
    assert not rhymes(one, other)


def test_near_rhymes_only_if_asked_for():
    for one, other in [("stone", "home"), ("bend", "sand"), ("lake", "fate")]:
        assert not rhymes(one, other)
        assert rhymes(one, other, near=True)
    assert not rhymes("stone", "grass", near=True)
