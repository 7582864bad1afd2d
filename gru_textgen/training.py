"""A run from text to file: `train(settings, text)`, or this module as a script."""

import dataclasses
import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from gru_textgen.archive import ModelInfo, read_info
from gru_textgen.corpus import Corpus, read_source
from gru_textgen.dataset import (
    Streams,
    fitting_batch_size,
    split_point,
    validation_streams,
)
from gru_textgen.errors import InputError
from gru_textgen.run_folder import cut_samples, prepare_folder, read_history
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
        interrupted: whether Ctrl-C stopped it.
        resumable: whether there is an epoch to go on from.
    """

    path: Path
    figures: dict
    interrupted: bool = False
    resumable: bool = False


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
    run = _Run(settings, _as_corpus(text))
    prepare_folder(settings, overwrite)
    return run.fit()


def resume(
    output: str | Path, text: str | Corpus | None = None, epochs: int | None = None
) -> TrainingResult:
    """Go on with the run in a folder, after its last whole epoch.

    Args:
        output: the folder of the run.
        text: the same text; by default read again from where it came from.
        epochs: to end after, instead of what the run's settings say.

    Raises:
        InputError: if there is no run, or the text is another one.
    """
    checkpoint = TrainingSettings(str(output)).checkpoint_path
    if not checkpoint.exists():
        raise InputError(f"There is no run to go on with in {output}.")
    info = read_info(checkpoint)
    settings = TrainingSettings(**{**info.settings, "output": str(output)})
    if epochs is not None:
        settings = dataclasses.replace(settings, epochs=epochs)
    if settings.epochs <= info.figures["epoch"]:
        raise InputError(
            f"The run in {output} has its {info.figures['epoch']} epochs: to go on, "
            "ask for more with --epochs."
        )
    corpus = read_source(info.source) if text is None else _as_corpus(text)
    if corpus.sha256 != info.sha256:
        raise InputError(f"The text is not the one that the run in {output} reads.")
    corpus = dataclasses.replace(corpus, separator=info.separator, source=info.source)
    return _Run(settings, corpus, info.figures).fit()


class _Run:
    """One run: its data, its model, its callbacks.

    Args:
        figures: of the epoch to go on from, or None to begin.
    """

    def __init__(
        self, settings: TrainingSettings, corpus: Corpus, figures: dict | None = None
    ):
        self.settings = settings
        self.figures = figures
        self.first_epoch = figures["epoch"] if figures else 0
        cut = split_point(len(corpus.text), settings.validation_split)
        vocabulary = Vocabulary.from_text(corpus.text[:cut])
        ids = vocabulary.encode(corpus.text)
        window = settings.seq_length
        batch_size = fitting_batch_size(cut, settings.batch_size, window)
        self.training = Streams(ids[:cut], batch_size, window)
        self.validation = validation_streams(ids[cut:], batch_size, window)
        prompt = settings.sample_prompt
        held_out = corpus.text[cut:]
        self.prompt = (
            _held_out_line(held_out, settings.seed) if prompt is None else prompt
        )
        separator = settings.separator
        self.info = ModelInfo(
            vocabulary,
            corpus.separator if separator is None else separator,
            asdict(settings),
            corpus.source,
            corpus.sha256,
            figures or {},
            _versions(),
        )

    def fit(self) -> TrainingResult:
        import keras

        from gru_textgen.callbacks import Diverged

        settings = self.settings
        keras.utils.set_random_seed(settings.seed)
        model = self._model()
        chosen = self._callbacks()
        interrupted = False
        try:
            model.fit(
                self.training.dataset(settings.seed, self.first_epoch, settings.epochs),
                validation_data=self.validation.dataset(),
                initial_epoch=self.first_epoch,
                epochs=settings.epochs,
                steps_per_epoch=self.training.windows,
                callbacks=chosen,
                shuffle=False,  # the dataset has its own order
                verbose=1 if sys.stdout.isatty() else 2,
            )
        except KeyboardInterrupt:
            interrupted = True
        except Diverged as error:
            raise InputError(
                f"The run stopped: the loss of epoch {error.epoch + 1} is no number. "
                "What was saved before is whole. Begin again with a smaller "
                "--learning-rate."
            ) from error
        except BrokenPipeError:  # who reads the output has gone
            raise
        except OSError as error:
            raise InputError(
                f"The run stopped: {settings.output} cannot be written "
                f"({error.strerror or error}). What was saved is whole; go on from "
                f"the last saved epoch, if there is one, with --resume."
            ) from error
        finally:  # whatever ended the run, let go of its files
            for callback in chosen:
                if getattr(callback, "csv_file", None):
                    callback.on_train_end()
        return self._finish(interrupted)

    def _model(self):
        from gru_textgen.model import build_model, compile_model

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
        if self.figures:
            model.optimizer.build(model.trainable_variables)
            model.load_weights(settings.checkpoint_path)
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

    def _callbacks(self) -> list:
        from keras import callbacks

        from gru_textgen.callbacks import KeepRecord, Remember, WriteSamples

        settings = self.settings
        history = read_history(settings.history_path, self.first_epoch)
        losses = [float(loss) for loss in history.get("val_loss", [])]
        best = min(losses) if losses and settings.model_path.exists() else None
        seconds = (self.figures or {}).get("seconds", 0.0)
        chosen = [
            KeepRecord(self.info, settings.seed, seconds),
            callbacks.ProgbarLogger(),  # here, so that the samples come after it
            callbacks.TerminateOnNaN(),
            callbacks.CSVLogger(settings.history_path, append=bool(history)),
            callbacks.ModelCheckpoint(
                settings.model_path,
                monitor="val_loss",
                save_best_only=True,
                initial_value_threshold=best,
            ),
        ]
        watching = [callbacks.EarlyStopping("val_loss", patience=settings.patience)]
        if settings.schedule == "plateau":
            watching.append(callbacks.ReduceLROnPlateau("val_loss", **_PLATEAU))
        chosen += [*watching, Remember(watching, losses)]
        if settings.sample_length:
            samples = Path(settings.output, "samples.txt")
            cut_samples(samples, self.first_epoch)
            length, seed = settings.sample_length, settings.seed
            chosen.append(
                WriteSamples(self.prompt, length=length, seed=seed, path=samples)
            )
        # Last, so that an epoch that a checkpoint holds is whole in all other files.
        return [*chosen, callbacks.ModelCheckpoint(settings.checkpoint_path)]

    def _finish(self, interrupted: bool) -> TrainingResult:
        from gru_textgen.plots import save_loss_curve

        settings = self.settings
        history = read_history(settings.history_path)
        figures = {}
        if history:
            picture = Path(settings.output, "loss.png")
            columns = {name: list(map(float, c)) for name, c in history.items()}
            save_loss_curve(columns, picture)
        if settings.model_path.exists():
            figures = read_info(settings.model_path).figures
        resumable = settings.checkpoint_path.exists()
        return TrainingResult(settings.model_path, figures, interrupted, resumable)


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
