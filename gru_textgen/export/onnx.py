"""A model as an ONNX file, which any program of ONNX runs: a graph of its `GRU`.

ONNX's gates stand in Keras's order, z, r, h, and its z, too, is what is kept: only the
layout of the arrays differs (https://onnx.ai/onnx/operators/onnx__GRU.html).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.export.record import RECORD, record_of, without_counts
from gru_textgen.files import atomic_write, check_output, check_room
from gru_textgen.model_file.limits import SIGMOID
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo, read_model

if TYPE_CHECKING:
    import onnx

MAX_BYTES = (1 << 31) - (1 << 20)  # bytes: a file is one protobuf message, below 2 GiB


def export_onnx(model_path: str | Path, output: str | Path) -> None:
    """Write a model file of ours as one ONNX file, described at `onnx_model`.

    Args:
        model_path: a model file.
        output: the new file.

    Raises:
        InputError: if there is no such model, it is too large for an ONNX file, or the
            package onnx is not installed.
    """
    check_output(output)
    info, arrays = read_model(model_path)
    data = onnx_model(info, without_counts(arrays)).SerializeToString()
    check_room(output, len(data))
    with atomic_write(output) as part:
        part.write_bytes(data)


def onnx_model(info: ModelInfo, arrays: ModelArrays) -> "onnx.ModelProto":
    """The graph of a model, checked by ONNX's own checker.

    Its inputs are `ids`, int64 of shape `(batch, time)`, batch and time being any from
    1, and for each layer i `state_i`, `(batch, units)`, zeros at the beginning of a
    text. Its outputs are `logits`, `(batch, time, vocab_size)`, and for each layer
    `new_state_i`, to be given with the ids that follow. The metadata hold, under
    "gru_textgen", the record of `export_record`.

    Raises:
        InputError: if the model is too large for an ONNX file, or the package onnx is
            not installed.
    """
    try:
        import onnx
        import onnx.parser
    except ModuleNotFoundError as error:
        raise InputError(
            "An ONNX file needs the package onnx, which is not installed: "
            "pip install onnx."
        ) from error

    constants = dict(_constants(arrays))
    if sum(array.nbytes for array in constants.values()) > MAX_BYTES:
        raise InputError(
            "The model is larger than 2 GiB, the limit of an ONNX file: export it as a "
            "SavedModel."
        )
    model = onnx.parser.parse_model(_graph(arrays))
    for name, array in constants.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    onnx.helper.set_model_props(model, {RECORD: record_of(info)})
    onnx.checker.check_model(model, full_check=True)
    return model


def _graph(arrays: ModelArrays) -> str:
    """The graph in ONNX's text form, without the constants.

    Opset 14 is the first with this `GRU`: the older, the more programs can read it.
    Time comes first inside, for that is the one layout that all of these know.
    """
    layers = list(enumerate(arrays.layers))
    units = [len(layer.recurrent_kernel) for layer in arrays.layers]
    old = "".join(f", float[batch, {n}] state_{i}" for i, n in enumerate(units))
    new = "".join(f", float[batch, {n}] new_state_{i}" for i, n in enumerate(units))
    first = (
        "OneHot <axis = -1> (steps, symbols, off_on)"
        if _reads_one_hot(arrays)
        else "Gather (rows, steps)"
    )
    body = "".join(f"""
        before_{i} = Unsqueeze (state_{i}, first)
        all_{i}, last_{i} = GRU <
            hidden_size = {units[i]},
            linear_before_reset = {int(layer.reset_after)}{_activations(layer)}
        > (x_{i}, W_{i}, R_{i}, B_{i}, , before_{i})
        x_{i + 1} = Squeeze (all_{i}, second)
        new_state_{i} = Squeeze (last_{i}, first)""" for i, layer in layers)
    return f"""
    <ir_version: 7, opset_import: ["": 14], producer_name: "gru_textgen">
    gru_textgen (int64[batch, time] ids{old})
        => (float[batch, time, {len(arrays.bias)}] logits{new})
    {{
        steps = Transpose <perm = [1, 0]> (ids)
        x_0 = {first}{body}
        h = Transpose <perm = [1, 0, 2]> (x_{len(layers)}){_products(arrays)}
        logits = Add (products, bias)
    }}"""


def _products(arrays: ModelArrays) -> str:
    """The nodes from `h` to `products`."""
    if arrays.factors is None:
        return """
        products = MatMul (h, kernel)"""
    projected = "Identity (h)"
    if arrays.factors.projection is not None:
        projected = "MatMul (h, projection)"
    return f"""
        projected = {projected}
        tied = Transpose <perm = [1, 0]> (rows)
        products = MatMul (projected, tied)"""


def _activations(layer: GRUArrays) -> str:
    """The attributes of a `GRU` with hard gates: ONNX's default slope is 0.2."""
    if layer.recurrent_activation == SIGMOID:
        return ""
    slope, middle = np.float32(1 / 6), 0.5
    return (
        ', activations = ["HardSigmoid", "Tanh"], '
        f"activation_alpha = [{slope}], activation_beta = [{middle}]"
    )


def _constants(arrays: ModelArrays) -> Iterator[tuple[str, np.ndarray]]:
    """What the graph names and does not compute."""
    yield "first", np.array([0])
    yield "second", np.array([1])
    kernels = [layer.kernel for layer in arrays.layers]
    factors = arrays.factors
    if factors is not None:
        yield "rows", factors.embedding
        kernels[0] = factors.kernel
    elif _reads_one_hot(arrays):
        yield "symbols", np.array(len(kernels[0]))
        yield "off_on", np.array([0, 1], np.float32)
    else:
        yield "rows", kernels[0]
        kernels[0] = np.eye(kernels[0].shape[1], dtype=np.float32)
    for i, (layer, kernel) in enumerate(zip(arrays.layers, kernels)):
        yield f"W_{i}", np.ascontiguousarray(kernel.T[None])
        yield f"R_{i}", np.ascontiguousarray(layer.recurrent_kernel.T[None])
        biases = np.concatenate([layer.input_bias, layer.recurrent_bias])
        yield f"B_{i}", biases[None]
    if factors is None:
        yield "kernel", arrays.kernel
    elif factors.projection is not None:
        yield "projection", factors.projection
    yield "bias", arrays.bias


def _reads_one_hot(arrays: ModelArrays) -> bool:
    """Whether the first layer's `GRU` is given one-hot vectors.

    It always makes a product with its input. Where symbols are many, that with an
    identity is the smaller one, and the input then the rows themselves. An embedding
    has rows of its own.
    """
    vocab_size, gates = arrays.layers[0].kernel.shape
    return arrays.factors is None and vocab_size <= gates
