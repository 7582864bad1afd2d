"""The one file, read without TensorFlow: what a model is, knows and weighs.

A model file is an ordinary Keras archive: a zip with `config.json` (layers and, under
the key "gru_textgen", everything of ours), `metadata.json` and `model.weights.h5`.
"""

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import h5py
import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.vocabulary import Vocabulary

FORMAT_VERSION = 1
CONFIG_KEY = "gru_textgen"
_SILENT_LAYERS = ("InputLayer", "Dropout")  # they do nothing when a model writes
_STANDARD = {  # the only options that the engine knows
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "go_backwards": False,
}


@dataclass(frozen=True)
class ModelInfo:
    """What a model file says of itself.

    Attributes:
        vocabulary: the characters it knows.
        separator: what stood between two documents of its text, or "".
        settings: the training settings, as names and plain values.
        source: where the text came from: files, corpus name, encoding.
        sha256: of the text.
        figures: the epoch, losses and times of the training so far.
        versions: of Python and the packages that made it.
        format_version: of this record.
    """

    vocabulary: Vocabulary
    separator: str = ""
    settings: dict = field(default_factory=dict)
    source: dict = field(default_factory=dict)
    sha256: str = ""
    figures: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_config(self) -> dict:
        """As values that JSON can hold."""
        plain = asdict(replace(self, vocabulary=None))  # type: ignore[arg-type]
        return {**plain, "vocabulary": list(self.vocabulary.symbols)}

    @classmethod
    def from_config(cls, config: dict) -> "ModelInfo":
        """The inverse of `to_config`.

        Raises:
            InputError: if the record is of a later format.
        """
        if config["format_version"] > FORMAT_VERSION:
            raise InputError(
                "The model was made by a later version of gru_textgen: upgrade it."
            )
        return cls(**{**config, "vocabulary": Vocabulary(config["vocabulary"])})


@dataclass(frozen=True)
class GRUArrays:
    """One layer's weights, float32, gate order z, r, h.

    Attributes:
        kernel: shape `(inputs, 3 * units)`.
        recurrent_kernel: shape `(units, 3 * units)`.
        input_bias, recurrent_bias: shape `(3 * units,)` each.
        reset_after: whether the reset gate applies after the recurrent product.
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    input_bias: np.ndarray
    recurrent_bias: np.ndarray
    reset_after: bool

    @classmethod
    def from_weights(cls, weights: list, reset_after: bool) -> "GRUArrays":
        """From the list that a GRU layer's `get_weights` gives, bias or no bias."""
        kernel, recurrent_kernel, *bias = (np.asarray(w, np.float32) for w in weights)
        zeros = np.zeros(kernel.shape[1], np.float32)
        biases = np.atleast_2d(bias[0]) if bias else zeros[None]
        recurrent_bias = biases[1] if len(biases) == 2 else zeros
        return cls(kernel, recurrent_kernel, biases[0], recurrent_bias, reset_after)


@dataclass(frozen=True)
class ModelArrays:
    """All that writing needs: the GRU layers, and the matrix to the logits.

    Attributes:
        layers: in the order in which they are applied.
        kernel: shape `(units, symbols)`.
        bias: shape `(symbols,)`.
    """

    layers: list[GRUArrays]
    kernel: np.ndarray
    bias: np.ndarray


def read_info(path: str | Path) -> ModelInfo:
    """What the model file at `path` says of itself.

    Raises:
        InputError: if it is missing, or no model of ours.
    """
    with _opened(path) as archive:
        return ModelInfo.from_config(_read_config(archive)[CONFIG_KEY])


def read_model(path: str | Path) -> tuple[ModelInfo, ModelArrays]:
    """The model file at `path`, for the NumPy engine.

    Raises:
        InputError: if it is missing, or no model of ours.
    """
    with _opened(path) as archive:
        config = _read_config(archive)
        info = ModelInfo.from_config(config[CONFIG_KEY])
        weights = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(weights, "r") as file:
            arrays = _read_arrays(config["layers"], file["layers"])
    if arrays.kernel.shape[1] != len(info.vocabulary):
        raise InputError(f"{path}: its vocabulary and its weights differ in size.")
    return info, arrays


class _opened:
    """A context that opens the archive, and turns what is wrong with it into words."""

    def __init__(self, path: str | Path):
        self.path = path

    def __enter__(self) -> zipfile.ZipFile:
        if not Path(self.path).is_file():
            raise InputError(f"There is no model file {self.path}.")
        try:
            self.archive = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, OSError) as error:
            raise InputError(f"{self.path} is not a model file: {error}.") from error
        return self.archive

    def __exit__(self, kind, error, traceback):
        self.archive.close()
        broken = (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile)
        if isinstance(error, broken) and not isinstance(error, InputError):
            raise InputError(
                f"{self.path} is not a model of gru_textgen, or is damaged."
            ) from error


def _read_config(archive: zipfile.ZipFile) -> dict:
    return json.loads(archive.read("config.json"))["config"]


def _read_arrays(layers: list[dict], groups: h5py.Group) -> ModelArrays:
    """The weights, by Keras's names for the groups: gru, gru_1, …, dense."""
    grus: list[GRUArrays] = []
    dense = None
    for layer in layers:
        kind, config = layer["class_name"], layer["config"]
        if kind == "GRU":
            if any(config[name] != value for name, value in _STANDARD.items()):
                raise InputError("The model's GRU is not of the standard kind.")
            group = groups[f"gru_{len(grus)}" if grus else "gru"]["cell/vars"]
            weights = [group[str(i)][()] for i in range(len(group))]
            grus.append(GRUArrays.from_weights(weights, config["reset_after"]))
        elif kind == "Dense":
            group = groups["dense/vars"]
            dense = [np.asarray(group[name], np.float32) for name in ("0", "1")]
        elif kind not in _SILENT_LAYERS:
            raise InputError(f"The model has a layer {kind!r}, which cannot be read.")
    if not grus or dense is None:
        raise InputError("The model has no GRU layer, or no Dense layer after it.")
    return ModelArrays(grus, *dense)
