"""The layer against Keras's own, finite differences, and the textbook's claims."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.nn.cell import GRUCell
from gru_textgen.nn.gru import GRU

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
RNG = np.random.default_rng(0)


def twins(features, **arguments):
    """Our GRU and Keras's, with the same random weights, biases included."""
    ours = GRU(bias_initializer="random_normal", jit_compile=True, **arguments)
    theirs = keras.layers.GRU(bias_initializer="random_normal", **arguments)
    for layer in (ours, theirs):
        layer.build((2, None, features))
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def values_and_gradients(layer, inputs, state, mask=None, training=False):
    """Outputs, last state, and a loss's gradients by inputs, state and weights."""
    inputs, state = tf.constant(inputs), tf.constant(state)
    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([inputs, state])
        out, last = layer(inputs, initial_state=state, mask=mask, training=training)
        pattern = tf.cos(tf.cast(tf.range(tf.size(out)), out.dtype))
        loss = tf.reduce_sum(tf.reshape(out, [-1]) * pattern)
        loss += tf.reduce_sum(last**2)
    gradients = tape.gradient(loss, [inputs, state, *weights])
    return [tf.convert_to_tensor(a) for a in (out, last, *gradients)]


def in_a_graph(*arguments, **options):
    """The same where TensorFlow knows all shapes beforehand, and XLA compiles."""
    return tf.function(lambda: values_and_gradients(*arguments, **options))()


def assert_equal(ours, theirs, tolerance):
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        a, b = np.asarray(a), np.asarray(b)
        assert np.abs(a - b).max() <= tolerance * max(np.abs(b).max(), 1e-3)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("reset_after", [True, False])
@settings(max_examples=12)
@given(data=st.data())
def test_values_and_all_gradients_equal_keras(dtype, reset_after, data):
    size = st.integers(1, 7)
    batch, steps, features, units = (data.draw(size) for _ in range(4))
    flag = st.booleans()
    layers = twins(
        features,
        units=units,
        dtype=dtype,
        reset_after=reset_after,
        use_bias=data.draw(flag),
        go_backwards=data.draw(flag),
        return_sequences=data.draw(flag),
        zero_output_for_mask=data.draw(flag),
        return_state=True,
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    inputs = rng.normal(size=(batch, steps, features)).astype(dtype)
    state = rng.normal(size=(batch, units)).astype(dtype)
    mask = tf.constant(rng.random((batch, steps)) > 0.4) if data.draw(flag) else None
    ours, theirs = (values_and_gradients(k, inputs, state, mask) for k in layers)
    assert_equal(ours, theirs, TOLERANCE[dtype])


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (1, 40, 3, 17), (13, 5, 7, 11), (32, 7, 5, 3)]
)
def test_odd_sizes_equal_keras(shape, reset_after):
    batch, steps, features, units = shape
    layers = twins(
        features,
        units=units,
        dtype="float64",
        reset_after=reset_after,
        return_sequences=True,
        return_state=True,
    )
    inputs = RNG.normal(size=(batch, steps, features))
    state = RNG.normal(size=(batch, units))
    mask = tf.constant(RNG.random((batch, steps)) > 0.2)
    for run in (values_and_gradients, in_a_graph):
        ours, theirs = (run(k, inputs, state, mask) for k in layers)
        assert_equal(ours, theirs, 1e-10)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.4])
def test_dropout_equals_keras_mask_for_mask(dropout, recurrent_dropout):
    layers = twins(
        4,
        units=5,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        seed=3,
        return_sequences=True,
        return_state=True,
    )
    inputs = RNG.normal(size=(3, 6, 4)).astype("float32")
    state = RNG.normal(size=(3, 5)).astype("float32")
    ours, theirs = (
        values_and_gradients(k, inputs, state, training=True) for k in layers
    )
    assert_equal(ours, theirs, 1e-5)


