"""What a text costs a model that does not learn features: baselines for the loss of
one that does.

The n-gram model is interpolated modified Kneser-Ney smoothing (Kneser & Ney 1995; Chen
& Goodman 1999, "An empirical study of smoothing techniques for language modeling"). For
a character w after a context h of n - 1 characters, of which h' are all but the first,

    p_n(w | h) = (c(hw) - D(c(hw))) / c(h.) + gamma(h) p_{n-1}(w | h')
    gamma(h)   = (D_1 N_1(h.) + D_2 N_2(h.) + D_3 N_3+(h.)) / c(h.)

where c counts how often hw stands in the text in the highest order, and how many
different characters precede it there in all lower ones; c(h.) is the sum of c(hw) over
all w, and N_k(h.) the number of w with c(hw) = k. Below the first order stands the
uniform distribution, and after a context never seen p_n is p_{n-1}.

An n-gram is one number of 64 bits, so that counting is sorting. One order at a time is
in memory; a lower order's counts are read off the n-grams of the next one.
"""

import lzma
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError

_CHUNK = 1 << 23  # n-grams sorted at a time
_QUERIES = 1 << 20  # looked up at a time
_CHOOSING = 1_000_000  # characters, at most, that an order is chosen on
_FALLBACK = (0.5, 1.0, 1.5)  # discounts where counts give none, as KenLM has them


@dataclass(frozen=True)
class Baselines:
    """Losses on a text of models that count, in nats a character.

    Attributes:
        uniform: every symbol is as likely as any other.
        unigram: each symbol is as likely as it is common.
        kneser_ney: the n-gram model of the chosen order.
        order: n of it.
        by_order: of all orders from 0, the uniform one, up to it.
        xz: what the text costs a compressor that has read the other one.
    """

    uniform: float
    unigram: float
    kneser_ney: float
    order: int
    by_order: tuple[float, ...]
    xz: float


def baselines(
    train: np.ndarray, text: np.ndarray, symbols: int, max_order: int = 10
) -> Baselines:
    """What models that count make of a text. Its order is chosen without the text.

    Args:
        train: ids to learn from, shape `(length,)`.
        text: ids to be predicted, shape `(length,)`.
        symbols: number of ids, the unknown one included: `len(vocabulary)`.
        max_order: the highest order to try, as far as 64 bits hold its n-grams.

    Raises:
        InputError: if there is nothing to learn from or to predict.
    """
    if len(train) < 2 or not len(text):
        raise InputError("Baselines need a text to learn from, and one to predict.")
    order = choose_order(train, symbols, min(max_order, _longest(symbols)))
    by_order = [float(of_n.mean()) for of_n in losses(train, text, symbols, order)]
    packed = xz_loss(train, text.astype(np.min_scalar_type(symbols - 1)))
    return Baselines(
        by_order[0], by_order[1], by_order[-1], order, tuple(by_order), packed
    )


def choose_order(train: np.ndarray, symbols: int, max_order: int) -> int:
    """The order, from 1 to `max_order`, of the least loss on the last tenth of `train`,
    or its last million characters, of the model that has learnt from what is before
    them. Arguments as for `baselines`."""
    size = min(_CHOOSING, -(-len(train) // 10))
    tried = losses(train[:-size], train[-size:], symbols, max_order)
    return int(np.argmin([of_n.mean() for of_n in tried][1:])) + 1


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
    if not 1 <= max_order <= _longest(symbols):
        raise InputError(
            f"n-grams of {symbols} symbols can be counted for orders from 1 to "
            f"{_longest(symbols)}, not {max_order}."
        )
    for ids in (train, text):
        if len(ids) and not 0 <= ids.min() <= ids.max() < symbols:
            raise InputError(f"Ids of {symbols} symbols go from 0 to {symbols - 1}.")
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


def _longest(symbols: int) -> int:
    """The highest order of which an n-gram goes into 64 bits."""
    return int(64 / np.log2(max(2, symbols)))


def _counted(ids: np.ndarray, n: int, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """The different n-grams of some ids, in increasing order, and how often each
    stands there."""
    grams, counts = np.empty(0, np.uint64), np.empty(0, np.int64)
    for start in range(0, len(ids) - n + 1, _CHUNK):
        part = _grams(ids[start : start + _CHUNK + n - 1], n, symbols)
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
    for start in range(0, len(text) - n + 1, _QUERIES):
        wanted = _grams(text[start : start + _QUERIES + n - 1], n, symbols)
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


def xz_loss(train: np.ndarray, text: np.ndarray) -> float:
    """What a text costs the compressor xz (LZMA2, preset 9 extreme), in nats a
    character: what its file grows by when the text is added to the one learnt from, of
    which it remembers the last 64 MiB.

    Args:
        train: ids to learn from, shape `(length,)`.
        text: ids to be packed, shape `(length,)`, of a type that has as many bytes
            as a character is to have.
    """
    given = train.astype(text.dtype).tobytes()
    grown = _xz_bytes(given + text.tobytes()) - _xz_bytes(given)
    return 8 * math.log(2) * grown / len(text)


def _xz_bytes(data: bytes) -> int:
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
