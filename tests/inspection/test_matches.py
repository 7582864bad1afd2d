"""Matches in states written by hand."""

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inspection.matches import Place, match

STATES = np.zeros((12, 4))
STATES[2:5, 0] = 0.9  # on in the passage,
STATES[2:5, 1] = -0.8  # and so is this one, below
STATES[6:9, 0] = 0.7  # one of them is on here,
STATES[7:9, 3] = 0.9  # with another that is on in part of it
STATES[9:12, :2] = (0.6, -0.6)  # here both are,
STATES[9:12, 2] = 0.9  # and one more


def test_the_place_with_most_units_in_common_comes_first():
    found = match(STATES, 2, 5)
    assert found.units.tolist() == [0, 1] and found.signs.tolist() == [1, -1]
    assert found.places == [Place(9, 12, 2, 1), Place(6, 9, 1, 0)]
    assert match(STATES, 2, 5, count=1).places == found.places[:1]


def test_a_higher_threshold_leaves_fewer_units():
    assert match(STATES, 2, 5, threshold=0.85).units.tolist() == [0]
    assert match(STATES, 2, 5, threshold=0.65).places == [Place(6, 9, 1, 0)]
    nothing = match(STATES, 0, 2)
    assert not len(nothing.units) and nothing.places == []


@pytest.mark.parametrize("passage", [(3, 3), (-1, 2), (10, 13)])
def test_a_passage_outside_the_text_is_a_sentence(passage):
    with pytest.raises(InputError, match="12 characters"):
        match(STATES, *passage)


def test_a_threshold_out_of_range_is_a_sentence():
    with pytest.raises(InputError, match="above 0"):
        match(STATES, 2, 5, threshold=0)
