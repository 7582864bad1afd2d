"""The kernel by itself: row look-up, and both equations step by step in NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.sequence import gru_sequence, select_rows


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def naive(projected, h, U, bias, mask, reset_after):
    """Equations (1) and (2), gate by gate, one step after the other."""
    u = h.shape[1]
    states = []
    for x, keep in zip(projected.swapaxes(0, 1), mask.T):
        z = sigmoid(x[:, :u] + h @ U[:, :u] + bias[:u])
        r = sigmoid(x[:, u : 2 * u] + h @ U[:, u : 2 * u] + bias[u : 2 * u])
        if reset_after:
            c = np.tanh(x[:, 2 * u :] + r * (h @ U[:, 2 * u :] + bias[2 * u :]))
        else:
            c = np.tanh(x[:, 2 * u :] + (r * h) @ U[:, 2 * u :])
        h = np.where(keep[:, None], z * h + (1 - z) * c, h)
        states.append(h)
    return np.stack(states, axis=1)


def eagerly(function):
    return function


def compiled_whole(function):
    return tf.function(function, jit_compile=True)


ROADS = {"eager": eagerly, "graph": tf.function, "xla": compiled_whole}


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("reset_after", [True, False])
@settings(max_examples=5)
@given(
    sizes=st.tuples(
        st.integers(1, 6), st.sampled_from([1, 3, 16, 34]), st.integers(1, 6)
    ),
    masked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_states_follow_the_equations(road, reset_after, sizes, masked, seed):
    time, batch, units = sizes
    rng = np.random.default_rng(seed)
    projected = rng.normal(size=(batch, time, 3 * units))
    h, U = rng.normal(size=(batch, units)), rng.normal(size=(units, 3 * units))
    bias = rng.normal(size=3 * units) * reset_after
    mask = rng.random((batch, time)) > (0.5 if masked else -1)

    @ROADS[road]
    def run(projected, h, U, bias):
        return gru_sequence(
            projected, h, U, bias, mask if masked else None, reset_after
        )

    states = run(*map(tf.constant, (projected, h, U, bias)))
    expected = naive(projected, h, U, bias, mask, reset_after)
    np.testing.assert_allclose(states, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("reset_after", [True, False])
def test_gradients_by_hand_equal_those_of_automatic_differentiation(reset_after):
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=s) for s in [(3, 6, 12), (3, 4), (4, 12), (12,)]]
    projected, h, U, bias = arguments = [tf.constant(a) for a in arrays]
    mask = tf.constant(rng.random((3, 6)) > 0.3)

    def unrolled():
        state, states = h, []
        for t in range(6):
            x_z, x_r, x_h = tf.split(projected[:, t], 3, axis=1)
            b = bias if reset_after else tf.zeros_like(bias)
            p_z, p_r, p_h = tf.split(state @ U + b, 3, axis=1)
            z, r = tf.sigmoid(x_z + p_z), tf.sigmoid(x_r + p_r)
            past = r * p_h if reset_after else (r * state) @ U[:, 8:]
            new = z * state + (1 - z) * tf.tanh(x_h + past)
            state = tf.where(mask[:, t, None], new, state)
            states.append(state)
        return tf.stack(states, axis=1)

    gradients = []
    for run in (
        unrolled,
        lambda: gru_sequence(projected, h, U, bias, mask, reset_after),
    ):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            loss = tf.reduce_sum(tf.sin(2 * run()))
        gradients.append(tape.gradient(loss, arguments, unconnected_gradients="zero"))
    for theirs, ours in zip(*gradients):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_selecting_rows_is_the_one_hot_product():
    rng = np.random.default_rng(2)
    kernel = tf.constant(rng.normal(size=(5, 3)))
    ids = tf.constant([[0, 4, 4], [2, 0, 1]])
    weights = rng.normal(size=(2, 3, 3))
    results = []
    for rows in (
        lambda: select_rows(kernel, ids),
        lambda: tf.one_hot(ids, 5, dtype=tf.float64) @ kernel,
    ):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            loss = tf.reduce_sum(rows() * weights)
        results.append((rows(), tape.gradient(loss, kernel)))
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("reset_after", [True, False])
def test_ids_with_a_table_are_its_rows(reset_after):
    rng = np.random.default_rng(3)
    ids = tf.constant(rng.integers(0, 7, (4, 5)))
    table = tf.constant(rng.normal(size=(7, 9)))
    h, U = tf.constant(rng.normal(size=(4, 3))), tf.constant(rng.normal(size=(3, 9)))
    results = []
    for run in (
        lambda: gru_sequence(ids, h, U, reset_after=reset_after, table=table),
        lambda: gru_sequence(tf.gather(table, ids), h, U, reset_after=reset_after),
    ):
        with tf.GradientTape() as tape:
            tape.watch([table, h, U])
            loss = tf.reduce_sum(tf.sin(2 * run()))
        gradients = tape.gradient(loss, [table, h, U])
        results.append([loss, *map(tf.convert_to_tensor, gradients)])
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cores", [1, 2, 3, 8, None])
def test_the_number_of_parts_never_changes_the_result(cores, monkeypatch):
    """The gradient is the sum over the parts, whatever their number."""
    rng = np.random.default_rng(4)
    arrays = [rng.normal(size=s) for s in [(48, 6, 12), (48, 4), (4, 12), (12,)]]
    arguments = [tf.constant(a) for a in arrays]

    def run(*arguments):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            states = gru_sequence(*arguments)
            loss = tf.reduce_sum(tf.sin(2 * states))
        return states, *tape.gradient(loss, arguments)

    monkeypatch.setattr("os.cpu_count", lambda: cores)
    for ours, theirs in zip(tf.function(run)(*arguments), run(*arguments)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
