"""From logits to the next id: temperature, top-k, top-p, min-p.

Everything is done in float64, row by row of a batch.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gru_textgen.errors import InputError

# Measured, see docs/small_texts.md: about as few words that are none as a temperature
# of 0.5 alone writes, and their frequencies are nearer to the text's.
DEFAULT_TEMPERATURE = 0.8
_FEW_SYMBOLS, _MIN_P, _MIN_P_OF_MANY = 1000, 0.1, 0.01
_HOTTEST = 1e30  # above, all symbols are as likely to any float; float32 would overflow


@dataclass(frozen=True)
class Sampling:
    """How the next symbol is drawn from the logits; it checks itself.

    Example:
        >>> from gru_textgen import Sampling
        >>> Sampling(temperature=0.6, top_p=0.9)
        Sampling(temperature=0.6, top_k=None, top_p=0.9, min_p=None)

    Attributes:
        temperature: Divides the logits: below 1 the likely symbols become likelier;
            0 always takes the likeliest.
        top_k: Keep only the k likeliest symbols (Fan et al. 2018); None keeps all.
        top_p: Keep the smallest set of likeliest symbols with this probability
            (Holtzman et al. 2020); None keeps all.
        min_p: Keep symbols at least this many times as likely as the likeliest
            (Nguyen et al. 2024); 0 keeps all, and None takes `default_min_p` of the
            model, but with a form keeps all.

    Raises:
        InputError: For a setting of the wrong type or out of its range.
    """

    temperature: float = DEFAULT_TEMPERATURE
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None

    def __post_init__(self) -> None:
        check(**self.options)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `probabilities` and `choose`."""
        return {
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "min_p": self.min_p,
        }


def default_min_p(symbols: int) -> float:
    """The min-p for a model of so many symbols.

    Where thousands share the probability, as words or Chinese characters do, a tenth of
    the likeliest leaves out a third of it or half, and writes little but marks.

    Args:
        symbols: that the model tells apart.
    """
    return _MIN_P if symbols < _FEW_SYMBOLS else _MIN_P_OF_MANY


