"""A run from text to file: `train(settings, text)`, or this module as a script."""

import dataclasses
import os
import platform
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gru_textgen.archive import ModelArrays, ModelInfo, read_info, read_model
from gru_textgen.checkpoint import Checkpoint, Progress, read_checkpoint
from gru_textgen.corpus import Corpus, read_source
from gru_textgen.dataset import (
    Streams,
    fitting_batch_size,
    split_point,
    validation_streams,
)
from gru_textgen.errors import InputError
from gru_textgen.normalisation import OPTIONS, normalise
from gru_textgen.run_folder import cut_samples, locked, prepare_folder
from gru_textgen.settings import TrainingSettings
from gru_textgen.vocabulary import Vocabulary

_WARMUP_SHARE, _MOST_WARMUP_STEPS = 0.05, 200
_PLATEAU = {"factor": 0.5, "patience": 2}


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended.

    Attributes:
        path: the model file.
        figures: of its best epoch: epoch, losses in nats, seconds trained.
        stopped_by: the number of the signal that stopped it, as Ctrl-C does, or None.
        resumable: whether there is a checkpoint to go on from.
    """

    path: Path
    figures: dict
    stopped_by: int | None = None
    resumable: bool = False

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped before its end."""
        return self.stopped_by is not None


def train(
    settings: TrainingSettings, text: str | Corpus, overwrite: bool = False
) -> TrainingResult:
    """Train a model on a text, from the beginning.

    Args:
        settings: see `TrainingSettings`.
        text: to learn from; its last part is held out.
        overwrite: whether a run that stands in the output folder may go.

    Raises:
        InputError: if the text is too short, or the folder holds a run.
    """
    if settings.init_from is not None:
        _, arrays = read_model(settings.init_from)
        units, layers = len(arrays.kernel), len(arrays.layers)
        settings = dataclasses.replace(settings, units=units, layers=layers)
    run = _Run(settings, _as_corpus(text))
    with locked(Path(settings.output)):
        prepare_folder(settings, overwrite)
        return run.fit()


def resume(
    output: str | Path, text: str | Corpus | None = None, epochs: int | None = None
) -> TrainingResult:
    """Go on with the run in a folder, to what it would have come to without a stop.

    Args:
        output: the folder of the run.
        text: the same text; by default read again from where it came from.
        epochs: to end after, instead of what the run's settings say.

    Raises:
        InputError: if there is no run, or the text is another one.
    """
    settings = TrainingSettings(str(output))
    if not (settings.checkpoint_path.exists() or settings.previous_path.exists()):
        raise InputError(f"There is no run to go on with in {output}.")
    with locked(Path(output)):
        found = read_checkpoint(settings)
        settings = TrainingSettings(**{**found.info.settings, "output": str(output)})
        if epochs is not None:
            settings = dataclasses.replace(settings, epochs=epochs)
        if settings.epochs <= found.progress.epoch:
            raise InputError(
                f"The run in {output} has its {found.progress.epoch} epochs: to go on, "
                "ask for more with --epochs."
            )
        return _Run(settings, _same_text(found.info, text, output), found).fit()


def _same_text(info: ModelInfo, text: str | Corpus | None, output) -> Corpus:
    corpus = read_source(info.source) if text is None else _as_corpus(text)
    if corpus.sha256 != info.sha256:
        raise InputError(f"The text is not the one that the run in {output} reads.")
    return dataclasses.replace(corpus, separator=info.separator, source=info.source)


