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
        self.layers = [_Layer(layer) for layer in arrays.layers]
        self.kernel, self.bias = arrays.kernel, arrays.bias
        first = self.layers[0]
        # The product with a one-hot vector is a row: the bias is added to each once.
        self._rows = first.kernel + first.bias

    @property
    def symbols(self) -> int:
        """Number of ids that the model tells apart."""
        return len(self.bias)

    def initial_state(self, streams: int = 1) -> State:
        """Zeros, `(streams, units)` for each layer."""
        return [np.zeros((streams, layer.units), np.float32) for layer in self.layers]

    def step(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read one character in each stream.

        Args:
            ids: shape `(streams,)`.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits of the next character, `(streams, symbols)`, and the new state.
        """
        outputs, state = self._outputs(self._rows[ids][None], state)
        return outputs[0] @ self.kernel + self.bias, state

    def run(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read many characters in each stream.

        Args:
            ids: shape `(streams, time)`.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits after each character, `(streams, time, symbols)`, and the new state.
        """
        outputs, state = self._outputs(self._rows[np.asarray(ids).T], state)
        return (outputs @ self.kernel + self.bias).swapaxes(0, 1), state

    def read(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read many characters, of which only the last one's logits are wanted.

        Args:
            ids: shape `(streams, time)`, time 1 or more.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits of the next character, `(streams, symbols)`, and the new state.
        """
        for start in range(0, ids.shape[1], _STEPS):
            projected = self._rows[ids[:, start : start + _STEPS].T]
            outputs, state = self._outputs(projected, state)
        return outputs[-1] @ self.kernel + self.bias, state

    def _outputs(self, projected, state: State) -> tuple[np.ndarray, State]:
        """The last layer's outputs, `(time, streams, units)`, and the new state."""
        outputs, new_state = projected, []
        for i, (layer, h) in enumerate(zip(self.layers, state)):
            if i:
                projected = outputs @ layer.kernel + layer.bias
            outputs = layer.run(projected, h)
            new_state.append(outputs[-1] if len(outputs) else h)
        return outputs, new_state

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


class _Layer:
    """One layer's weights, prepared so that a step is few operations on few numbers.

    sigmoid(a) = (1 + tanh(a / 2)) / 2, so the gates' weights are halved here once, and
    the loop works with 2z = 1 + tanh and 2r; what 2r multiplies is halved here too.
    """

    def __init__(self, arrays: GRUArrays):
        self.units = units = len(arrays.recurrent_kernel)
        half = np.repeat(np.array([0.5, 0.5, 1.0], np.float32), units)
        bias = arrays.input_bias.copy()
        bias[: 2 * units] += arrays.recurrent_bias[: 2 * units]
        self.kernel, self.bias = arrays.kernel * half, bias * half
        self.reset_after = arrays.reset_after
        recurrent = arrays.recurrent_kernel * np.float32(0.5)
        if self.reset_after:
            self.recurrent_kernel = recurrent
        else:  # two products, each with a matrix of its own
            self.recurrent_kernel = np.ascontiguousarray(recurrent[:, : 2 * units])
            self.candidate_kernel = np.ascontiguousarray(recurrent[:, 2 * units :])
        self.candidate_bias = arrays.recurrent_bias[2 * units :] * np.float32(0.5)

    def run(self, projected: np.ndarray, h: np.ndarray) -> np.ndarray:
        """The states after each step.

        Args:
            projected: x W + b with `kernel` and `bias`, `(time, streams, 3 * units)`.
            h: the state before, `(streams, units)`.

        Returns:
            Shape `(time, streams, units)`.
        """
        units = self.units
        outputs = np.empty((len(projected), *h.shape), np.float32)
        # What every step overwrites: the loop allocates nothing.
        p = np.empty((len(h), 3 * units), np.float32)
        zr, z2, r2 = p[:, : 2 * units], p[:, :units], p[:, units : 2 * units]
        c = p[:, 2 * units :]
        product = p if self.reset_after else np.empty_like(zr)
        for x, out in zip(projected, outputs):
            np.matmul(h, self.recurrent_kernel, out=product)
            np.add(product[:, : 2 * units], x[:, : 2 * units], out=zr)
            np.tanh(zr, out=zr)
            zr += 1
            if self.reset_after:
                c += self.candidate_bias
                c *= r2
            else:
                np.matmul(r2 * h, self.candidate_kernel, out=c)
            c += x[:, 2 * units :]
            np.tanh(c, out=c)
            np.subtract(h, c, out=out)  # h <- c + z (h - c)
            out *= z2
            out *= 0.5
            out += c
            h = out
        return outputs
