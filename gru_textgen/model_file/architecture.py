"""What a model file's configuration comes to: a few layers, as plain numbers.

`nn.model` builds the Keras model from them, and `reader` knows from them which
arrays there must be, of which shapes.
"""

from dataclasses import dataclass
from typing import Any

from gru_textgen.model_file.container import Unfit, shown
from gru_textgen.model_file.limits import (
    GATES,
    MAX_LAYERS,
    MAX_SYMBOLS,
    MAX_UNITS,
    SIGMOID,
)
from gru_textgen.model_file.schema import boolean, integer, number, record

_MAX_STEPS = (1 << 31) - 1
_ACCUMULATED = "gradient_accumulation_steps"
_SCALES = (1e-6, 1e6)  # of inputs
_ABSENT = ("regularizer", "constraint")
_STANDARD_GRU = {  # what the engine knows, and `build_model` builds
    "activation": "tanh",
    "go_backwards": False,
    "return_sequences": True,
    "return_state": False,
    "stateful": False,
    "unroll": False,
}
_STANDARD_DENSE = {"activation": "linear", "use_bias": True}


@dataclass(frozen=True)
class GRUShape:
    """A GRU layer; its attributes are its constructor's arguments."""

    units: int
    use_bias: bool
    reset_after: bool
    dropout: float
    recurrent_dropout: float
    weight_dropout: float
    input_scale: float
    jit_compile: bool | None
    recurrent_activation: str

    def shapes(self, inputs: int) -> list[tuple[int, ...]]:
        """Of its weights, in the order of `get_weights`."""
        wide = 3 * self.units
        bias: tuple[int, ...] = (2, wide) if self.reset_after else (wide,)
        return [(inputs, wide), (self.units, wide), *([bias] * self.use_bias)]


@dataclass(frozen=True)
class EmbeddingShape:
    """The embedding of the ids, to which the output is tied; its attributes are its
    constructor's arguments."""

    vocabulary_size: int
    size: int
    dropout: float


@dataclass(frozen=True)
class Compilation:
    """How a model was compiled.

    Attributes:
        optimizer: one of `settings.OPTIMIZERS`.
        learning_rate: a number, or the arguments of Keras's `CosineDecay`.
        clip_norm: largest norm of all gradients together, or None.
        accumulate: batches whose gradients are averaged for an update.
    """

    optimizer: str
    learning_rate: float | dict[str, Any]
    clip_norm: float | None
    accumulate: int = 1


