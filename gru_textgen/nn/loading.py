"""Models from files of ours: the layers are built here, from numbers that were checked.

Keras reads nothing of such a file, which may come from a stranger.
"""

import json
import math
from pathlib import Path

import keras
import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.model_file.architecture import GRUShape
from gru_textgen.model_file.container import ARRAYS, CONFIG, MAX_BYTES, Unfit
from gru_textgen.model_file.reader import (
    ModelArrays,
    StoredModel,
    read_config,
    read_stored,
)
from gru_textgen.nn.embedding import Embedding, TiedDense
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.model import TextModel, compile_model

_REST = 1 << 25  # bytes of a checkpoint beside its arrays, at most


def load_model(path: str | Path) -> TextModel:
    """The Keras model in a file of ours, compiled as it was.

    Args:
        path: of the file; a shipped model has a file too, see `find_weights`.

    Returns:
        The model. Its `info` has the vocabulary and the settings of its training.

    Raises:
        InputError: if the file is missing, or no model of ours.

    Example:
        >>> import numpy as np
        >>> from gru_textgen import load_model
        >>> from gru_textgen.model_file.shipped import find_weights
        >>> model = load_model(find_weights("verse"))
        >>> ids = model.info.vocabulary.encode("The sea")
        >>> logits = model(np.array([ids]))
        >>> logits.shape == (1, 7, len(model.info.vocabulary))
        True
    """
    stored = read_stored(path)
    model = _build_stored(stored)
    model.counts, model.fingerprints = stored.counts, stored.fingerprints
    compilation = stored.architecture.compilation
    if compilation is not None:
        rate = compilation.learning_rate
        if isinstance(rate, dict):
            rate = keras.optimizers.schedules.CosineDecay(**rate)
        how = rate, compilation.clip_norm, compilation.accumulate
        compile_model(model, compilation.optimizer, *how)
    _assign(model, stored, path)
    return model


def load_training_state(model: TextModel, path: str | Path) -> None:
    """Give a compiled model the weights in a file of ours, and its optimizer the state.

    Raises:
        InputError: if the file is missing, no model of ours, or one of other layers or
            another optimizer.
    """
    stored = read_stored(path)
    model.fingerprints = stored.fingerprints
    _assign(model, stored, path)


def check_opens(model: TextModel) -> None:
    """Refuse, before it has learnt anything, a compiled model whose file would be one
    that cannot be opened.

    Raises:
        InputError: if it is too large, or something of it too long.
    """
    model.optimizer.build(model.trainable_variables)
    config = json.dumps(keras.saving.serialize_keras_object(model)).encode()
    variables = [*model.weights, *model.optimizer.variables]
    size = 4 * sum(math.prod(variable.shape) for variable in variables)
    try:
        read_config(config, size)
        for name, bytes_of_it in ((CONFIG, len(config)), (ARRAYS, size + _REST)):
            if bytes_of_it > MAX_BYTES[name]:
                raise Unfit(f"its {name} is too large")
    except Unfit as error:
        raise InputError(
            f"A model with these settings could not be opened again: {error}."
        ) from error


def _build_stored(stored: StoredModel) -> TextModel:
    """The layers of a file, under the names that its arrays have there."""
    model = TextModel(info=stored.info, name="text_model")
    model.add(keras.Input(batch_shape=(None, None), dtype="int32"))
    vocab_size: int | None = stored.architecture.vocab_size
    embedding = stored.architecture.embedding
    if embedding is not None:
        model.add(Embedding(**vars(embedding), name="embedding"))
        vocab_size = None
    grus = dropouts = 0
    for layer in stored.architecture.layers:
        if isinstance(layer, GRUShape):
            name = f"gru_{grus}" if grus else "gru"
            grus += 1
            built = GRU(
                **vars(layer),
                return_sequences=True,
                vocabulary_size=vocab_size,
                name=name,
            )
            vocab_size = None  # only the first reads ids
        else:
            name = f"dropout_{dropouts}" if dropouts else "dropout"
            dropouts += 1
            built = keras.layers.Dropout(layer, name=name)
        model.add(built)
    if embedding is not None:
        model.add(TiedDense(name="tied_dense"))
        return model
    model.add(keras.layers.Dense(stored.architecture.vocab_size, name="dense"))
    return model


def _assign(model: TextModel, stored: StoredModel, path: str | Path) -> None:
    """Copy in the weights and, of a compiled model, the optimizer's variables."""
    pairs = [(model.weights, stored.weights)]
    if model.compiled:
        model.optimizer.build(model.trainable_variables)
        if stored.optimizer and stored.optimizer[0].any():  # it has taken steps
            pairs.append((model.optimizer.variables, stored.optimizer))
    for variables, values in pairs:
        ours = [(tuple(v.shape), v.dtype) for v in variables]
        if ours != [(value.shape, value.dtype.name) for value in values]:
            raise InputError(
                f"{path} cannot be loaded: the weights do not match its layers."
            )
    for variables, values in pairs:
        for variable, value in zip(variables, values):
            variable.assign(value)


def inherit_embedded(model, weights: list[np.ndarray]) -> None:
    """As `inherit`, of models with an embedding.

    Args:
        model: of the same layers, and a vector of the same size for each symbol.
        weights: of the other, in the order of `get_weights`.
    """
    table, *_, bias = model.get_weights()
    old, known = weights[-1], len(weights[-1])
    table[:known], bias[:known], bias[known:] = weights[0], old, old.min()
    model.set_weights([table, *weights[1:-1], bias])


def inherit(model, arrays: ModelArrays) -> None:
    """Give a new model the weights of another, whose symbols are the first of its own.

    New symbols keep the rows and columns that they were built with, and the smallest
    bias of the old: what was never written before is not to be likely at once.

    Args:
        model: of as many layers of the same units, with reset_after.
        arrays: the weights.
    """
    known = len(arrays.bias)
    for layer, old in zip(model.gru_layers(), arrays.layers, strict=True):
        kernel, _, bias = layer.get_weights()
        kernel[: len(old.kernel)] = old.kernel / layer.cell.input_scale
        bias[:] = old.input_bias, old.recurrent_bias
        layer.set_weights([kernel, old.recurrent_kernel, bias])
    kernel, bias = model.layers[-1].get_weights()
    kernel[:, :known], bias[:known], bias[known:] = (
        arrays.kernel,
        arrays.bias,
        arrays.bias.min(),
    )
    model.layers[-1].set_weights([kernel, bias])
