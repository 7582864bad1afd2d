import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gru_textgen.errors import InputError
from gru_textgen.inference.sampling import (
    Sampling,
    check,
    choose,
    default_min_p,
    gumbel,
    probabilities,
)

largest = 8e307  # the difference of two is a float still
finite_logits = arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 8)),
    elements=st.floats(-largest, largest) | st.floats(-9, 9) | st.integers(-2, 2),
)
weights = st.lists(st.integers(1, 5) | st.integers(1, 10**6), min_size=1, max_size=10)
shares = st.floats(0.001, 1)
NEVER = -math.inf


def softmax(row, temperature=1.0):
    powers = [math.exp((x - max(row)) / temperature) for x in row]
    return [power / math.fsum(powers) for power in powers]


def likeliest_first(p):
    return sorted(range(len(p)), key=lambda i: (-p[i], i))


def keep(p, ids):
    total = math.fsum(p[i] for i in ids)
    return [x / total if i in ids else 0.0 for i, x in enumerate(p)]


def top_k(p, k):
    return keep(p, likeliest_first(p)[:k])


def top_p(p, share):
    """None where rounding may decide."""
    ids = likeliest_first(p)
    held = [math.fsum(p[j] for j in ids[: i + 1]) for i in range(len(p))]
    if any(abs(h - share) < 1e-9 for h in held[:-1]):
        return None
    return keep(p, ids[: sum(h < share for h in held[:-1]) + 1])


def min_p(p, share):
    """None where rounding may decide."""
    if any(x != max(p) and abs(x / max(p) - share) < 1e-9 for x in p):
        return None
    return keep(p, [i for i, x in enumerate(p) if x == max(p) or x > share * max(p)])


def close(found, row):
    np.testing.assert_allclose(found, [row], rtol=1e-9, atol=1e-300)


def test_many_symbols_share_the_probability_so_less_of_it_is_left_out():
    assert default_min_p(66) == default_min_p(999) == 0.1
    assert default_min_p(1000) == default_min_p(50_000) == 0.01
    assert Sampling().min_p is None  # the model's own


@given(finite_logits, st.floats(1e-300, 1e300) | st.floats(0.1, 3))
@example(np.array([[1e307, -1e307, 1e307]]), 1e-300)
@example(np.array([[1e307, -1e307, 1e307]]), 1e300)
def test_probabilities_are_the_softmax(logits, temperature):
    p = probabilities(logits, temperature)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    expected = [softmax(row, temperature) for row in logits.tolist()]
    np.testing.assert_allclose(p, expected, rtol=1e-9, atol=1e-300)


def test_the_two_ends_of_the_floats_may_stand_in_one_row():
    end = np.finfo(np.float64).max
    close(probabilities(np.array([[end, -end]])), [1, 0])


@given(finite_logits)
@example(np.array([[1.0, 2.0, 2.0], [NEVER, NEVER, -1.0]]))
def test_temperature_0_leaves_the_first_of_the_largest(logits):
    p = probabilities(logits, temperature=0)
    firsts = [row.index(max(row)) for row in logits.tolist()]
    one_hot = [[float(i == f) for i in range(logits.shape[1])] for f in firsts]
    assert p.tolist() == one_hot


@given(weights, st.integers(1, 12))
@example([1, 3, 3, 3], 2)
def test_top_k_keeps_the_k_likeliest(weights, k):
    logits = np.log([weights])
    close(probabilities(logits, top_k=k), top_k(softmax(logits[0].tolist()), k))


@given(weights, shares)
@example([1, 1, 1, 1], 0.6)
def test_top_p_keeps_the_smallest_set_that_holds_p(weights, share):
    logits = np.log([weights])
    expected = top_p(softmax(logits[0].tolist()), share)
    assume(expected is not None)
    close(probabilities(logits, top_p=share), expected)


@given(weights, shares)
@example([2, 4, 1, 4], 1.0)
def test_min_p_keeps_what_is_at_least_this_share_of_the_likeliest(weights, share):
    logits = np.log([weights])
    expected = min_p(softmax(logits[0].tolist()), share)
    assume(expected is not None)
    close(probabilities(logits, min_p=share), expected)