@dataclass(frozen=True)
class Architecture:
    """What a model is made of.

    Attributes:
        vocab_size: number of ids that it tells apart.
        layers: in order: GRU layers, and as numbers the rates of dropout layers.
        compilation: None if it was not compiled.
        embedding: of a model of words; None where the first layer reads ids.
    """

    vocab_size: int
    layers: tuple[GRUShape | float, ...]
    compilation: Compilation | None
    embedding: EmbeddingShape | None = None

    def grus(self) -> list[GRUShape]:
        """The GRU layers in order."""
        return [layer for layer in self.layers if isinstance(layer, GRUShape)]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every weight in the order of `get_weights`, by its name in the file."""
        shapes: dict[str, tuple[int, ...]] = {}
        inputs, embedding = self.vocab_size, self.embedding
        if embedding is not None:
            inputs = embedding.size
            shapes["layers/embedding/vars/0"] = self.vocab_size, inputs
        for i, layer in enumerate(self.grus()):
            group = f"layers/gru_{i}/cell/vars" if i else "layers/gru/cell/vars"
            for j, shape in enumerate(layer.shapes(inputs)):
                shapes[f"{group}/{j}"] = shape
            inputs = layer.units
        if embedding is not None:
            sizes = [] if inputs == embedding.size else [(inputs, embedding.size)]
            tied = enumerate([*sizes, (self.vocab_size,)])
            return {**shapes, **{f"layers/tied_dense/vars/{j}": s for j, s in tied}}
        last = {"0": (inputs, self.vocab_size), "1": (self.vocab_size,)}
        return {**shapes, **{f"layers/dense/vars/{j}": s for j, s in last.items()}}


def read_architecture(config: dict[str, Any], vocab_size: int) -> Architecture:
    """The layers in a parsed `config.json`, of a model that tells so many ids apart.

    Raises:
        Unfit: for any layer or option that a model of ours has not.
    """
    if config.get("class_name") != "TextModel":
        raise Unfit("it is not a TextModel")
    layers = record(config, "config").get("layers")
    if not isinstance(layers, list) or not 3 <= len(layers) <= MAX_LAYERS:
        raise Unfit(f"it has fewer than 3 or more than {MAX_LAYERS} layers")
    kinds = [record({"layer": x}, "layer").get("class_name") for x in layers]
    embedding = None
    if kinds[1] == "Embedding":
        embedding = _embedding(record(layers[1], "config"), vocab_size)
        kinds, layers = [kinds[0], *kinds[2:]], [layers[0], *layers[2:]]
    last = "Dense" if embedding is None else "TiedDense"
    if kinds[:2] != ["InputLayer", "GRU"] or kinds[-1] != last:
        raise Unfit(f"its layers are not GRU layers followed by one {last} layer")
    found: list[GRUShape | float] = []
    for kind, layer in zip(kinds[1:-1], layers[1:-1]):
        inner = record(layer, "config")
        if kind == "GRU":
            own = None if found or embedding is not None else vocab_size
            found.append(_gru(inner, own))
        elif kind == "Dropout":
            found.append(number(inner, "rate", 0, 1))
        else:
            raise Unfit(f"it has a layer {shown(kind)} between its GRU layers")
    output, compilation = record(layers[-1], "config"), _compilation(config)
    if embedding is None:
        _check_dense(output, vocab_size)
    return Architecture(vocab_size, tuple(found), compilation, embedding)


def _embedding(config: dict[str, Any], vocab_size: int) -> EmbeddingShape:
    if integer(config, "vocabulary_size", 1, MAX_SYMBOLS + 1) != vocab_size:
        raise Unfit("its vocabulary and its embedding differ in size")
    dropout = number(config, "dropout", 0, 1)
    if dropout == 1:  # of which nothing would be left
        raise Unfit("the dropout of its embedding is not below 1")
    return EmbeddingShape(vocab_size, integer(config, "size", 1, MAX_UNITS), dropout)


def _gru(config: dict[str, Any], vocabulary_size: int | None) -> GRUShape:
    found = config.get("recurrent_activation")
    of_gates = found if found in GATES else SIGMOID
    own = {"vocabulary_size": vocabulary_size, "recurrent_activation": of_gates}
    _check_standard(config, {**_STANDARD_GRU, **own}, "GRU")
    weight_dropout = number({"weight_dropout": 0.0, **config}, "weight_dropout", 0, 1)
    if weight_dropout == 1:  # of which nothing would be left
        raise Unfit("its weight_dropout is not below 1")
    return GRUShape(
        integer(config, "units", 1, MAX_UNITS),
        boolean(config, "use_bias"),
        boolean(config, "reset_after"),
        number(config, "dropout", 0, 1),
        number(config, "recurrent_dropout", 0, 1),
        weight_dropout,
        number({"input_scale": 1.0, **config}, "input_scale", *_SCALES),
        None if config.get("jit_compile") is None else boolean(config, "jit_compile"),
        of_gates,
    )


def _check_dense(config: dict[str, Any], vocab_size: int) -> None:
    if integer(config, "units", 1, MAX_SYMBOLS + 1) != vocab_size:
        raise Unfit("its vocabulary and its output layer differ in size")
    _check_standard(config, _STANDARD_DENSE, "Dense")


def _check_standard(
    config: dict[str, Any], standard: dict[str, Any], kind: str
) -> None:
    absent = {name: None for name in config if name.endswith(_ABSENT)}
    for name, value in {**absent, **standard}.items():
        found = config.get(name)
        if type(found) is not type(value) or found != value:
            raise Unfit(
                f"its {kind} layer has the unsupported option {name}={shown(found)}"
            )


def _compilation(config: dict[str, Any]) -> Compilation | None:
    if config.get("compile_config") in (None, {}):
        return None
    compiled = record(config, "compile_config")
    loss = record(compiled, "loss")
    if loss.get("class_name") != "SparseCategoricalCrossentropy" or not boolean(
        record(loss, "config"), "from_logits"
    ):
        raise Unfit("its loss is not sparse categorical cross-entropy of logits")
    optimizer = record(compiled, "optimizer")
    if optimizer.get("module") != "keras.optimizers":
        raise Unfit("its optimizer is not one of Keras")
    inner = record(optimizer, "config")
    rate = inner.get("learning_rate")
    clip = inner.get("global_clipnorm")
    several = inner.get(_ACCUMULATED)
    return Compilation(
        optimizer["class_name"].lower(),
        _cosine(rate) if isinstance(rate, dict) else number(inner, "learning_rate", 0),
        None if clip is None else number(inner, "global_clipnorm", 0),
        1 if several is None else integer(inner, _ACCUMULATED, 2, _MAX_STEPS),
    )


def _cosine(schedule: dict[str, Any]) -> dict[str, Any]:
    if schedule.get("class_name") != "CosineDecay":
        raise Unfit("its learning rate schedule is not CosineDecay")
    config = record(schedule, "config")
    target = config.get("warmup_target")
    return {
        "initial_learning_rate": number(config, "initial_learning_rate", 0),
        "decay_steps": integer(config, "decay_steps", 1, _MAX_STEPS),
        "alpha": number(config, "alpha", 0),
        "warmup_target": None if target is None else number(config, "warmup_target", 0),
        "warmup_steps": integer(config, "warmup_steps", 0, _MAX_STEPS),
    }
