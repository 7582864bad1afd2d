"""The callbacks that Keras has not: text after each epoch, and the run's record."""

import dataclasses
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import keras

from gru_textgen.archive import ModelInfo
from gru_textgen.generation import TextGenerator


class WriteSamples(keras.callbacks.Callback):
    """Writes text from the model as it stands, at several temperatures.

    Args:
        prompt: what each sample goes on from.
        temperatures: one sample for each.
        length: characters a sample.
        seed: the samples of an epoch are decided by it and the epoch.
        path: a file that the samples are added to, or None.
        stream: where they are written as they come, by default standard output.
    """

    def __init__(
        self,
        prompt: str,
        temperatures: Sequence[float] = (0.2, 0.5, 1.0, 1.2),
        length: int = 200,
        seed: int = 0,
        path: str | Path | None = None,
        stream=None,
    ):
        super().__init__()
        self.prompt = prompt
        self.temperatures = tuple(temperatures)
        self.length = length
        self.seed = seed
        self.path = path
        self.stream = stream

    def on_epoch_end(self, epoch, logs=None):
        generator = TextGenerator(self.model.arrays(), self.model.info)
        loss = (logs or {}).get("val_loss")
        figure = "" if loss is None else f", validation loss {loss:.4f}"
        self._write(f"\n=== after epoch {epoch + 1}{figure} ===\n")
        for temperature in self.temperatures:
            self._write(f"--- temperature {temperature} ---\n{self.prompt}")
            for piece in generator.stream(
                self.prompt,
                length=self.length,
                temperature=temperature,
                seed=self.seed + epoch,
            ):
                self._write(piece)
            self._write("\n")

    def _write(self, text: str) -> None:
        stream = self.stream or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
        if self.path is not None:
            with open(self.path, "a", encoding="utf-8", errors="replace") as file:
                file.write(text)


class Diverged(ArithmeticError):
    """The loss of an epoch is no number; nothing of it is to be kept."""

    def __init__(self, epoch: int):
        super().__init__(epoch)
        self.epoch = epoch


class KeepRecord(keras.callbacks.Callback):
    """Begins each epoch as its seed and number demand, and ends it with its figures in
    the model's info, so that every file saved after it holds them.

    Args:
        info: the record to write the figures into.
        seed: of the run.
        seconds: that the run has trained before.
    """

    def __init__(self, info: ModelInfo, seed: int, seconds: float = 0.0):
        super().__init__()
        self.info = info
        self.seed = seed
        self._start = time.monotonic() - seconds

    def on_epoch_begin(self, epoch, logs=None):
        self.model.reset_states()
        self.model.reseed(self.seed, epoch)

    def on_test_begin(self, logs=None):
        self.model.reset_states()

    def on_epoch_end(self, epoch, logs=None):
        if not all(map(math.isfinite, (logs["loss"], logs["val_loss"]))):
            raise Diverged(epoch)
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        seconds = round(time.monotonic() - self._start, 1)
        figures = {"epoch": epoch + 1, "seconds": seconds, **logs}
        self.model.info = dataclasses.replace(self.info, figures=figures)


class Remember(keras.callbacks.Callback):
    """Gives callbacks that wait for a better loss the losses of the epochs before a
    resume, which Keras's own forget when training begins. Stands after them.

    Args:
        watching: `EarlyStopping` or `ReduceLROnPlateau`, on the validation loss.
        losses: of the epochs done, in nats.
    """

    def __init__(self, watching: Sequence[keras.callbacks.Callback], losses):
        super().__init__()
        self.watching = watching
        self.losses = losses

    def on_train_begin(self, logs=None):
        for callback in self.watching:
            for loss in self.losses:
                best = callback.best
                if best is None or loss < best - abs(callback.min_delta):
                    callback.best, callback.wait = loss, 0
                elif callback.patience:  # reaching it, they act and wait anew
                    callback.wait = (callback.wait + 1) % callback.patience
