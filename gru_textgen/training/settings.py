"""The settings of a training run: their meanings, defaults and bounds."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from gru_textgen.errors import InputError, check_type, suggest
from gru_textgen.model_file.limits import GATES, MAX_GRU_LAYERS, MAX_UNITS, SIGMOID
from gru_textgen.text.documents import END
from gru_textgen.text.normalisation import FORMS, OPTIONS
from gru_textgen.text.splits import DOCUMENTS, LAST
from gru_textgen.text.units import CHARACTER, LEVELS, TEXT, TOKENS, WORD
from gru_textgen.training.limits import check, descriptions, setting
from gru_textgen.training.paths import RunFolder

SCHEDULES = ("cosine", "plateau", "constant")
SPLITS = (LAST, DOCUMENTS)
SHOWN_SAMPLES = ("one", "all")
DEVICES = ("cpu", "gpu")
MIRRORED, MULTI_WORKER = STRATEGIES = ("mirrored", "multi-worker")
STREAMS, WINDOWS = CUTS = ("streams", "windows")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "lion", "sgd")
_MAX_COUNT = 1_000_000_000
_FRACTION: dict[str, Any] = {"low": 0, "below": 1}
_POSITIVE: dict[str, Any] = {"above": 0, "high": 1_000_000_000}
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
    "words": {  # see docs/words.md
        "level": WORD,
        "min_count": 2,
        "units": 256,
        "layers": 1,
        "embedding": 256,
        "embedding_dropout": 0.2,
        "dropout": 0.5,
        "weight_dropout": 0.2,
        "seq_length": 35,
        "batch_size": 32,
        "learning_rate": 4e-3,
        "epochs": 20,
        "patience": 3,
    },
    "windows": {  # see docs/founding.md
        "units": 128,
        "layers": 1,
        "dropout": 0.0,
        "weight_dropout": 0.0,
        "cut": WINDOWS,
        "seq_length": 100,
        "batch_size": 128,
        "optimizer": "rmsprop",
        "learning_rate": 0.01,
        "clip_norm": 0.0,
        "schedule": "plateau",
        "plateau_factor": 0.2,
        "plateau_patience": 1,
        "min_learning_rate": 0.001,
        "patience": 20,
        "sample_length": 400,
        "samples": "all",
    },
}


def preset(name: str) -> dict[str, Any]:
    """Settings that suit each other, as arguments of `TrainingSettings`.

    Args:
        name: "tiny", "small", "medium" or "large", from the fastest to the best;
            "words", a model of words; or "windows", one layer that learns the character
            after each of many overlapping windows.

    Returns:
        The arguments; none for "small", which is the defaults.

    Raises:
        InputError: For any other name.

    Example:
        >>> from gru_textgen import TrainingSettings, preset
        >>> settings = TrainingSettings("runs/mine", **preset("tiny"))
        >>> settings.units, settings.layers
        (128, 1)
    """
    check_type("name", name, str)
    if name not in PRESETS:
        raise InputError(f"There is no preset {name!r}.{suggest(name, PRESETS)}")
    return dict(PRESETS[name])


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a run, except its text.

    Each field carries its meaning and its bounds, from which the options of
    `gru-textgen train` are made. A setting of the wrong type or outside its range
    raises an `InputError`.

    Example:
        >>> from gru_textgen import TrainingSettings
        >>> settings = TrainingSettings("runs/mine", units=128, epochs=10)
        >>> settings.layers, settings.learning_rate
        (2, 0.004)

    Attributes:
        output: The folder for the model file and all other files of the run.
    """

    output: str
    level: str = setting(
        CHARACTER,
        "What the model predicts: characters; or words, with an embedding to which the "
        "output is tied.",
        choices=LEVELS,
    )
    one_hot: bool = setting(
        True,
        "Read characters as one-hot vectors; otherwise as vectors of an embedding to "
        "which the output is tied, as words always are. An embedding suits Chinese, "
        "with its thousands of characters.",
    )
    tokens: str = setting(
        TEXT,
        "How a text is cut into words, with `level=word`: text finds words, numbers, "
        "marks and line ends; whitespace takes what stands between spaces, and <eos> "
        "and <unk> as such.",
        choices=TOKENS,
    )
    embedding: int = setting(
        256,
        "Size of the vector of a word, with `level=word`, or of a character, with "
        "`one_hot=False`.",
        low=1,
        high=MAX_UNITS,
    )
    embedding_dropout: float = setting(
        0.0,
        "Fraction of the words or characters of a batch whose vectors are read as "
        "zeros in training (Gal & Ghahramani 2016).",
        **_FRACTION,
    )
    units: int = setting(
        256, "Number of units of each GRU layer.", low=1, high=MAX_UNITS
    )
    layers: int = setting(2, "Number of GRU layers.", low=1, high=MAX_GRU_LAYERS)
    dropout: float = setting(
        0.3, "Fraction of each layer's outputs dropped in training.", **_FRACTION
    )
    weight_dropout: float = setting(
        0.1,
        "Fraction of each recurrent kernel's weights dropped in training "
        "(Merity et al. 2018).",
        **_FRACTION,
    )
    input_scale: float = setting(
        1.0,
        "Scale of the one-hot input: the input weights of the first layer learn faster "
        "by this factor. 24 suits a megabyte of text or more.",
        low=0.0001,
        high=1_000_000,
    )
    state_reset: float = setting(
        0.0,
        "Fraction of training windows that begin with an empty state, as a generated "
        "text does (Melis et al. 2018).",
        **_FRACTION,
    )
    recurrent_activation: str = setting(
        "sigmoid",
        "Activation of the gates; hard_sigmoid is a line from 0 to 1 between -3 and 3.",
        choices=GATES,
    )
    reset_after: bool = setting(
        True,
        "Apply the reset gate after the recurrent product, with a bias of its own; "
        "otherwise before it (Cho et al. 2014).",
    )
    cut: str = setting(
        STREAMS,
        "How the text is cut: parallel streams that carry their state from window to "
        "window; or overlapping windows in random order, each read from an empty "
        "state, of which only the prediction after the last character is learnt.",
        choices=CUTS,
    )
    window_step: int = setting(
        5,
        "Number of characters from the start of a window to the start of the next, "
        "with `cut=windows`.",
        low=1,
        high=1_000_000,
    )
    seq_length: int = setting(
        64,
        "Number of steps of back-propagation through time: the length of a window.",
        low=1,
        high=1_000_000,
    )
    batch_size: int = setting(
        64,
        "Number of text streams, or of windows, trained in parallel; a short text uses "
        "fewer.",
        low=1,
        high=100_000,
    )
    epochs: int = setting(
        20, "Maximum number of passes over the text.", low=1, high=1_000_000
    )
    learning_rate: float = setting(
        4e-3, "Peak learning rate of the schedule.", **_POSITIVE
    )
    schedule: str = setting(
        "cosine",
        "Learning rate schedule: cosine has a warm-up; plateau lowers the rate when "
        "the validation loss stops improving.",
        choices=SCHEDULES,
    )
    plateau_factor: float = setting(
        0.5,
        "Factor by which the schedule plateau lowers the learning rate.",
        above=0,
        below=1,
    )
    plateau_patience: int = setting(
        2,
        "Number of epochs without a better validation loss before the schedule plateau "
        "lowers the learning rate.",
        low=1,
        high=1_000_000,
    )
    min_learning_rate: float = setting(
        0.0,
        "Learning rate below which the schedule plateau does not go.",
        low=0,
        high=1_000_000_000,
    )
    optimizer: str = setting(
        "adam",
        "Keras optimizer that updates the weights.",
        choices=OPTIMIZERS,
    )
    clip_norm: float = setting(
        1.0,
        "Maximum norm of the gradient; 0 does not limit it.",
        low=0,
        high=1_000_000_000,
    )
    accumulate: int = setting(
        1,
        "Number of batches whose gradients are averaged for one update of the weights.",
        low=1,
        high=1_000_000,
    )
    precision: str = setting(
        "float32",
        "Keras policy of the layers in training: mixed_bfloat16 and mixed_float16 "
        "multiply matrices in half precision. Weights, sums, the model file and "
        "evaluation stay float32.",
        choices=PRECISIONS,
    )
    device: str | None = setting(
        None,
        "Kind of device to train on. [default: gpu if there is one]",
        choices=DEVICES,
    )
    strategy: str | None = setting(
        None,
        "Several replicas train one model, each on its part of the batch: mirrored on "
        "all GPUs of this machine; multi-worker on several machines, where each runs "
        "the same command.",
        choices=STRATEGIES,
    )
    validation_split: float = setting(
        0.1,
        "Fraction of the text held out for validation: its last part, or of documents "
        "some that the seed draws. With 0 the model trains on all of it, and the "
        "reported loss says nothing about new text.",
        **_FRACTION,
    )
    test_split: float = setting(
        0.0,
        "Fraction of the documents held out for a final test (`evaluate --test`); the "
        "run does not use them.",
        **_FRACTION,
    )
    calibration_split: float = setting(
        0.0,
        "Fraction of the training text reserved for temperature calibration, at most "
        "10,000 characters (Guo et al. 2017).",
        **_FRACTION,
    )
    counts: bool = setting(
        False,
        "Mix the n-gram counts of the training text into the predictions. The model "
        "file then contains the training text.",
    )
    patience: int = setting(
        5,
        "Number of epochs without a better validation loss before the run stops.",
        low=0,
        high=1_000_000,
    )
    save_every: float = setting(
        10.0, "Minutes between checkpoints within an epoch.", above=0, high=1_000_000
    )
    seed: int = setting(
        0,
        "Random seed of the weights, batches, dropout and samples.",
        low=0,
        high=2**32 - 1,
    )
    separator: str | None = setting(
        None,
        r"Text between two documents; \n, \t and \\ are escapes. "
        "[default: chosen by the text]",
    )
    documents: str | None = setting(
        None,
        "Unit that is learnt as a document, from an empty state to its end: line, "
        r"paragraph, file, or the text between two documents (\n, \t and \\ are "
        "escapes). [default: recognised]",
    )
    split: str | None = setting(
        None,
        "What is held out: the last part of the text, or documents that the seed "
        "draws. [default: documents for lists, records and texts between lines of "
        "marks, else last]",
        choices=SPLITS,
    )
    min_count: int = setting(
        1,
        "Minimum number of occurrences of a character or word; rarer ones are read as "
        "unknown.",
        low=1,
        high=_MAX_COUNT,
    )
    max_vocabulary: int | None = setting(
        None,
        "Keep only the N most frequent characters or words.",
        low=1,
        high=_MAX_COUNT,
    )
    normalise: str = setting(
        "NFC",
        "Unicode normalization form of the text and of prompts.",
        choices=FORMS,
    )
    repair: bool = setting(
        False, "Repair text that was decoded with the wrong encoding (needs ftfy)."
    )
    lowercase: bool = setting(False, "Convert the text and prompts to lower case.")
    strip_punctuation: bool = setting(
        False, "Remove punctuation from the text and prompts."
    )
    join_lines: bool = setting(False, "Replace line ends by spaces.")
    init_from: str | None = setting(
        None,
        "Start from the weights, sizes and vocabulary of this model: a file, or the "
        "name of a shipped model; none starts from random weights.",
    )
    sample_prompt: str | None = setting(
        None,
        r"Text that the samples continue; \n, \t and \\ are escapes. [default: a "
        "held-out line]",
    )
    sample_length: int = setting(
        200,
        "Number of characters of a sample; 0 writes no samples.",
        low=0,
        high=1_000_000,
    )
    jit_compile: bool | None = setting(
        None,
        "Compile the layers with XLA. False saves the compilation time of a small "
        "model; None compiles where that is faster.",
    )
    name: str | None = setting(
        None,
        "Name of the model file without .keras; None takes the name of the folder.",
    )
    samples: str = setting(
        "one",
        "Samples printed after each epoch: one, or one at each of four temperatures.",
        choices=SHOWN_SAMPLES,
    )

    def __post_init__(self) -> None:
        check_type("output", self.output, str, Path)
        object.__setattr__(self, "output", str(self.output))
        check(self)
        if self.documents is not None and self.separator is not None:
            raise InputError("Give `documents` or `separator`, not both.")
        if self.documents == "":
            raise InputError(
                "`documents` must be line, paragraph, file or the text between two "
                "documents, not an empty string."
            )
        if self.validation_split + self.test_split >= 1:
            raise InputError(
                "`validation_split` and `test_split` together must be below 1."
            )
        self._check_cut()
        self._check_level()
        if self.documents is not None and self.recurrent_activation != SIGMOID:
            raise InputError(
                "Documents need `recurrent_activation=sigmoid`, with which a layer can "
                "empty its state within a window; or give `split=last`."
            )
        if self.init_from is not None and not self.standard_gates:
            raise InputError(
                "`init_from` continues models with the standard gates: leave out "
                "`recurrent_activation` and `reset_after`."
            )
        name = self.name or "model"
        if name in (".", "..") or "\0" in name or PurePath(name).name != name:
            raise InputError(
                f"`name` must be a file name without folders, not {name!r}."
            )
        if self.folder.model in self.folder.checkpoints:
            raise InputError(
                "The output folder cannot be called 'checkpoint': rename it."
            )

    def _check_cut(self) -> None:
        if self.cut != WINDOWS:
            return
        if self.documents is not None or self.split == DOCUMENTS or self.test_split:
            raise InputError(
                "`cut=windows` is for running text: leave out `documents`, "
                "`split=documents` and `test_split`."
            )
        if self.state_reset:
            raise InputError(
                "`state_reset` is for `cut=streams`: with `cut=windows` every window "
                "begins with an empty state."
            )

    def _check_level(self) -> None:
        if self.vector_size and self.calibration_split:
            raise InputError(
                "`calibration_split` is for one-hot models of characters: leave it out "
                "with `level=word` or `one_hot=False`."
            )
        if self.level != WORD and self.tokens != TEXT:
            raise InputError("`tokens` is for models of words: give `level=word` too.")

    @property
    def vector_size(self) -> int:
        """Size of the vectors that a model reads and predicts with; 0 of one-hot."""
        return self.embedding if self.level == WORD or not self.one_hot else 0

    @property
    def standard_gates(self) -> bool:
        """Whether the gates are those of the shipped models."""
        return self.reset_after and self.recurrent_activation == SIGMOID

    @property
    def normalisation(self) -> dict[str, Any]:
        """The arguments of `normalise` for the text and the prompts."""
        return {name: getattr(self, name) for name in OPTIONS}

    @property
    def between(self) -> str | None:
        """What to put between files and records where the text is read, or None to
        choose it."""
        own = {"line": "", "paragraph": "\n\n", "file": END}
        if self.documents is None:
            return self.separator
        return own.get(self.documents, self.documents)

    @property
    def folder(self) -> RunFolder:
        """The folder of the run, with the paths of its files."""
        name = self.name or Path(os.path.realpath(self.output)).name
        return RunFolder(Path(self.output), name)


# For `help()`: every setting with its meaning, values and default.
TrainingSettings.__doc__ = (TrainingSettings.__doc__ or "").rstrip() + "".join(
    f"\n        {name}: {of.help}"
    + (f" Values {values}." if (values := of.range or ", ".join(of.choices)) else "")
    + f" Default {default!r}."
    for name, (_, default, of) in descriptions(TrainingSettings).items()
)
