"""The equations of a GRU in NumPy, gate by gate, as they are read.

`engine` computes the same step with fewer and larger operations, and without the gates.
The inspection needs the gates, and derives the gradients from the terms given here.
"""

import numpy as np

from gru_textgen.model_file.limits import HARD_SIGMOID
from gru_textgen.model_file.reader import GRUArrays


def gates(
    layer: GRUArrays, x: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Update gate, reset gate and candidate of some steps at once.

    Cho et al. 2014, equations 5 to 8, in the convention of Keras: z is what is kept.
    The state after a step is z * before + (1 - z) * candidate.

    Args:
        layer: The weights.
        x: The products of the inputs with the kernel, W x, without bias, shape
            `(steps, 3 * units)`.
        before: The state before each step, shape `(steps, units)`.

    Returns:
        z, r and the candidate, each of shape `(steps, units)`.
    """
    x_z, x_r, x_h = np.split(x + layer.input_bias, 3, axis=1)
    U_z, U_r, U_h = np.split(layer.recurrent_kernel, 3, axis=1)
    b_z, b_r, _ = np.split(layer.recurrent_bias, 3)
    gate = hard_sigmoid if layer.recurrent_activation == HARD_SIGMOID else sigmoid
    z = gate(x_z + before @ U_z + b_z)
    r = gate(x_r + before @ U_r + b_r)
    if layer.reset_after:
        candidate = np.tanh(x_h + r * reset_term(layer, before))
    else:
        candidate = np.tanh(x_h + (r * before) @ U_h)
    return z, r, candidate


def reset_term(layer: GRUArrays, before: np.ndarray) -> np.ndarray:
    """What the reset gate multiplies in the candidate of some steps at once.

    Args:
        layer: The weights.
        before: The state before each step, shape `(steps, units)`.

    Returns:
        U_h h + b_h2 where the gate is applied after the product (`reset_after`), else
        the state itself. Shape `(steps, units)`.
    """
    if not layer.reset_after:
        return before
    units = len(layer.recurrent_kernel)
    U_h, b_h = layer.recurrent_kernel[:, 2 * units :], layer.recurrent_bias[2 * units :]
    product: np.ndarray = before @ U_h + b_h
    return product


def sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-a)), by a tanh that cannot overflow."""
    return (1 + np.tanh(a / 2)) / 2


def hard_sigmoid(a: np.ndarray) -> np.ndarray:
    """a / 6 + 1 / 2, at least 0 and at most 1, as in Keras 3."""
    return np.clip(a / 6 + 0.5, 0, 1)


def gate_slope(layer: GRUArrays, gate: np.ndarray) -> np.ndarray:
    """The derivative of a gate by what its activation is applied to.

    Args:
        layer: The weights.
        gate: z or r, of any shape.
    """
    if layer.recurrent_activation == HARD_SIGMOID:
        return np.where((gate > 0) & (gate < 1), np.float32(1 / 6), np.float32(0))
    slope: np.ndarray = gate * (1 - gate)
    return slope
