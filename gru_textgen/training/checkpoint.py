"""What a run needs to go on to the bit: the model, and its progress, in one file.

Keras's `BackupAndRestore` keeps the weights, the optimizer and the number of the epoch.
A run of ours is more: the state that each stream carries, the place in the text, the
dropout's random numbers, the figures of the epoch so far and of those before. They are
two members more in the model's archive, so that none of it can differ in age.
"""

import io
import itertools
import json
import math
import os
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write
from gru_textgen.model_file.container import (
    RUN_MEMBERS,
    Unfit,
    damage,
    dateless,
    opened,
)
from gru_textgen.model_file.reader import ModelInfo, read_stored
from gru_textgen.model_file.schema import integer, number
from gru_textgen.training.settings import TrainingSettings

WITH_COUNTS = "val_loss_with_counts"  # a figure of runs that mix counts in
_PROGRESS, _STATE = RUN_MEMBERS
_MOST = 1 << 31  # epochs, or batches
_ADVICE = "begin again (`overwrite=True`), or from the run's best model (`init_from`)"


def loss_of(figures: Mapping[str, float]) -> float:
    """The validation loss of what the file predicts with, in nats: with the counts,
    where a run mixes them in.

    Args:
        figures: of an epoch.
    """
    return figures.get(WITH_COUNTS, figures["val_loss"])


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        epoch: whole epochs done.
        batch: batches done of the epoch after them.
        seconds: spent.
        rows: the figures of each whole epoch.
        samples: bytes of the samples then written; None if it is not known.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    rows: list[dict] = field(default_factory=list)
    samples: int | None = None

    @property
    def losses(self) -> list[float]:
        """The validation loss of each whole epoch, in nats, as `loss_of` says."""
        return [loss_of(row) for row in self.rows]

    def stopped_early(self, patience: int) -> bool:
        """Whether the run has ended as Keras's `EarlyStopping` ends one."""
        best, wait, most = math.inf, 0, max(1, patience)
        for loss in self.losses:  # a run that went on after its end waits anew
            wait = 0 if loss < best else wait % most + 1
            best = min(best, loss)
        return wait == most and not self.batch


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as it is read.

    Attributes:
        path: its file, which holds the weights.
        info: the model's record.
        progress: the run's.
        state: the values of `state_variables`.
    """

    path: Path
    info: ModelInfo
    progress: Progress
    state: list[np.ndarray]


def state_variables(model) -> list:
    """What changes from batch to batch and is in no model file of Keras: the state of
    each stream, the dropout's random numbers, and the sums of the epoch's figures."""
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    return [*model.carried_states(), *model.random_states(), *metrics]


def state_values(model) -> list[np.ndarray]:
    """The values of the `state_variables` of a model."""
    return [np.asarray(variable) for variable in state_variables(model)]


def save_checkpoint(
    settings: TrainingSettings, model, progress: Progress, state: list[np.ndarray]
) -> None:
    """Save it in the run's folder; the one before stays until the new one is whole.

    Args:
        settings: of the run.
        model: with its weights and optimizer.
        progress: of the run.
        state: as `state_values` gives it.
    """
    arrays = io.BytesIO()
    np.savez(arrays, *state)
    path = settings.folder.checkpoint
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path, settings.folder.previous) as part:
        model.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(dateless(_PROGRESS), json.dumps(asdict(progress)))
            archive.writestr(dateless(_STATE), arrays.getvalue())


def read_checkpoint(settings: TrainingSettings) -> Checkpoint:
    """The newest checkpoint in the run's folder that is whole. One that is not is set
    aside, so that the next to be saved does not push out the whole one before it.

    Raises:
        InputError: if there is none.
    """
    paths = [p for p in settings.folder.checkpoints if p.exists()]
    if not paths:
        raise InputError(f"There is no run to resume in {settings.output}.")
    try:
        return _read(paths[0])
    except InputError as error:
        if len(paths) == 1:
            raise InputError(
                f"{error} There is no other checkpoint: {_ADVICE}."
            ) from error
        try:
            found = _read(paths[1])
        except InputError:
            other = paths[1].name
            raise InputError(f"{error} {other} is damaged too: {_ADVICE}.") from error
        kept = set_aside(paths[0])
        warnings.warn(
            f"{error} It is kept as {kept.name}, and the run resumes from the "
            "checkpoint before it."
        )
        return found


def _read(path: Path) -> Checkpoint:
    info = read_stored(path).info  # all of it: what is damaged is no checkpoint
    with opened(path) as archive, damage("run"):
        progress = _progress(json.loads(archive.read(_PROGRESS)))
        state = _arrays(archive.read(_STATE))
    return Checkpoint(path, info, progress, state)


def _progress(found: dict) -> Progress:
    integer(found, "epoch", 0, _MOST)
    integer(found, "batch", 0, _MOST)
    number(found, "seconds", 0)
    if found.get("samples") is not None:
        integer(found, "samples", 0, 1 << 62)
    progress = Progress(**found)
    epochs = [row["epoch"] for row in progress.rows]
    if epochs != list(range(progress.epoch)):
        raise Unfit("its figures belong to other epochs")
    for row in progress.rows:
        number(row, "val_loss", 0)
        if WITH_COUNTS in row:
            number(row, WITH_COUNTS, 0)
        if {type(value) for value in row.values()} - {int, float}:
            raise Unfit("its figures are not numbers")
        if row.keys() != progress.rows[0].keys():
            raise Unfit("its epochs have different figures")
    return progress


def set_aside(path: Path) -> Path:
    """Rename a damaged file, so that nothing is written over it; the new path, which no
    earlier one has had."""
    names = itertools.chain(["damaged"], (f"damaged-{i}" for i in itertools.count(2)))
    kept = next(
        kept
        for name in names
        if not os.path.lexists(kept := path.with_name(f"{path.stem}.{name}.keras"))
    )
    os.rename(path, kept)
    return kept


def _arrays(data: bytes) -> list[np.ndarray]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
        if packed or sum(member.file_size for member in members) > len(data):
            raise Unfit("its training state is compressed")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return [file[name] for name in file.files]


def restore(model, state: list[np.ndarray]) -> None:
    """Give the `state_variables` of a model the values that they had.

    Raises:
        InputError: if they are of another model.
    """
    variables = state_variables(model)
    if [(tuple(v.shape), np.dtype(v.dtype)) for v in variables] != [
        (value.shape, value.dtype) for value in state
    ]:
        raise InputError("The checkpoint contains the training state of another model.")
    for variable, value in zip(variables, state):
        variable.assign(value)
