"""The one file, read without TensorFlow: what a model is, knows and weighs.

A model file is an ordinary Keras archive: a zip with `config.json` (layers and, under
the key "gru_textgen", everything of ours), `metadata.json` and `model.weights.h5`.
It may come from a stranger: it is checked as data, and nothing in it is run.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.machine import check_memory
from gru_textgen.model_file.architecture import Architecture, read_architecture
from gru_textgen.model_file.container import (
    ARRAYS,
    CONFIG,
    METADATA,
    Archive,
    Unfit,
    Weights,
    opened,
)
from gru_textgen.model_file.limits import SIGMOID
from gru_textgen.model_file.schema import (
    CONFIG_KEY,
    FORMAT_VERSION,
    check_record,
    integer,
    parse,
    record,
    refuse_later_version,
)
from gru_textgen.text.documents import END, MARK
from gru_textgen.text.fingerprints import DTYPE
from gru_textgen.text.normalisation import OPTIONS
from gru_textgen.text.units import WORD
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary

COUNTS = "vars/counts"  # the text that was counted, among the arrays
FINGERPRINTS = "vars/fingerprints"  # of the documents of the text
_MAX_SLOTS = 4  # arrays that an optimizer keeps for each weight
_LARGEST_REST = 1 << 26  # bytes beside them: counts, fingerprints, HDF5's own
_PRODUCTS = 8  # bytes for each number of a matrix and its check


@dataclass(frozen=True)
class ModelInfo:
    """What a model file says of itself.

    Attributes:
        vocabulary: the characters, or the words, it knows.
        separator: what stood between two documents of its text, or "".
        settings: the training settings, as names and plain values.
        source: where the text came from: files, corpus name, encoding.
        sha256: of the text.
        figures: the epoch, losses and times of the training so far.
        versions: of Python and the packages that made it.
        text: what its text has shown: "longest_line" in characters, "loops", the
            longest runs of each period (`text.loops.longest_runs`); where it was
            learnt document by document, "documents", their number,
            "document_length", the median of their lengths in symbols, and
            "fingerprints", how many of those the file records; of a model of words,
            "characters" and "tokens", their numbers.
        counts: "order", "share" and "characters" of the counts that are mixed in, or
            nothing: see `Counts`.
        format_version: of this record.
    """

    vocabulary: Vocabulary | WordVocabulary
    separator: str = ""
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    source: dict[str, Any] = field(default_factory=dict[str, Any])
    sha256: str = ""
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    versions: dict[str, Any] = field(default_factory=dict[str, Any])
    text: dict[str, Any] = field(default_factory=dict[str, Any])
    counts: dict[str, Any] = field(default_factory=dict[str, Any])
    format_version: int = FORMAT_VERSION

    @property
    def normalisation(self) -> dict[str, Any]:
        """What was done to the model's own text, as options of `normalise`."""
        return {n: self.settings[n] for n in OPTIONS if n in self.settings}

    @property
    def reset_id(self) -> int | None:
        """The id of `separator`, before which the state is emptied, where the text was
        learnt document by document; else None."""
        if not self.text.get("documents"):
            return None
        return int(self.vocabulary.encode(self.separator)[0])

    @property
    def between(self) -> str:
        """What is printed between two documents."""
        return MARK if self.separator in ("", END) else self.separator

    def shown(self, text: str) -> str:
        """What the model has written, as it is printed."""
        return text.replace(END, MARK)

    def to_config(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        plain = asdict(replace(self, vocabulary=None))  # type: ignore[arg-type]
        plain["vocabulary"] = list(self.vocabulary.symbols)
        if isinstance(self.vocabulary, WordVocabulary):
            plain["words"] = self.vocabulary.record
        return plain

    def without_folders(self) -> "ModelInfo":
        """The same for a file that is shared: of files and folders only the names."""
        plain = {"settings": {**self.settings}, "source": {**self.source}}
        forget_folders(plain)
        return replace(self, settings=plain["settings"], source=plain["source"])

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ModelInfo":
        """The inverse of `to_config`.

        Raises:
            InputError: if the record is of a later format, or of no known one.
        """
        refuse_later_version(config)
        integer(config, "format_version", 1, FORMAT_VERSION)
        check_record(config)
        config = dict(config)
        symbols, words = config.pop("vocabulary"), config.pop("words", None)
        if not words:
            return cls(Vocabulary(symbols), **config)
        try:
            vocabulary = WordVocabulary.from_record(symbols, words)
        except InputError as error:
            raise Unfit("its vocabulary contains an entry that is not one token") from (
                error
            )
        return cls(vocabulary, **config)

    @property
    def level(self) -> str:
        """What the model predicts: "character" or "word"."""
        return self.vocabulary.level

    @property
    def per_character(self) -> float:
        """Tokens of the model's text for each character of it; 1 of characters."""
        characters, tokens = self.text.get("characters"), self.text.get("tokens")
        if self.level != WORD or not characters or not tokens:
            return 1.0
        return float(tokens / characters)

    @property
    def document_length(self) -> float | None:
        """Length of the documents of the model's text, in characters: the median, or in
        files of earlier versions the mean; None where the file does not tell."""
        if self.text.get("document_length"):
            return float(self.text["document_length"] / self.per_character)
        characters = self.text.get("characters", self.figures.get("learnt_characters"))
        documents = self.text.get("documents")
        if not documents or characters is None or not 0 < characters < 1e15:
            return None
        return float(characters / documents)

    def require_characters(self, what: str) -> None:
        """Refuse a model of words, for what serves characters only.

        Args:
            what: as the sentence names it, such as "`inspect`".
        """
        if self.level == WORD:
            raise InputError(
                f"{what} serves models of characters only, and this one predicts words."
            )


def forget_folders(record: dict[str, Any]) -> None:
    """Keep only the names of the files and folders in a record: where they lay is its
    maker's affair.

    Args:
        record: As `ModelInfo.to_config` gives it; it is changed.
    """
    settings, source = record.get("settings", {}), record.get("source", {})
    for name in {"output", "init_from"} & settings.keys():
        settings[name] = settings[name] and PurePath(settings[name]).name
    source.pop("corpus_dir", None)
    if "files" in source:
        source["files"] = [PurePath(file).name for file in source["files"]]


@dataclass(frozen=True)
class GRUArrays:
    """One layer's weights, float32, gate order z, r, h.

    Attributes:
        kernel: shape `(inputs, 3 * units)`, times the layer's input_scale.
        recurrent_kernel: shape `(units, 3 * units)`.
        input_bias, recurrent_bias: shape `(3 * units,)` each.
        reset_after: whether the reset gate applies after the recurrent product.
        recurrent_activation: of the gates, "sigmoid" or "hard_sigmoid".
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    input_bias: np.ndarray
    recurrent_bias: np.ndarray
    reset_after: bool
    recurrent_activation: str = SIGMOID

    @property
    def is_standard(self) -> bool:
        """Whether it is a layer as the shipped models have them."""
        return self.reset_after and self.recurrent_activation == SIGMOID

    @classmethod
    def from_weights(
        cls,
        weights: Sequence[Any],
        reset_after: bool,
        input_scale: float = 1.0,
        recurrent_activation: str = SIGMOID,
    ) -> "GRUArrays":
        """From the list that a GRU layer's `get_weights` gives, bias or no bias."""
        kernel, recurrent_kernel, *bias = (np.asarray(w, np.float32) for w in weights)
        with np.errstate(over="ignore"):  # of a stranger's weights
            kernel = kernel * np.float32(input_scale)
        zeros = np.zeros(kernel.shape[1], np.float32)
        biases = np.atleast_2d(bias[0]) if bias else zeros[None]
        recurrent_bias = biases[1] if len(biases) == 2 else zeros
        options = reset_after, recurrent_activation
        return cls(kernel, recurrent_kernel, biases[0], recurrent_bias, *options)

    def over(self, embedding: np.ndarray) -> "GRUArrays":
        """The same layer, reading ids instead of their embeddings.

        Args:
            embedding: shape `(vocab_size, inputs)`.
        """
        return replace(self, kernel=_product(embedding, self.kernel))


def tied_kernel(embedding: np.ndarray, projection: Sequence[np.ndarray]) -> np.ndarray:
    """The matrix to the logits of a model whose output is tied to its embedding.

    Args:
        embedding: shape `(vocab_size, size)`.
        projection: a matrix `(units, size)`, or nothing.

    Returns:
        Shape `(units, vocab_size)`.
    """
    kernel = np.ascontiguousarray(embedding.T)
    for matrix in projection:
        kernel = _product(matrix, kernel)
    return kernel


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """That of two matrices, infinite where a stranger's weights are too large."""
    with np.errstate(over="ignore", invalid="ignore"):
        return a @ b  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Counts:
    """What a model knows of its text by counting, see `inference.counted`.

    The text itself is kept, as ids: a byte a character (two, where there are more than
    256 symbols). The n-grams of all orders are counted from it when they are needed,
    which takes less time than reading them, and a tenth of the space.

    Attributes:
        ids: of the text that the model has learnt from, shape `(characters,)`.
        order: symbols of the longest n-gram.
        share: of the counts in what is predicted, from 0 to 1.
    """

    ids: np.ndarray
    order: int
    share: float

    def record(self) -> dict[str, Any]:
        """All but the ids, as `ModelInfo.counts` has it."""
        return {"order": self.order, "share": self.share, "characters": len(self.ids)}

    @classmethod
    def from_record(cls, ids: np.ndarray, record: dict[str, Any]) -> "Counts":
        """The inverse of `record`."""
        return cls(ids, record["order"], float(record["share"]))


@dataclass(frozen=True)
class Factors:
    """What the two matrices of a model with an embedding, that of the first layer and
    that to the logits, are products of. They are smaller than these by much.

    Attributes:
        embedding: shape `(vocab_size, size)`.
        kernel: of the first layer, `(size, 3 * units)`, times its input_scale.
        projection: shape `(units, size)`; None where the last layer has that size.
    """

    embedding: np.ndarray
    kernel: np.ndarray
    projection: np.ndarray | None

    def multiplied(self, first: GRUArrays) -> tuple[GRUArrays, np.ndarray]:
        """The first layer over ids, and the matrix to the logits.

        Args:
            first: the first layer; its kernel is not looked at.
        """
        projection = [] if self.projection is None else [self.projection]
        layer = replace(first, kernel=self.kernel).over(self.embedding)
        return layer, tied_kernel(self.embedding, projection)


@dataclass(frozen=True)
class ModelArrays:
    """All that writing needs: the GRU layers, and the matrix to the logits.

    Attributes:
        layers: in the order in which they are applied.
        kernel: shape `(units, vocab_size)`.
        bias: shape `(vocab_size,)`.
        factors: of a model with an embedding, whose products the first layer's kernel
            and `kernel` are.
        counts: of the model's text, if they are mixed in.
        reset_id: the id that begins a document, before which the state is emptied;
            None if the model's text was one text.
        fingerprints: the record of its documents, if there is one.
    """

    layers: list[GRUArrays]
    kernel: np.ndarray
    bias: np.ndarray
    counts: Counts | None = None
    reset_id: int | None = None
    fingerprints: np.ndarray | None = None
    factors: Factors | None = None


@dataclass(frozen=True)
class StoredModel:
    """A model file as it was read, all of it.

    Attributes:
        info: what it says of itself.
        architecture: its layers.
        weights: in the order of `get_weights`.
        optimizer: the optimizer's variables in order; none if it was not used or
            not asked for.
        counts: of the model's text, if they are mixed in.
        fingerprints: the record of its documents, if there is one.
    """

    info: ModelInfo
    architecture: Architecture
    weights: list[np.ndarray]
    optimizer: list[np.ndarray]
    counts: Counts | None = None
    fingerprints: np.ndarray | None = None


def read_info(path: str | Path) -> ModelInfo:
    """What the model file at `path` says of itself.

    Raises:
        InputError: if it is missing, or no model of ours.
    """
    with opened(path) as archive:
        return _read_config(archive)[0]


def read_model(path: str | Path) -> tuple[ModelInfo, ModelArrays]:
    """The model file at `path`, for the NumPy engine.

    Raises:
        InputError: if it is missing, or no model of ours.
    """
    stored = read_stored(path, optimizer=False)
    layers, weights = [], stored.weights
    embedding = stored.architecture.embedding
    table = None
    if embedding is not None:
        table, *weights = weights
    for layer in stored.architecture.grus():
        count = 2 + layer.use_bias
        own, weights = weights[:count], weights[count:]
        options = layer.reset_after, layer.input_scale, layer.recurrent_activation
        layers.append(GRUArrays.from_weights(own, *options))
    *projection, bias = weights
    factors = None
    if table is None:
        [kernel] = projection
    else:
        units = 3 * len(layers[0].recurrent_kernel) + len(layers[-1].recurrent_kernel)
        check_memory(
            f"Opening {path}",
            _PRODUCTS * len(table) * units,
            "open it on a larger machine",
        )
        projected = projection[0] if projection else None
        factors = Factors(table, layers[0].kernel, projected)
        layers[0], kernel = factors.multiplied(layers[0])
        if not (np.isfinite(layers[0].kernel).all() and np.isfinite(kernel).all()):
            raise InputError(f"{path} is damaged: its weights are too large.")
    more = stored.counts, stored.info.reset_id, stored.fingerprints, factors
    return stored.info, ModelArrays(layers, kernel, bias, *more)


def read_stored(path: str | Path, optimizer: bool = True) -> StoredModel:
    """The model file at `path`, whole, or without the state of its optimizer.

    Raises:
        InputError: if it is missing, or no model of ours.
    """
    with opened(path) as archive:
        info, architecture = _read_config(archive)
        archive.read(METADATA)  # says nothing of use, but must not be damaged
        with archive.weights() as file:
            weights = _read_weights(file, architecture)
            count = file.count("optimizer/vars") if optimizer else 0
            if count > 2 + _MAX_SLOTS * len(weights):
                raise Unfit("its optimizer has too many variables")
            shapes = {(), *(weight.shape for weight in weights)}
            names = [f"optimizer/vars/{i}" for i in range(count)]
            variables = [file.array(name, shapes) for name in names]
            counts = _read_counts(file, info)
            record = _read_fingerprints(file, info)
    return StoredModel(info, architecture, weights, variables, counts, record)


def read_config(data: bytes, size: int) -> tuple[ModelInfo, Architecture]:
    """What a `config.json` says.

    Args:
        data: its bytes.
        size: of the arrays that belong to it, in bytes.

    Raises:
        Unfit: if it is not that of a model of ours.
    """
    config = parse(data)
    info = ModelInfo.from_config(record(record(config, "config"), CONFIG_KEY))
    architecture = read_architecture(config, len(info.vocabulary))
    weights = sum(math.prod(shape) for shape in architecture.shapes().values())
    if 2 * weights > size:
        raise Unfit("it has fewer weights than its layers need")
    if size > _LARGEST_REST + 4 * (1 + _MAX_SLOTS) * weights:
        raise Unfit("it is larger than its layers need")
    return info, architecture


def _read_config(archive: Archive) -> tuple[ModelInfo, Architecture]:
    return read_config(archive.read(CONFIG), archive.sizes[ARRAYS])


def _read_weights(file: Weights, architecture: Architecture) -> list[np.ndarray]:
    shapes = architecture.shapes()
    weights = [file.array(name, [shape]) for name, shape in shapes.items()]
    if any(weight.dtype != np.float32 for weight in weights):
        raise Unfit("its weights are not float32")
    return weights


def _read_fingerprints(file: Weights, info: ModelInfo) -> np.ndarray | None:
    count = info.text.get("fingerprints")
    if not count:
        return None
    record = file.ids(FINGERPRINTS, count, DTYPE)
    if not (record[:-1] < record[1:]).all():
        raise Unfit("its record of documents is not sorted")
    return record


def _read_counts(file: Weights, info: ModelInfo) -> Counts | None:
    if not info.counts:
        return None
    vocab_size, order = len(info.vocabulary), info.counts["order"]
    if vocab_size**order > 1 << 64:  # an n-gram is a number of 64 bits
        raise Unfit("the order of its n-gram counts is too high for its vocabulary")
    ids = file.ids(COUNTS, info.counts["characters"], info.vocabulary.dtype)
    if ids.max() >= vocab_size:
        raise Unfit("its n-gram counts contain ids that are not in its vocabulary")
    return Counts.from_record(ids, info.counts)
