"""Ids to `tf.data` batches of (input, next id), the text read in parallel streams.

The text is cut into `batch_size` streams that lie side by side; batch k holds the k-th
window of every stream, so a state carried from one batch to the next is the state of
the text just before it. Only the ids are ever in memory, never the windows.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.text.splits import split_point

_UPDATES = 100  # an epoch, where the text allows it
WITHOUT = 0.1  # of the text is measured on if nothing is held out
CALIBRATION = 100, 10_000  # characters at least, and at most


class Ids(Protocol):
    """An array of ids, or what can be indexed like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, places): ...


def fitting_batch_size(characters: int, batch_size: int, window: int) -> int:
    """The largest number of streams, at most `batch_size`, that leaves an epoch of
    `characters` a hundred updates: a short text learns more from more of them."""
    return max(1, min(batch_size, (characters - 1) // (_UPDATES * window)))


def split_streams(
    ids: Ids,
    validation_split: float,
    batch_size: int,
    window: int,
    calibration_split: float = 0.0,
) -> "tuple[Streams, Streams]":
    """The streams to learn from, and those of the held-out part.

    Between the two may lie a part that is for neither, to calibrate the model on.

    Args:
        ids: of the whole text.
        validation_split: the share held out; 0 holds nothing out, and measures on the
            last tenth, which is learnt from as well.
        batch_size: number of streams at most, see `fitting_batch_size`.
        window: characters a window.
        calibration_split: the share of what is not held out that is not learnt from
            either, at most 10,000 characters.

    Raises:
        InputError: if the text is too short for a window, a held-out one, or to
            calibrate on.
    """
    learnt, held_out = split_ids(ids, validation_split, calibration_split)
    batch_size = fitting_batch_size(len(learnt), batch_size, window)
    training = Streams(learnt, batch_size, window)
    return training, validation_streams(held_out, batch_size, window)


def split_ids(ids: Ids, validation_split: float, calibration_split: float = 0.0):
    """The ids to learn from, and those to measure on, as `split_streams` says.

    Raises:
        InputError: if the text is too short to calibrate on.
    """
    cut = split_point(len(ids), validation_split)
    begin = cut if validation_split else split_point(len(ids), WITHOUT)
    least, most = CALIBRATION
    between = min(most, int(cut * calibration_split))
    if calibration_split and between < least:
        raise InputError(
            f"Calibration needs at least {least} characters, not {between}: give more "
            "text, a larger `calibration_split`, or `calibration_split=0`."
        )
    return ids[: cut - between], ids[begin:]


def validation_streams(ids: Ids, batch_size: int, window: int) -> "Streams":
    """Held-out `ids` in streams whose window, near `window`, leaves out next to none.

    Raises:
        InputError: if there are fewer ids than a stream each needs.
    """
    stream = (len(ids) - 1) // batch_size
    if stream < 1:
        raise InputError(
            f"The held-out part of the text, {len(ids)} characters, is too short: give "
            "more text, or a larger `validation_split`."
        )
    return Streams(ids, batch_size, stream // max(1, round(stream / window)))


@dataclass(frozen=True)
class Streams:
    """A text as parallel streams of windows.

    Args:
        ids: shape `(characters,)`, any integer type; only indexed, never taken whole.
        batch_size: number of streams.
        window: characters a window, the steps of back-propagation through time.

    Raises:
        InputError: if the text is too short for one window.
    """

    ids: Ids
    batch_size: int
    window: int

    def __post_init__(self):
        if self.windows < 1:
            raise InputError(
                f"The text is too short: {len(self.ids):,} characters of training text "
                f"are fewer than one window of {self.window} and the next character. "
                "Give more text, or a smaller `seq_length`."
            )

    @property
    def windows(self) -> int:
        """Batches in one pass over the text."""
        return (len(self.ids) - 1) // self.batch_size // self.window

    @property
    def predicted(self) -> int:
        """Characters of a window that are predicted."""
        return self.window

    def batch(self, k: int, offset: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """The k-th window of every stream, and the ids one character later.

        Args:
            k: window, in `[0, windows)`.
            offset: how far all streams are moved along the text, which is read as a
                ring, so that epochs cut it at different places.

        Returns:
            Two arrays of int32, shape `(batch_size, window)`.
        """
        stream = self.windows * self.window
        starts = np.arange(self.batch_size) * stream + k * self.window + offset
        places = starts[:, None] + np.arange(self.window + 1)
        ids = self.ids[places % len(self.ids)].astype(np.int32)
        return ids[:, :-1], ids[:, 1:]

    def offset(self, seed: int, epoch: int) -> int:
        """Where the streams of an epoch begin: decided by the seed and the epoch."""
        return int(np.random.default_rng((seed, epoch)).integers(len(self.ids)))

    def arranged(self, seed: int | None, epoch: int):
        """How the text is cut in an epoch, for `batch`.

        Args:
            seed: decides it, with the epoch; None cuts the text at its beginning.
            epoch: counted from 0.
        """
        return 0 if seed is None else self.offset(seed, epoch)

    def dataset(
        self,
        seed: int | None = None,
        first_epoch: int = 0,
        epochs: int = 1,
        first_batch: int = 0,
        rows: slice = slice(None),
    ):
        """Batches as a `tf.data.Dataset`, one epoch after the other.

        Args:
            seed: decides where each epoch cuts the text; None cuts it at its beginning.
            first_epoch: the epoch to begin with, for a run that goes on.
            epochs: the epoch to end before.
            first_batch: of the first epoch.
            rows: of each batch, that this process reads.

        Returns:
            A dataset of pairs of int32, as `batch` gives them.
        """
        import tensorflow as tf

        def batches():
            for epoch in range(first_epoch, epochs):
                arranged = self.arranged(seed, epoch)
                for k in range(
                    first_batch if epoch == first_epoch else 0, self.windows
                ):
                    inputs, targets = self.batch(k, arranged)
                    yield inputs[rows], targets[rows]

        count = len(range(self.batch_size)[rows])
        signature = tuple(
            tf.TensorSpec((count, length), tf.int32)
            for length in (self.window, self.predicted)
        )
        dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
        count = self.windows * (epochs - first_epoch) - first_batch
        return dataset.apply(tf.data.experimental.assert_cardinality(count)).prefetch(2)
