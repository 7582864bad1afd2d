"""Documents packed into streams: every symbol of a batch is learnt from, without
padding.

A stream reads documents one after the other, in an order that the seed and the epoch
decide. The symbol that ends a document begins the next one, and before it the model
empties its state (`TextModel.call`): so a document is read as if it stood alone.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.text.splits import split_by_document
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import (
    CALIBRATION,
    WITHOUT,
    Ids,
    Streams,
    fitting_batch_size,
)

_PIECE = 1 << 20  # ids


@dataclass(frozen=True)
class DocumentIds:
    """Ids of some documents of a text, one after the other, and the end of the last.

    Attributes:
        ids: of the whole text, in which every document follows the ending symbol.
        starts: where each document begins, with that symbol, shape `(documents,)`.
        lengths: of the documents, that symbol included.
        first: the first id of this part of them.
        length: number of ids of this part.
    """

    ids: Ids
    starts: np.ndarray
    lengths: np.ndarray
    first: int = 0
    length: int | None = None

    @cached_property
    def ends(self) -> np.ndarray:
        """Where each document ends, among these."""
        return np.cumsum(self.lengths)

    def __len__(self) -> int:
        if self.length is not None:
            return self.length
        return int(self.ends[-1]) + 1 if len(self.lengths) else 0

    def __getitem__(self, places):
        """A copy of the ids at `places`, of any shape; for a slice, nothing is read."""
        if isinstance(places, slice):
            start, stop, _ = places.indices(len(self))
            part = self.first + start, max(0, stop - start)
            return DocumentIds(self.ids, self.starts, self.lengths, *part)
        places = np.asarray(places) + self.first
        which = np.searchsorted(self.ends, places, side="right")
        which = np.minimum(which, len(self.ends) - 1)  # the end of the last is its own
        before = self.ends[which] - self.lengths[which]
        return self.ids[self.starts[which] + places - before]

    def read(self) -> np.ndarray:
        """A copy of all of them."""
        return self[np.arange(len(self))]

    def ordered(self, order: np.ndarray) -> "DocumentIds":
        """These documents, or some, in another order.

        Args:
            order: their places.
        """
        return DocumentIds(self.ids, self.starts[order], self.lengths[order])


def document_lengths(ids: Ids, end: int) -> np.ndarray:
    """The length of each document of a text, the symbol before it included.

    Args:
        ids: of the text.
        end: the id of the symbol that stands between documents.
    """
    found = [
        start + np.flatnonzero(ids[start : start + _PIECE].read() == end)
        for start in range(0, len(ids), _PIECE)
    ]
    return np.diff(np.concatenate(found))


def split_packed(
    ids: Ids, lengths: np.ndarray, settings: TrainingSettings
) -> "tuple[PackedStreams, PackedStreams, DocumentIds]":
    """The streams to learn from, those to validate on, and what to calibrate on.

    Args:
        ids: of the whole text.
        lengths: as `document_lengths` gives them.
        settings: of the run.

    Raises:
        InputError: if there are too few documents.
    """
    chosen = split_by_document(
        len(lengths), settings.seed, settings.validation_split, settings.test_split
    )
    learnt, held_out = chosen.learnt, chosen.held_out
    if not settings.validation_split:
        held_out = learnt[len(learnt) - max(1, int(WITHOUT * len(learnt))) :]
    if not len(learnt):
        raise InputError(
            f"The text has too few documents, {len(lengths)}, to hold some out: give "
            "more text, or `split=last`."
        )
    everything = DocumentIds(ids, np.cumsum(lengths) - lengths, lengths)
    between = _to_calibrate_on(lengths[learnt], settings.calibration_split)
    calibration = everything.ordered(learnt[len(learnt) - between :])
    learnt = learnt[: len(learnt) - between]
    size = int(lengths[learnt].sum())
    batch_size = fitting_batch_size(size, settings.batch_size, settings.seq_length)
    batch_size = max(1, min(batch_size, len(learnt), len(held_out)))
    training = PackedStreams(
        everything.ordered(learnt), batch_size, settings.seq_length
    )
    stream = -(-int(lengths[held_out].sum()) // batch_size)
    window = -(-stream // max(1, round(stream / settings.seq_length)))
    validation = PackedStreams(everything.ordered(held_out), batch_size, window)
    return training, validation, calibration


def _to_calibrate_on(lengths: np.ndarray, fraction: float) -> int:
    """How many documents, the last, are reserved for calibration."""
    if not fraction:
        return 0
    least, most = CALIBRATION
    wanted = min(most, int(lengths.sum() * fraction))
    if wanted < least:
        raise InputError(
            f"Calibration needs at least {least} characters, not {wanted}: give more "
            "text, a larger `calibration_split`, or `calibration_split=0`."
        )
    count = int(np.searchsorted(np.cumsum(lengths[::-1]), wanted)) + 1
    return min(count, len(lengths) - 1)


@dataclass(frozen=True)
class _Order:
    """The streams of an epoch.

    Attributes:
        ids: of the documents in their order.
        begins: where each stream begins among them, shape `(batch_size,)`.
    """

    ids: DocumentIds
    begins: np.ndarray


@dataclass(frozen=True)
class PackedStreams(Streams):
    """Documents as parallel streams of windows.

    The documents, one after the other, are a ring. The streams begin at equal
    distances, each at the nearest beginning of a document or, where that is further
    than half the distance, within a long document; all are equally long. So a stream
    reads a little of the next one's text too, or what lies between them is left out, in
    each epoch elsewhere. No short document is repeated because its neighbours are long.

    Args:
        ids: of the documents.
        batch_size: number of streams, at most that of the documents.
        window: characters a window, the steps of back-propagation through time.
    """

    ids: DocumentIds

    @property
    def windows(self) -> int:
        """Batches in one pass over the documents."""
        return max(1, -(-(len(self.ids) - 1) // (self.batch_size * self.window)))

    def arranged(self, seed: int | None, epoch: int) -> _Order:
        """The streams of an epoch.

        Args:
            seed: decides the order, with the epoch; None keeps it.
            epoch: counted from 0.
        """
        ids = self.ids
        if seed is not None:
            count = len(ids.lengths)
            ids = ids.ordered(np.random.default_rng((seed, epoch)).permutation(count))
        distance = (len(ids) - 1) / self.batch_size
        equal = np.arange(self.batch_size) * distance
        begins = ids.ends - ids.lengths
        middles = (begins[:-1] + begins[1:]) / 2
        nearest = begins[np.searchsorted(middles, equal, side="right")]
        # (On one side only may it be half the distance: no two begin alike.)
        moved = nearest - equal
        near = (-distance / 2 < moved) & (moved <= distance / 2)
        return _Order(ids, np.where(near, nearest, equal).astype(np.int64))

    def batch(self, k: int, offset: "_Order | int" = 0):
        """The k-th window of every stream, and the ids one character later.

        Args:
            k: window, in `[0, windows)`.
            offset: what `arranged` gives; 0 for the documents in their own order.

        Returns:
            Two arrays of int32, shape `(batch_size, window)`.
        """
        order = offset if isinstance(offset, _Order) else self.arranged(None, 0)
        steps = k * self.window + np.arange(self.window)
        places = (order.begins[:, None] + steps) % (len(order.ids) - 1)
        inputs, targets = order.ids[places], order.ids[places + 1]
        return inputs.astype(np.int32), targets.astype(np.int32)
