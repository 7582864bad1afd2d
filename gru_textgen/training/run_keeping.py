"""The callbacks that keep a run: where it is, what it has come to, its best model."""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.units import WORD
from gru_textgen.training.checkpoint import Progress, save_checkpoint
from gru_textgen.training.distribution import Alone
from gru_textgen.training.run_folder import going_on, size_of, write_history
from gru_textgen.training.settings import TrainingSettings

_MOST = 700.0  # nats, of which exp is a number


class Diverged(ArithmeticError):
    """The loss of an epoch is out of bounds; nothing of it is to be kept."""

    def __init__(self, epoch: int, loss: float):
        super().__init__(f"the loss of epoch {epoch + 1} is {loss:.4g} nats")


def out_of_bounds(model: keras.Model, loss: float) -> bool:
    """Whether a loss, in nats, is no number, or twice that of guessing blindly."""
    return not loss < 2 * math.log(model.output_shape[-1])


class KeepProgress(keras.callbacks.Callback):
    """Begins each epoch as its seed and number demand, or where a checkpoint left it,
    and keeps count of batches and figures. Stands before all others but `Calibrate`.

    Args:
        info: of the model, to write the figures of each epoch into.
        seed: of the run.
        progress: to begin from; kept up to date.
        state: of a checkpoint, if it goes on from one.
        place: where the run trains.
    """

    def __init__(
        self,
        info: ModelInfo,
        seed: int,
        progress: Progress,
        state: list | None = None,
        place: Alone = Alone(),
    ):
        super().__init__()
        self.place = place
        self.info = info
        self.seed = seed
        self.progress = progress
        self.state = state
        self._start = time.monotonic() - progress.seconds

    def on_train_begin(self, logs=None):
        shape = self.model.input_shape[0] or 1, 1
        ids = np.zeros(shape, "int32")
        for metric in self.model.metrics:  # so that their sums have a place
            if not getattr(metric, "built", True):
                metric.build(ids, np.zeros((*shape, self.model.output_shape[-1])))

    def on_epoch_begin(self, epoch, logs=None):
        if self.progress.batch and self.state is not None:
            self.place.restore(self.model, self.state)
        else:
            self.model.reset_states()
            self.model.reseed(self.seed, epoch)
        self.model.move_seeds(self.place.worker)
        self.state = None

    def on_train_batch_end(self, batch, logs=None):
        self.progress.batch += 1
        self.progress.seconds = round(time.monotonic() - self._start, 1)

    def on_test_begin(self, logs=None):
        self.model.reset_states()

    def on_epoch_end(self, epoch, logs=None):
        if out_of_bounds(self.model, logs["loss"]):
            raise Diverged(epoch, logs["loss"])
        if not math.isfinite(logs["val_loss"]):  # high, if only the text is another
            raise Diverged(epoch, logs["val_loss"])
        if self.info.level == WORD:
            for name in ("", "val_"):
                logs[f"{name}perplexity"] = math.exp(min(logs[f"{name}loss"], _MOST))
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        seconds = self.progress.seconds = round(time.monotonic() - self._start, 1)
        figures = {name: float(value) for name, value in sorted(logs.items())}
        self.progress.rows.append({"epoch": epoch, **figures})
        self.progress.epoch, self.progress.batch = epoch + 1, 0
        record = {"epoch": epoch + 1, "seconds": seconds, **logs}
        self.model.info = dataclasses.replace(self.info, figures=record)


class Stopped(Exception):
    """The run was asked to stop, and has saved what it needs to go on."""


class SaveRun(keras.callbacks.Callback):
    """Saves a checkpoint and the history after each epoch, and a checkpoint within one
    when enough minutes have passed or the run is asked to stop. Stands after all
    others, so that an epoch that a checkpoint holds is whole in all other files.

    A file that cannot be written is named in a warning, and the run goes on. Of several
    processes the chief alone writes, and all stop and save after the same step.

    Args:
        settings: of the run.
        progress: kept up to date by `KeepProgress`.
        stop: true when the run is to stop, with `Stopped`.
        place: where the run trains.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        progress: Progress,
        stop: Callable[[], bool] = bool,
        place: Alone = Alone(),
    ):
        super().__init__()
        self.place = place
        self.settings = settings
        self.progress = progress
        self.stop = stop
        self.saved = True  # whether the last checkpoint could be written
        self._time = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        self.place.ask(self.stop(), self._is_due())

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.params["steps"]:
            return  # the end of the epoch, which saves, is near
        stop, save = self.place.agreed(self.stop(), self._is_due())
        if stop or save:
            if not out_of_bounds(self.model, logs["loss"]):  # the last good one stays
                self._save()
        if stop:
            raise Stopped

    def on_epoch_end(self, epoch, logs=None):
        if self.place.is_chief:
            with going_on(self.settings.folder.history):
                write_history(self.settings.folder.history, self.progress.rows)
        self._save()
        if self.place.any(self.stop()):
            raise Stopped

    def _is_due(self):
        return time.monotonic() - self._time > 60 * self.settings.save_every

    def _save(self):
        state = self.place.state(self.model)
        if self.place.is_chief:
            self._write(state)
        self._time = time.monotonic()

    def _write(self, state):
        self.progress.samples = size_of(self.settings.folder.samples)
        try:
            with going_on(self.settings.folder.checkpoint, raising=True):
                save_checkpoint(self.settings, self.model, self.progress, state)
            self.saved = True
        except OSError:
            self.saved = False


class KeepBest(keras.callbacks.ModelCheckpoint):
    """Keras's own, of the lowest validation loss. Of files and folders the model names
    no more than the names, for it may be shared. Where it cannot be written, that is
    said, and the run goes on.

    Args:
        path: Path of the model file.
        best: Validation loss of the model that stands there, or None.
        monitor: Name of the loss.
    """

    def __init__(self, path: Path, best: float | None, monitor: str):
        super().__init__(
            path,
            monitor,
            mode="min",
            save_best_only=True,
            initial_value_threshold=best,
        )

    def on_epoch_end(self, epoch, logs=None):
        before, info = self.__dict__["best"], self.model.info
        self.model.info = info.without_folders()
        try:
            with going_on(self.filepath, raising=True):
                super().on_epoch_end(epoch, logs)
        except OSError:
            self.best = before  # the next better than that shall be saved
        finally:
            self.model.info = info


class Remember(keras.callbacks.Callback):
    """Gives callbacks that wait for a better loss the losses of the epochs before,
    which Keras's own forget when training begins. Stands after them.

    Args:
        watching: `EarlyStopping` or `ReduceLROnPlateau`, on the validation loss.
        progress: with the losses of the epochs done.
    """

    def __init__(
        self, watching: Sequence[keras.callbacks.Callback], progress: Progress
    ):
        super().__init__()
        self.watching = watching
        self.progress = progress

    def on_train_begin(self, logs=None):
        for callback in self.watching:
            for loss in self.progress.losses:
                best = callback.best
                if best is None or loss < best - abs(callback.min_delta):
                    callback.best, callback.wait = loss, 0
                elif callback.patience:  # reaching it, they act and wait anew
                    callback.wait = (callback.wait + 1) % callback.patience