@pytest.mark.parametrize("unroll", [True, False])  # the cell's road, the kernel's
def test_dropped_weights_are_those_of_keras_without_them(unroll):
    more = {"return_sequences": True, "return_state": True}
    ours = GRU(5, weight_dropout=0.4, seed=3, unroll=unroll, **more)
    theirs = keras.layers.GRU(5, **more)
    inputs = RNG.normal(size=(3, 6, 4)).astype("float32")
    state = RNG.normal(size=(3, 5)).astype("float32")
    for layer in (ours, theirs):
        layer.build(inputs.shape)
    masks = keras.random.SeedGenerator(3)
    kernel, recurrent_kernel, bias = ours.get_weights()
    seen = []
    for _ in range(2):  # each sequence has weights of its own
        kept = keras.random.dropout(np.ones((5, 15), "float32"), 0.4, seed=masks)
        seen.append(np.asarray(kept))
        theirs.set_weights([kernel, recurrent_kernel * seen[-1], bias])
        *found, d_recurrent, d_bias = values_and_gradients(
            ours, inputs, state, training=True
        )
        *expected, by_kept, by_bias = values_and_gradients(theirs, inputs, state)
        expected += [by_kept * kept, by_bias]  # the chain rule
        assert_equal([*found, d_recurrent, d_bias], expected, 1e-5)
    assert (seen[0] != seen[1]).any()
    theirs.set_weights(ours.get_weights())  # and all of them where nothing is learnt
    assert_equal(
        *(values_and_gradients(x, inputs, state) for x in (ours, theirs)), 1e-5
    )


@pytest.mark.parametrize("dropout, recurrent_dropout", [(0, 0), (0.4, 0), (0.3, 0.3)])
@pytest.mark.parametrize("reset_after", [True, False])
def test_ids_are_one_hot_vectors(dropout, recurrent_dropout, reset_after):
    arguments = dict(
        units=5,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        reset_after=reset_after,
        seed=1,
        return_sequences=True,
    )
    ours = GRU(vocabulary_size=6, **arguments)
    theirs = keras.layers.GRU(**arguments)
    ours.build((3, 7)), theirs.build((3, 7, 6))
    theirs.set_weights(ours.get_weights())
    ids = RNG.integers(0, 6, (3, 7))
    results = []
    for layer, inputs in ((ours, ids), (theirs, np.eye(6, dtype="float32")[ids])):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(inputs, training=True) ** 2)
        weights = [v.value for v in layer.trainable_variables]
        results.append([loss.numpy(), *map(np.array, tape.gradient(loss, weights))])
    assert_equal(*results, tolerance=1e-5)


@pytest.mark.parametrize("reset_after", [True, False])
def test_gradients_agree_with_finite_differences(reset_after):
    layer = GRU(3, reset_after=reset_after, dtype="float64", return_sequences=True)
    inputs = tf.constant(RNG.normal(size=(2, 5, 4)))
    mask = tf.constant([[True, False, True, True, True], [True] * 5])
    layer.build(inputs.shape)
    layer.cell.bias.assign(RNG.normal(size=layer.cell.bias.shape))

    @tf.function
    def loss():
        return tf.reduce_sum(tf.sin(3 * layer(inputs, mask=mask)))

    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        value = loss()
    for variable, gradient in zip(
        layer.trainable_variables, tape.gradient(value, weights)
    ):
        start = variable.numpy()
        for place in itertools.product(*map(range, start.shape)):
            bump = np.zeros_like(start)
            bump[place] = 1e-6
            variable.assign(start + bump)
            above = loss()
            variable.assign(start - bump)
            slope = (above - loss()) / 2e-6
            assert abs(slope - gradient.numpy()[place]) < 1e-7
        variable.assign(start)


@pytest.mark.parametrize("reset_after", [True, False])
def test_the_kernel_and_the_cell_give_the_same_numbers(reset_after):
    fast = GRU(6, reset_after=reset_after, return_sequences=True, return_state=True)
    unrolled = GRU(
        6,
        reset_after=reset_after,
        return_sequences=True,
        return_state=True,
        unroll=True,
    )
    cell = keras.layers.RNN(
        GRUCell(6, reset_after=reset_after), return_sequences=True, return_state=True
    )
    for layer in (fast, unrolled, cell):
        layer.build((2, 9, 4))
        layer.set_weights(fast.get_weights())
    inputs = RNG.normal(size=(2, 9, 4)).astype("float32")
    state = RNG.normal(size=(2, 6)).astype("float32")
    kernel = values_and_gradients(fast, inputs, state)
    assert_equal(kernel, values_and_gradients(unrolled, inputs, state), 1e-5)
    assert_equal(kernel, values_and_gradients(cell, inputs, state), 1e-5)


def test_other_activations_equal_keras():
    layers = twins(
        3,
        units=4,
        activation="relu",
        recurrent_activation="hard_sigmoid",
        return_sequences=True,
        return_state=True,
    )
    inputs = RNG.normal(size=(2, 6, 3)).astype("float32")
    state = RNG.normal(size=(2, 4)).astype("float32")
    ours, theirs = (values_and_gradients(k, inputs, state) for k in layers)
    assert_equal(ours, theirs, 1e-5)