@dataclass
class StopRequest:
    """Whether the run was asked to stop, and by which signal."""

    signal: int | None = None

    def pending(self) -> bool:
        """Whether it is to stop now."""
        return self.signal is not None


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Let the first Ctrl-C or SIGTERM ask for a stop, and the next one stop at once."""
    request = StopRequest()
    names = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        yield request  # only the main thread may listen to signals
        return
    handlers = {name: signal.getsignal(name) for name in names}

    def ask(number, frame):
        request.signal = number
        # (Not the handlers of before: a shell's background job has one that ignores.)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # (No print: the signal may have come in the middle of one.)
        os.write(2, b"\nStopping: saving first. Again to stop at once.\n")

    try:
        for name in names:
            signal.signal(name, ask)
        yield request
    finally:
        for name in names:
            signal.signal(name, handlers[name])


class _Run:
    """One run: its data, its model, its callbacks.

    Args:
        found: the checkpoint to go on from, or None to begin.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        corpus: Corpus,
        found: Checkpoint | None = None,
    ):
        self.settings = settings
        self.found = found
        self.progress = found.progress if found else Progress()
        text = normalise(corpus.text, **{n: getattr(settings, n) for n in OPTIONS})
        cut = split_point(len(text), settings.validation_split)
        vocabulary = found.info.vocabulary if found else self._vocabulary(text[:cut])
        ids = vocabulary.encode(text)
        window = settings.seq_length
        batch_size = fitting_batch_size(cut, settings.batch_size, window)
        self.training = Streams(ids[:cut], batch_size, window)
        self.validation = validation_streams(ids[cut:], batch_size, window)
        prompt = settings.sample_prompt
        self.prompt = (
            _held_out_line(text[cut:], settings.seed) if prompt is None else prompt
        )
        separator = settings.separator
        if separator is None:  # that of the corpus, if normalising has left it
            separator = corpus.separator if corpus.separator in text else ""
        self.info = ModelInfo(
            vocabulary,
            separator,
            asdict(settings),
            corpus.source,
            corpus.sha256,
            found.info.figures if found else {},
            _versions(),
        )

    def _vocabulary(self, text: str) -> Vocabulary:
        """That of the training text; after all of the model's to begin with."""
        settings = self.settings
        own = Vocabulary.from_text(text, settings.min_count, settings.max_vocabulary)
        if settings.init_from is None:
            return own
        old = read_info(settings.init_from).vocabulary.symbols
        return Vocabulary([*old, *(s for s in own.symbols if s not in old)])

    def fit(self) -> TrainingResult:
        import keras

        from gru_textgen.callbacks import Diverged, Stopped

        settings = self.settings
        keras.utils.set_random_seed(settings.seed)
        model = self._model()
        with stop_signals() as request:
            chosen = self._callbacks(request)
            try:
                self._fit(model, chosen)
            except (Stopped, KeyboardInterrupt):
                request.signal = request.signal or signal.SIGINT
            except Diverged as error:
                raise InputError(
                    f"The run stopped: the loss of epoch {error.epoch + 1} is no "
                    "number. What was saved before is whole. Begin again with a "
                    "smaller --learning-rate."
                ) from error
        if not chosen[-1].saved:
            raise InputError(
                f"{settings.checkpoint_path} could not be written: the run cannot go "
                "on from where it ended. What was saved before is whole."
            )
        return self._finish(request.signal)

    def _fit(self, model, chosen: list) -> None:
        """From where the run is to its end; first the rest of an epoch, if one has
        been begun."""
        settings, progress = self.settings, self.progress
        ends = [settings.epochs]
        if progress.batch and progress.epoch + 1 < settings.epochs:
            ends = [progress.epoch + 1, settings.epochs]
        for end in ends:
            first, batch = progress.epoch, progress.batch
            model.fit(
                self.training.dataset(settings.seed, first, end, batch),
                validation_data=self.validation.dataset(),
                initial_epoch=first,
                epochs=end,
                steps_per_epoch=self.training.windows - batch,
                callbacks=chosen,
                shuffle=False,  # the dataset has its own order
                verbose=1 if sys.stdout.isatty() else 2,
            )
            if model.stop_training:
                break

    def _model(self):
        from gru_textgen.model import (
            build_model,
            compile_model,
            load_training_state,
        )

        settings = self.settings
        model = build_model(
            self.info,
            settings.units,
            settings.layers,
            settings.dropout,
            self.training.batch_size,
        )
        rate = self._learning_rate()
        compile_model(model, settings.optimizer, rate, settings.clip_norm)
        if settings.init_from is not None and not self.found:
            inherit(model, read_model(settings.init_from)[1])
        if self.found:
            load_training_state(model, self.found.path)
        return model

    def _learning_rate(self):
        from keras.optimizers.schedules import CosineDecay

        settings = self.settings
        if settings.schedule != "cosine":
            return settings.learning_rate
        steps = self.training.windows * settings.epochs
        warmup = min(int(steps * _WARMUP_SHARE), _MOST_WARMUP_STEPS)
        return CosineDecay(
            initial_learning_rate=0.0 if warmup else settings.learning_rate,
            decay_steps=max(1, steps - warmup),
            warmup_target=settings.learning_rate if warmup else None,
            warmup_steps=warmup,
        )

    def _callbacks(self, request: StopRequest) -> list:
        from keras import callbacks

        from gru_textgen.callbacks import (
            KeepBest,
            KeepProgress,
            Remember,
            SaveRun,
            WriteSamples,
        )

        settings, progress = self.settings, self.progress
        state = self.found.state if self.found else None
        chosen = [
            KeepProgress(self.info, settings.seed, progress, state),
            callbacks.ProgbarLogger(),  # here, so that the samples come after it
            callbacks.TerminateOnNaN(),
            KeepBest(settings.model_path, progress.losses),
        ]
        watching = [callbacks.EarlyStopping("val_loss", patience=settings.patience)]
        if settings.schedule == "plateau":
            watching.append(callbacks.ReduceLROnPlateau("val_loss", **_PLATEAU))
        chosen += [*watching, Remember(watching, progress)]
        if settings.sample_length:
            samples = Path(settings.output, "samples.txt")
            cut_samples(samples, progress.epoch)
            length, seed = settings.sample_length, settings.seed
            chosen.append(
                WriteSamples(self.prompt, length=length, seed=seed, path=samples)
            )
        return [*chosen, SaveRun(settings, progress, request.pending)]

    def _finish(self, stopped_by: int | None) -> TrainingResult:
        from gru_textgen.callbacks import going_on
        from gru_textgen.plots import save_loss_curve

        settings, rows = self.settings, self.progress.rows
        figures = {}
        if rows:
            picture = Path(settings.output, "loss.png")
            with going_on(picture):
                save_loss_curve({n: [row[n] for row in rows] for n in rows[0]}, picture)
        if settings.model_path.exists():
            figures = read_info(settings.model_path).figures
        resumable = settings.checkpoint_path.exists()
        return TrainingResult(settings.model_path, figures, stopped_by, resumable)


