"""The equations in NumPy against Keras's own cell and an example worked by hand."""

import numpy as np
import pytest

from gru_textgen.inference.equations import gates, reset_term, sigmoid
from gru_textgen.model_file.reader import GRUArrays


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("gates_of", ["sigmoid", "hard_sigmoid"])
def test_the_state_after_a_step_is_that_of_the_keras_cell(reset_after, gates_of):
    import keras

    rng = np.random.default_rng(1)
    cell = keras.layers.GRUCell(
        7, reset_after=reset_after, recurrent_activation=gates_of
    )
    inputs, before = rng.normal(size=(2, 9, 7)).astype(np.float32)
    cell.build(inputs.shape)
    cell.set_weights([rng.normal(size=w.shape) for w in cell.get_weights()])
    layer = GRUArrays.from_weights(
        cell.get_weights(), reset_after, recurrent_activation=gates_of
    )
    z, r, candidate = gates(layer, inputs @ layer.kernel, before)
    expected, _ = cell(inputs, [before])
    np.testing.assert_allclose(
        z * before + (1 - z) * candidate, expected.numpy(), rtol=1e-4, atol=1e-5
    )
    assert r.shape == z.shape == candidate.shape == (9, 7)


@pytest.mark.parametrize(
    "reset_after, term, inside",
    [
        (True, 1.25, 0.8125),  # U_h h + b_h2 = 2 / 2 + 1/4;  W x + r 5/4 = 1/2 + 5/16
        (False, 0.5, 0.75),  # h;  W x + U_h (r h) = 1/2 + 2 / 8
    ],
)
def test_one_unit_worked_by_hand(reset_after, term, inside):
    """h = 1/2 and U_h = 2; W x is ln 3 for z, -ln 3 for r, 1/2 for the candidate."""
    layer = GRUArrays(
        kernel=np.zeros((1, 3), np.float32),
        recurrent_kernel=np.array([[0, 0, 2]], np.float32),
        input_bias=np.zeros(3, np.float32),
        recurrent_bias=np.array([0, 0, 0.25 * reset_after], np.float32),
        reset_after=reset_after,
    )
    x, before = np.array([[np.log(3), -np.log(3), 0.5]]), np.array([[0.5]])
    z, r, candidate = gates(layer, x, before)
    assert (z, r) == (pytest.approx(3 / 4), pytest.approx(1 / 4))
    assert reset_term(layer, before) == pytest.approx(term)
    assert candidate == pytest.approx(np.tanh(inside))


def test_a_sigmoid_of_any_size_overflows_nowhere():
    """Warnings are errors, so an overflow would be one."""
    found = sigmoid(np.array([-1e4, -np.log(3), 0.0, np.log(3), 1e4]))
    np.testing.assert_allclose(found, [0, 0.25, 0.5, 0.75, 1])
