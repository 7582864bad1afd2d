"""A GRU over a sequence by NVIDIA's cuDNN, on a GPU.

cuDNN computes equation (1) of `kernel` and its gradients in a few launches, where a
loop has some for every step. It has one form of input: features times a kernel. The
rows of the kernel that ids pick are therefore its features, and the identity is its
kernel.
"""

import tensorflow as tf

from gru_textgen.nn.projection import project

_TYPES = ("float16", "float32", "float64")  # that the operation knows


def cudnn_applies(dtype: str) -> bool:
    """Whether this machine has a GPU with cuDNN, which computes in such a type."""
    built = tf.sysconfig.get_build_info().get("is_cuda_build", False)
    return built and dtype in _TYPES and bool(tf.config.list_logical_devices("GPU"))


def cudnn_sequence(
    inputs,
    initial_state,
    kernel,
    recurrent_kernel,
    bias=None,
    recurrent_bias=None,
    mask=None,
    dtype="float32",
):
    """All states of a GRU with `reset_after` over a sequence. Not differentiable twice.

    Args:
        inputs: as for `gru_sequence`.
        initial_state: shape `(batch, units)`.
        kernel: as for `gru_sequence`.
        recurrent_kernel: shape `(units, 3 * units)`.
        bias: shape `(3 * units,)`, or None.
        recurrent_bias: shape `(3 * units,)`, or None.
        mask: booleans of shape `(batch, time)` that are `right_padded`, or None.
        dtype: name of the type in which cuDNN computes.

    Returns:
        The state after each step, shape `(batch, time, units)`, of the type `dtype`.
    """
    gates = recurrent_kernel.shape[1]
    if kernel is not None and inputs.dtype.is_integer:
        inputs, kernel = project(inputs, kernel), None
    elif kernel is None and bias is not None:
        bias = None  # the inputs have it
    if kernel is None:
        kernel = tf.eye(gates, dtype=recurrent_kernel.dtype)
    weights = kernel, recurrent_kernel, bias, recurrent_bias
    shape = tf.shape(inputs)
    lengths = tf.fill(shape[:1], shape[1])
    if mask is not None:
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
    outputs, *_ = tf.raw_ops.CudnnRNNV3(
        input=tf.cast(inputs, dtype),
        input_h=tf.cast(initial_state, dtype)[:, tf.newaxis],
        input_c=tf.zeros((), dtype),
        params=tf.cast(cudnn_parameters(*weights), dtype),
        sequence_lengths=lengths,
        rnn_mode="gru",
        is_training=True,
        time_major=False,
    )
    if mask is not None:  # where cuDNN has zeros, the last state stays
        last = tf.gather(outputs, lengths - 1, batch_dims=1)
        outputs = tf.where(mask[..., tf.newaxis], outputs, last[:, tf.newaxis])
    outputs.set_shape((*inputs.shape[:2], gates // 3))
    return outputs


def cudnn_parameters(kernel, recurrent_kernel, bias=None, recurrent_bias=None):
    """The weights in one vector, as cuDNN lays them out: the matrices of the input,
    those of the state, then their biases, each for the gates r, z and h, a matrix with
    a row for each unit.

    Args:
        kernel: shape `(features, 3 * units)`, gates in the order z, r, h.
        recurrent_kernel: shape `(units, 3 * units)`.
        bias: shape `(3 * units,)`, or None.
        recurrent_bias: shape `(3 * units,)`, or None.

    Returns:
        Shape `(3 * units * (features + units + 2),)`.
    """
    none = tf.zeros(recurrent_kernel.shape[1:], recurrent_kernel.dtype)
    parts = []
    for weight in (kernel, recurrent_kernel, bias, recurrent_bias):
        z, r, h = tf.split(none if weight is None else weight, 3, axis=-1)
        parts += [tf.reshape(tf.transpose(gate), (-1,)) for gate in (r, z, h)]
    return tf.concat(parts, axis=0)


def right_padded(mask):
    """Whether every row of a mask `(batch, time)` begins with steps that count, at
    least one, and ends with those that do not: a boolean."""
    first = tf.reduce_all(mask[:, 0])
    return first & tf.reduce_all(mask[:, :-1] | ~mask[:, 1:])
