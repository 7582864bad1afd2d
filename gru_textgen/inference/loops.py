"""A guard against endless loops: rows of blanks, and phrases said over and over.

Below temperature 1 the likeliest goes on for ever: where a text's lines are indented, a
blank after many blanks is likely, the more so the surer the model is made, and nothing
in its state says when to stop. So a run that is longer than any that the model's own
text has shown may not go on: the one character that would continue it is left out.
"""

from collections.abc import Iterable, Sequence
from unicodedata import category

import numpy as np

from gru_textgen.inference.sampling import uniform

_SHORTEST = 3  # characters of a run that may always be written,
_AGAIN = 2  # and periods, so that a refrain may come twice
# Of models whose file does not tell what their text has shown: more than any text does.
_UNKNOWN_SHORTEST, _UNKNOWN_AGAIN = 80, 4


def run_limits(longest: Sequence[int] | None, periods: int) -> np.ndarray:
    """The most characters in a row that may repeat those before them.

    Args:
        longest: of the periods 1, 2, …, what the model's text has shown; None if that
            is not known.
        periods: the longest period to watch, where it is not known.

    Returns:
        For the periods 1, 2, …, shape `(periods,)`.
    """
    if not longest:
        wide = _UNKNOWN_AGAIN * np.arange(1, periods + 1)
        return np.maximum(wide, _UNKNOWN_SHORTEST)
    usual = np.maximum(_AGAIN * np.arange(1, len(longest) + 1), _SHORTEST)
    return np.maximum(np.asarray(longest, np.int64), usual)


class LoopGuard:
    """Watches what is written in several streams, and says what would go on for ever.

    Args:
        limits: of `run_limits`, shape `(periods,)`.
        streams: number of texts that are written side by side.
    """

    def __init__(self, limits: np.ndarray, streams: int):
        self.limits = np.minimum(limits, 1 << 30).astype(np.int32)
        periods = len(limits)
        # Each id stands twice, a period's ring apart, so that the last ones always
        # stand in a row.
        self._past = np.full((streams, 2 * periods), -1, np.int32)
        self._runs = np.zeros((streams, periods), np.int32)
        self._same = np.zeros((streams, periods), bool)
        self._over = np.zeros((streams, periods), bool)
        self._place = 0

    def rule_out(self, logits: np.ndarray) -> np.ndarray:
        """The logits, with -inf for an id that would continue a run beyond its limit.

        Args:
            logits: shape `(streams, vocab_size)`; not changed.
        """
        np.greater_equal(self._runs, self.limits, out=self._over)
        if not np.count_nonzero(self._over):  # (quicker than any)
            return logits
        kept = logits.copy()
        for stream, period in zip(*np.nonzero(self._over)):
            kept[stream, self._recent()[stream, period]] = -np.inf
        stuck = np.isneginf(kept).all(axis=1)  # a vocabulary of a symbol or two
        kept[stuck] = logits[stuck]
        return kept

    def push(self, ids: np.ndarray) -> None:
        """Take note of the ids that were written, shape `(streams,)`."""
        periods = len(self.limits)
        np.equal(self._recent(), ids[:, None], out=self._same)
        self._runs += 1
        np.multiply(self._runs, self._same, out=self._runs)
        self._place = (self._place or periods) - 1
        self._past[:, self._place :: periods] = ids[:, None]

    def _recent(self) -> np.ndarray:
        """The ids written last, the very last first, shape `(streams, periods)`."""
        return self._past[:, self._place : self._place + len(self.limits)]


class BlankRows:
    """Lets a row of blanks go on as often as the model itself says.

    Where a row may end, what follows is any of many letters, each of which is unlikely:
    min-p leaves out all of them, and a low temperature most, so that the row would only
    end at its limit. So where a blank is the likeliest after the same blank, whether
    it comes is decided by the probability of the model, as it is at temperature 1; what
    comes in its place is drawn as everything is.

    Args:
        symbols: of a vocabulary, in the order of their ids, the first of which is 0.
    """

    def __init__(self, symbols: Iterable[str]):
        self._blank = np.array([_is_blank(symbol) for symbol in symbols])

    def decide(
        self,
        logits: np.ndarray,
        last: np.ndarray,
        noise: np.ndarray,
        temperature: float,
    ) -> np.ndarray:
        """The logits, with -inf for a blank that does not go on, or for all else.

        Args:
            logits: shape `(streams, vocab_size)`; not changed.
            last: the ids written before, shape `(streams,)`.
            noise: Gumbel numbers times the temperature, that ids are drawn with,
                shaped as the logits.
            temperature: above 0.
        """
        in_row = self._blank[last]
        if not np.count_nonzero(in_row):  # (quicker than any)
            return logits
        in_row = in_row & (logits.argmax(axis=1) == last)
        if not np.count_nonzero(in_row):
            return logits
        kept = logits.copy()
        for stream in np.flatnonzero(in_row):
            row, blank = logits[stream], last[stream]
            others = np.exp(np.delete(row, blank).astype(np.float64) - row[blank]).sum()
            if not others:
                continue
            drawn = uniform(noise[stream, blank], temperature)
            if drawn >= others / (1 + others):  # it goes on
                kept[stream] = -np.inf
                kept[stream, blank] = row[blank]
            else:
                kept[stream, blank] = -np.inf
        return kept


def _is_blank(symbol: str) -> bool:
    return symbol == "\t" or (len(symbol) == 1 and category(symbol) == "Zs")
