"""A run on the screen: one line that says where it is and how good it has become."""

import math
import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

import keras

from gru_textgen.training.checkpoint import Progress
from gru_textgen.training.output import put

_EVERY = 0.2  # seconds between two drawings of the line
_WIDTH = 80
_TURNING = "|/-\\"


class ShowProgress(keras.callbacks.Callback):
    """Shows epoch, time left, and the loss as what it means: among how many characters
    the model is as unsure as if it drew lots. Stands after `KeepProgress`.

    On a terminal the line is redrawn as the run goes on, and something moves in it
    while XLA compiles the layers, before the first step. Elsewhere, as in a file, each
    epoch is one line.

    Args:
        progress: kept up to date by `KeepProgress`.
        epochs: of the whole run.
        windows: steps of an epoch.
        stream: by default standard output.
        clock: gives seconds; another one in tests.
        per_character: of a model of words, its tokens for each character; None of
            characters.
    """

    def __init__(
        self,
        progress: Progress,
        epochs: int,
        windows: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        per_character: float | None = None,
    ):
        super().__init__()
        self.progress = progress
        self.epochs = epochs
        self.windows = windows
        self.stream = stream
        self.clock = clock
        self.per_character = per_character
        self._begin = self._steps = self._drawn = 0.0
        self._width = 0  # of the line that stands on the terminal
        self._compiling: threading.Event | None = None

    def on_train_begin(self, logs=None):
        if self._steps:
            return  # the same run, in two calls of `fit`
        self._begin = self.clock()
        if self._is_terminal():
            self._compiling = threading.Event()
            threading.Thread(
                target=self._turn, args=(self._compiling,), daemon=True
            ).start()

    def on_train_batch_end(self, batch, logs=None):
        if not self._steps:  # compiling is no measure of what the other steps take
            self._stop_turning()
            self._begin = self.clock()
        self._steps += 1
        if self._is_terminal() and self.clock() - self._drawn > _EVERY:
            self._drawn = self.clock()
            share = self.progress.batch / self.windows
            loss = (logs or {}).get("loss", math.nan)
            self._draw(
                f"{self._epoch(self.progress.epoch + 1)} {share:4.0%}, "
                f"{self._left()}, now among {_among(loss)}"
            )

    def on_epoch_end(self, epoch, logs=None):
        losses = self.progress.losses
        best = min(range(len(losses)), key=losses.__getitem__)
        said = "the best"
        if best != len(losses) - 1:
            said = f"best {_among(losses[best])}"
        figure = f"like choosing among {_among(losses[-1])} characters"
        if self.per_character is not None:
            bits = losses[-1] * self.per_character / math.log(2)
            figure = f"perplexity {_among(losses[-1])}, {bits:.3f} bits/character"
        self._draw(f"{self._epoch(epoch + 1)}: {figure}, {said}; {self._left()}")
        self._write("\n")
        self._width = 0

    def on_train_end(self, logs=None):
        self._stop_turning()

    def _epoch(self, number: int) -> str:
        return f"epoch {number:{len(str(self.epochs))}} of {self.epochs}"

    def _left(self) -> str:
        done = self.progress.epoch * self.windows + self.progress.batch
        missing = self.epochs * self.windows - done
        if not missing:
            return "done"
        if self._steps < 2:
            return "time left unknown"
        seconds = missing * (self.clock() - self._begin) / (self._steps - 1)
        return f"{duration(seconds)} left"

    def _turn(self, stop: threading.Event) -> None:
        """Draw something that moves until the first step is done."""
        turns = 0
        while not stop.wait(_EVERY):
            sign = _TURNING[turns % len(_TURNING)]
            self._draw(f"compiling the layers {sign} {turns * _EVERY:.0f} s")
            turns += 1

    def _stop_turning(self) -> None:
        if self._compiling is not None:
            self._compiling.set()
            self._compiling = None

    def _is_terminal(self) -> bool:
        stream = self.stream or sys.stdout
        return stream is not None and stream.isatty()

    def _draw(self, line: str) -> None:
        """Write a line over the one that stands there."""
        if not self._is_terminal():
            self._write(line)
            return
        line = line[: min(_WIDTH, shutil.get_terminal_size().columns) - 1]
        self._write("\r" + line.ljust(self._width))
        self._width = len(line)

    def _write(self, text: str) -> None:
        put(text, self.stream)


def duration(seconds: float) -> str:
    """Seconds in the unit that people would say them in."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _among(loss: float) -> str:
    """Among how many equally likely characters one chooses with such a loss."""
    return f"{math.exp(min(loss, 100)):.1f}" if loss == loss else "?"