def test_state_is_carried_like_keras_does():
    layers = twins(3, units=4, stateful=True, return_sequences=True)
    inputs = keras.Input(batch_shape=(2, 5, 3))
    models = [keras.Model(inputs, layer(inputs)) for layer in layers]
    for _ in range(3):
        batch = RNG.normal(size=(2, 5, 3)).astype("float32")
        ours, theirs = (model(batch).numpy() for model in models)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    for layer in layers:
        layer.reset_state()
    ours, theirs = (model(batch).numpy() for model in models)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_fit_gives_the_weights_that_keras_gives(jit_compile):
    inputs = RNG.normal(size=(16, 9, 3)).astype("float32")
    targets = RNG.normal(size=(16, 9, 4)).astype("float32")
    layers = twins(3, units=4, return_sequences=True)
    for layer in layers:
        model = keras.Sequential([keras.Input((None, 3)), layer])
        model.compile("sgd", "mse", jit_compile=jit_compile)
        model.fit(inputs, targets, batch_size=4, epochs=2, shuffle=False, verbose=0)
    ours, theirs = (layer.get_weights() for layer in layers)
    assert_equal(ours, theirs, 1e-5)


def test_mixed_precision_equals_keras():
    layers = twins(3, units=8, return_sequences=True, dtype="mixed_float16")
    inputs = RNG.normal(size=(2, 12, 3)).astype("float32")
    ours, theirs = (layer(inputs) for layer in layers)
    assert ours.dtype == theirs.dtype == tf.float16
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    assert layers[0].trainable_variables[0].dtype == "float32"


@pytest.mark.parametrize("dropout", [0.0, 0.4])  # the kernel's roads, and the cell's
@pytest.mark.parametrize("unroll", [True, False])
@pytest.mark.parametrize("ids", [True, False])
def test_scaled_inputs_are_those_of_keras_times_the_scale(ids, unroll, dropout):
    more = dict(return_sequences=True, return_state=True, dropout=dropout, seed=3)
    ours = GRU(
        5, input_scale=7.0, vocabulary_size=4 * ids or None, unroll=unroll, **more
    )
    theirs = keras.layers.GRU(5, **more)
    inputs = RNG.normal(size=(3, 6, 4)).astype("float32")
    if ids:
        inputs = np.eye(4, dtype="float32")[RNG.integers(0, 4, (3, 6))]
    read = inputs.argmax(-1) if ids else inputs
    state = RNG.normal(size=(3, 5)).astype("float32")
    ours.build(read.shape)
    theirs.build(inputs.shape)
    theirs.set_weights(ours.get_weights())
    found, expected = (
        layer(x, initial_state=state, training=True)
        for layer, x in ((ours, read), (theirs, 7 * inputs))
    )
    assert_equal(found, expected, 1e-5)


def test_the_arguments_and_weights_are_those_of_keras():
    ours, theirs = twins(3, units=4)
    assert not set(theirs.get_config()) - set(ours.get_config())
    assert [v.name for v in ours.weights] == [v.name for v in theirs.weights]
    assert isinstance(ours, keras.layers.RNN)


@pytest.mark.parametrize("vocabulary_size", [None, 9])
def test_the_layer_survives_config_and_file(tmp_path, vocabulary_size):
    layer = GRU(
        4,
        vocabulary_size=vocabulary_size,
        reset_after=False,
        go_backwards=True,
        return_sequences=True,
        recurrent_dropout=0.1,
        weight_dropout=0.2,
        input_scale=3.0,
        kernel_regularizer="l2",
        activity_regularizer="l1",
        dtype="float64",
    )
    assert GRU.from_config(layer.get_config()).get_config() == layer.get_config()
    dtype = "int32" if vocabulary_size else "float64"
    shape = (5,) if vocabulary_size else (5, 3)
    model = keras.Sequential([keras.Input(shape, dtype=dtype), layer])
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    inputs = RNG.integers(0, 9, (2, *shape)).astype(dtype)
    np.testing.assert_array_equal(model(inputs), again(inputs))


def test_both_kernels_start_glorot_uniform():
    layer = GRU(64)
    layer.build((1, 1, 32))
    for kernel in (layer.cell.kernel, layer.cell.recurrent_kernel):
        values, limit = kernel.numpy(), np.sqrt(6 / sum(kernel.shape))
        assert limit * 0.98 < np.abs(values).max() <= limit
        assert abs(values.std() - limit / np.sqrt(3)) < 0.02 * limit


