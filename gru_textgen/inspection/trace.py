"""What goes on inside a model while it reads: gates, states, expectations.

The states come from the engine; the gates of all steps follow from them in one product,
by `inference.equations`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import log_softmax
from gru_textgen.inference.equations import gates
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.machine import one_thread_a_product
from gru_textgen.model_file.reader import GRUArrays, ModelArrays

HIGH, LOW = 0.9, 0.1  # beyond these a gate counts as saturated
_NATS_PER_BIT = float(np.log(2))
_PREDICTED = 1 << 21  # characters times symbols whose logits are in memory together


@dataclass(frozen=True)
class LayerTrace:
    """One layer's gates and states, each of shape `(characters, units)`.

    Attributes:
        z: update gate; near 1 the state is kept, near 0 written anew.
        r: reset gate; near 0 the candidate does not see the state.
        candidate: what would be written, h̃ in the equations.
        h: the state after each character, z * before + (1 - z) * candidate.
        start: the state before the first character, shape `(units,)`.
    """

    z: np.ndarray
    r: np.ndarray
    candidate: np.ndarray
    h: np.ndarray
    start: np.ndarray

    @property
    def before(self) -> np.ndarray:
        """The state before each character, shape `(characters, units)`."""
        return np.vstack([self.start, self.h[:-1]])


@dataclass(frozen=True)
class Trace:
    """A text as a model read it.

    Attributes:
        text: its characters, or words, in the forms that the model knows; an unknown
            character is U+FFFD, and an unknown word `<unk>`.
        ids: shape `(characters,)`.
        layers: gates and states, lowest layer first.
        entropy: bits of doubt about the next character after each, `(characters,)`.
        surprise: bits that each character was unexpected by, -log2 p, `(characters,)`.
        symbols: what each id is written as.
        arrays: the model's weights, from which `predictions` follow.
    """

    text: str
    ids: np.ndarray
    layers: tuple[LayerTrace, ...]
    entropy: np.ndarray
    surprise: np.ndarray
    symbols: tuple[str, ...]
    arrays: ModelArrays

    @property
    def tokens(self) -> tuple[str, ...]:
        """What was read at each step: the characters of `text`, or its words."""
        return tuple(self.symbols[i] for i in self.ids)

    @property
    def probabilities(self) -> np.ndarray:
        """Of the next character after each, shape `(characters, vocab_size)`, all of
        them in memory."""
        return np.exp(np.vstack(list(self.predictions())))

    def predictions(self) -> Iterator[np.ndarray]:
        """Logarithms of the probabilities of the next character, float64, for a block
        of characters after the other: of 131,072 symbols those of a page would take
        gigabytes together. Each block has the shape `(block, vocab_size)`."""
        return _predictions(self.arrays, self.layers[-1].h)

    def likeliest(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest next characters after each, of equals the first.

        Args:
            count: how many, at most.

        Returns:
            Ids and probabilities, both of shape `(characters, count)`.
        """
        found = [_largest(logs, count) for logs in self.predictions()]
        ids, logs = (np.vstack(parts) for parts in zip(*found))
        return ids, np.exp(logs)


@one_thread_a_product()
def trace(generator: TextGenerator, text: str) -> Trace:
    """Gates, states and expectations of a model at each character of a text.

    Before the text the model reads what stands before a document, as for `generate`.
    All arrays are in memory: about 16 bytes a character and unit.

    Args:
        generator: the model; of one in training, `TextGenerator(model.arrays(),
            model.info)`.
        text: read like a prompt, in the closest characters that the model knows.

    Raises:
        InputError: if the text is empty.
    """
    engine = generator.engine
    ids = generator.prompt_ids(text).astype(np.int64)
    lead = len(generator.vocabulary.encode(generator.beginning))
    if len(ids) == lead:
        raise InputError("The text is empty: give at least one character.")
    first, start = engine.read(ids[None, :lead], engine.initial_state())
    ids = ids[lead:]
    states = engine.states(ids, start)
    layers, inputs = [], None
    resets = np.isin(ids, [] if engine.reset_id is None else [engine.reset_id])
    for arrays, h, before in zip(generator.arrays.layers, states, start):
        x = arrays.kernel[ids] if inputs is None else inputs @ arrays.kernel
        layers.append(_layer_trace(arrays, x, h, before[0], resets))
        inputs = h
    symbols = tuple(generator.vocabulary.decode([i]) for i in range(engine.vocab_size))
    doubt = _doubt(generator.arrays, states[-1], ids, first[0])
    text = generator.vocabulary.decode(ids)
    return Trace(text, ids, tuple(layers), *doubt, symbols, generator.arrays)


