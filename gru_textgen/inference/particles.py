"""The lines of a pool: what each has written, weighs, and makes of the model."""

from dataclasses import dataclass

import numpy as np

from gru_textgen.inference.automaton import END, States
from gru_textgen.inference.engine import State
from gru_textgen.inference.sampling import gumbel

LONGEST = 120  # symbols of a line


@dataclass(frozen=True)
class Point:
    """Where a text is: what the model makes of all that was written.

    Attributes:
        state: of each layer, `(1, units)`.
        logits: of the next symbol, `(1, vocab_size)`.
    """

    state: State
    logits: np.ndarray


@dataclass(frozen=True)
class Written:
    """A line that a pool has written.

    Attributes:
        ids: its symbols, the line's end included.
        words: the numbers of its words.
        nats: what the model itself gives it, as a surprise, in nats.
        evidence: the logarithm of the share of the model's lines that meet the demand,
            as the whole pool estimates it.
        point: after it.
        steps: symbols stepped for it, in all lines.
    """

    ids: list[int]
    words: list[int]
    nats: float
    evidence: float
    point: Point
    steps: int


class Particles:
    """The lines of a pool, and the model's state after each."""

    def __init__(self, size: int, begun: States, point: Point):
        self.states = begun.take(np.zeros(size, int))
        self.state = [np.repeat(h, size, axis=0) for h in point.state]
        self.logits = np.repeat(point.logits, size, axis=0)
        self.weights = np.zeros(size)
        self.charged = np.zeros(size, bool)  # whether they count the next symbol's mask
        self.nats = np.zeros(size)
        self.ids = np.zeros((size, LONGEST + 1), np.int64)
        self.words: list[list[int]] = [[] for _ in range(size)]
        self.written = np.zeros(size, np.int64)  # symbols
        self.steps = 0

    @property
    def longest(self) -> int:
        return int(self.written.max())

    def unfinished(self) -> np.ndarray:
        """The lines to write on."""
        open_ = (self.states.kind != END) & np.isfinite(self.weights)
        return np.flatnonzero(open_)

    def put(self, index: np.ndarray, states: States) -> None:
        mine = self.states
        for name in ("node", "positions", "kind", "length"):
            getattr(mine, name)[index] = getattr(states, name)

    def keep(self, index, state: State, logits: np.ndarray, chosen) -> None:
        """What the model makes of lines that wait now."""
        for mine, h in zip(self.state, state):
            mine[index] = h[chosen]
        self.logits[index] = logits[chosen]

    def resample(self, rng: np.random.Generator) -> None:
        """Replace lines of little weight by those of much, when few weigh much."""
        if not np.isfinite(self.weights).any():
            return
        p, mean = _shares(self.weights)
        if 1 / (p * p).sum() > len(p) / 2:
            return
        points = (np.arange(len(p)) + rng.random()) / len(p)
        index = np.minimum(np.searchsorted(np.cumsum(p), points), len(p) - 1)
        self.states = self.states.take(index)
        self.state = [h[index] for h in self.state]
        self.logits, self.nats = self.logits[index], self.nats[index]
        self.ids, self.written = self.ids[index], self.written[index]
        self.charged = self.charged[index]
        self.words = [self.words[k] for k in index]
        self.weights = np.full(len(p), mean)

    def draw(self, rng: np.random.Generator) -> Written:
        """One line, by weight."""
        p, mean = _shares(self.weights)
        k = min(int(np.searchsorted(np.cumsum(p), rng.random())), len(p) - 1)
        return Written(
            self.ids[k, : self.written[k]].tolist(),
            list(self.words[k]),
            float(self.nats[k]),
            mean,
            Point([h[k : k + 1] for h in self.state], self.logits[k : k + 1]),
            self.steps,
        )


class Noise:
    """Gumbel numbers for step after step.

    Args:
        rng: where they come from.
        shape: of those of one step.
        ahead: steps whose numbers are drawn together.
    """

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], ahead: int):
        self._rng, self._shape, self._ahead = rng, shape, ahead
        self._block = np.empty((0, *shape), np.float32)
        self._at = 0

    def next(self, lines: int) -> np.ndarray:
        if self._at == len(self._block):
            self._block = gumbel(self._rng, (self._ahead, *self._shape))
            self._at = 0
        self._at += 1
        return self._block[self._at - 1][:lines]


def _shares(weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights that sum to 1, and the logarithm of their mean."""
    top = weights.max()
    p = np.exp(weights - top)
    return p / p.sum(), float(top + np.log(p.mean()))
