"""A text as overlapping windows in random order, each of which predicts one character.

This is how the character models of Keras's early examples read a text: every window
begins with an empty state, and of its predictions only that after the last character is
learnt. Streams (see `streams`) learn from every character that they read.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import Ids, Streams, fitting_batch_size, split_ids


def split_windows(
    ids: Ids, settings: TrainingSettings
) -> "tuple[OverlappingWindows, OverlappingWindows]":
    """The windows to learn from, and those of the held-out part.

    Args:
        ids: of the whole text.
        settings: of the run.

    Raises:
        InputError: if the text, or its held-out part, is too short for one window.
    """
    learnt, held_out = split_ids(
        ids, settings.validation_split, settings.calibration_split
    )
    window, step = settings.seq_length, settings.window_step
    batch_size = fitting_batch_size(
        count_windows(len(learnt), window, step), settings.batch_size, 1
    )
    training = OverlappingWindows(learnt, batch_size, window, step)
    count = count_windows(len(held_out), window, step)
    if not count:
        raise InputError(
            f"The held-out part of the text, {len(held_out)} characters, is too short "
            f"for a window of {window}: give more text, a larger `validation_split`, "
            "or a smaller `seq_length`."
        )
    batch_size = min(settings.batch_size, count)
    return training, OverlappingWindows(held_out, batch_size, window, step)


def count_windows(characters: int, window: int, step: int) -> int:
    """How many windows a text has of which the next character is known."""
    return max(0, (characters - window - 1) // step + 1)


@dataclass(frozen=True)
class OverlappingWindows(Streams):
    """A text as windows that begin every `step` characters.

    An epoch reads each window once, in an order that the seed and the epoch decide, but
    for the last ones of that order, which fill no batch.

    Args:
        ids: shape `(characters,)`, any integer type; only indexed, never taken whole.
        batch_size: number of windows a batch.
        window: characters a window.
        step: characters from the start of a window to that of the next.

    Raises:
        InputError: if the text is too short for one batch.
    """

    step: int = 1

    @property
    def windows(self) -> int:
        """Batches in one pass over the windows."""
        return count_windows(len(self.ids), self.window, self.step) // self.batch_size

    @property
    def predicted(self) -> int:
        """Characters of a window that are predicted."""
        return 1

    def arranged(self, seed: int | None, epoch: int) -> np.ndarray:
        """The windows of an epoch in their order, shape `(windows,)`.

        Args:
            seed: decides the order, with the epoch; None keeps that of the text.
            epoch: counted from 0.
        """
        count = count_windows(len(self.ids), self.window, self.step)
        if seed is None:
            return np.arange(count)
        return np.random.default_rng((seed, epoch)).permutation(count)

    def batch(self, k: int, offset: "np.ndarray | int" = 0):
        """The k-th batch of windows, and the id after each of them.

        Args:
            k: batch, in `[0, windows)`.
            offset: what `arranged` gives; 0 for the windows in the order of the text.

        Returns:
            Two arrays of int32, shapes `(batch_size, window)` and `(batch_size, 1)`.
        """
        chosen = np.arange(k * self.batch_size, (k + 1) * self.batch_size)
        if isinstance(offset, np.ndarray):
            chosen = offset[chosen]
        places = chosen[:, None] * self.step + np.arange(self.window + 1)
        ids = self.ids[places].astype(np.int32)
        return ids[:, :-1], ids[:, -1:]
