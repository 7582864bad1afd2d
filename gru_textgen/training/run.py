"""One run: its data, its model and its callbacks, brought together by Keras."""

import signal
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.kneser_ney import best_order
from gru_textgen.model_file.reader import ModelArrays, ModelInfo, read_info
from gru_textgen.model_file.schema import MAX_COUNTED
from gru_textgen.text.splits import split_point
from gru_textgen.text.units import WORD
from gru_textgen.text.vocabulary import UNKNOWN_ID, Vocabulary
from gru_textgen.text.words import WordVocabulary
from gru_textgen.training.checkpoint import WITH_COUNTS, Checkpoint, Progress, loss_of
from gru_textgen.training.distribution import Alone
from gru_textgen.training.encoded import StoredIds
from gru_textgen.training.output import say
from gru_textgen.training.packing import document_lengths, split_packed
from gru_textgen.training.run_folder import cut_samples, going_on
from gru_textgen.training.settings import WINDOWS, TrainingSettings
from gru_textgen.training.signals import StopRequest, stop_signals
from gru_textgen.training.streams import Streams, split_streams
from gru_textgen.training.windows import split_windows

if TYPE_CHECKING:
    from keras.callbacks import Callback

_WARMUP_SHARE, _MAX_WARMUP_STEPS = 0.05, 200
_PIECE = 1 << 20  # ids
_MANY_UNKNOWN = 0.01  # of the held-out characters
_MEASURED = 20_000  # held-out characters that counts are measured on, at most
_SHOWN = (0.5,)  # temperatures of the samples on the screen, unless all are
_NEAR = 1000  # characters around a place of the text, to find a line in
_LINE = 60  # characters of it
_ROUNDING = 1e-9  # nats


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended.

    Attributes:
        path: the model file.
        figures: of its best epoch: epoch, losses in nats, seconds trained.
        epochs: whole epochs that it took.
        stopped_by: the number of the signal that stopped it, as Ctrl-C does, or None.
        resumable: whether there is a checkpoint to go on from.
    """

    path: Path
    figures: dict[str, Any]
    epochs: int = 0
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
        say: is given each sentence about the run, for the user.
        callbacks: of the caller's, after the run's own but for the one that saves.
        best: validation loss of the model in the folder, or None if there is none.
        place: where it trains.
    """

    def __init__(
        self,
        settings: TrainingSettings,
        info: ModelInfo,
        ids: StoredIds,
        found: Checkpoint | None = None,
        say: Callable[[str], None] = say,
        callbacks: Sequence["Callback"] = (),
        best: float | None = None,
        place: Alone = Alone(),
    ):
        self.place = place
        self.settings = settings
        self.best = best
        self.say = say
        self.callbacks = callbacks
        self.info = info
        self.found = found
        self.progress = found.progress if found else Progress()
        training, validation, self.calibration = _parts(ids, settings, info)
        self.training = place.fitting(training)
        self.validation = place.fitting(validation)
        if self.progress.batch >= self.training.windows:
            raise InputError(
                "The checkpoint has more batches than the text gives in an epoch: "
                "begin again (`overwrite=True`)."
            )
        length, noun = len(self.training.ids), info.vocabulary.units.noun
        if settings.counts and length > MAX_COUNTED:
            raise InputError(
                f"The text is too long for n-gram counts, which are limited to "
                f"{MAX_COUNTED:,} {noun} of training text, not {length:,}: "
                "train without `counts`."
            )
        prompt = settings.sample_prompt
        if prompt is None and info.reset_id is not None:
            prompt = ""  # the samples are documents
        elif prompt is None:
            held_out = ids[len(ids) - len(self.validation.ids) :]
            prompt = _held_out_line(held_out, info.vocabulary, settings.seed)
        self.prompt = prompt

    def fit(
        self,
        weights: ModelArrays | list[np.ndarray] | None = None,
        fingerprints: np.ndarray | None = None,
    ) -> TrainingResult:
        """Train to the end.

        Args:
            weights: of another model, to begin with; of words those of `get_weights`.
            fingerprints: of the documents of the text, for the model's file; a run
                that goes on has them.
        """
        import keras

        from gru_textgen.nn.loading import check_opens
        from gru_textgen.training.run_keeping import Diverged, Stopped

        settings = self.settings
        keras.utils.set_random_seed(settings.seed)
        model = self._model(weights)
        if fingerprints is not None:
            model.fingerprints = fingerprints
        check_opens(model)
        with self.place.watched():
            self._check_same(model)
        between, noun = len(self.calibration), self.info.vocabulary.units.noun
        held_out = len(self.validation.ids) if settings.validation_split else 0
        self.say(
            f"{len(self.training.ids):,} {noun} of training text, "
            + (f"{between:,} for calibration, " if between else "")
            + f"{held_out:,} held out, "
            f"{len(self.info.vocabulary.symbols):,} distinct; "
            f"the model has {model.count_params():,} weights."
        )
        for sentence in self._held_out_remarks():
            self.say(sentence)
        with stop_signals() as request:
            chosen = self._callbacks(request)
            try:
                with self.place.watched():
                    self._fit(model, chosen)
            except (Stopped, KeyboardInterrupt):
                request.signal = request.signal or signal.SIGINT
            except Diverged as error:
                raise InputError(
                    f"The run stopped: {error}. The files saved before are intact. "
                    "Start again with a smaller `learning_rate`."
                ) from error
        if not chosen[-1].saved:
            raise InputError(
                f"{settings.folder.checkpoint} could not be written: the run cannot "
                "resume from where it ended. The files saved before are intact."
            )
        return self._finish(request.signal)

    def _check_same(self, model) -> None:
        """Refuse, of several processes, one that would begin elsewhere."""
        if not self.place.several:
            return
        weights = [zlib.crc32(np.asarray(weight).tobytes()) for weight in model.weights]
        begin = self.progress.epoch, self.progress.batch
        self.place.check_same({"model to begin with": weights, "checkpoint": begin})

    def _held_out_remarks(self) -> list[str]:
        """What the user should know about the held-out part."""
        if not self.settings.validation_split:
            return [
                "No text is held out: the validation loss is that of the last tenth of "
                "the training text. It says nothing about new text, nor when the model "
                "begins to overfit."
            ]
        held_out = self.validation.ids
        unknown = sum(
            int(np.count_nonzero(held_out[i : i + _PIECE].read() == UNKNOWN_ID))
            for i in range(0, len(held_out), _PIECE)
        )
        if not unknown:
            return []
        if self.info.level == WORD:
            return [
                f"{unknown:,} of the {len(held_out):,} held-out tokens are unknown to "
                "the model, and count as <unk>."
            ]
        said = (
            f"{unknown:,} of the {len(held_out):,} held-out characters are unknown to "
            "the model, because they do not occur in the training text."
        )
        if unknown > _MANY_UNKNOWN * len(held_out):
            said += (
                " The end of the text differs from the rest, so the validation loss "
                "says little: reorder the parts of the text, or hold out another "
                "fraction of it (`validation_split`)."
            )
        return [said]

    def _fit(self, model, chosen: list[Any]) -> None:
        """From where the run is to its end; first the rest of an epoch, if one has
        been begun."""
        settings, progress = self.settings, self.progress
        ends = [settings.epochs]
        if progress.batch and progress.epoch + 1 < settings.epochs:
            ends = [progress.epoch + 1, settings.epochs]
        for end in ends:
            first, batch = progress.epoch, progress.batch
            model.fit(
                self._dataset(
                    self.training,
                    seed=settings.seed,
                    first_epoch=first,
                    epochs=end,
                    first_batch=batch,
                ),
                validation_data=self._dataset(self.validation),
                initial_epoch=first,
                epochs=end,
                steps_per_epoch=self.training.windows - batch,
                callbacks=chosen,
                shuffle=False,  # the dataset has its own order
                verbose=0,  # the line on the screen is `ShowProgress`'s
            )
            if model.stop_training:
                break

    def _dataset(self, streams: Streams, **part: Any):
        return streams.dataset(**part, rows=self.place.rows(streams.batch_size))

    def _model(self, weights: ModelArrays | list[np.ndarray] | None):
        from gru_textgen.nn.loading import (
            inherit,
            inherit_embedded,
            load_training_state,
        )
        from gru_textgen.nn.model import build_model, compile_model

        settings = self.settings
        rows = self.place.rows(self.training.batch_size)
        model = build_model(
            self.info,
            settings.units,
            settings.layers,
            settings.dropout,
            settings.weight_dropout,
            settings.input_scale,
            None if settings.cut == WINDOWS else rows.stop - rows.start,
            settings.jit_compile,
            settings.recurrent_activation,
            settings.reset_after,
            settings.precision,
            settings.vector_size,
            settings.embedding_dropout,
        )
        model.last_only = settings.cut == WINDOWS
        rate = self._learning_rate()
        how = rate, settings.clip_norm or None, settings.accumulate
        compile_model(model, settings.optimizer, *how)
        if isinstance(weights, list):
            inherit_embedded(model, weights)
        elif weights is not None:
            inherit(model, weights)
        if self.found:
            load_training_state(model, self.found.path)
        self.place.distribute(model)
        return model

    def _learning_rate(self):
        from keras.optimizers.schedules import CosineDecay

        settings = self.settings
        if settings.schedule != "cosine":
            return settings.learning_rate
        steps = self.training.windows * settings.epochs // settings.accumulate
        warmup = min(int(steps * _WARMUP_SHARE), _MAX_WARMUP_STEPS)
        return CosineDecay(
            initial_learning_rate=0.0 if warmup else settings.learning_rate,
            decay_steps=max(1, steps - warmup),
            warmup_target=settings.learning_rate if warmup else None,
            warmup_steps=warmup,
        )

    def _callbacks(self, request: StopRequest) -> list[Any]:
        from keras import callbacks

        from gru_textgen.training.callbacks import (
            Calibrate,
            MeasureCounts,
            ResetStates,
            SameFigures,
            WriteSamples,
        )
        from gru_textgen.training.run_keeping import (
            KeepBest,
            KeepProgress,
            Remember,
            SaveRun,
        )
        from gru_textgen.training.screen import ShowProgress

        settings, progress, place = self.settings, self.progress, self.place
        words = self.info.level == WORD
        watched = WITH_COUNTS if settings.counts else "val_loss"
        state = self.found.state if self.found else None
        first, last = [], [SaveRun(settings, progress, request.pending, place)]
        if len(self.calibration):
            calibrate = Calibrate(self.calibration.read())
            undo = callbacks.LambdaCallback(on_epoch_end=calibrate.undo)
            first, last = [calibrate], [undo, *last]
        chosen = [
            *first,
            SameFigures(place),
            KeepProgress(self.info, settings.seed, progress, state, place),
            callbacks.TerminateOnNaN(),
        ]
        if place.is_chief:
            show = ShowProgress(
                progress,
                settings.epochs,
                self.training.windows,
                per_character=self.info.per_character if words else None,
            )
            chosen += [show, KeepBest(settings.folder.model, self.best, watched)]
        if settings.counts:
            learnt = cast(StoredIds, self.training.ids).read()
            held_out = self.validation.ids[:_MEASURED].read()
            order = best_order(learnt, len(self.info.vocabulary))
            chosen.insert(len(first), MeasureCounts(learnt, held_out, order))
        if settings.state_reset:
            streams = self.training.batch_size
            drawn = settings.state_reset, settings.seed, progress, streams
            chosen.append(ResetStates(*drawn, place.rows(streams)))
        watching = [
            callbacks.EarlyStopping(watched, mode="min", patience=settings.patience)
        ]
        if settings.schedule == "plateau":
            watching.append(
                callbacks.ReduceLROnPlateau(
                    watched,
                    mode="min",
                    factor=settings.plateau_factor,
                    patience=settings.plateau_patience,
                    min_lr=settings.min_learning_rate,
                )
            )
        chosen += [*watching, Remember(watching, progress)]
        if settings.sample_length and place.is_chief:
            cut_samples(settings.folder.samples, progress.samples)
            chosen.append(
                WriteSamples(
                    self.prompt,
                    length=settings.sample_length,
                    seed=settings.seed,
                    path=settings.folder.samples,
                    shown=None if settings.samples == "all" else _SHOWN,
                )
            )
        return [*chosen, *self.callbacks, *last]

    def _finish(self, stopped_by: int | None) -> TrainingResult:
        from gru_textgen.plots.curves import loss_curve
        from gru_textgen.plots.pictures import save

        settings, rows = self.settings, self.progress.rows
        figures = {}
        if rows and self.place.is_chief:
            picture = settings.folder.picture
            with going_on(picture):
                save(
                    loss_curve({n: [row[n] for row in rows] for n in rows[0]}), picture
                )
        if settings.folder.model.exists():
            figures = read_info(settings.folder.model).figures
            self._say_what_is_lost(figures)
        resumable = any(path.exists() for path in settings.folder.checkpoints)
        return TrainingResult(
            settings.folder.model, figures, len(rows), stopped_by, resumable
        )

    def _say_what_is_lost(self, figures: dict[str, Any]) -> None:
        """That the model in the file is not that of the best epoch, if it is not."""
        best = min(self.progress.rows, key=loss_of, default=None)
        known = "val_loss" in figures
        if best and known and loss_of(figures) > loss_of(best) + _ROUNDING:
            self.say(
                f"Epoch {best['epoch'] + 1} had the lowest validation loss, "
                f"{loss_of(best):.4f} nats, but its model is lost: "
                f"{self.settings.folder.model} is that of epoch {figures['epoch']}."
            )


