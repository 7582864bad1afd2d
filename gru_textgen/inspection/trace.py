"""What goes on inside a model while it reads: gates, states, expectations.

The states come from the engine; the gates of all steps follow from them in one product,
by `inference.equations`.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import log_softmax
from gru_textgen.inference.equations import gates
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import GRUArrays

HIGH, LOW = 0.9, 0.1  # beyond these a gate counts as saturated
_NATS_PER_BIT = float(np.log(2))


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
        text: its characters in the forms that the model knows; an unknown one is
            U+FFFD.
        ids: shape `(characters,)`.
        layers: gates and states, lowest layer first.
        logits: after each character, shape `(characters, vocab_size)`.
        first_logits: before the first, shape `(vocab_size,)`.
        symbols: what each id is written as.
    """

    text: str
    ids: np.ndarray
    layers: tuple[LayerTrace, ...]
    logits: np.ndarray
    first_logits: np.ndarray
    symbols: tuple[str, ...]

    @property
    def probabilities(self) -> np.ndarray:
        """Of the next character after each, shape `(characters, vocab_size)`."""
        return np.exp(log_softmax(self.logits))

    @property
    def entropy(self) -> np.ndarray:
        """Bits of doubt about the next character after each, `(characters,)`."""
        log_p = log_softmax(self.logits)
        return -(np.exp(log_p) * log_p).sum(axis=1) / _NATS_PER_BIT

    @property
    def surprise(self) -> np.ndarray:
        """Bits that each character was unexpected by, -log2 p, `(characters,)`."""
        log_p = log_softmax(np.vstack([self.first_logits, self.logits[:-1]]))
        return -log_p[np.arange(len(self.ids)), self.ids] / _NATS_PER_BIT


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
    lead = len(generator.beginning)
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
    logits = states[-1] @ generator.arrays.kernel + generator.arrays.bias
    symbols = tuple(generator.vocabulary.decode([i]) for i in range(engine.vocab_size))
    return Trace(
        generator.vocabulary.decode(ids), ids, tuple(layers), logits, first[0], symbols
    )


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
