"""A trained model in NumPy, without TensorFlow.

State is carried: a character costs one step, whatever was read before it. Many streams
go through one step together.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from gru_textgen.model_file.limits import HARD_SIGMOID
from gru_textgen.model_file.reader import GRUArrays, ModelArrays

State = list[np.ndarray]
_STEPS = 512  # how many steps of a long text are held in memory at a time
NUMBERS = 1 << 22  # how many numbers of one kind, such as logits, are in memory


class Engine:
    """Runs the layers of a model over ids.

    Inside, one stream is a vector, and many are the columns of a matrix: then the
    parts of a fused array are contiguous, which NumPy handles several times faster.

    Args:
        arrays: the weights.
    """

    def __init__(self, arrays: ModelArrays):
        self.layers = [_Layer(layer) for layer in arrays.layers]
        self.kernel = np.vstack([arrays.kernel, arrays.bias])
        # The product with a one-hot vector is a row: the bias is added to each once.
        self.rows = self.layers[0].kernel[:-1] + self.layers[0].kernel[-1]
        self.reset_id = arrays.reset_id

    @property
    def vocab_size(self) -> int:
        """Number of ids that the model tells apart."""
        return int(self.kernel.shape[1])

    @cached_property
    def columns(self) -> np.ndarray:
        """The same as columns, for streams side by side."""
        columns: np.ndarray = self.rows.T.copy()
        return columns

    @cached_property
    def transposed(self) -> list[np.ndarray]:
        """Each layer's kernel with its bias, `(3 * units, inputs + 1)`, contiguous."""
        return [np.ascontiguousarray(layer.kernel.T) for layer in self.layers]

    @property
    def widest(self) -> int:
        """Numbers of the largest array of a step: logits, or inputs of the gates."""
        return max(self.vocab_size, *(3 * layer.units for layer in self.layers))

    def steps(self, streams: int = 1, most: int = _STEPS) -> int:
        """How many steps together keep their arrays in a few tens of megabytes.

        Args:
            streams: side by side.
            most: the result at most.
        """
        return max(1, min(most, NUMBERS // (self.widest * streams)))

    def initial_state(self, streams: int = 1) -> State:
        """Zeros, `(streams, units)` for each layer."""
        return [np.zeros((streams, layer.units), np.float32) for layer in self.layers]

    def run(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read many characters in each stream.

        Args:
            ids: shape `(streams, time)`.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits after each character, `(streams, time, vocab_size)`, and the new
            state.
        """
        outputs, state = self._outputs(np.asarray(ids), state)
        logits = _product(outputs, self.kernel)
        return logits[None] if logits.ndim == 2 else logits.transpose(2, 0, 1), state

    def read(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Read many characters, of which only the last one's logits are wanted.

        Args:
            ids: shape `(streams, time)`, time 1 or more.
            state: of each layer, `(streams, units)`; left as it is.

        Returns:
            Logits of the next character, `(streams, vocab_size)`, and the new state.
        """
        steps = self.steps(len(ids))
        for start in range(0, ids.shape[1], steps):
            outputs, state = self._outputs(ids[:, start : start + steps], state)
        return np.atleast_2d(outputs[-1].T @ self.kernel), state

    def states(self, ids: np.ndarray, state: State) -> list[np.ndarray]:
        """Of each layer, the states after each character of one text.

        Args:
            ids: shape `(characters,)`.
            state: to begin with, of each layer, `(1, units)`; left as it is.

        Returns:
            Shape `(characters, units)` for each layer.
        """
        layers = self._layer_outputs(np.asarray(ids)[None], state)
        return [outputs[:, :-1] for outputs, _ in layers]

    def session(self, state: State) -> "Session":
        """Streams that read a character at a time, from a state left as it is."""
        return Session(self, state)

    def _outputs(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """What `_Layer.run` gives of the last layer, and the new state."""
        new_state = []
        for outputs, h in self._layer_outputs(ids, state):
            new_state.append(h)
        return outputs, new_state

    def _layer_outputs(
        self, ids: np.ndarray, state: State
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What `_Layer.run` gives, and the new state, of one layer after another."""
        outputs = self._projected(ids)
        resets = None if self.reset_id is None else ids.T == self.reset_id
        for i, (layer, h) in enumerate(zip(self.layers, state)):
            h = _columns(h)
            projected = _product(outputs, layer.kernel) if i else outputs
            outputs = layer.run(projected, h, resets)
            yield outputs, np.atleast_2d(h[:-1].T)

    def _projected(self, ids: np.ndarray) -> np.ndarray:
        """The first layer's x W + b, laid out as `_Layer.run` takes it."""
        if len(ids) == 1:
            rows: np.ndarray = self.rows[ids[0]]
            return rows
        projected = np.empty((ids.shape[1], len(self.columns), len(ids)), np.float32)
        for column, x in zip(ids.T, projected):
            np.take(self.columns, column, 1, x, "clip")  # "raise" would copy
        return projected

    def losses(self, ids: np.ndarray, state: State | None = None) -> np.ndarray:
        """Cross-entropy of each character of one text, given all before it.

        Args:
            ids: shape `(characters,)`.
            state: to begin with; zeros by default.

        Returns:
            Nats, shape `(characters - 1,)`: the first has nothing before it.
        """
        pieces = [
            -log_softmax(logits)[np.arange(len(following)), following]
            for logits, following in self.predictions(ids, state)
        ]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def predictions(
        self, ids: np.ndarray, state: State | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What is predicted of one text, a piece of it after the other.

        Args:
            ids: shape `(characters,)`.
            state: to begin with; zeros by default.

        Yields:
            Logits, shape `(steps, vocab_size)`, and the ids that came, `(steps,)`.
        """
        state = state or self.initial_state()
        steps = self.steps()
        for start in range(0, len(ids) - 1, steps):
            read = ids[start : min(start + steps, len(ids) - 1)]
            logits, state = self.run(read[None], state)
            yield logits[0], ids[start + 1 : start + 1 + len(read)].astype(np.int64)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities along the last axis, in float64."""
    shifted: np.ndarray = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


class Session:
    """Streams that read a character at a time. A step allocates nothing.

    Args:
        engine: what reads.
        state: to begin with: of each layer, `(streams, units)`; left as it is.
    """

    def __init__(self, engine: Engine, state: State):
        layers, states = engine.layers, [_columns(h) for h in state]
        several = states[0].shape[1:]
        inputs = [np.empty((3 * layer.units, *several), np.float32) for layer in layers]
        parts = [layer.parts(x) for layer, x in zip(layers, inputs)]
        steps = [layer.stepper(h) for layer, h in zip(layers, states)]
        self._states = states
        kernels = engine.transposed
        self._lowest, self._input, self._parts = states[0], inputs[0], parts[0]
        self._step = steps[0]
        self._above = list(zip(kernels, inputs, parts, steps, states))[1:]
        self._by_id = None if several else [layers[0].parts(x) for x in engine.rows]
        self._columns = engine.columns if several else engine.rows  # read of several
        self._kernel = engine.kernel
        self._reset_id = engine.reset_id
        self._last = np.empty((*several, engine.vocab_size), np.float32)
        self._logits = np.atleast_2d(self._last)

    @property
    def state(self) -> State:
        """A copy of the state: of each layer, `(streams, units)`."""
        return [np.atleast_2d(h[:-1].T).copy() for h in self._states]

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one character in each stream.

        Args:
            ids: shape `(streams,)`.

        Returns:
            Logits of the next character, `(streams, vocab_size)`. The next step writes
            over them.
        """
        if self._reset_id is not None:
            begun = ids == self._reset_id
            for state in self._states if begun.any() else ():
                _empty(state, begun)
        if self._by_id:
            self._step(*self._by_id[ids[0]])
        else:
            np.take(self._columns, ids, 1, self._input, "clip")  # "raise" would copy
            self._step(*self._parts)
        below = self._lowest
        for kernel, x, parts, step, state in self._above:
            np.matmul(kernel, below, x)
            step(*parts)
            below = state
        np.matmul(below.T, self._kernel, self._last)
        return self._logits


class _Layer:
    """One layer's weights, prepared so that a step is few operations on few numbers.

    `equations` has the step as it is read. Writing with that one gives the same text
    and takes twice as long (two layers of 256 units, 600 characters: 130 ms, not 66;
    medians of 9 interleaved runs), so this loop is the one place that departs from it.
    sigmoid(a) = (1 + tanh(a / 2)) / 2, so the gates' weights are halved here once, and
    a step works with 2z = 1 + tanh and 2r; what 2r multiplies is halved here too.
    Of hard gates 2z = 1 + a / 3, from 0 to 2.
    A state has a 1 at its end, by which the biases, each the last row of its matrix,
    are multiplied.
    """

    def __init__(self, arrays: GRUArrays):
        self.units = units = len(arrays.recurrent_kernel)
        self.hard = arrays.recurrent_activation == HARD_SIGMOID
        gate = 1 / 3 if self.hard else 0.5
        to_input = np.repeat(np.array([gate, gate, 1], np.float32), units)
        self.kernel = np.vstack([arrays.kernel, arrays.input_bias]) * to_input
        recurrent = np.vstack([arrays.recurrent_kernel, arrays.recurrent_bias])
        to_state = np.repeat(np.array([gate, gate, 0.5], np.float32), units)
        to_gates = (recurrent * to_state).T
        self.reset_after = arrays.reset_after
        if not self.reset_after:  # two products, each with a matrix of its own
            self.to_candidate = np.ascontiguousarray(to_gates[2 * units :, :-1])
            to_gates = to_gates[: 2 * units]
        self.to_gates = np.ascontiguousarray(to_gates)

    def stepper(self, state: np.ndarray) -> Callable[[np.ndarray, np.ndarray], None]:
        """A function that moves `state` on by one step, in place.

        Args:
            state: shape `(units + 1,)`, or `(units + 1, streams)`; the last row is 1.

        Returns:
            A function of the `parts` of x W + b.
        """
        units, to_gates, reset_after = self.units, self.to_gates, self.reset_after
        hard = self.hard
        several = state.shape[1:]
        p = np.empty((3 * units, *several), np.float32)
        zr, z2, r2 = p[: 2 * units], p[:units], p[units : 2 * units]
        c = p[2 * units :]
        product = p if reset_after else zr
        h, rh = state[:units], np.empty_like(c)
        # Arrays, for a Python number takes NumPy longer.
        one, half = np.ones_like(zr), np.full_like(c, 0.5)

        def step(x_zr: np.ndarray, x_c: np.ndarray) -> None:
            np.matmul(to_gates, state, product)
            np.add(zr, x_zr, zr)
            if not hard:
                np.tanh(zr, zr)
            np.add(zr, one, zr)
            if hard:
                np.clip(zr, 0, 2, zr)
            if reset_after:
                np.multiply(c, r2, c)
            else:
                np.multiply(h, r2, rh)
                np.matmul(self.to_candidate, rh, c)
            np.add(c, x_c, c)
            np.tanh(c, c)
            np.subtract(h, c, h)  # h <- c + z (h - c)
            np.multiply(h, z2, h)
            np.multiply(h, half, h)
            np.add(h, c, h)

        return step

    def run(
        self,
        projected: np.ndarray,
        state: np.ndarray,
        resets: np.ndarray | None = None,
    ) -> np.ndarray:
        """The states after each step.

        Args:
            projected: x W + b with `kernel`, `(time, 3 * units)`, or, of many streams,
                `(time, 3 * units, streams)`.
            state: as for `stepper`; the last state stands there afterwards.
            resets: before which steps it is emptied, booleans `(time, streams)`.

        Returns:
            Shape `(time, units + 1)` or `(time, units + 1, streams)`.
        """
        outputs = np.empty((len(projected), *state.shape), np.float32)
        step = self.stepper(state)
        for t, (x, output) in enumerate(zip(projected, outputs)):
            if resets is not None and resets[t].any():
                _empty(state, resets[t])
            step(*self.parts(x))
            output[...] = state
        return outputs

    def parts(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The gates' part of x W + b, and the candidate's."""
        return x[: 2 * self.units], x[2 * self.units :]


def _columns(h: np.ndarray) -> np.ndarray:
    """A copy of states `(streams, units)`, `(units + 1, streams)`, the last row 1; one
    stream as a vector."""
    columns = np.ones((h.shape[1] + 1, len(h)), np.float32)
    columns[:-1] = h.T
    return columns[:, 0] if len(h) == 1 else columns


def _empty(state: np.ndarray, streams: np.ndarray) -> None:
    """Put zeros in the place of some streams' state, as `_columns` lays it out."""
    if state.ndim == 1:
        state[:-1] = 0
    else:
        state[:-1, streams] = 0


def _product(outputs: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Of the outputs of `_Layer.run` with a kernel, all steps together."""
    product: np.ndarray
    product = outputs @ kernel if outputs.ndim == 2 else kernel.T @ outputs
    return product
