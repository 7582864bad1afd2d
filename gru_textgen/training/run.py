"""One run: its data, its model and its callbacks, brought together by Keras."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelArrays, ModelInfo, read_info
from gru_textgen.text.vocabulary import REPLACEMENT, Vocabulary
from gru_textgen.training.checkpoint import Checkpoint, Progress
from gru_textgen.training.encoded import StoredIds
from gru_textgen.training.run_folder import cut_samples, going_on
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.signals import StopRequest, stop_signals
from gru_textgen.training.streams import split_streams

_WARMUP_SHARE, _MOST_WARMUP_STEPS = 0.05, 200
_NEAR = 1000  # characters around a place of the text, to find a line in
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


class Run:
    """One run: its data, its model, its callbacks.

    Args:
        info: of the model.
        ids: of the text.
        found: the checkpoint to go on from, or None to begin.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        info: ModelInfo,
        ids: StoredIds,
        found: Checkpoint | None = None,
    ):
        self.settings = settings
        self.info = info
        self.found = found
        self.progress = found.progress if found else Progress()
        self.training, self.validation = split_streams(
            ids,
            settings.validation_split,
            settings.batch_size,
            settings.seq_length,
            settings.calibration_split,
        )
        cut = len(ids) - len(self.validation.ids)
        self.calibration = ids[len(self.training.ids) : cut]
        prompt = settings.sample_prompt
        if prompt is None:
            prompt = _held_out_line(ids[cut:], info.vocabulary, settings.seed)
        self.prompt = prompt

    def fit(self, weights: ModelArrays | None = None) -> TrainingResult:
        """Train to the end.

        Args:
            weights: of another model, to begin with.
        """
        import keras

        from gru_textgen.nn.loading import check_opens
        from gru_textgen.training.run_keeping import Diverged, Stopped

        settings = self.settings
        keras.utils.set_random_seed(settings.seed)
        model = self._model(weights)
        check_opens(model)
        between = len(self.calibration)
        print(
            f"{len(self.training.ids):,} characters to learn from, "
            + (f"{between:,} to calibrate on, " if between else "")
            + f"{len(self.validation.ids):,} held out, "
            f"{len(self.info.vocabulary.symbols):,} distinct; "
            f"{model.count_params():,} weights."
        )
        with stop_signals() as request:
            chosen = self._callbacks(request)
            try:
                self._fit(model, chosen)
            except (Stopped, KeyboardInterrupt):
                request.signal = request.signal or signal.SIGINT
            except Diverged as error:
                raise InputError(
                    f"The run stopped: {error}. What was saved before is whole. Begin "
                    "again with a smaller --learning-rate."
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

    def _model(self, weights: ModelArrays | None):
        from gru_textgen.nn.loading import inherit, load_training_state
        from gru_textgen.nn.model import build_model, compile_model

        settings = self.settings
        model = build_model(
            self.info,
            settings.units,
            settings.layers,
            settings.dropout,
            settings.weight_dropout,
            settings.input_scale,
            self.training.batch_size,
        )
        rate = self._learning_rate()
        compile_model(model, settings.optimizer, rate, settings.clip_norm)
        if weights is not None:
            inherit(model, weights)
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

        from gru_textgen.training.callbacks import Calibrate, ResetStates, WriteSamples
        from gru_textgen.training.run_keeping import (
            KeepBest,
            KeepProgress,
            Remember,
            SaveRun,
        )

        settings, progress = self.settings, self.progress
        state = self.found.state if self.found else None
        first, last = [], [SaveRun(settings, progress, request.pending)]
        if len(self.calibration):
            calibrate = Calibrate(self.calibration.read())
            undo = callbacks.LambdaCallback(on_epoch_end=calibrate.undo)
            first, last = [calibrate], [undo, *last]
        chosen = [
            *first,
            KeepProgress(self.info, settings.seed, progress, state),
            callbacks.ProgbarLogger(),  # here, so that the samples come after it
            callbacks.TerminateOnNaN(),
            KeepBest(settings.model_path, progress.losses),
        ]
        if settings.state_reset:
            share, seed = settings.state_reset, settings.seed
            chosen.append(ResetStates(share, seed, progress))
        watching = [callbacks.EarlyStopping("val_loss", patience=settings.patience)]
        if settings.schedule == "plateau":
            watching.append(callbacks.ReduceLROnPlateau("val_loss", **_PLATEAU))
        chosen += [*watching, Remember(watching, progress)]
        if settings.sample_length:
            cut_samples(settings.samples_path, progress.samples)
            chosen.append(
                WriteSamples(
                    self.prompt,
                    length=settings.sample_length,
                    seed=settings.seed,
                    path=settings.samples_path,
                )
            )
        return [*chosen, *last]

    def _finish(self, stopped_by: int | None) -> TrainingResult:
        from gru_textgen.plots.curves import save_loss_curve

        settings, rows = self.settings, self.progress.rows
        figures = {}
        if rows:
            picture = Path(settings.output, "loss.png")
            with going_on(picture):
                save_loss_curve({n: [row[n] for row in rows] for n in rows[0]}, picture)
        if settings.model_path.exists():
            figures = read_info(settings.model_path).figures
        resumable = any(path.exists() for path in settings.checkpoint_paths)
        return TrainingResult(settings.model_path, figures, stopped_by, resumable)


def _held_out_line(ids: StoredIds, vocabulary: Vocabulary, seed: int) -> str:
    """A line of the held-out text to write on from."""
    place = np.random.default_rng(seed).integers(len(ids))
    text = vocabulary.decode(ids[max(0, place - _NEAR) : place + _NEAR].read())
    lines = text.splitlines()[1:-1]  # without those that may be cut
    known = [line for line in lines if line.strip() and REPLACEMENT not in line]
    return (known or [text.replace(REPLACEMENT, "")])[len(known) // 2][:60]
