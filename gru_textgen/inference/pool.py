"""Lines written side by side, weighted by what their masks left to the model.

Sequential Monte Carlo (Lew et al. 2023, "Sequential Monte Carlo Steering of Large
Language Models"): each of K lines is written under the mask of its automaton. A mask
alone would distort the model's distribution, for it looks no further than the next
symbol; the probability that the mask left at each symbol corrects that, as the
line's weight. When all lines have come some syllables further, those of little weight
are replaced by those of much.
"""

from collections.abc import Callable

import numpy as np

from gru_textgen.inference.automaton import END, Automaton, States
from gru_textgen.inference.engine import Engine, log_softmax
from gru_textgen.inference.particles import LONGEST, Noise, Particles, Point, Written
from gru_textgen.inference.sampling import Sampling, choose

AHEAD = 32
_SYLLABLES = 2  # between two comparisons
_COLDEST = 0.05  # the temperature of a pool; at 0 weights would mean nothing


class Pool:
    """Writes lines, K side by side.

    Args:
        engine: the model.
        size: K.
        sampling: how symbols are drawn.
        ahead: steps whose random numbers are drawn together.
    """

    def __init__(
        self, engine: Engine, size: int, sampling: Sampling, ahead: int = AHEAD
    ):
        self.engine, self.size, self._ahead = engine, size, ahead
        temperature = max(sampling.temperature, _COLDEST)
        self._temperature = temperature
        self._rest = (sampling.top_k, sampling.top_p, sampling.min_p)

    def write(
        self,
        automaton: Automaton,
        begun: States,
        point: Point,
        rng: np.random.Generator,
        price: Callable[[list[int], int, int], float],
    ) -> Written | None:
        """Write one line, or the rest of it.

        Args:
            automaton: that decides what may be written.
            begun: the line's state, `(1,)`.
            point: of the model, after all that stands before.
            rng: decides the line.
            price: what a word costs, in nats, given the line's words before it, its
                number and the positions before it, as bits.

        Returns:
            One of the lines, drawn by weight; None if all have come to nothing.
        """
        lines = Particles(self.size, begun, point)
        shape = self.size, point.logits.shape[1] - 1
        noise = Noise(rng, shape, self._ahead)
        target = stride = 1 if automaton.whole_words else _SYLLABLES
        while True:
            waiting = self._come_to(target, automaton, lines, noise, price)
            if waiting is None:
                break
            target += stride
            lines.resample(rng)
        if not np.isfinite(lines.weights).any():
            return None
        return lines.draw(rng)

    def _come_to(self, target, automaton, lines, noise, price) -> bool | None:
        """Write on until every line has so many syllables, or has ended.

        Returns:
            None if all lines have ended.
        """
        live = lines.unfinished()
        if not len(live) or lines.longest >= LONGEST:
            lines.weights[live] = -np.inf
            return None
        if automaton.whole_words:
            live = live[self._going(target, automaton, lines, live)]
            if not len(live):
                return True
        session = self.engine.session([h[live] for h in lines.state])
        logits = lines.logits[live]
        while len(live):
            ids = self._chosen(automaton, lines, live, logits, noise)
            logits = session.step(ids)
            self._record(automaton, lines, live, ids, price)
            lines.steps += len(live)
            going = self._going(target, automaton, lines, live)
            if not going.all():
                lines.keep(live[~going], session.state, logits, ~going)
                if automaton.whole_words:
                    self._look_ahead(automaton, lines, live[~going])
                live, logits = live[going], logits[going]
                if len(live):
                    state = [h[going] for h in session.state]
                    session = self.engine.session(state)
        return True

    def _chosen(self, automaton, lines, live, logits, noise) -> np.ndarray:
        """The next symbol of each line; a line that has none loses all its weight."""
        masked, scaled = self._masked(automaton, lines.states.take(live), logits)
        charged = lines.charged[live]
        if not charged.all():
            left = _log_sum(masked) - _log_sum(scaled)
            lines.weights[live] += np.where(charged, 0.0, left)
        lines.charged[live] = False
        top_k, top_p, min_p = self._rest
        masked[np.isneginf(masked.max(axis=1))] = 0
        ids = choose(masked, noise.next(len(live)), 1.0, top_k, top_p, min_p) + 1
        lines.nats[live] -= _taken(log_softmax(logits), ids)
        return ids

    def _masked(self, automaton, states, logits) -> tuple[np.ndarray, np.ndarray]:
        """The logits that the mask leaves, -inf elsewhere, and all of them."""
        allowed = automaton.allowed(states)[:, 1:]
        scaled = logits[:, 1:].astype(np.float64) / self._temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        masked = np.where(allowed, scaled, -np.inf)
        return masked, scaled

    def _look_ahead(self, automaton, lines, index) -> None:
        """Charge lines that wait what the mask of their next symbol will leave.

        It does not depend on the symbol (Pitt & Shephard 1999), and of whole words it
        tells lines apart: after one a rhyme is likely, after another it is not.
        """
        open_ = lines.unfinished()
        index = index[np.isin(index, open_)]
        if len(index):
            states, logits = lines.states.take(index), lines.logits[index]
            masked, scaled = self._masked(automaton, states, logits)
            lines.weights[index] += _log_sum(masked) - _log_sum(scaled)
            lines.charged[index] = True

    def _record(self, automaton, lines, live, ids, price) -> None:
        """Write the symbols down, and charge what ended words cost."""
        before = lines.states.take(live)
        after, ended = automaton.advance(before, ids)
        lines.put(live, after)
        lines.ids[live, lines.written[live]] = ids
        lines.written[live] += 1
        for i in np.flatnonzero(ended >= 0):
            k, word = live[i], int(ended[i])
            lines.weights[k] -= price(lines.words[k], word, int(before.positions[i]))
            lines.words[k] = [*lines.words[k], word]

    def _going(self, target, automaton, lines, live) -> np.ndarray:
        """Which of the lines have not come so far yet, nor ended, nor failed."""
        states = lines.states.take(live)
        there = automaton.between(states) & (automaton.progress(states) >= target)
        ended = states.kind == END
        failed = ~np.isfinite(lines.weights[live])
        too_long = lines.written[live] >= LONGEST
        return ~(there | ended | failed | too_long)


def _taken(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return values[np.arange(len(ids)), ids]


def _log_sum(logits: np.ndarray) -> np.ndarray:
    """Logarithm of the sum of exponentials, of each row; -inf of an empty one."""
    top = logits.max(axis=1)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
