"""The configuration that Keras writes for a model of ours, written without Keras."""

from collections.abc import Sequence
from typing import Any

from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.model_file.schema import CONFIG_KEY

_ABSENT = ("regularizer", "constraint")


def configuration(info: ModelInfo, units: Sequence[int]) -> dict[str, Any]:
    """What `config.json` holds of a model that was not compiled.

    Args:
        info: of the model.
        units: of each GRU layer, all with `reset_after` and without dropout.
    """
    ids = len(info.vocabulary)
    grus = [_gru(i, n, None if i else ids) for i, n in enumerate(units)]
    layers = [_input(), *grus, _dense(ids)]
    own = {**_named("text_model"), "layers": layers, CONFIG_KEY: info.to_config()}
    return {
        **_object("gru_textgen.nn.model", "TextModel", own, "gru_textgen>TextModel"),
        "build_config": {"input_shape": [None, None]},
        "compile_config": {},
    }


def weight_count(units: Sequence[int], symbols: int, embedding: int = 0) -> int:
    """Number of weights of a model with `reset_after`, biases included.

    Args:
        units: of each GRU layer.
        symbols: that the model tells apart.
        embedding: size of the vector of a word, to which the output is tied; 0 of a
            model of characters.
    """
    layers = zip([embedding or symbols, *units], units)
    weights = sum(3 * n * (m + n + 2) for m, n in layers)
    if not embedding:
        return weights + symbols * (units[-1] + 1)
    projection = 0 if units[-1] == embedding else units[-1] * embedding
    return weights + projection + symbols * (embedding + 1)


def _object(
    module: str, name: str, config: dict[str, Any], registered: str | None = None
) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": registered,
    }


def _named(name: str) -> dict[str, Any]:
    dtype = _object("keras", "DTypePolicy", {"name": "float32"})
    return {"name": name, "trainable": True, "dtype": dtype}


def _initializers(**kinds: str) -> dict[str, Any]:
    glorot = {"seed": None, "input_axes": None, "output_axes": None}
    return {
        f"{weights}_initializer": _object(
            "keras.initializers", kind, {} if kind == "Zeros" else glorot
        )
        for weights, kind in kinds.items()
    }


def _without(*weights: str) -> dict[str, None]:
    """No regularizer and no constraint of so named weights."""
    return {f"{name}_{kind}": None for name in weights for kind in _ABSENT}


def _input() -> dict[str, Any]:
    config = {
        "batch_shape": [None, None],
        "dtype": "int32",
        "sparse": False,
        "ragged": False,
        "name": "input_layer",
        "optional": False,
    }
    return _object("keras.layers", "InputLayer", config)


def _gru(i: int, units: int, vocabulary_size: int | None) -> dict[str, Any]:
    config = {
        **_named(f"gru_{i}" if i else "gru"),
        "return_sequences": True,
        "return_state": False,
        "go_backwards": False,
        "stateful": False,
        "unroll": False,
        "zero_output_for_mask": False,
        "units": units,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "use_bias": True,
        **_initializers(
            kernel="GlorotUniform", recurrent="GlorotUniform", bias="Zeros"
        ),
        **_without("kernel", "recurrent", "bias"),
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        "reset_after": True,
        "seed": None,
        "vocabulary_size": vocabulary_size,
        "weight_dropout": 0.0,
        "input_scale": 1.0,
        "activity_regularizer": None,
        "jit_compile": None,
    }
    return _object("gru_textgen.nn.gru", "GRU", config, "gru_textgen>GRU")


def _dense(units: int) -> dict[str, Any]:
    config = {
        **_named("dense"),
        "units": units,
        "activation": "linear",
        "use_bias": True,
        **_initializers(kernel="GlorotUniform", bias="Zeros"),
        **_without("kernel", "bias"),
        "quantization_config": None,
    }
    return _object("keras.layers", "Dense", config)