def inherit(model, arrays: ModelArrays) -> None:
    """Give a new model the weights of another, whose symbols are the first of its own.

    New symbols keep the rows and columns that they were built with, and the smallest
    bias of the old: what was never written before is not to be likely at once.

    Raises:
        InputError: if the layers differ in kind.
    """
    known = len(arrays.bias)
    for layer, old in zip(model.gru_layers(), arrays.layers, strict=True):
        kernel, _, bias = layer.get_weights()
        if not old.reset_after:
            raise InputError("A model with reset_after=False cannot be begun with.")
        kernel[: len(old.kernel)] = old.kernel
        bias[:] = old.input_bias, old.recurrent_bias
        layer.set_weights([kernel, old.recurrent_kernel, bias])
    kernel, bias = model.layers[-1].get_weights()
    kernel[:, :known], bias[:known], bias[known:] = (
        arrays.kernel,
        arrays.bias,
        arrays.bias.min(),
    )
    model.layers[-1].set_weights([kernel, bias])


def _as_corpus(text: str | Corpus) -> Corpus:
    return text if isinstance(text, Corpus) else Corpus(text)


def _held_out_line(text: str, seed: int) -> str:
    """A line of the held-out text to write on from."""
    lines = [line for line in text.splitlines() if line.strip()] or [text[:60]]
    return lines[np.random.default_rng(seed).integers(len(lines))][:60]


def _versions() -> dict[str, str]:
    packages = ("tensorflow", "keras", "numpy")
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}


if __name__ == "__main__":
    from gru_textgen.cli import main

    main(["train", *sys.argv[1:]])
