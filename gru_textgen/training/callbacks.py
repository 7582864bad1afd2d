"""The callbacks that Keras has not: text after each epoch, states begun anew, and a
model that is as sure as it is right."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from gru_textgen.inference import kneser_ney
from gru_textgen.inference.counted import best_share
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.keras_layers import model_arrays
from gru_textgen.model_file.reader import Counts
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.calibration import text_temperature
from gru_textgen.training.checkpoint import WITH_COUNTS, Progress
from gru_textgen.training.output import put
from gru_textgen.training.run_folder import going_on


class WriteSamples(keras.callbacks.Callback):
    """Writes text from the model as it stands, at several temperatures.

    Args:
        prompt: what each sample goes on from.
        temperatures: one sample for each.
        length: characters a sample.
        seed: the samples of an epoch are decided by it and the epoch.
        path: a file that the samples are added to, or None.
        stream: where they are written as they come, by default standard output.
        vocabulary: the characters that the model's ids stand for; a `TextModel` knows
            them.
        shown: temperatures of those that are written there; None for all.

    Raises:
        InputError: when training begins, if the model is one that the engine cannot
            write with (see `TextGenerator.from_keras`).

    Example:
        >>> import keras
        >>> from gru_textgen import GRU, Vocabulary, WriteSamples
        >>> text = "The cat sat on the mat.\\n" * 100
        >>> vocabulary = Vocabulary.from_text(text)
        >>> ids = vocabulary.encode(text).reshape(-1, 24)  # a line in each row
        >>> vocab_size = len(vocabulary)
        >>> model = keras.Sequential([
        ...     keras.Input((None,), dtype="int32"),
        ...     GRU(16, vocabulary_size=vocab_size, return_sequences=True),
        ...     keras.layers.Dense(vocab_size),
        ... ])
        >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> model.compile("adam", loss, jit_compile=False)
        >>> samples = WriteSamples(
        ...     "The ", temperatures=[0.5], length=20, vocabulary=vocabulary
        ... )
        >>> history = model.fit(ids[:, :-1], ids[:, 1:], callbacks=[samples], verbose=0)
        <BLANKLINE>
        === after epoch 1 ===
        --- temperature 0.5 ---
        The ...
    """

    def __init__(
        self,
        prompt: str,
        temperatures: Sequence[float] = (0.2, 0.5, 1.0, 1.2),
        length: int = 200,
        seed: int = 0,
        path: str | Path | None = None,
        stream=None,
        vocabulary: Vocabulary | None = None,
        shown: Sequence[float] | None = None,
    ):
        super().__init__()
        self.vocabulary = vocabulary
        self.prompt = prompt
        self.temperatures = tuple(temperatures)
        self.length = length
        self.seed = seed
        self.path = path
        self.stream = stream
        self.shown = self.temperatures if shown is None else tuple(shown)

    def on_train_begin(self, logs=None):
        self._generator()  # what cannot write is refused before it has learnt

    def _generator(self) -> TextGenerator:
        return TextGenerator.from_keras(self.model, self.vocabulary)

    def on_epoch_end(self, epoch, logs=None):
        generator = self._generator()
        loss = (logs or {}).get("val_loss")
        figure = "" if loss is None else f", validation loss {loss:.4f}"
        every = set(self.temperatures) <= set(self.shown)
        self._write(f"\n=== after epoch {epoch + 1}{figure} ===\n", shown=every)
        for temperature in self.temperatures:
            shown = temperature in self.shown
            self._write(f"--- temperature {temperature} ---\n{self.prompt}", shown)
            for piece in generator.stream(
                self.prompt,
                length=self.length,
                temperature=temperature,
                min_p=0,
                seed=self.seed + epoch,
            ):
                self._write(generator.info.shown(piece), shown)
            self._write("\n", shown)

    def _write(self, text: str, shown: bool = True) -> None:
        if shown:
            put(text, self.stream)
        if self.path is not None:
            with going_on(self.path):
                with open(
                    self.path, "a", encoding="utf-8", errors="replace", newline="\n"
                ) as file:
                    file.write(text)


class ResetStates(keras.callbacks.Callback):
    """Empties the state of some streams, drawn before each batch: a model that has
    only ever read on knows little of how a text begins, where all its writing does
    (Melis et al. 2018, https://arxiv.org/abs/1707.05589).

    Args:
        share: of the streams, on average.
        seed: which they are is decided by it, the epoch and the batch.
        progress: kept up to date by `KeepProgress`.
        streams: number of them.
        rows: those of this process.
    """

    def __init__(
        self,
        share: float,
        seed: int,
        progress: Progress,
        streams: int,
        rows: slice = slice(None),
    ):
        super().__init__()
        self.streams = streams
        self.rows = rows
        self.share = share
        self.seed = seed
        self.progress = progress

    def on_train_batch_begin(self, batch, logs=None):
        place = self.seed, self.progress.epoch, self.progress.batch
        drawn = np.random.default_rng(place).random(self.streams)
        self.model.reset_states(drawn[self.rows] < self.share)


class SameFigures(keras.callbacks.Callback):
    """Gives every process of a run the chief's figures of an epoch, so that all decide
    alike. Stands before whatever takes note of them.

    Args:
        place: of the run, `Alone` or `Together`.
    """

    def __init__(self, place):
        super().__init__()
        self.place = place

    def on_epoch_end(self, epoch, logs=None):
        logs.update(self.place.figures(logs))


class MeasureCounts(keras.callbacks.Callback):
    """Gives the model, after each epoch, the counts of its text, in the share that
    predicts the held-out text best.

    That share is one number, chosen like the best epoch. It joins the epoch's figures
    as "counts_share", and the loss of both together as "val_loss_with_counts". Stands
    before whatever takes note of them.

    Args:
        learnt: ids of the text that the model learns from, shape `(characters,)`.
        held_out: ids to choose the share on, at least two.
        order: symbols of the longest n-gram.
    """

    def __init__(self, learnt: np.ndarray, held_out: np.ndarray, order: int):
        super().__init__()
        self.learnt = learnt
        self.held_out = held_out
        self.order = order
        self._counted: np.ndarray | None = None

    def on_epoch_end(self, epoch, logs=None):
        arrays = dataclasses.replace(self.model.arrays(), counts=None)
        if self._counted is None:  # what the counts say stays the same
            vocab_size = len(arrays.bias)
            *_, losses = kneser_ney.losses(
                self.learnt, self.held_out, vocab_size, self.order
            )
            self._counted = np.exp(-losses[1:])
        own = np.exp(-Engine(arrays).losses(self.held_out))
        share, loss = best_share(own, self._counted)
        self.model.counts = Counts(self.learnt, self.order, share) if share else None
        logs["counts_share"], logs[WITH_COUNTS] = share, loss


class Calibrate(keras.callbacks.Callback):
    """Makes the model as sure as it is right while an epoch is measured, its model kept
    and its samples written; then, by `undo`, training goes on from what it had.

    The output layer's weights and bias are divided by the temperature that the model
    wants on a text that it is not trained on: what is kept needs to know nothing of it.
    Stands before whatever takes note of an epoch's figures, of which it is one.

    Args:
        ids: of that text, shape `(characters,)`.

    Raises:
        InputError: when training begins, for a layer that the engine cannot run.
    """

    def __init__(self, ids: np.ndarray):
        super().__init__()
        self.ids = ids
        self.temperature = 1.0
        self._weights: list[np.ndarray] = []

    def on_train_begin(self, logs=None):
        model_arrays(self.model)

    def on_test_begin(self, logs=None):
        output = self.model.layers[-1]
        self._weights = output.get_weights()
        self.temperature = text_temperature(Engine(model_arrays(self.model)), self.ids)
        output.set_weights([part / self.temperature for part in self._weights])

    def on_epoch_end(self, epoch, logs=None):
        logs["temperature"] = self.temperature

    def undo(self, epoch=None, logs=None):
        """Give the output layer back what it had, to the bit."""
        self.model.layers[-1].set_weights(self._weights)
