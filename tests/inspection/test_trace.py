"""Traces against Keras's own GRU, stepped through."""

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inspection.trace import Saturation, half_lives, saturation, trace
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.nn.model import build_model
from gru_textgen.text.vocabulary import Vocabulary
from tests.helpers.traces import TEXT, generator_of, random_model


def keras_gates(cell, x, h):
    """Gates and candidate of one step, by Keras's operations on the cell's weights."""
    from keras import ops

    u = cell.units
    W, U = ops.convert_to_tensor(cell.kernel), ops.convert_to_tensor(
        cell.recurrent_kernel
    )
    b = ops.convert_to_tensor(cell.bias)
    b, b_h = (b[0], b[1]) if cell.reset_after else (b, ops.zeros_like(b))
    a = ops.matmul(x, W) + b
    p = ops.matmul(h, U) + b_h
    z = ops.sigmoid(a[:, :u] + p[:, :u])
    r = ops.sigmoid(a[:, u : 2 * u] + p[:, u : 2 * u])
    if cell.reset_after:
        c = ops.tanh(a[:, 2 * u :] + r * p[:, 2 * u :])
    else:
        c = ops.tanh(a[:, 2 * u :] + ops.matmul(r * h, U[:, 2 * u :]))
    return z, r, c


@pytest.mark.parametrize("reset_after", [True, False])
def test_gates_and_states_are_those_of_keras_stepped_through(reset_after):
    """The state of each step by `keras.layers.GRUCell`, the gates by Keras's
    operations from that state."""
    import keras
    from keras import ops

    model = random_model(reset_after=reset_after)
    found = trace(generator_of(model), TEXT)
    ids = model.info.vocabulary.encode("\n" + TEXT)
    inputs = [ops.one_hot([i], len(model.info.vocabulary)) for i in ids]
    for layer, ours in zip(model.gru_layers(), found.layers):
        cell = keras.layers.GRUCell(layer.units, reset_after=reset_after)
        cell.build((1, inputs[0].shape[1]))
        cell.set_weights(layer.get_weights())
        h, outputs, expected = ops.zeros((1, layer.units)), [], []
        for x in inputs:
            gates = keras_gates(cell, x, h)
            h, _ = cell(x, [h])
            outputs.append(h)
            expected.append([a.numpy()[0] for a in (*gates, h)])
        z, r, candidate, states = np.array(expected[1:]).transpose(1, 0, 2)
        np.testing.assert_allclose(ours.z, z, atol=1e-5)
        np.testing.assert_allclose(ours.r, r, atol=1e-5)
        np.testing.assert_allclose(ours.candidate, candidate, atol=1e-5)
        np.testing.assert_allclose(ours.h, states, atol=1e-5)
        np.testing.assert_allclose(ours.start, expected[0][3], atol=1e-5)
        new = ours.z * ours.before + (1 - ours.z) * ours.candidate
        np.testing.assert_allclose(new, ours.h, atol=1e-5)
        inputs = outputs


def test_expectations_are_those_of_the_keras_model():
    import keras

    model = random_model()
    found = trace(generator_of(model), TEXT)
    ids = model.info.vocabulary.encode("\n" + TEXT)
    logits = model(ids[None]).numpy()[0]
    p = keras.ops.softmax(logits).numpy().astype(float)
    np.testing.assert_allclose(found.probabilities, p[1:], atol=1e-5)
    np.testing.assert_allclose(
        found.entropy, -(p * np.log2(p)).sum(axis=1)[1:], atol=1e-4
    )
    surprise = -np.log2(p[np.arange(len(TEXT)), ids[1:]])
    np.testing.assert_allclose(found.surprise, surprise, atol=1e-3)
    assert found.text == TEXT and found.symbols == ("\ufffd", *"abc \n")


@pytest.mark.filterwarnings("ignore:In the prompt")
def test_an_unknown_character_is_read_as_unknown_and_no_text_is_a_sentence():
    generator = generator_of(random_model())
    found = trace(generator, "a☃Á")
    assert found.text == "a\ufffda" and found.ids[1] == 0
    with pytest.raises(InputError, match="The text is empty"):
        trace(generator, "")


@pytest.mark.parametrize("z", [0.1, 0.5, 0.9, 0.97])
def test_a_constant_gate_has_the_half_life_of_a_decay(z):
    gates = np.full((400, 2), z, np.float32)
    np.testing.assert_allclose(half_lives(gates), np.log(0.5) / np.log(z), rtol=1e-4)


def test_half_lives_of_gates_that_hold_and_wipe_out():
    """One unit never lets go; one is wiped out at every fourth step: of the four places
    in a round, the half is gone after 3 + x, 2 + x, 1 + x and x steps."""
    gates = np.ones((40, 2))
    gates[3::4, 1] = 0.25
    assert half_lives(gates).tolist() == [np.inf, pytest.approx(1.5 + 0.5)]


def test_saturation_counts_open_and_shut_gates():
    model = random_model(layers=1)
    generator = generator_of(model)
    found = trace(generator, TEXT)
    shares = saturation(found)
    z = found.layers[0].z
    assert shares.z_high == np.mean([gate > 0.9 for gate in z.flat])
    model.set_weights([np.zeros(w.shape) for w in model.get_weights()])
    assert saturation(trace(generator_of(model), TEXT)) == Saturation(0, 0, 0, 0)


def test_a_model_in_training_can_be_looked_at():
    model = build_model(ModelInfo(Vocabulary("abc \n")), units=5)
    assert 0 <= saturation(trace(generator_of(model), TEXT)).r_low <= 1
