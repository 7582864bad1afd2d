"""Interpolated modified Kneser-Ney smoothing: an n-gram model of a text's symbols.

The model is that of Kneser & Ney (1995) and Chen & Goodman (1999, "An empirical study
of smoothing techniques for language modeling"). For a character w after a context h of
n - 1 characters, of which h' are all but the first,

    p_n(w | h) = (c(hw) - D(c(hw))) / c(h.) + gamma(h) p_{n-1}(w | h')
    gamma(h)   = (D_1 N_1(h.) + D_2 N_2(h.) + D_3 N_3+(h.)) / c(h.)

where c counts how often hw stands in the text in the highest order, and how many
different characters precede it there in all lower ones; c(h.) is the sum of c(hw) over
all w, and N_k(h.) the number of w with c(hw) = k. Below the first order stands the
uniform distribution, and after a context never seen p_n is p_{n-1}.

An n-gram is one number of 64 bits, so that counting is sorting. `losses` measures a
text of any size, one order in memory at a time; `KneserNey` keeps all orders and gives
whole distributions, for writing.
"""

from collections.abc import Iterator

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.model_file.schema import MAX_ORDER

CHUNK = 1 << 23  # n-grams sorted at a time
QUERIES = 1 << 20  # looked up at a time
_CHOOSING = 1_000_000  # characters, at most, that an order is chosen on
_FALLBACK = (0.5, 1.0, 1.5)  # discounts where counts give none, as KenLM has them
NO_CONTEXT = -1  # stands in a context before the beginning of a text


