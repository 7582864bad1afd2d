"""A trained model in NumPy: the equations of `gru.py` once more, without TensorFlow.

State is carried: a character costs one step, whatever was read before it. Many streams
go through one step together.
"""

import numpy as np

from gru_textgen.archive import GRUArrays, ModelArrays

State = list[np.ndarray]
_STEPS = 512  # how many steps of a long text are held in memory at a time


class Engine:
    """Runs the layers of a model over ids.

    Args:
        arrays: the weights.
    """

    def __init__(self, arrays: ModelArrays):
        self.layers = arrays.layers
        self.kernel, self.bias = arrays.kernel, arrays.bias
        first = arrays.layers[0]
        # The product with a one-hot vector is a row: the bias is added to each once.
        self._rows = first.kernel + first.input_bias

    @property
    def symbols(self) -> int:
        """Number of ids that the model tells apart."""
        return len(self.bias)

    def initial_state(self, streams: int = 1) -> State:
        """Zeros, `(streams, units)` for each layer."""
        return [
            np.zeros((streams, len(layer.recurrent_kernel)), np.float32)
            for layer in self.layers
        ]

    def step(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read one character in each stream.

        Args:
            ids: shape `(streams,)`.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits of the next character, `(streams, symbols)`, and the new state.
        """
        logits, state = self.run(np.asarray(ids)[:, None], state)
        return logits[:, 0], state

    def run(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read many characters in each stream.

        Args:
            ids: shape `(streams, time)`.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits after each character, `(streams, time, symbols)`, and the new state.
        """
        projected = self._rows[np.asarray(ids).T]
        outputs, new_state = projected, []
        for i, (layer, h) in enumerate(zip(self.layers, state)):
            if i:
                projected = outputs @ layer.kernel + layer.input_bias
            outputs = np.empty((len(projected), *h.shape), np.float32)
            for t, x in enumerate(projected):
                h = outputs[t] = _step(layer, x, h)
            new_state.append(h)
        logits = outputs @ self.kernel + self.bias
        return logits.swapaxes(0, 1), new_state

    def losses(self, ids: np.ndarray, state: State | None = None) -> np.ndarray:
        """Cross-entropy of each character of one text, given all before it.

        Args:
            ids: shape `(characters,)`.
            state: to begin with; zeros by default.

        Returns:
            Nats, shape `(characters - 1,)`: the first has nothing before it.
        """
        state = state or self.initial_state()
        pieces = []
        for start in range(0, len(ids) - 1, _STEPS):
            read = ids[start : min(start + _STEPS, len(ids) - 1)]
            following = ids[start + 1 : start + 1 + len(read)].astype(np.int64)
            logits, state = self.run(read[None], state)
            pieces.append(-log_softmax(logits[0])[np.arange(len(read)), following])
        return np.concatenate(pieces) if pieces else np.empty(0)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities along the last axis, in float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _step(layer: GRUArrays, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The equations of `GRUCell`; `x` is `(streams, 3 * units)`, W x + b."""
    units = h.shape[1]
    x_zr, x_h = x[:, : 2 * units], x[:, 2 * units :]
    if layer.reset_after:
        p = h @ layer.recurrent_kernel + layer.recurrent_bias
        zr = _sigmoid(x_zr + p[:, : 2 * units])
        z, r = zr[:, :units], zr[:, units:]
        candidate = np.tanh(x_h + r * p[:, 2 * units :])
    else:
        zr = _sigmoid(x_zr + h @ layer.recurrent_kernel[:, : 2 * units])
        z, r = zr[:, :units], zr[:, units:]
        candidate = np.tanh(x_h + (r * h) @ layer.recurrent_kernel[:, 2 * units :])
    return z * h + (1 - z) * candidate


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x), which never overflows in this form."""
    return 0.5 * np.tanh(0.5 * x) + 0.5
