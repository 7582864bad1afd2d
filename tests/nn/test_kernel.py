"""The kernel by itself: row look-up, and both equations step by step in NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.nn.kernel import gru_sequence


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
            projected,
            h,
            None,
            U,
            recurrent_bias=bias,
            mask=mask if masked else None,
            reset_after=reset_after,
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
        lambda: gru_sequence(projected, h, None, U, None, bias, mask, reset_after),
    ):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            loss = tf.reduce_sum(tf.sin(2 * run()))
        gradients.append(tape.gradient(loss, arguments, unconnected_gradients="zero"))
    for theirs, ours in zip(*gradients):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("reset_after", [True, False])
def test_half_precision_is_that_of_the_products_alone(reset_after):
    """Without the state's share no product is rounded: all else is as in float32."""
    rng = np.random.default_rng(2)
    arrays = [rng.normal(size=s) for s in [(3, 40, 12), (3, 4), (12,)]]
    x, h, bias = arguments = [tf.constant(a, "float32") for a in arrays]
    U = tf.zeros((4, 12))
    found = []
    for products in ("float32", "bfloat16"):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            states = gru_sequence(
                x, h, None, U, None, bias, None, reset_after, product_dtype=products
            )
        assert states.dtype == tf.float32
        gradients = tape.gradient(states, arguments, unconnected_gradients="zero")
        found.append([states, *gradients])
    for whole, half in zip(*found):
        np.testing.assert_array_equal(half, whole)


def results_and_gradients(function, arguments):
    """On which the states' gradient depends too: a sine of them."""
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        states = function(*arguments)
        loss = tf.reduce_sum(tf.sin(2 * states))
    gradients = tape.gradient(loss, arguments, unconnected_gradients="zero")
    return states, *gradients


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("kind", ["ids", "features"])
@pytest.mark.parametrize("reset_after", [True, False])
@settings(max_examples=2)
@given(
    time=st.integers(1, 7),
    batch=st.sampled_from([1, 3, 17, 34]),
    units=st.integers(1, 7),
    features=st.integers(1, 7),
)
def test_the_input_s_side_may_stand_in_the_loop_or_before_it(
    road, kind, reset_after, time, batch, units, features
):
    rng = np.random.default_rng(units)
    shapes = [(batch, units), (features, 3 * units), (units, 3 * units)]
    arrays = [rng.normal(size=s) for s in [*shapes, (3 * units,), (3 * units,)]]
    vectors = rng.normal(size=(batch, time, features))
    if kind == "ids":
        inputs = tf.constant(rng.integers(0, features, (batch, time)))
        vectors = np.eye(features)[inputs]
        arguments = [tf.constant(a) for a in arrays]
    else:
        arguments = [tf.constant(a) for a in [*arrays, vectors]]

    def ours(h, W, U, b, b2, x=None):
        x = inputs if x is None else x
        return gru_sequence(x, h, W, U, b, b2, reset_after=reset_after)

    def before(h, W, U, b, b2, x=vectors):
        return gru_sequence(
            x @ W + b, h, None, U, recurrent_bias=b2, reset_after=reset_after
        )

    run = ROADS[road](lambda *arguments: results_and_gradients(ours, arguments))
    for mine, theirs in zip(run(*arguments), results_and_gradients(before, arguments)):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cores", [1, 2, 3, 8, None])
@pytest.mark.parametrize("batch", [47, 48])
def test_the_number_of_parts_never_changes_the_result(cores, batch, monkeypatch):
    """The gradient is the sum over the parts, whatever their number."""
    rng = np.random.default_rng(4)
    shapes = [(batch, 6, 5), (batch, 4), (5, 12), (4, 12), (12,), (12,)]
    arguments = [tf.constant(rng.normal(size=s)) for s in shapes]

    def run(*arguments):
        return results_and_gradients(gru_sequence, arguments)

    monkeypatch.setattr("os.cpu_count", lambda: cores)
    for ours, theirs in zip(tf.function(run)(*arguments), run(*arguments)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_a_tensorflow_without_xla_runs_the_same_loops(monkeypatch):
    rng = np.random.default_rng(5)
    shapes = [(32, 6, 5), (32, 4), (5, 12), (4, 12), (12,), (12,)]
    arguments = [tf.constant(rng.normal(size=s)) for s in shapes]
    real_function = tf.function

    def without_xla(function, jit_compile=None):
        if jit_compile:
            raise ValueError("XLA is not built in.")
        return real_function(function)

    def run(*arguments):
        return results_and_gradients(gru_sequence, arguments)

    monkeypatch.setattr(tf, "function", without_xla)
    plain = tf.function(run)
    graph = str(plain.get_concrete_function(*arguments).graph.as_graph_def())
    assert "_XlaMustCompile" not in graph
    for ours, theirs in zip(plain(*arguments), run(*arguments)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    monkeypatch.undo()
    compiled = tf.function(run).get_concrete_function(*arguments)
    assert "_XlaMustCompile" in str(compiled.graph.as_graph_def())


def test_tensorflow_takes_many_layers_for_no_retracing(caplog):
    """It warns of the sixth function of a kind, as if a loop were written badly."""
    x = tf.zeros((1, 2, 3))
    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        for _ in range(8):
            U, W, h = tf.zeros((2, 6)), tf.zeros((3, 6)), tf.zeros((1, 2))
            run = tf.function(lambda x: gru_sequence(x, h, W, U))
            run.get_concrete_function(x)  # only traced: it draws no warning by itself
    finally:
        logger.removeHandler(caplog.handler)
    assert "retracing" not in caplog.text
