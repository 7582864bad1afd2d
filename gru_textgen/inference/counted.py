"""A trained model beside the counts of its own text: what the two predict together.

A network that has read a small text a few times knows its style and not its phrases; an
n-gram model of the same text knows its phrases and nothing else. They err at different
places, and the mixture of their probabilities,

    p(w) = (1 - share) p_gru(w) + share p_counts(w),

is better than either on text that neither has read (Mikolov et al. 2011, "Empirical
evaluation and combination of advanced language modeling techniques").
"""

import numpy as np

from gru_textgen.inference.engine import Engine, Session, State
from gru_textgen.inference.kneser_ney import NO_CONTEXT, KneserNey
from gru_textgen.model_file.reader import Counts, ModelArrays

_SHARES = np.linspace(0, 0.95, 20)
_TINY = np.finfo(np.float32).tiny


class CountedEngine(Engine):
    """An engine whose logits are logarithms of the mixture's probabilities.

    The last array of its state is the last ids of each stream, which the counts need:
    `(streams, order - 1)`, `NO_CONTEXT` where fewer have been read.

    Args:
        arrays: the weights.
        counts: of the model's text.

    Example:
        >>> info, arrays = read_model("runs/recipes/recipes.keras")
        >>> engine = CountedEngine(arrays, arrays.counts)
        >>> logits, state = engine.read(ids[None], engine.initial_state())
    """

    def __init__(self, arrays: ModelArrays, counts: Counts):
        super().__init__(arrays)
        self.share = counts.share
        self.model = KneserNey(counts.ids, self.vocab_size, counts.order)

    def initial_state(self, streams: int = 1) -> State:
        """Zeros for each layer, and no context."""
        context = np.full((streams, self.model.order - 1), NO_CONTEXT)
        return [*super().initial_state(streams), context]

    def run(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """As `Engine.run`; the logits are the mixture's."""
        ids = np.asarray(ids)
        *layers, context = state
        logits, layers = super().run(ids, layers)
        order, time = self.model.order, ids.shape[1]
        read = np.concatenate([context, ids], axis=1)
        places = np.lib.stride_tricks.sliding_window_view(read, order - 1, axis=1)
        places = places[:, -time:].reshape(-1, order - 1) if order > 1 else _no(ids)
        mixed = self.mixed(logits.reshape(-1, self.vocab_size), places)
        return mixed.reshape(logits.shape), [*layers, read[:, time:]]

    def read(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """As `Engine.read`; the logits are the mixture's."""
        *layers, context = state
        logits, layers = super().read(ids, layers)
        context = np.concatenate([context, ids], axis=1)[:, ids.shape[1] :]
        return self.mixed(logits, context), [*layers, context]

    def session(self, state: State) -> "CountedSession":
        """Streams that read a character at a time."""
        return CountedSession(self, state)

    def mixed(self, logits: np.ndarray, contexts: np.ndarray) -> np.ndarray:
        """The logarithms of the mixture's probabilities.

        Args:
            logits: of the network, shape `(places, vocab_size)`.
            contexts: the ids before each place, as for `KneserNey.probabilities`.

        Returns:
            float32, shape `(places, vocab_size)`.
        """
        p = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
        p *= (1 - self.share) / p.sum(axis=1, keepdims=True)
        p += self.share * self.model.probabilities(contexts)
        logs: np.ndarray = np.log(np.maximum(p, _TINY)).astype(np.float32)
        return logs


class CountedSession(Session):
    """As `engine.Session`, of the mixture.

    Args:
        engine: what reads.
        state: to begin with, as `CountedEngine.initial_state` gives it.
    """

    def __init__(self, engine: CountedEngine, state: State):
        *layers, context = state
        super().__init__(engine, layers)
        self._engine = engine
        self._context = context.copy()

    @property
    def state(self) -> State:
        """A copy of the state, as `CountedEngine.initial_state` has it."""
        return [*super().state, self._context.copy()]

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one character in each stream.

        Args:
            ids: shape `(streams,)`.

        Returns:
            Logarithms of the next character's probabilities, `(streams, vocab_size)`.
        """
        if self._context.shape[1]:
            self._context = np.column_stack([self._context[:, 1:], ids])
        return self._engine.mixed(super().step(ids), self._context)


def _no(ids: np.ndarray) -> np.ndarray:
    """Contexts of no length, for counts of single symbols."""
    return np.empty((ids.size, 0), np.int64)


def best_share(network: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """The share of the counts at which a mixture predicts a text best.

    As a function of the share the loss is convex; steps of 0.05 are fine enough, and
    coarse enough that a small text does not decide it to the last digit.

    Args:
        network: the probability that the network gave each character that came.
        counts: the one that the counts gave it.

    Returns:
        The share, from 0 to 0.95, and the mixture's mean loss in nats.
    """
    with np.errstate(divide="ignore"):  # a network may be certain, and wrong
        losses = [-np.log((1 - s) * network + s * counts).mean() for s in _SHARES]
    best = int(np.argmin(losses))
    return round(float(_SHARES[best]), 2), float(losses[best])