def _predictions(arrays: ModelArrays, h: np.ndarray) -> Iterator[np.ndarray]:
    """`Trace.predictions` from the states of the last layer."""
    size = max(1, _PREDICTED // len(arrays.bias))
    for start in range(0, len(h), size):
        yield log_softmax(h[start : start + size] @ arrays.kernel + arrays.bias)


def _doubt(
    arrays: ModelArrays, h: np.ndarray, ids: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`Trace.entropy` and `Trace.surprise`; `first` are the logits before the text."""
    entropy, surprise = [], [-log_softmax(first)[ids[:1]]]
    following = ids[1:]
    for logs in _predictions(arrays, h):
        entropy.append(-(np.exp(logs) * logs).sum(axis=1))
        came, following = following[: len(logs)], following[len(logs) :]
        surprise.append(-logs[np.arange(len(came)), came])
    return (
        np.concatenate(entropy) / _NATS_PER_BIT,
        np.concatenate(surprise) / _NATS_PER_BIT,
    )


def _largest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and values of the largest of each row, of equals the first. (A sort takes
    many times longer where there are many symbols.)"""
    left, rows = values.copy(), np.arange(len(values))
    places = np.empty((len(values), min(count, values.shape[1])), np.int64)
    for column in places.T:
        column[:] = left.argmax(axis=1)
        left[rows, column] = -np.inf
    return places, np.take_along_axis(values, places, axis=1)


def _layer_trace(
    arrays: GRUArrays,
    x: np.ndarray,
    h: np.ndarray,
    start: np.ndarray,
    resets: np.ndarray,
) -> LayerTrace:
    """The gates that led from each state to the next.

    Args:
        arrays: the layer's weights.
        x: the input's products with W, `(characters, 3 * units)`.
        h: the state after each character, `(characters, units)`.
        start: the state before the first, `(units,)`.
        resets: before which characters the state was emptied, `(characters,)`.
    """
    before = np.vstack([start, h[:-1]])
    before[resets] = 0
    return LayerTrace(*gates(arrays, x, before), h, start)


def half_lives(z: np.ndarray) -> np.ndarray:
    """How long a unit holds half of what it held, by its update gate alone.

    After k steps a unit still holds the product of k update gates of what it held. From
    each character the steps are counted, and a part of the last, until that product is
    one half; the mean over characters counts. Where z is always the same this is
    ln(1/2) / ln z. Where a unit holds for a line and is wiped out in one step, as many
    are, the same formula with the mean of z, or of ln z, would tell of few characters:
    the one step outweighs the others.

    Args:
        z: update gates, shape `(characters, units)`.

    Returns:
        Characters, shape `(units,)`. A character from which the half is not reached
        within the text is left out; infinite where it never is.
    """
    tiny = np.finfo(np.float32).tiny
    decay = -np.log(np.maximum(z, tiny), dtype=np.float64).cumsum(axis=0)
    steps, found = np.arange(len(z) + 1), np.full(z.shape[1], np.inf)
    for unit, lost in enumerate(np.vstack([np.zeros_like(decay[:1]), decay]).T):
        ends = np.interp(lost + np.log(2), lost, steps, right=np.nan)
        waits = (ends - steps)[~np.isnan(ends)]
        if len(waits):
            found[unit] = waits.mean()
    return found


@dataclass(frozen=True)
class Saturation:
    """How often the gates of a layer are as good as open or shut.

    Attributes:
        z_high, z_low: shares of update gates above 0.9 and below 0.1.
        r_high, r_low: of reset gates.
    """

    z_high: float
    z_low: float
    r_high: float
    r_low: float


def saturation(trace: Trace, layer: int = 0) -> Saturation:
    """Saturation of one layer's gates over a text, all units and characters alike
    (Karpathy et al. 2015, section 4.2)."""
    found = trace.layers[layer]
    shares = [
        float(share.mean())
        for gate in (found.z, found.r)
        for share in (gate > HIGH, gate < LOW)
    ]
    return Saturation(*shares)