def _parts(ids: StoredIds, settings: TrainingSettings, info: ModelInfo):
    """The streams to learn from, those to validate on, and the ids to calibrate on."""
    if info.reset_id is not None:
        return split_packed(ids, document_lengths(ids, info.reset_id), settings)
    training: Streams
    validation: Streams
    if settings.cut == WINDOWS:
        training, validation = split_windows(ids, settings)
    else:
        training, validation = split_streams(
            ids,
            settings.validation_split,
            settings.batch_size,
            settings.seq_length,
            settings.calibration_split,
        )
    cut = split_point(len(ids), settings.validation_split)
    return training, validation, ids[len(training.ids) : cut]


def _held_out_line(
    ids: StoredIds, vocabulary: Vocabulary | WordVocabulary, seed: int
) -> str:
    """A line of the held-out text to write on from."""
    place = np.random.default_rng(seed).integers(len(ids))
    text = vocabulary.decode(ids[max(0, place - _NEAR) : place + _NEAR].read())
    return line_to_continue(text, vocabulary)


def line_to_continue(text: str, vocabulary: Vocabulary | WordVocabulary) -> str:
    """A whole line of a text without unknown symbols, or of a text without such lines
    its longest part without them, as far as a prompt should go."""
    lines = text.splitlines()[1:-1]  # without those that may be cut
    unknown = vocabulary.unknown
    known = [line for line in lines if line.strip() and unknown not in line]
    if not known:
        known = [max(text.split(unknown), key=len).strip()]
    line = known[len(known) // 2]
    cut = _LINE
    if vocabulary.level == WORD and len(line) > cut:
        cut = line.rfind(" ", 0, cut)
    return line[:cut]