@pytest.mark.parametrize("arguments", [{"units": 0}, {"units": -3}])
def test_bad_sizes_are_refused(arguments):
    with pytest.raises(ValueError):
        GRU(**arguments)
    with pytest.raises(ValueError):
        GRU(4, vocabulary_size=-1)
    with pytest.raises(ValueError):
        GRU(4, weight_dropout=1.0)
    with pytest.raises(ValueError):
        GRU(4, input_scale=0.0)


# The textbook's claims, as properties of the equations.


def one_bias(layer, z=0.0, r=0.0):
    """Random weights, and biases that push the update and reset gates to a side."""
    u = layer.units
    bias = np.zeros(layer.cell.bias.shape, "float64")
    (bias[0] if layer.reset_after else bias)[:u] = z
    (bias[0] if layer.reset_after else bias)[u : 2 * u] = r
    layer.cell.bias.assign(bias)


def built(reset_after, units=5, features=3):
    layer = GRU(units, reset_after=reset_after, dtype="float64", return_sequences=True)
    layer.build((None, None, features))
    return layer


both = pytest.mark.parametrize("reset_after", [True, False])


@both
def test_update_gate_1_copies_the_state_through_any_number_of_steps(reset_after):
    layer = built(reset_after)
    one_bias(layer, z=1e3)
    state = RNG.normal(size=(2, 5))
    out = layer(RNG.normal(size=(2, 300, 3)), initial_state=tf.constant(state))
    np.testing.assert_array_equal(out, np.repeat(state[:, None], 300, axis=1))


@both
def test_update_gate_0_leaves_the_candidate_alone(reset_after):
    layer = built(reset_after)
    one_bias(layer, z=-1e3)
    inputs, state = RNG.normal(size=(2, 1, 3)), RNG.normal(size=(2, 5))
    W, U, _ = layer.get_weights()
    W_r, U_r, W_h, U_h = W[:, 5:10], U[:, 5:10], W[:, 10:], U[:, 10:]
    r = 1 / (1 + np.exp(-(inputs[:, 0] @ W_r + state @ U_r)))
    past = r * (state @ U_h) if reset_after else (r * state) @ U_h
    candidate = np.tanh(inputs[:, 0] @ W_h + past)
    out = layer(inputs, initial_state=tf.constant(state))
    np.testing.assert_allclose(out[:, 0], candidate, rtol=1e-12)


@both
def test_reset_gate_0_forgets_the_past_in_the_candidate(reset_after):
    layer = built(reset_after)
    one_bias(layer, z=-1e3, r=-1e3)
    inputs = RNG.normal(size=(2, 4, 3))
    outs = [
        layer(inputs, initial_state=tf.constant(RNG.normal(size=(2, 5))))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*outs)
    expected = np.tanh(inputs @ layer.get_weights()[0][:, 10:])
    np.testing.assert_allclose(outs[0], expected, rtol=1e-12)


@both
def test_reset_1_and_update_0_is_the_plain_rnn(reset_after):
    layer = built(reset_after)
    one_bias(layer, z=-1e3, r=1e3)
    plain = keras.layers.SimpleRNN(5, dtype="float64", return_sequences=True)
    plain.build((None, None, 3))
    W, U, _ = layer.get_weights()
    plain.set_weights([W[:, 10:], U[:, 10:], np.zeros(5)])
    inputs, state = RNG.normal(size=(2, 8, 3)), tf.constant(RNG.normal(size=(2, 5)))
    np.testing.assert_allclose(
        layer(inputs, initial_state=state),
        plain(inputs, initial_state=state),
        rtol=1e-10,
    )


def test_a_step_worked_by_hand():
    """Units 1, x = 1, h = 0.5, every weight 1, no bias: z = r = sigmoid(1.5)."""
    layer = GRU(1, use_bias=False, dtype="float64", reset_after=False)
    layer.build((1, 1, 1))
    layer.set_weights([np.ones((1, 3)), np.ones((1, 3))])
    out = layer(np.ones((1, 1, 1)), initial_state=tf.constant([[0.5]], tf.float64))
    # sigmoid(1.5) = 0.8175745; tanh(1 + 0.8175745 * 0.5) = tanh(1.4087872) = 0.8872363
    # 0.8175745 * 0.5 + (1 - 0.8175745) * 0.8872363 = 0.5706418
    np.testing.assert_allclose(out, [[0.5706418]], atol=1e-6)
