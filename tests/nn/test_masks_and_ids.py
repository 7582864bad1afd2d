"""What must never reach a state: what masked steps hold, and ids that are none."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.errors import InputError
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.kernel import gru_sequence

RNG = np.random.default_rng(0)
MASKS = {
    "right": [[1, 1, 1, 0], [1, 0, 0, 0]],
    "left": [[0, 0, 1, 1], [0, 1, 1, 1]],
    "holes": [[1, 0, 1, 0], [0, 1, 0, 1]],
    "all": [[0, 0, 0, 0], [1, 1, 1, 1]],
}


def eagerly(function):
    return function


def compiled_whole(function):
    return tf.function(function, jit_compile=True)


ROADS = {"eager": eagerly, "graph": tf.function, "xla": compiled_whole}


def outputs_and_gradients(layer, inputs, mask):
    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        steps, last = layer(inputs, mask=mask, training=True)
        loss = tf.reduce_sum(tf.sin(2 * steps)) + tf.reduce_sum(last**2)
    return [steps, last, *tape.gradient(loss, [inputs, *weights])]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("road", ["eager", "graph"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reset_after": False},
        {"go_backwards": True},
        {"unroll": True},
        {"dropout": 0.5, "recurrent_dropout": 0.5, "seed": 1},
    ],
    ids=str,
)
def test_what_a_masked_step_holds_is_never_seen(more, road, mask):
    """Neither in the outputs nor in any gradient: they are those of zeros there."""
    kept = np.array(MASKS[mask], bool)
    plain = RNG.normal(size=(2, 4, 3)).astype("float32") * kept[..., None]
    holes = RNG.choice([np.nan, np.inf, -np.inf, 1e38], plain.shape)
    holed = np.where(kept[..., None], plain, holes.astype("float32"))
    found = []
    for inputs in (plain, holed):
        keras.utils.set_random_seed(3)
        layer = GRU(3, return_sequences=True, return_state=True, **more)
        layer.build(inputs.shape)
        run = ROADS[road](
            lambda x, layer=layer: outputs_and_gradients(layer, x, tf.constant(kept))
        )
        found.append(run(tf.constant(inputs)))
    for expected, value in zip(*found, strict=True):
        assert np.isfinite(value).all()
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("hole", [np.nan, np.inf])
@pytest.mark.parametrize("road", ROADS)
def test_the_kernel_by_itself_skips_what_masked_steps_hold(road, hole):
    kept = np.array(MASKS["holes"], bool)
    inputs = np.where(kept[..., None], RNG.normal(size=(2, 4, 5)), hole)
    shapes = [(2, 3), (5, 9), (3, 9), (9,), (9,)]
    arguments = [tf.constant(RNG.normal(size=s)) for s in shapes]

    @ROADS[road]
    def run(inputs, *arguments):
        with tf.GradientTape() as tape:
            tape.watch([inputs, *arguments])
            states = gru_sequence(inputs, *arguments, mask=tf.constant(kept))
            loss = tf.reduce_sum(tf.sin(states))
        return states, *tape.gradient(loss, [inputs, *arguments])

    zeros = np.where(kept[..., None], inputs, 0.0)
    expected = run(tf.constant(zeros), *arguments)
    for value, wanted in zip(run(tf.constant(inputs), *arguments), expected):
        np.testing.assert_allclose(value, wanted, rtol=1e-12)


def test_a_masked_step_that_overflows_a_half_type_equals_keras():
    """Its input's share of the gates is infinite there."""
    inputs = np.ones((1, 4, 2), "float32")
    inputs[:, 2:] = 6e4
    mask = np.array([[True, True, False, False]])
    more = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
    ours, theirs = (
        kind(3, dtype="mixed_float16", **more)(inputs, mask=mask)
        for kind in (GRU, keras.layers.GRU)
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


IDS = np.array([[1, 4, 2], [0, 3, 3]])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bool"])
def test_ids_that_are_no_integers_are_refused(dtype):
    with pytest.raises(InputError, match="integer ids.*keras.Input"):
        GRU(4, vocabulary_size=5)(IDS.astype(dtype))
    with pytest.raises(InputError, match="integer ids"):
        GRU(4, vocabulary_size=5)(keras.Input((3,), dtype=dtype))
    cell = keras.layers.RNN(GRU(4, vocabulary_size=5).cell)
    with pytest.raises(InputError, match="integer ids"):
        cell(IDS[..., None].astype(dtype))


def test_ids_beyond_what_a_half_type_holds_are_not_rounded():
    layer = GRU(2, vocabulary_size=5000, dtype="mixed_float16")
    near = [np.asarray(layer(np.array([[i]]))) for i in (4094, 4095, 4096, 4097)]
    assert len({x.tobytes() for x in near}) == 4
    model = keras.Sequential([layer])  # without an Input ids would arrive as halves
    with pytest.raises(InputError, match="integer ids.*keras.Input"):
        model.build((None, 3))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "int64"])
