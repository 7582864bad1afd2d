"""What a run needs to go on to the bit: the model, and its progress, in one file.

Keras's `BackupAndRestore` keeps the weights, the optimizer and the number of the epoch.
A run of ours is more: the state that each stream carries, the place in the text, the
dropout's random numbers, the figures of the epoch so far and of those before. They are
two members more in the model's archive, so that none of it can differ in age.
"""

import io
import json
import os
import warnings
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from gru_textgen.archive import ModelInfo, read_info
from gru_textgen.container import RUN_MEMBERS, Unfit, damage, opened
from gru_textgen.errors import InputError
from gru_textgen.files import written_whole
from gru_textgen.settings import TrainingSettings

_PROGRESS, _STATE = RUN_MEMBERS


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        epoch: whole epochs done.
        batch: batches done of the epoch after them.
        seconds: spent.
        rows: the figures of each whole epoch.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    rows: list[dict] = field(default_factory=list)

    @property
    def losses(self) -> list[float]:
        """The validation loss of each whole epoch, in nats."""
        return [row["val_loss"] for row in self.rows]


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
    layers = [state for layer in model.gru_layers() for state in layer.states]
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    return [*layers, *model.random_states(), *metrics]


def save_checkpoint(settings: TrainingSettings, model, progress: Progress) -> None:
    """Save it in the run's folder; the one before stays until the new one is whole."""
    arrays = io.BytesIO()
    values = [np.asarray(variable) for variable in state_variables(model)]
    np.savez(arrays, *values)
    path = settings.checkpoint_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part:
        model.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(_PROGRESS, json.dumps(asdict(progress)))
            archive.writestr(_STATE, arrays.getvalue())
        if path.exists():
            os.replace(path, settings.previous_path)


def read_checkpoint(settings: TrainingSettings) -> Checkpoint:
    """The newest checkpoint in the run's folder that is whole.

    Raises:
        InputError: if there is none.
    """
    paths = [p for p in settings.checkpoint_paths if p.exists()]
    if not paths:
        raise InputError(f"There is no run to go on with in {settings.output}.")
    try:
        return _read(paths[0])
    except InputError as error:
        if len(paths) == 1:
            raise
        try:
            found = _read(paths[1])
        except InputError:
            raise error from None
        warnings.warn(f"{error} Going on from the one before it.")
        return found


def _read(path: Path) -> Checkpoint:
    info = read_info(path)
    with opened(path) as archive, damage("run"):
        progress = Progress(**json.loads(archive.read(_PROGRESS)))
        if min(progress.epoch, progress.batch) < 0:
            raise Unfit("its run has gone a negative way")
        for name in archive.sizes:
            archive.read(name)  # for the checksums: what is damaged is no checkpoint
        arrays = io.BytesIO(archive.read(_STATE))
        with np.load(arrays, allow_pickle=False) as file:
            state = [file[name] for name in file.files]
    return Checkpoint(path, info, progress, state)


def restore(model, state: list[np.ndarray]) -> None:
    """Give the `state_variables` of a model the values that they had."""
    for variable, value in zip(state_variables(model), state, strict=True):
        variable.assign(value)
