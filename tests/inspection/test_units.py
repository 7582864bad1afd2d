"""Features against texts marked by hand; correlations against NumPy's."""

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inspection.units import correlations, features, readable_units

TEXT = 'Ann saw\nold "Mr Lee".\n\nNobody, Tom.'
MARKS = {
    "inside quotes": "............1111111................",
    "first word of the line": "111.....111............1111111.....",
    "last word of the line": "....111.........11111..........1111",
    "inside a name": "................111............111.",
    "line end": ".......1.............11............",
    "blank line": "......................1............",
    "capital": "1............1..1......1.......1...",
    "capital to come": "............1..1......1.......1....",
}


@pytest.mark.parametrize("name", MARKS)
def test_features_of_a_text_marked_by_hand(name):
    found = features(TEXT)[name]
    marks = "".join("1" if x else "." for x in found)
    assert f"\n{marks}\n{TEXT!r}" == f"\n{MARKS[name]}\n{TEXT!r}"


def test_counts_begin_anew_at_their_marks():
    found = features("ab c\nde\n\nf")
    assert found["position in the line"].tolist() == [1, 2, 3, 4, 0, 1, 2, 0, 0, 1]
    assert found["position in the word"].tolist() == [1, 2, 0, 1, 0, 1, 2, 0, 0, 1]
    assert found["line of the stanza"].tolist() == [0] * 5 + [1] * 3 + [2, 0]


def test_correlations_are_those_of_numpy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 3)), rng.normal(size=(50, 4))
    expected = np.corrcoef(a.T, b.T)[:3, 3:]
    np.testing.assert_allclose(correlations(a, b), expected)
    a[:, 1] = 2.0
    assert np.isnan(correlations(a, b)[1]).all()


def test_a_unit_that_knows_a_feature_is_found(generator, text):
    """After 12 epochs on this verse a space is the easiest thing to know."""
    scores = readable_units(generator, text)
    assert all(-1 <= s.score <= 1 and s.layer in (0, 1) for s in scores)
    sizes = [abs(s.score) for s in scores]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 0.6
    assert "inside quotes" not in {s.feature for s in scores}  # there are none
    best = scores[0]
    ids = generator.prompt_ids(text)
    h = generator.engine.states(ids, generator.engine.initial_state())[best.layer]
    half, lead = len(text) // 2, len(generator.beginning)
    r = np.corrcoef(h[lead + half :, best.unit], features(text)[best.feature][half:])[
        0, 1
    ]
    assert r == pytest.approx(best.score, abs=1e-6)


def test_a_text_too_short_for_scores_is_a_sentence(generator):
    with pytest.raises(InputError, match="40 characters"):
        readable_units(generator, "The cat")
