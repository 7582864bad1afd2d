"""A state that is emptied within a sequence: several sequences in one row."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.nn.gru import GRU
from gru_textgen.nn.kernel import gru_sequence

RNG = np.random.default_rng(0)
TIME, CUTS = 7, ([0, 3, 4], [0, 6], [2, 5])  # where sequences begin, in each row


def eagerly(function):
    return function


ROADS = {"eager": eagerly, "graph": tf.function}


def resets():
    found = np.zeros((len(CUTS), TIME), bool)
    for row, cuts in zip(found, CUTS):
        row[cuts] = True
    return found


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("reset_after", [True, False])
def test_a_row_of_sequences_equals_the_sequences_one_at_a_time(road, reset_after):
    """In states and in the gradients by the inputs, the first state and the weights."""
    units, features = 3, 2
    inputs = RNG.normal(size=(len(CUTS), TIME, features))
    first = RNG.normal(size=(len(CUTS), units))
    shapes = [(features, 9), (units, 9), (9,), (9,)]
    weights = [tf.constant(RNG.normal(size=shape)) for shape in shapes]
    inputs, first = tf.constant(inputs), tf.constant(first)

    @ROADS[road]
    def together(inputs, first, *weights):
        with tf.GradientTape() as tape:
            tape.watch([inputs, first, *weights])
            states = gru_sequence(
                inputs, first, *weights, None, reset_after, resets=resets()
            )
            loss = tf.reduce_sum(tf.sin(2 * states))
        return states, *tape.gradient(loss, [inputs, first, *weights])

    def alone(inputs, first, *weights):
        rows = []
        with tf.GradientTape() as tape:
            tape.watch([inputs, first, *weights])
            for i, cuts in enumerate(CUTS):
                edges = sorted({0, *cuts, TIME})
                parts = []
                for begin, end in zip(edges, edges[1:]):
                    state = first[i : i + 1]
                    if begin in cuts:
                        state = tf.zeros_like(state)
                    part = inputs[i : i + 1, begin:end]
                    given = part, state, *weights, None, reset_after
                    parts.append(gru_sequence(*given, jit_compile=False))
                rows.append(tf.concat(parts, axis=1))
            states = tf.concat(rows, axis=0)
            loss = tf.reduce_sum(tf.sin(2 * states))
        return states, *tape.gradient(loss, [inputs, first, *weights])

    found = together(inputs, first, *weights)
    for value, expected in zip(found, alone(inputs, first, *weights)):
        if expected is None:  # b' is not read without reset_after
            continue
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-12)


def test_a_layer_that_loops_step_by_step_says_that_it_cannot():
    layer = GRU(3, unroll=True)
    with pytest.raises(ValueError, match="cannot reset its state within a sequence"):
        layer(np.ones((3, TIME, 2), "float32"), resets=resets())


def test_an_empty_state_is_that_of_keras():
    """After a reset at each step, every step is the first of a sequence."""
    ours, theirs = (kind(4, return_sequences=True) for kind in (GRU, keras.layers.GRU))
    inputs = RNG.normal(size=(2, 5, 3)).astype("float32")
    theirs.build(inputs.shape)
    ours.build(inputs.shape)
    ours.set_weights(theirs.get_weights())
    found = ours(inputs, resets=np.ones((2, 5), bool))
    expected = theirs(inputs.reshape(10, 1, 3))
    np.testing.assert_allclose(found.numpy().reshape(10, 1, 4), expected, atol=1e-6)
