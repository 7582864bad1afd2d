"""A model as a TensorFlow SavedModel: a folder that needs this package no more.

The equations are traced in their plain form, a step at a time, as in `nn.cell`: no
compiled loop and no gradient of ours, so that TensorFlow can run and differentiate it
anywhere.
"""

import tempfile
from pathlib import Path

from gru_textgen.errors import InputError
from gru_textgen.export.record import RECORD, record_of, without_counts
from gru_textgen.files import folder_written_whole
from gru_textgen.model_file.limits import HARD_SIGMOID
from gru_textgen.model_file.reader import (
    GRUArrays,
    ModelArrays,
    ModelInfo,
    read_model,
)


def export_savedmodel(model_path: str | Path, output: str | Path) -> None:
    """Write a model file of ours as a SavedModel, described at `save`.

    Args:
        model_path: a model file.
        output: the new folder; an empty one will do.

    Raises:
        InputError: if there is no such model, or `check_output` raises it.
    """
    check_output(output)
    info, arrays = read_model(model_path)
    with folder_written_whole(output) as part:
        save(info, without_counts(arrays), part)


def check_output(output: str | Path) -> None:
    """Raise an InputError if something stands at `output`, but for an empty folder."""
    output = Path(output)
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise InputError(
            f"{output} already exists: remove it, or give another `output`."
        )


def save(info: ModelInfo, arrays: ModelArrays, folder: Path) -> None:
    """Save a model into a folder.

    Its one signature, `serving_default`, takes `ids`, int64 of shape `(batch, time)`,
    batch and time being any from 1, and for each layer i `state_i`, `(batch, units)`,
    zeros at the beginning of a text. It returns `logits`,
    `(batch, time, vocab_size)`, and
    for each layer `new_state_i`, to be given with the ids that follow. The asset
    `gru_textgen.json` holds the record of `export_record`.
    """
    import tensorflow as tf

    module = tf.Module()
    module.weights = tf.nest.map_structure(tf.Variable, _weights(arrays))
    if arrays.factors is not None:
        module.embedding = tf.Variable(arrays.factors.embedding)

    def run(ids, **states):
        outputs, new_states = tf.transpose(ids), {}
        if arrays.factors is not None:
            outputs = tf.gather(module.embedding, outputs)
        for i, layer in enumerate(arrays.layers):
            weights = module.weights[i]
            outputs = _layer(outputs, states[f"state_{i}"], weights, layer)
            new_states[f"new_state_{i}"] = outputs[-1]
        *matrices, bias = module.weights[-1]
        logits = tf.transpose(outputs, (1, 0, 2))
        for matrix in matrices:
            logits @= matrix
        if arrays.factors is not None:  # the output is tied to the embedding
            logits @= tf.transpose(module.embedding)
        logits += bias
        return {"logits": logits, **new_states}

    states = {
        f"state_{i}": tf.TensorSpec((None, len(layer.recurrent_kernel)), tf.float32)
        for i, layer in enumerate(arrays.layers)
    }
    ids = tf.TensorSpec((None, None), tf.int64)
    signature = tf.function(run).get_concrete_function(ids=ids, **states)
    with tempfile.TemporaryDirectory() as beside:
        record = Path(beside, f"{RECORD}.json")
        record.write_text(record_of(info), encoding="ascii")
        module.record = tf.saved_model.Asset(str(record))
        tf.saved_model.save(module, str(folder), signatures=signature)


def _weights(arrays: ModelArrays) -> list[list]:
    """Of each layer, and last the matrix and the bias of the logits. Beside an
    embedding, that matrix is the projection, or is missing."""
    layers = [
        [x.kernel, x.recurrent_kernel, x.input_bias, x.recurrent_bias]
        for x in arrays.layers
    ]
    if arrays.factors is None:
        return [*layers, [arrays.kernel, arrays.bias]]
    layers[0][0], projection = arrays.factors.kernel, arrays.factors.projection
    return [*layers, [*([] if projection is None else [projection]), arrays.bias]]


def _layer(inputs, state, weights, layer: GRUArrays):
    """The states of a layer after each step, `(time, batch, units)`.

    Args:
        inputs: ids of shape `(time, batch)`, their embeddings, or the states of the
            layer before.
        state: to begin with, `(batch, units)`.
        weights: W, U, b and b_2, gates in the order z, r, h.
        layer: what its activations are, and where its reset gate applies.
    """
    import tensorflow as tf

    W, U, b, recurrent_b = weights
    U_z, U_r, U_h = tf.split(U, 3, axis=1)
    b_z, b_r, b_h = tf.split(recurrent_b, 3)
    hard = layer.recurrent_activation == HARD_SIGMOID
    gate = (lambda a: tf.nn.relu6(a + 3) / 6) if hard else tf.sigmoid
    rows = tf.gather(W, inputs) if inputs.dtype.is_integer else inputs @ W

    def step(h, x):
        x_z, x_r, x_h = tf.split(x, 3, axis=1)
        z = gate(x_z + h @ U_z + b_z)
        r = gate(x_r + h @ U_r + b_r)
        if layer.reset_after:
            candidate = tf.tanh(x_h + r * (h @ U_h + b_h))
        else:
            candidate = tf.tanh(x_h + (r * h) @ U_h)
        return z * h + (1 - z) * candidate

    return tf.scan(step, rows + b, state)
