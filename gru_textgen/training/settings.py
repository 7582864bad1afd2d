"""The settings of a training run: their meanings, defaults and limits."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_textgen.errors import InputError, suggest
from gru_textgen.text.normalisation import FORMS, OPTIONS

SCHEDULES = ("cosine", "plateau", "constant")
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
        validation_split: share of the text, its last part, never trained on.
        calibration_split: share of the text before that, its last part, at most 10,000
            characters, that is not trained on either: it tells how sure the model may
            be (see `calibration`); 0 leaves it as sure as it is.
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

    @property
    def normalisation(self) -> dict:
        """The options of `normalisation.normalise`."""
        return {name: getattr(self, name) for name in OPTIONS}

    def __post_init__(self):
        """Raise an InputError for a setting that means nothing."""
        object.__setattr__(self, "output", str(self.output))  # a Path will do
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
        inside = 0 < self.validation_split < 1
        _require(self, "validation_split", inside, "between 0 and 1")
        for name in ("patience", "sample_length"):
            _require(self, name, getattr(self, name) >= 0, "0 or more")
        _require(self, "seed", 0 <= self.seed < 2**32, "from 0 to below 2^32")
        for name, known in (
            ("schedule", SCHEDULES),
            ("optimizer", OPTIMIZERS),
            ("normalise", FORMS),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"There is no {name} {getattr(self, name)!r}."
                    f"{suggest(getattr(self, name), known)}"
                )

    @property
    def model_path(self) -> Path:
        """The model of the best epoch."""
        return Path(self.output, f"{Path(self.output).resolve().name}.keras")

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


def _require(settings, name: str, good: bool, expected: str) -> None:
    if not good:
        raise InputError(f"{name} must be {expected}, not {getattr(settings, name)}.")
