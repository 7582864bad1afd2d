"""The weights of a Keras model for the engine, if it is one that the engine can run.

The engine runs GRU layers of this package, the first of which reads ids, and one Dense
to the logits. Any other layer is refused by its name, for without it the engine would
write with another model than the one that was trained. Keras is not imported: a model
that is given here brings it.
"""

from typing import Any

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.model_file.limits import GATES
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, tied_kernel

_RUNS = (
    "the engine runs GRU layers of gru_textgen, the first with a vocabulary_size, "
    "followed by one Dense layer"
)
_GRU = {
    "activation": "tanh",
    "go_backwards": False,
    "return_sequences": True,
    "return_state": False,
}
# Softmax changes no probability: the engine's logits are what it was applied to.
_ACTIVATIONS = ("linear", "softmax")
_IN_TRAINING_ONLY = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
)


def model_arrays(model: Any) -> ModelArrays:
    """A copy of a Keras model's weights, for the engine.

    Args:
        model: a `keras.Sequential` of GRU layers of this package and one `Dense`;
            between them may stand what works in training only, such as `Dropout`.

    Returns:
        The weights; of a `Dense` with softmax, those of the logits before it.

    Raises:
        InputError: for a model, a layer or an option of one that the engine cannot
            run; it names the layer.
    """
    _check_sequential(model)
    layers = [
        x for x in model.layers if _kind(x) not in _of("keras", *_IN_TRAINING_ONLY)
    ]
    if not layers:
        raise InputError(f"The model has no layers: {_RUNS}.")
    *recurrent, output = layers
    table = None
    if _kind(layers[0]) == ("gru_textgen", "Embedding"):
        table, recurrent = np.asarray(layers[0].table, np.float32), layers[1:-1]
    for layer in recurrent:
        _check_gru(layer, first=table is None and layer is recurrent[0])
    if table is None or _kind(output) != ("gru_textgen", "TiedDense"):
        _check_dense(output)
    if not recurrent:
        raise _refused(output, "has no GRU layer before it")
    arrays = [
        GRUArrays.from_weights(
            x.get_weights(),
            x.reset_after,
            x.input_scale,
            x.get_config()["recurrent_activation"],
        )
        for x in recurrent
    ]
    weights = [np.asarray(w, np.float32) for w in output.get_weights()]
    if table is not None:
        *projection, last = weights
        arrays[0] = arrays[0].over(table)
        weights = [tied_kernel(table, projection), last]
    kernel, *bias = weights
    if kernel.shape[1] != len(arrays[0].kernel):
        raise _refused(
            output,
            f"has {kernel.shape[1]} outputs, but the first layer has a vocabulary_size "
            f"of {len(arrays[0].kernel)}",
        )
    zeros = np.zeros(kernel.shape[1], np.float32)
    reset_id = getattr(model, "reset_id", None)
    return ModelArrays(arrays, kernel, bias[0] if bias else zeros, reset_id=reset_id)


def _check_sequential(model: Any) -> None:
    bases: list[Any] = [x for x in type(model).__mro__ if x.__name__ == "Sequential"]
    bases = [x for x in bases if _root(x) == "keras"]
    ours = _kind(model) == ("gru_textgen", "TextModel")  # a Sequential that resets
    if not bases or not ours and type(model).call is not bases[0].call:
        raise InputError(
            f"A {type(model).__name__} is not a keras.Sequential: {_RUNS}, in a "
            "Sequential."
        )
    if not model.built:
        raise InputError(
            "The model has no weights yet: start it with keras.Input((None,), "
            "dtype='int32'), or call it once."
        )


def _check_gru(layer: Any, first: bool) -> None:
    if _kind(layer) != ("gru_textgen", "GRU"):
        raise _refused(layer, f"is of the class {type(layer).__name__}")
    config = layer.get_config()
    for name, value in _GRU.items():
        if config[name] != value:
            raise _refused(layer, f"has {name}={config[name]!r}, not {value!r}")
    of_gates = config["recurrent_activation"]
    if of_gates not in GATES:
        known = " or ".join(map(repr, GATES))
        raise _refused(layer, f"has recurrent_activation={of_gates!r}, not {known}")
    if first and layer.vocabulary_size is None:
        raise _refused(layer, "is the first, but has no vocabulary_size")


def _check_dense(layer: Any) -> None:
    if _kind(layer) != ("keras", "Dense"):
        raise _refused(layer, f"is the last, but of the class {type(layer).__name__}")
    activation = layer.get_config()["activation"]
    if activation not in _ACTIVATIONS:
        raise _refused(
            layer, f"has activation={activation!r}, not 'linear' or 'softmax'"
        )
    if layer.quantization_mode is not None:
        raise _refused(layer, f"is quantized to {layer.quantization_mode}")
    if layer.lora_enabled:
        raise _refused(layer, "has LoRA enabled")


def _refused(layer: Any, why: str) -> InputError:
    return InputError(f"The layer {layer.name!r} {why}: {_RUNS}.")


def _kind(layer: Any) -> tuple[str, str]:
    """The root package of a layer's class, and the name of the class. (A subclass may
    compute something else.)"""
    return _root(type(layer)), type(layer).__name__


def _of(root: str, *names: str) -> list[tuple[str, str]]:
    return [(root, name) for name in names]


def _root(kind: type) -> str:
    return kind.__module__.partition(".")[0]
