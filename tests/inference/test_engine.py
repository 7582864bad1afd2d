"""The NumPy engine against the Keras model."""

import numpy as np
import pytest

from gru_textgen.inference.engine import Engine, Session, log_softmax
from gru_textgen.nn.model import build_model
from tests.helpers.engines import INFO, RNG, pair


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("streams", [1, 5])
def test_logits_equal_those_of_the_keras_model(layers, reset_after, use_bias, streams):
    assert_equal(*pair(layers, reset_after, use_bias), streams)


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("streams", [1, 5])
def test_hard_gates_are_those_of_keras(reset_after, streams):
    assert_equal(*pair(2, reset_after, True, "hard_sigmoid"), streams)


def assert_equal(model, engine, streams):
    ids = RNG.integers(0, 8, (streams, 60))
    expected = model(ids).numpy()
    logits, state = engine.run(ids[:, :20], engine.initial_state(streams))
    np.testing.assert_allclose(logits, expected[:, :20], atol=1e-4)
    last, state = engine.read(ids[:, 20:40], state)
    np.testing.assert_allclose(last, expected[:, 39], atol=1e-4)
    session = Session(engine, state)
    for t in range(40, 60):
        logits = session.step(ids[:, t])
        np.testing.assert_allclose(logits, expected[:, t], atol=1e-4)


@pytest.mark.parametrize(
    "reset_after, gates",
    [(True, "sigmoid"), (False, "sigmoid"), (False, "hard_sigmoid")],
)
def test_a_saved_model_writes_like_the_one_in_memory(tmp_path, reset_after, gates):
    from gru_textgen.model_file.reader import read_model

    model, engine = pair(2, reset_after, recurrent_activation=gates)
    model.save(tmp_path / "m.keras")
    info, arrays = read_model(tmp_path / "m.keras")
    ids = RNG.integers(0, 8, (2, 9))
    again = Engine(arrays)
    for a, b in zip(
        engine.run(ids, engine.initial_state(2))[0],
        again.run(ids, again.initial_state(2))[0],
    ):
        np.testing.assert_array_equal(a, b)
    assert info == INFO


def test_the_state_given_is_left_as_it_was():
    _, engine = pair(2, True)
    state = engine.initial_state(3)
    engine.run(RNG.integers(0, 8, (3, 4)), state)
    Session(engine, state).step(RNG.integers(0, 8, 3))
    assert not any(layer.any() for layer in state)


def test_losses_are_the_cross_entropy_of_each_next_character():
    model = build_model(INFO, units=9)
    engine = Engine(model.arrays())
    ids = RNG.integers(0, 8, 1300).astype(np.uint8)
    logits = model(ids[None, :-1]).numpy()[0].astype(np.float64)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(1299), ids[1:]])
    np.testing.assert_allclose(engine.losses(ids), expected, atol=1e-4)


def test_log_softmax_bears_huge_logits():
    with np.errstate(all="raise", under="ignore"):
        result = log_softmax(np.array([[1e4, 0.0, -1e4]]))
    np.testing.assert_allclose(result, [[0, -1e4, -2e4]])