def choose_order(train: np.ndarray, symbols: int, max_order: int) -> int:
    """The order, from 1 to `max_order`, of the least loss on the last tenth of `train`,
    or its last million characters, of the model that has learnt from what is before
    them. Arguments as for `baselines`."""
    size = min(_CHOOSING, -(-len(train) // 10))
    tried = losses(train[:-size], train[-size:], symbols, max_order)
    return int(np.argmin([of_n.mean() for of_n in tried][1:])) + 1


def best_order(train: np.ndarray, symbols: int, max_order: int = MAX_ORDER) -> int:
    """`choose_order` among as many orders as 64 bits hold, `max_order` at most; a text
    of fewer than two characters has order 1."""
    if len(train) < 2:
        return 1
    return choose_order(train, symbols, min(max_order, longest_order(symbols)))


def losses(
    train: np.ndarray, text: np.ndarray, symbols: int, max_order: int
) -> Iterator[np.ndarray]:
    """The loss of each character of a text, order by order.

    A character near the beginning of the text has a shorter context, and the
    probability that the lower orders give it.

    Args:
        train: ids to learn from, shape `(length,)`.
        text: ids to be predicted, shape `(length,)`.
        symbols: number of ids.
        max_order: the highest order.

    Yields:
        For n = 0, the uniform distribution, and for each order n from 1 to `max_order`:
        losses in nats, shape `(length,)`.

    Raises:
        InputError: if so long an n-gram of so many symbols does not go into 64 bits, or
            there is an id of no symbol.
    """
    _check(symbols, max_order, train, text)
    lower = np.full(len(text), 1 / symbols)
    yield -np.log(lower)
    for n in range(1, max_order + 1):
        grams, counts = _counted(train, n, symbols)
        if n > 1:
            shorter, preceding = np.unique(
                grams % np.uint64(symbols ** (n - 1)), return_counts=True
            )
            lower = _interpolated(shorter, preceding, text, n - 1, symbols, lower)
        yield -np.log(_interpolated(grams, counts, text, n, symbols, lower))


def _check(symbols: int, order: int, *texts: np.ndarray) -> None:
    if not 1 <= order <= longest_order(symbols):
        raise InputError(
            f"The order of n-grams of {symbols} symbols must be from 1 to "
            f"{longest_order(symbols)}, not {order}."
        )
    for ids in texts:
        if len(ids) and not 0 <= ids.min() <= ids.max() < symbols:
            raise InputError(
                f"The ids of {symbols} symbols must be from 0 to {symbols - 1}."
            )


def longest_order(symbols: int) -> int:
    """The highest order of which an n-gram goes into 64 bits."""
    return int(64 / np.log2(max(2, symbols)))


def _counted(ids: np.ndarray, n: int, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """The different n-grams of some ids, in increasing order, and how often each
    stands there."""
    grams, counts = np.empty(0, np.uint64), np.empty(0, np.int64)
    for start in range(0, len(ids) - n + 1, CHUNK):
        part = _grams(ids[start : start + CHUNK + n - 1], n, symbols)
        found, times = np.unique(part, return_counts=True)
        places, is_known = _look_up(grams, found)
        counts[places[is_known]] += times[is_known]
        new = ~is_known
        grams = np.insert(grams, places[new], found[new])
        counts = np.insert(counts, places[new], times[new])
    return grams, counts


def _grams(ids: np.ndarray, n: int, symbols: int) -> np.ndarray:
    """Every n-gram of some ids: its digits in base `symbols`, the first one highest."""
    size = len(ids) - n + 1
    grams = np.zeros(size, np.uint64)
    for k in range(n):
        grams *= np.uint64(symbols)
        grams += ids[k : k + size].astype(np.uint64)
    return grams


def _look_up(table: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where values stand, or would stand, in an increasing table; whether they do."""
    places = np.searchsorted(table, values)
    is_there = places < len(table)
    is_there[is_there] = table[places[is_there]] == values[is_there]
    return places, is_there


def _interpolated(
    grams: np.ndarray,
    counts: np.ndarray,
    text: np.ndarray,
    n: int,
    symbols: int,
    lower: np.ndarray,
) -> np.ndarray:
    """p_n of each character of a text, from its p_{n-1}, `lower`, and the counts of
    n-grams, which are in increasing order."""
    discounts = _discounts(counts)
    result = lower.copy()
    if not len(grams):
        return result
    contexts = grams // np.uint64(symbols)
    starts = np.flatnonzero(np.append(True, contexts[1:] != contexts[:-1]))
    contexts = contexts[starts]
    totals = np.add.reduceat(counts, starts)
    taken = np.add.reduceat(discounts[np.minimum(counts, 3)], starts)
    for start in range(0, len(text) - n + 1, QUERIES):
        wanted = _grams(text[start : start + QUERIES + n - 1], n, symbols)
        by_value = np.argsort(wanted)  # neighbours are looked up in one place: faster
        wanted = wanted[by_value]
        context, is_known = _look_up(contexts, wanted // np.uint64(symbols))
        context, wanted = context[is_known], wanted[is_known]
        place, is_seen = _look_up(grams, wanted)
        count = np.zeros(len(wanted), np.int64)
        count[is_seen] = counts[place[is_seen]]
        own = count - discounts[np.minimum(count, 3)]
        at = start + n - 1 + by_value[is_known]
        result[at] = (own + taken[context] * lower[at]) / totals[context]
    return result


def _discounts(counts: np.ndarray) -> np.ndarray:
    """D for counts of 0, 1, 2, and 3 or more as Chen & Goodman (1999) estimate
    it from the numbers of n-grams that were counted once, twice, … four times."""
    of = np.bincount(np.minimum(counts, 5), minlength=6)
    fallback = np.array([0, *_FALLBACK])
    if not all(of[1:5]):
        return fallback
    y = of[1] / (of[1] + 2 * of[2])
    found = np.array([0, *(k - (k + 1) * y * of[k + 1] / of[k] for k in (1, 2, 3))])
    return found if all(found[1:] > 0) else fallback


class KneserNey:
    """The n-gram model of a text, every order in memory.

    It gives the probabilities that `losses` measures, for all symbols at once.

    Args:
        ids: of the text, shape `(characters,)`.
        symbols: number of ids.
        order: the longest n-gram.

    Raises:
        InputError: for an order that 64 bits do not hold, or ids of no symbol.

    Example:
        >>> model = KneserNey(vocabulary.encode("abaab"), len(vocabulary), order=2)
        >>> model.probabilities(vocabulary.encode("a")[None])  # of what follows an a
    """

    def __init__(self, ids: np.ndarray, symbols: int, order: int):
        _check(symbols, order, ids)
        self.symbols = symbols
        self.order = order
        self._orders = []
        grams, counts = _counted(ids, 1, symbols)
        for n in range(1, order + 1):
            longer, longer_counts = grams[:0], counts[:0]
            if n < order:
                longer, longer_counts = _counted(ids, n + 1, symbols)
                suffixes = longer % np.uint64(symbols**n)
                grams, counts = np.unique(suffixes, return_counts=True)
            if not len(grams):
                break  # the text is shorter than that
            self._orders.append(_Order(grams, counts, symbols))
            grams, counts = longer, longer_counts

    def probabilities(self, contexts: np.ndarray) -> np.ndarray:
        """How likely each symbol is to follow some contexts.

        Args:
            contexts: the last `order - 1` ids before each place, the newest last,
                shape `(places, order - 1)`; `NO_CONTEXT` where a text is not so long.

        Returns:
            Shape `(places, symbols)`; each row sums to 1.
        """
        p = np.full((len(contexts), self.symbols), 1 / self.symbols)
        rows = np.arange(len(contexts))
        keys = np.zeros(len(contexts), np.uint64)
        scale = np.uint64(1)
        for n, table in enumerate(self._orders, 1):
            if n > 1:  # one symbol more of each context that is known so far
                older = contexts[rows, 1 - n]
                within = older != NO_CONTEXT
                rows = rows[within]
                keys = keys[within] + scale * older[within].astype(np.uint64)
                scale *= np.uint64(self.symbols)
            known = table.interpolate(p, rows, keys)
            rows, keys = rows[known], keys[known]
            if not len(rows):
                break
        return p


class _Order:
    """The n-grams of one order, by their contexts.

    Args:
        grams: in increasing order.
        counts: of each.
        symbols: number of ids.
    """

    def __init__(self, grams: np.ndarray, counts: np.ndarray, symbols: int):
        discounts = _discounts(counts)[np.minimum(counts, 3)]
        contexts, self.last = np.divmod(grams, np.uint64(symbols))
        self.last = self.last.astype(np.int64)
        starts = np.flatnonzero(np.append(True, contexts[1:] != contexts[:-1]))
        totals = np.add.reduceat(counts, starts)
        self.contexts = contexts[starts]
        self.begins = np.append(starts, len(grams))
        self.own = (counts - discounts) / np.repeat(totals, np.diff(self.begins))
        self.left = np.add.reduceat(discounts, starts) / totals  # gamma

    def interpolate(
        self, p: np.ndarray, rows: np.ndarray, keys: np.ndarray
    ) -> np.ndarray:
        """Make p_n out of p_{n-1} in the rows whose contexts are known.

        Args:
            p: p_{n-1} of each place, shape `(places, symbols)`; changed in place.
            rows: the places to look at.
            keys: the context of each, as a number.

        Returns:
            Which of `rows` are known.
        """
        place, known = _look_up(self.contexts, keys)
        place, rows = place[known], rows[known]
        p[rows] *= self.left[place, None]
        sizes = self.begins[place + 1] - self.begins[place]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        grams = np.repeat(self.begins[place], sizes) + within
        p[np.repeat(rows, sizes), self.last[grams]] += self.own[grams]
        return known
