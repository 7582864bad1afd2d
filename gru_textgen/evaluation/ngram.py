"""What a text costs a model that does not learn features: baselines for the loss of
one that does.

The n-gram model is that of `inference.kneser_ney`.
"""

import lzma
import math
from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.kneser_ney import choose_order, longest_order, losses


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
    train: np.ndarray, text: np.ndarray, vocab_size: int, max_order: int = 10
) -> Baselines:
    """What models that count make of a text. Its order is chosen without the text.

    Args:
        train: ids to learn from, shape `(length,)`.
        text: ids to be predicted, shape `(length,)`.
        vocab_size: number of ids, the unknown one included: `len(vocabulary)`.
        max_order: the highest order to try, as far as 64 bits hold its n-grams.

    Raises:
        InputError: if there is nothing to learn from or to predict.
    """
    if len(train) < 2 or not len(text):
        raise InputError("Baselines need a text to count, and a text to predict.")
    order = choose_order(train, vocab_size, min(max_order, longest_order(vocab_size)))
    by_order = [float(of_n.mean()) for of_n in losses(train, text, vocab_size, order)]
    packed = xz_loss(train, text.astype(np.min_scalar_type(vocab_size - 1)))
    return Baselines(
        by_order[0], by_order[1], by_order[-1], order, tuple(by_order), packed
    )


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
