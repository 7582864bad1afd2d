"""How far back a prediction reaches: gradients of the loss at each character.

Derived by hand, equations (3) to (8) of `nn.kernel`, one lag at a time for all
characters at once: at lag k, the loss at each character i is at the step i - k.
"""

from typing import Any

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.equations import gate_slope, reset_term
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inspection.trace import LayerTrace, Trace, trace
from gru_textgen.machine import one_thread_a_product
from gru_textgen.model_file.reader import GRUArrays, ModelArrays


def memory_horizon(generator: TextGenerator, text: str, lags: int = 100) -> np.ndarray:
    """How much the loss at a character depends on the state k steps before.

    The norm of d loss_i / d (state of all layers after character i - k), where loss_i
    is the cross-entropy of character i + 1; the mean over all i that have `lags`
    characters before them.

    Args:
        generator: the model.
        text: at least `lags` + 2 characters; its whole trace is in memory.
        lags: the largest k.

    Returns:
        Shape `(lags + 1,)`, by k = 0, 1, ... At 0 stands the state that the prediction
        is read from.

    Raises:
        InputError: if the text is shorter.
    """
    if not 0 <= lags <= len(text) - 2:
        raise InputError(
            f"The influence at {lags} lags needs a text of at least {lags + 2} "
            f"characters, not {len(text)}."
        )
    states, _ = gradient_norms(generator.arrays, trace(generator, text), lags)
    return states[lags:-1].mean(axis=0)


def connectivity(generator: TextGenerator, trace: Trace, lags: int = 60) -> np.ndarray:
    """How strongly each earlier character sways the prediction after a character.

    The norm of d log p(next character) / d (one-hot input), as in Madsen's
    "Visualizing memorization in RNNs" (Distill 2019), who takes the logit for log p.

    Args:
        generator: the model.
        trace: the text as it read it.
        lags: how many characters back, at most.

    Returns:
        Shape `(characters, lags + 1)`: at [i, k] the sway of character i - k on the
        prediction after character i; 0 where there is none such.
    """
    return gradient_norms(generator.arrays, trace, lags)[1]


@one_thread_a_product()
def gradient_norms(
    arrays: ModelArrays, trace: Trace, lags: int
) -> tuple[np.ndarray, np.ndarray]:
    """Norms of the gradient of each loss by the states and the inputs before.

    After the last character the likeliest next one stands for the one that follows.

    Returns:
        At [i, k], for the loss after character i: by the state of all layers after
        character i - k, and by the one-hot input i - k. Both of shape
        `(characters, lags + 1)`, 0 where i < k.
    """
    n = len(trace.ids)
    by_state, by_input = np.zeros((2, n, min(lags, n - 1) + 1))
    d_states = [np.zeros_like(layer.h) for layer in trace.layers]
    d_states[-1] = _loss_gradient(trace)
    kernels = [_same_norms(arrays.layers[0].kernel)]
    kernels += [layer.kernel for layer in arrays.layers[1:]]
    terms = [
        reset_term(layer, found.before)
        for layer, found in zip(arrays.layers, trace.layers)
    ]
    for k in range(by_state.shape[1]):
        # Row j of each gradient is of the loss at j + k; its step is j.
        by_state[k:, k] = np.sqrt(sum((d * d).sum(axis=1) for d in d_states))
        d_input: np.ndarray | float = 0.0
        for i in reversed(range(len(d_states))):
            d_h = d_states[i] + d_input
            layer, found = arrays.layers[i], trace.layers[i]
            d_h, d_input = _step_back(layer, kernels[i], found, terms[i], d_h)
            d_states[i] = d_h[1:]
        by_input[k:, k] = np.linalg.norm(d_input, axis=1)
    missing = ((0, 0), (0, lags + 1 - by_state.shape[1]))
    return np.pad(by_state, missing), np.pad(by_input, missing)


def _loss_gradient(trace: Trace) -> np.ndarray:
    """Of each loss by the last layer's state. By the logits it is the probabilities
    less the one-hot target, which are computed in blocks."""
    targets, blocks = trace.ids[1:], []
    for logs in trace.predictions():
        wanted, targets = targets[: len(logs)], targets[len(logs) :]
        if len(wanted) < len(logs):  # the last character
            wanted = np.append(wanted, logs[-1].argmax())
        d_logits = np.exp(logs).astype(np.float32)
        d_logits[np.arange(len(wanted)), wanted] -= 1
        blocks.append(d_logits @ trace.arrays.kernel.T)
    return np.vstack(blocks)


def _same_norms(kernel: np.ndarray) -> np.ndarray:
    """A matrix whose products with any vector have the norms of the kernel's: R of the
    kernel Q R, if that is smaller. Of the gradient by a one-hot input only the norm
    is wanted, and there may be a hundred thousand symbols."""
    symbols, wide = kernel.shape
    if symbols <= 2 * wide:
        return kernel
    r: Any = kernel[:0]
    for start in range(0, symbols, 4 * wide):  # for one of all would take a copy of all
        r = np.linalg.qr(np.vstack([r, kernel[start : start + 4 * wide]]), mode="r")
    return r


def _step_back(
    layer: GRUArrays,
    kernel: np.ndarray,
    found: LayerTrace,
    term: np.ndarray,
    d_h: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Equations (3) to (8) for the first steps, each by itself.

    Args:
        layer: the weights.
        kernel: the layer's, or `_same_norms` of it.
        found: gates and states.
        term: what the reset gate multiplies, `reset_term` of all steps.
        d_h: gradients by the states after each step, `(steps, units)`.

    Returns:
        Gradients by the states before, `(steps, units)`, and by the layer's inputs,
        `(steps, inputs)`.
    """
    n = len(d_h)
    z, r, c, before = found.z[:n], found.r[:n], found.candidate[:n], found.before[:n]
    term = term[:n]
    U = layer.recurrent_kernel
    u = len(U)
    da_h = d_h * (1 - z) * (1 - c * c)
    da_z = d_h * (before - c) * gate_slope(layer, z)
    if layer.reset_after:
        da_r = da_h * term * gate_slope(layer, r)
        d_before = d_h * z + np.hstack([da_z, da_r, da_h * r]) @ U.T
    else:
        dq = da_h @ U[:, 2 * u :].T
        da_r = dq * term * gate_slope(layer, r)
        d_before = d_h * z + dq * r + np.hstack([da_z, da_r]) @ U[:, : 2 * u].T
    return d_before, np.hstack([da_z, da_r, da_h]) @ kernel.T
