"""The settings of a training run: their meanings, defaults and limits."""

import math
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gru_textgen.errors import InputError, suggest
from gru_textgen.text.normalisation import FORMS, OPTIONS

SCHEDULES = ("cosine", "plateau", "constant")
SHOWN_SAMPLES = ("one", "all")
OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "lion", "sgd")
PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {
        "units": 128,
        "layers": 1,
        "dropout": 0.1,
        "weight_dropout": 0.0,
        "epochs": 10,
    },
    "small": {},  # the defaults
    "medium": {
        "units": 384,
        "dropout": 0.4,
        "input_scale": 24.0,
        "seq_length": 128,
        "epochs": 30,
        "patience": 10,
    },
    "large": {
        "units": 640,
        "dropout": 0.5,
        "weight_dropout": 0.2,
        "input_scale": 8.0,
        "state_reset": 0.1,
        "calibration_split": 0.01,
        "seq_length": 128,
        "epochs": 40,
        "learning_rate": 3e-3,
        "patience": 10,
    },
}


def preset(name: str) -> dict[str, Any]:
    """Settings that go together, as arguments of `TrainingSettings`.

    Args:
        name: one of `PRESETS`, from the quickest to the best.

    Raises:
        InputError: for any other name.
    """
    if name not in PRESETS:
        raise InputError(f"There is no preset {name!r}.{suggest(name, PRESETS)}")
    return dict(PRESETS[name])


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a run, but for its text.

    Attributes:
        output: the folder for the model file, named like it, and all else of the run.
        units: size of each layer's state.
        layers: number of GRU layers.
        dropout: share of each layer's outputs dropped in training.
        weight_dropout: share of each recurrent kernel's weights dropped in training.
        input_scale: the value of the one in one-hot characters: the first layer's
            input weights count, and learn, so many times as much.
        state_reset: share of the windows that are read from an empty state, as all
            writing begins, not from that at the end of the window before.
        seq_length: steps of back-propagation through time.
        batch_size: streams of the text read side by side; fewer for a short text.
        epochs: passes over the text, at most.
        learning_rate: the highest of the schedule.
        schedule: "cosine" with warm-up, "plateau" (halved when the validation loss
            stands still) or "constant".
        optimizer: one of `OPTIMIZERS`.
        clip_norm: largest norm of all gradients together.
        validation_split: share of the text, its last part, never trained on; with 0 all
            is learnt, and the losses on the last tenth, which are on text that was
            learnt, tell nothing of new text.
        calibration_split: share of the text before that, its last part, at most 10,000
            characters, that is not trained on either: it tells how sure the model may
            be (see `calibration`); 0 leaves it as sure as it is.
        counts: whether the counts of the training text's n-grams are mixed into what
            the model predicts, in the share that is best on the held-out text; the
            file then holds the training text. See `inference.counted`.
        patience: epochs without a better validation loss before the run stops.
        save_every: minutes after which a checkpoint is saved within an epoch.
        seed: of the weights, the batches, dropout and the samples.
        separator: what stands between documents of the text; None asks the corpus.
        min_count: characters that are rarer in the training text are read as unknown.
        max_vocabulary: so are all but so many of the commonest; None keeps all.
        normalise, repair, lowercase, strip_punctuation, join_lines: what is done to the
            text first, and to every prompt: see `normalisation.normalise`.
        init_from: a model file to begin with: its weights, sizes and vocabulary,
            which grows by the text's new characters.
        sample_prompt: what samples go on from; None takes a line of the held-out text.
        sample_length: characters a sample; 0 writes none.
        jit_compile: whether XLA compiles the layers, as `nn.gru.GRU` says. False
            spares the seconds that it takes: for a model that is small, or soon done.
        name: of the model file, without its ending; None takes that of the folder. A
            run keeps it, whatever its folder is called later.
        samples: of the four temperatures at which samples are written into a file,
            "one" or "all" are shown on the screen.
    """

    output: str
    units: int = 256
    layers: int = 2
    dropout: float = 0.3
    weight_dropout: float = 0.1
    input_scale: float = 1.0
    state_reset: float = 0.0
    seq_length: int = 64
    batch_size: int = 64
    epochs: int = 20
    learning_rate: float = 4e-3
    schedule: str = "cosine"
    optimizer: str = "adam"
    clip_norm: float = 1.0
    validation_split: float = 0.1
    calibration_split: float = 0.0
    counts: bool = False
    patience: int = 5
    save_every: float = 10.0
    seed: int = 0
    separator: str | None = None
    min_count: int = 1
    max_vocabulary: int | None = None
    normalise: str = "NFC"
    repair: bool = False
    lowercase: bool = False
    strip_punctuation: bool = False
    join_lines: bool = False
    init_from: str | None = None
    sample_prompt: str | None = None
    sample_length: int = 200
    jit_compile: bool | None = None
    name: str | None = None
    samples: str = "one"

    @property
    def normalisation(self) -> dict:
        """The options of `normalisation.normalise`."""
        return {name: getattr(self, name) for name in OPTIONS}

    def __post_init__(self):
        """Raise an InputError for a setting that means nothing."""
        object.__setattr__(self, "output", str(self.output))  # a Path will do
        _check_types(self)
        name = self.name or "model"
        if re.search(r'[/\\:*?"<>|\x00-\x1f]', name) or name in (".", ".."):
            raise InputError(f"{name!r} cannot be the name of a file.")
        if self.model_path in self.checkpoint_paths:
            raise InputError("The output folder needs another name than 'checkpoint'.")
        for name in ("units", "layers", "seq_length", "batch_size", "epochs"):
            _require(self, name, getattr(self, name) >= 1, "1 or more")
        for name in ("min_count", "max_vocabulary"):
            value = getattr(self, name)
            _require(self, name, value is None or value >= 1, "1 or more")
        for name in ("input_scale", "learning_rate", "clip_norm", "save_every"):
            good = math.isfinite(getattr(self, name)) and getattr(self, name) > 0
            _require(self, name, good, "a number above 0")
        shares = ("dropout", "weight_dropout", "state_reset", "calibration_split")
        for name in shares:
            _require(self, name, 0 <= getattr(self, name) < 1, "from 0 to below 1")
        inside = 0 <= self.validation_split < 1
        _require(self, "validation_split", inside, "from 0 to below 1")
        for name in ("patience", "sample_length"):
            _require(self, name, getattr(self, name) >= 0, "0 or more")
        compiled = self.jit_compile in (None, True, False)
        _require(self, "jit_compile", compiled, "None, True or False")
        _require(self, "seed", 0 <= self.seed < 2**32, "from 0 to below 2^32")
        for name, known in (
            ("schedule", SCHEDULES),
            ("optimizer", OPTIMIZERS),
            ("normalise", FORMS),
            ("samples", SHOWN_SAMPLES),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"There is no {name} {getattr(self, name)!r}."
                    f"{suggest(getattr(self, name), known)}"
                )

    @property
    def model_path(self) -> Path:
        """The model of the best epoch."""
        name = self.name or Path(self.output).resolve().name
        return Path(self.output, f"{name}.keras")

    @property
    def checkpoint_path(self) -> Path:
        """The model as it was last saved, with all that the run needs to go on."""
        return Path(self.output, "checkpoint.keras")

    @property
    def previous_path(self) -> Path:
        """The checkpoint before that one."""
        return Path(self.output, "checkpoint.previous.keras")

    @property
    def damaged_path(self) -> Path:
        """A checkpoint that was no longer whole when the run went on."""
        return Path(self.output, "checkpoint.damaged.keras")

    @property
    def checkpoint_paths(self) -> tuple[Path, Path]:
        """Both, the newest first."""
        return self.checkpoint_path, self.previous_path

    @property
    def ids_path(self) -> Path:
        """The text as ids."""
        return Path(self.output, "text.ids")

    @property
    def samples_path(self) -> Path:
        """The samples of every epoch."""
        return Path(self.output, "samples.txt")

    @property
    def history_path(self) -> Path:
        """The figures of every epoch."""
        return Path(self.output, "history.csv")

    @property
    def picture_path(self) -> Path:
        """The losses of every epoch, as a picture."""
        return Path(self.output, "loss.png")

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that a run writes."""
        models = (self.model_path, *self.checkpoint_paths, self.damaged_path)
        texts = (self.ids_path, self.samples_path, self.history_path)
        return (*models, *texts, self.picture_path)


def _check_types(settings: TrainingSettings) -> None:
    """Raise an InputError for a setting of another type than its own."""
    for setting in fields(settings):
        value, kind = getattr(settings, setting.name), setting.type
        allowed: Any = (int, float) if kind is float else kind
        number = kind in (int, int | None, float)
        if not isinstance(value, allowed) or (number and isinstance(value, bool)):
            expected = getattr(kind, "__name__", str(kind)).replace("int", "integer")
            raise InputError(f"{setting.name} is {expected}, not {value!r}.")


def _require(settings, name: str, good: bool, expected: str) -> None:
    if not good:
        raise InputError(f"{name} must be {expected}, not {getattr(settings, name)}.")