@given(weights, st.floats(0.2, 5), st.integers(1, 8), shares, shares)
def test_the_three_apply_one_after_the_other(weights, temperature, k, share, least):
    logits = np.log([weights])
    expected = top_p(top_k(softmax(logits[0].tolist(), temperature), k), share)
    assume(expected is not None)
    expected = min_p(expected, least)
    assume(expected is not None)
    close(probabilities(logits, temperature, k, share, least), expected)


@pytest.mark.parametrize("setting", [{"top_p": 0.7}, {"min_p": 0.4}], ids=str)
def test_each_row_is_cut_by_itself(setting):
    logits = np.log([[8, 4, 2, 1], [1, 1, 1, 97]])
    p = probabilities(logits, **setting)
    np.testing.assert_allclose(p, [[2 / 3, 1 / 3, 0, 0], [0, 0, 0, 1]])


@given(
    st.lists(st.just(NEVER) | st.floats(-50, 50), min_size=1, max_size=8),
    st.sampled_from([0, 1e-300, 0.5, 1, 1e300]),
    st.integers(0, 99),
)
def test_a_logit_of_minus_infinity_is_never_chosen(row, temperature, seed):
    assume(max(row) > NEVER)
    p = probabilities(np.array([row]), temperature)
    assert all(share == 0 for share, x in zip(p[0], row) if x == NEVER)
    noise = gumbel(np.random.default_rng(seed), (1, len(row)), temperature)
    assert row[choose(np.array([row]), noise, temperature)[0]] > NEVER


@pytest.mark.parametrize(
    "setting",
    [{}, {"temperature": 0.6}, {"temperature": 1.7}, {"top_k": 3}]
    + [{"min_p": 0.25, "temperature": 0.8}]
    + [{"top_p": 0.8}, {"min_p": 0.3}, {"temperature": 0.5, "top_k": 4, "min_p": 0.01}],
    ids=str,
)
def test_symbols_are_chosen_as_often_as_their_probabilities_say(setting):
    logits = np.log([[0.5, 0.2, 1e-300, 0.15, 0.1, 0.05]])
    p = probabilities(logits, **setting)[0]
    draws = 100_000
    temperature = setting.get("temperature", 1.0)
    noise = gumbel(np.random.default_rng(0), (draws, 6), temperature)
    counts = np.bincount(choose(np.tile(logits, (draws, 1)), noise, **setting))
    counts = np.pad(counts, (0, 6 - len(counts)))
    likely = p > 1e-9
    assert not counts[~likely].any()
    expected = draws * p[likely]
    chi_square = ((counts[likely] - expected) ** 2 / expected).sum()
    assert chi_square < 23.5  # 4 degrees of freedom: one seed in ten thousand exceeds


def test_gumbel_numbers_are_gumbel_numbers():
    noise = gumbel(np.random.default_rng(0), (1000, 200))
    assert np.isfinite(noise).all()
    values = np.sort(noise, axis=None)
    expected = np.exp(-np.exp(-values.astype(np.float64)))  # Gumbel's distribution
    empirical = (np.arange(values.size) + 0.5) / values.size
    distance = np.abs(expected - empirical).max()  # Kolmogorov-Smirnov
    assert distance < 2.2 / math.sqrt(values.size)  # one seed in ten thousand exceeds


def test_a_uniform_number_of_zero_is_a_finite_gumbel_number():
    class Zeros:
        def random(self, shape, dtype):
            return np.zeros(shape, dtype)

    assert gumbel(Zeros(), (1,), 0.0).tolist() == [0.0]
    assert np.isfinite(gumbel(Zeros(), (1,), 1e300))


def test_temperature_0_chooses_the_likeliest_whatever_the_noise():
    noise = gumbel(np.random.default_rng(0), (2, 3), temperature=0)
    logits = np.array([[1.0, 3.0, 3.0], [0.0, -1.0, -2.0]])
    assert choose(logits, noise, temperature=0).tolist() == [1, 0]


@pytest.mark.parametrize(
    "name, value",
    [("temperature", x) for x in (math.nan, math.inf, -math.inf, -0.1)]
    + [("top_k", x) for x in (0, -1)]
    + [("top_p", x) for x in (math.nan, math.inf, -0.1, 0, 1.1)]
    + [("min_p", x) for x in (math.nan, math.inf, -0.1, 1.1)],
)
def test_a_setting_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(InputError, match=name):
        check(**{name: value})
    with pytest.raises(InputError, match=name):
        probabilities(np.zeros((1, 3)), **{name: value})