def test_ids_of_every_integer_type_are_read_alike(dtype):
    layer = GRU(4, vocabulary_size=5)
    np.testing.assert_array_equal(layer(IDS.astype(dtype)), layer(IDS))


@pytest.mark.parametrize("symbols", [10, 300])  # products, and rows picked
@pytest.mark.parametrize("more", [{}, {"jit_compile": True}], ids=str)
def test_unknown_ids_are_an_error_everywhere(symbols, more):
    layer = GRU(4, vocabulary_size=symbols, **more)
    model = keras.Sequential([keras.Input((3,), dtype="int64"), layer])
    model.compile("sgd", "mse")
    targets = np.zeros((1, 4))
    calls = (
        layer,
        tf.function(layer),
        lambda ids: model.predict(ids, verbose=0),
        lambda ids: model.fit(ids, targets, verbose=0),
        lambda ids: model.evaluate(ids, targets, verbose=0),
    )
    for call, wrong in itertools.product(calls, (symbols, -1, 2**32 + 1)):
        ids = np.array([[1, wrong, 2]])
        with pytest.raises(tf.errors.InvalidArgumentError, match="ids must be from 0"):
            call(ids)


def test_where_nothing_can_be_raised_unknown_ids_give_nan():
    """XLA leaves checks out; their row must not go on as if it were right."""
    layer = GRU(4, vocabulary_size=10)
    layer.build((2, 3))
    run = tf.function(layer, jit_compile=True)
    found = run(tf.constant([[1, 10, 2], [1, 9, 2]])).numpy()
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1:], layer(np.array([[1, 9, 2]])), atol=1e-6)


def test_an_id_that_is_masked_may_be_any():
    layer = GRU(4, vocabulary_size=5)
    mask = np.array([[True, False, True]])
    expected = layer(np.array([[1, 0, 2]]), mask=mask)
    for padding in (-1, 99):
        found = layer(np.array([[1, padding, 2]]), mask=mask)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("unroll", [True, False])
def test_features_may_be_integers_and_booleans(dtype, unroll):
    one_hot = np.eye(3)[[[0, 1, 2, 0]]].astype(dtype)
    ours, theirs = GRU(2, unroll=unroll), keras.layers.GRU(2, unroll=unroll)
    for layer in (ours, theirs):
        layer.build(one_hot.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(one_hot), theirs(one_hot), rtol=1e-5)
    model = keras.Sequential([keras.Input((4, 3), dtype=dtype), ours])
    np.testing.assert_allclose(
        model.predict(one_hot, verbose=0), theirs(one_hot), rtol=1e-5
    )


X = RNG.normal(size=(3, 5, 4)).astype("float32")
MASK = RNG.random((3, 5)) > 0.4
STATE = RNG.normal(size=(3, 2)).astype("float32")


@pytest.mark.parametrize(
    "given",
    [
        {"mask": MASK[..., None]},
        {"mask": MASK.astype("int32")},
        {"mask": MASK.astype("float32")},
        {"mask": MASK[:1]},
        {"mask": MASK[:1, :, None]},
        {"mask": [MASK]},
        {"mask": np.stack([MASK, ~MASK], axis=-1)},
        {"initial_state": STATE},
        {"initial_state": [STATE]},
        {"initial_state": (STATE,)},
        {"initial_state": [[STATE]]},
        {"initial_state": STATE[:1]},
        {"initial_state": STATE.astype("float64")},
        {"initial_state": np.ones((3, 2), "int32")},
    ],
    ids=lambda given: f"{[*given]}-{np.shape([*given.values()][0])}",
)
def test_every_form_of_mask_and_state_that_keras_takes(given):
    more = {"return_sequences": True, "return_state": True}
    ours, theirs = GRU(2, **more), keras.layers.GRU(2, **more)
    for layer in (ours, theirs):
        layer.build(X.shape)
    theirs.set_weights(ours.get_weights())
    for found, expected in zip(ours(X, **given), theirs(X, **given), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
