"""How sure a model may be: the temperature at which it is as sure as it is right.

A model that has read its text many times is surer of the next character than it may be
on a text that it has not read. Divided by one number, its logits say the same in the
same order and are right as often as they say (Guo et al. 2017,
https://arxiv.org/abs/1706.04599, section 4.2).
"""

import numpy as np

from gru_textgen.inference.engine import Engine, log_softmax

_LIMITS = 0.25, 4.0  # of a temperature
_HALVINGS = 30
_CELLS, _LEAST = 1 << 23, 100  # logits at most, but for so many characters at least


def text_temperature(engine: Engine, ids: np.ndarray) -> float:
    """The temperature that a model wants on a text, read once from an empty state.

    Args:
        engine: the model.
        ids: shape `(characters,)`; each but the first is predicted. Where a model
            knows many symbols, fewer are read.
    """
    ids = ids[: max(_LEAST, _CELLS // engine.vocab_size)]
    logits, targets = zip(*engine.predictions(ids))
    return best_temperature(np.concatenate(logits), np.concatenate(targets))


def best_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """The temperature T, from 1/4 to 4, of the least mean loss of softmax(logits / T).

    As a function of 1 / T the loss is convex: its slope, the expected logit less that
    of the character that came, only grows, and the least loss is where it is 0.

    Args:
        logits: shape `(characters, vocab_size)`.
        targets: the ids that came, shape `(characters,)`.

    Returns:
        T; 1 if the logits are no numbers.
    """
    if not np.isfinite(logits).all():
        return 1.0
    logits = logits - logits.max(axis=-1, keepdims=True)
    came = np.take_along_axis(logits, targets[:, None].astype(np.int64), axis=-1)
    low, high = 1 / _LIMITS[1], 1 / _LIMITS[0]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = (np.exp(log_softmax(logits * middle)) * logits).sum(axis=-1)
        if expected.mean() < came.mean(dtype=np.float64):
            low = middle
        else:
            high = middle
    return 2 / (low + high)
