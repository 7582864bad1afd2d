"""The n-gram model's whole distributions, against its losses of single characters,
which dictionaries check in `evaluation/test_ngram.py`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.inference.kneser_ney import (
    NO_CONTEXT,
    KneserNey,
    best_order,
    longest_order,
    losses,
)

IDS = st.lists(st.integers(0, 3), max_size=120).map(lambda x: np.array(x, np.uint8))


def contexts(ids, order):
    """The `order - 1` ids before each, of one text."""
    before = np.concatenate([np.full(order - 1, NO_CONTEXT), ids.astype(np.int64)])
    return np.stack([before[i : i + order - 1] for i in range(len(ids))])


@given(IDS, IDS.filter(len), st.integers(1, 6))
def test_distributions_hold_the_probabilities_that_losses_measure(train, text, order):
    p = KneserNey(train, 4, order).probabilities(contexts(text, order))
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert p.min() > 0
    *_, expected = losses(train, text, 4, order)
    came = p[np.arange(len(text)), text]
    np.testing.assert_allclose(-np.log(came), expected, rtol=1e-9)


def test_an_example_worked_by_hand():
    # Of "abaab", as 1 2 1 1 2, the pairs ab twice, ba, aa; before a stand two different
    # symbols, before b one; too few to estimate discounts, which are (0.5, 1, 1.5).
    p = KneserNey(np.array([1, 2, 1, 1, 2]), 3, 2).probabilities(np.array([[1], [2]]))
    left = (1 + 0.5) / 3 / 3
    unknown, a, b = left, 1 / 3 + left, 0.5 / 3 + left
    after_a = [0.5 * unknown, 0.5 / 3 + 0.5 * a, (2 - 1) / 3 + 0.5 * b]
    after_b = [0.5 * unknown, 0.5 + 0.5 * a, 0.5 * b]
    np.testing.assert_allclose(p, [after_a, after_b])


@pytest.mark.parametrize("symbols", [2, 65, 300, 4000])
def test_the_longest_ngrams_of_many_symbols_are_told_apart(symbols):
    order = longest_order(symbols)
    ids = np.random.default_rng(0).integers(symbols - 2, symbols, 300)
    p = KneserNey(ids, symbols, order).probabilities(contexts(ids, order))
    *_, expected = losses(ids, ids, symbols, order)
    np.testing.assert_allclose(p[np.arange(300), ids], np.exp(-expected))


def test_an_empty_text_says_nothing():
    p = KneserNey(np.empty(0, np.uint8), 4, 3).probabilities(np.array([[1, 2]]))
    np.testing.assert_allclose(p, 0.25)
    assert best_order(np.array([1]), 4) == 1


@pytest.mark.parametrize(
    "ids, order, named", [([1], 33, "from 1 to 32"), ([4], 2, "0 to 3")]
)
def test_what_cannot_be_counted_is_refused(ids, order, named):
    with pytest.raises(InputError, match=named):
        KneserNey(np.array(ids), 4, order)