def check(
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> None:
    """Raise an InputError for a setting of the wrong type or out of its range.

    Args:
        temperature: see `Sampling`.
        top_k: see `Sampling`.
        top_p: see `Sampling`.
        min_p: see `Sampling`.
    """
    _check("temperature", temperature, temperature is not None, 0, math.inf)
    _check("top_p", top_p, top_p != 0, 0, 1)
    _check("min_p", min_p, True, 0, 1)
    if top_k is not None and not (_is_number(top_k, int) and top_k >= 1):
        raise InputError(f"top_k must be an integer of 1 or more, not {top_k!r}.")


def _check(name: str, value: Any, allowed: bool, low: float, high: float) -> None:
    if value is None and allowed:
        return
    right = _is_number(value, int, float) and math.isfinite(value)
    if not right or not allowed or not low <= value <= high:
        expected = {
            "temperature": "a number of 0 or more",
            "top_p": "a number above 0 and at most 1",
            "min_p": "a number from 0 to 1",
        }[name]
        raise InputError(f"{name} must be {expected}, not {value!r}.")


def _is_number(value: Any, *kinds: type) -> bool:
    generic = (np.integer, np.floating) if float in kinds else (np.integer,)
    return isinstance(value, (*kinds, *generic)) and not isinstance(value, bool)


def probabilities(
    logits: np.ndarray,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> np.ndarray:
    """The distribution to draw from.

    Args:
        logits: shape `(streams, vocab_size)`; -inf rules a symbol out.
        temperature: divides the logits; 0 leaves only the first of the largest.
        top_k: leaves the k likeliest symbols (Fan et al. 2018).
        top_p: leaves the smallest set of likeliest symbols that holds this probability,
            the nucleus (Holtzman et al. 2020).
        min_p: leaves the symbols at least this share as likely as the likeliest
            (Nguyen et al. 2024).
            The three apply in this order, each to what the one before has left.

    Returns:
        Probabilities in float64, shape `(streams, vocab_size)`; each row sums to 1.

    Raises:
        InputError: for a setting out of its range.
    """
    check(temperature, top_k, top_p, min_p)
    logits = np.asarray(logits, np.float64)
    if temperature == 0:
        one_hot: np.ndarray = np.eye(logits.shape[1])[logits.argmax(axis=1)]
        return one_hot
    with np.errstate(over="ignore", under="ignore"):
        p: np.ndarray = np.exp(
            (logits - logits.max(axis=1, keepdims=True)) / temperature
        )
    p /= p.sum(axis=1, keepdims=True)
    if top_k is not None and top_k < p.shape[1]:
        p = _kept(p, _ranks(p) < top_k)
    if top_p is not None and top_p < 1:
        order = np.argsort(-p, axis=1, kind="stable")
        sorted_p = np.take_along_axis(p, order, axis=1)
        before = np.cumsum(sorted_p, axis=1) - sorted_p
        p = _kept(p, np.take_along_axis(before, _ranks(p), axis=1) < top_p)
    if min_p:
        p = _kept(p, p >= min_p * p.max(axis=1, keepdims=True))
    return p


def choose(
    logits: np.ndarray,
    noise: np.ndarray,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> np.ndarray:
    """Draw one id a row from `probabilities` of the same arguments.

    The largest of logits / temperature + Gumbel noise falls on each symbol with exactly
    its probability (Gumbel 1954); times the temperature it is the same symbol, and no
    exponential, sum or division is left. Settings are not checked again here.

    Args:
        logits: shape `(streams, vocab_size)`.
        noise: standard Gumbel numbers times the temperature, of the same shape.
        temperature: as for `probabilities`.
        top_k: as for `probabilities`.
        top_p: as for `probabilities`.
        min_p: as for `probabilities`.

    Returns:
        Ids, shape `(streams,)`; never one that the settings leave out.
    """
    if top_k is not None or top_p is not None:
        p = probabilities(logits, temperature, top_k, top_p, min_p)
        logits = np.where(p > 0, logits, -np.inf)
    ids: np.ndarray = (logits + noise).argmax(axis=1)
    if min_p and top_k is None and top_p is None:  # the same, of the logarithms
        margin = temperature * math.log(min_p)
        # The largest of all is the largest of those that are kept, if it is kept.
        if _any_left_out(logits, ids, margin):
            lowest = logits.max(axis=1, keepdims=True).astype(np.float64) + margin
            logits = np.where(logits >= lowest, logits, -np.inf)
            ids = (logits + noise).argmax(axis=1)
    return ids


def _any_left_out(logits: np.ndarray, ids: np.ndarray, margin: float) -> bool:
    """Whether an id's logit is too far below the largest of its row. (For a row or a
    few, Python's numbers are quicker than arrays.)"""
    likeliest = logits.argmax(axis=1).tolist()
    return any(
        drawn != best and logits.item(row, drawn) < logits.item(row, best) + margin
        for row, (drawn, best) in enumerate(zip(ids.tolist(), likeliest))
    )


def gumbel(
    rng: np.random.Generator, shape: tuple[int, ...], temperature: float = 1.0
) -> np.ndarray:
    """Standard Gumbel numbers times the temperature, in float32.

    They are -log(-log(u)), u uniform in steps of 2^-24: enough for symbols down to a
    probability of one in millions, and quicker by much than in float64.

    Args:
        rng: where the random numbers come from.
        shape: of the result.
        temperature: what they are multiplied by.

    Returns:
        float32 numbers of that shape.
    """
    noise = rng.random(shape, np.float32)
    np.maximum(noise, 2**-25, out=noise)  # for 0 has no logarithm
    np.log(noise, noise)
    np.negative(noise, noise)
    np.log(noise, noise)
    noise *= -np.float32(min(temperature, _HOTTEST))
    return noise


def uniform(noise: float, temperature: float) -> float:
    """The random number from 0 to 1 that a number of `gumbel` was made of.

    Args:
        noise: a number of `gumbel`.
        temperature: what it was multiplied by; above 0.
    """
    return float(np.exp(-np.exp(-float(noise) / temperature)))


def _ranks(p: np.ndarray) -> np.ndarray:
    """The place of each symbol in its row, the likeliest 0, equals in order of id."""
    order = np.argsort(-p, axis=1, kind="stable")
    return np.argsort(order, axis=1)


def _kept(p: np.ndarray, keep: np.ndarray) -> np.ndarray:
    p = np.where(keep, p, 0.0)
    p /= p.sum(axis=1, keepdims=True)
    return p
