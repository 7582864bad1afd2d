"""Gradients derived by hand against finite differences and TensorFlow's tape."""

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inspection.influence import (
    connectivity,
    gradient_norms,
    memory_horizon,
)
from gru_textgen.inspection.keras_horizon import keras_memory_horizon, windows
from gru_textgen.inspection.trace import trace
from tests.helpers.traces import TEXT, generator_of, random_model


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize(
    "layers, gates", [(1, "sigmoid"), (2, "sigmoid"), (2, "hard_sigmoid")]
)
def test_the_horizon_by_hand_is_that_of_the_tape(layers, gates, reset_after):
    model = random_model(layers, reset_after, recurrent_activation=gates)
    ids = model.info.vocabulary.encode("\n" + TEXT)
    norms, _ = gradient_norms(
        generator_of(model).arrays, trace(generator_of(model), TEXT), 6
    )
    for end in (8, 12):  # the loss at the character `end` of TEXT
        tape = keras_memory_horizon(model, ids[None, : end + 2], ids[None, end + 2])
        np.testing.assert_allclose(norms[end], tape[:7], rtol=1e-3, atol=1e-6)


def test_the_horizon_is_the_mean_over_characters_with_so_many_before_them():
    generator = generator_of(random_model())
    norms, _ = gradient_norms(generator.arrays, trace(generator, TEXT), 4)
    expected = norms[4 : len(TEXT) - 1].mean(axis=0)
    np.testing.assert_allclose(memory_horizon(generator, TEXT, 4), expected)
    with pytest.raises(InputError, match="at least 16 characters, not"):
        memory_horizon(generator, TEXT, 14)


@pytest.mark.parametrize("reset_after", [True, False])
def test_connectivity_is_that_of_finite_differences(reset_after):
    """One-hot inputs moved a little, in float64, by the equations written once more."""
    model = random_model(2, reset_after, units=4)
    generator = generator_of(model)
    found = connectivity(generator, trace(generator, TEXT), 3)
    ids = model.info.vocabulary.encode("\n" + TEXT)
    end, symbols, step = 9, len(model.info.vocabulary), 1e-5
    one_hot = np.eye(symbols)[ids[: end + 2]]
    for k in range(4):
        gradient = []
        for symbol in range(symbols):
            moved = np.zeros_like(one_hot)
            moved[end + 1 - k, symbol] = step
            up, down = (
                log_p(model.arrays(), one_hot + side * moved)[ids[end + 2]]
                for side in (1, -1)
            )
            gradient.append((up - down) / (2 * step))
        assert found[end, k] == pytest.approx(np.linalg.norm(gradient), rel=1e-3)
    assert found.shape == (len(TEXT), 4)
    assert not found[2, 3] and found[2, 2]  # nothing stands before the text


def log_p(arrays, inputs):
    """Of the symbol after all inputs, with the equations of `nn.cell`, a row a step."""
    states = [np.zeros(len(a.recurrent_kernel)) for a in arrays.layers]
    for x in inputs:
        for i, a in enumerate(arrays.layers):
            h, u = states[i], len(states[i])
            W, U = a.kernel.astype(float), a.recurrent_kernel.astype(float)
            in_z, in_r, in_h = np.split(x @ W + a.input_bias, 3)
            b = a.recurrent_bias.astype(float)
            p = h @ U + b
            z = 1 / (1 + np.exp(-in_z - p[:u]))
            r = 1 / (1 + np.exp(-in_r - p[u : 2 * u]))
            inner = r * p[2 * u :] if a.reset_after else (r * h) @ U[:, 2 * u :]
            x = states[i] = z * h + (1 - z) * np.tanh(in_h + inner)
    logits = x @ arrays.kernel.astype(float) + arrays.bias
    return logits - np.log(np.exp(logits).sum())


def test_more_lags_than_characters_are_zeros():
    generator = generator_of(random_model())
    found = connectivity(generator, trace(generator, "ab"), 5)
    assert found.shape == (2, 6) and not found[:, 2:].any() and found[1, 1]


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_the_horizon_of_a_keras_layer_is_that_of_finite_differences(kind):
    """The state that is carried on is moved a little; the layer goes on from there."""
    import keras

    make = getattr(keras.layers, kind)
    model = keras.Sequential([keras.Input((None, 2)), make(5), keras.layers.Dense(1)])
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    layer = make(5, return_state=True)
    layer.build((1, None, 2))
    layer.set_weights(model.layers[0].get_weights())
    inputs = rng.normal(size=(1, 7, 2)).astype(np.float32)
    found = keras_memory_horizon(
        model, inputs, np.ones((1, 1)), keras.losses.mean_squared_error
    )
    for k in (1, 3):
        _, *state = layer(inputs[:, :-k])
        state = [s.numpy() for s in state]
        gradient = []
        for part in state:
            for i in range(5):
                losses = []
                for side in (1e-2, -1e-2):
                    part[0, i] += side
                    h, *_ = layer(inputs[:, -k:], initial_state=state)
                    part[0, i] -= side
                    losses.append(float((model.layers[-1](h) - 1)[0, 0] ** 2))
                gradient.append((losses[0] - losses[1]) / 2e-2)
        assert found[k] == pytest.approx(np.linalg.norm(gradient), rel=0.02)


def test_a_model_without_state_is_a_sentence():
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(InputError, match="recurrent"):
        keras_memory_horizon(model, np.zeros((1, 3)), np.zeros(1))


def test_windows_are_passages_and_what_follows_each():
    inputs, targets = windows(np.arange(10), 4, 3)
    assert inputs.tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [5, 6, 7, 8]]
    assert targets.tolist() == [4, 6, 9]
    with pytest.raises(InputError, match="more than 10"):
        windows(np.arange(10), 10, 1)
