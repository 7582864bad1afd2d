"""The whole-sequence kernel: a GRU forward, and back through time by hand.

Only what depends on the previous state has to stay in the loop. The gradient of the
recurrent kernel leaves as one large product after it. The input's share of the gates,
x W + b, is the business of `projection.py`.

Notation, for one step and one row of the batch: h' is the previous state, a_* are the
sums that enter the gates, x_* the input's share of them, p = h' U + b' the state's.

Forward, reset_after=True (Keras's default, the variant that cuDNN computes):

    z = sigmoid(x_z + p_z)      r = sigmoid(x_r + p_r)      c = tanh(x_h + r * p_h)
    h = z * h' + (1 - z) * c                                                      (1)

Forward, reset_after=False (Cho et al. 2014, equations 5 to 8, where z and 1 - z stand
as they do here):

    z, r as above               c = tanh(x_h + (r * h') U_h)                      (2)

Backward. Let d. stand for the gradient of the loss by the quantity named; dh is what
the output at this step receives plus what the next step hands back. From (1):

    da_h = dh * (1 - z) * (1 - c^2)          da_z = dh * (h' - c) * z * (1 - z)   (3)

    reset_after=True:   dp_h = da_h * r      da_r = da_h * p_h * r * (1 - r)      (4)
                        dh'  = dh * z + [da_z, da_r, dp_h] U^T                    (5)
                        dU   = sum over steps of  h'^T [da_z, da_r, dp_h]         (6)

    reset_after=False:  dq   = da_h U_h^T    da_r = dq * h' * r * (1 - r)         (7)
                        dh'  = dh * z + dq * r + [da_z, da_r] [U_z, U_r]^T        (8)
                        dU_h = sum over steps of  (r * h')^T da_h                 (9)

In both, dx = [da_z, da_r, da_h], and b' receives the sum of what multiplies h'.
A masked step copies its state: h = h', so dh' = dh and everything else is zero.
What backward needs of forward is z, r, c and one product more, called q below: the
state's share p_h in (1), the reset state r * h' in (2).

How it is computed. State and gates lie as (units, batch), the gates one above another:
their parts are then contiguous, and the loop's products have the weights on the left.
Inside a TensorFlow function whose shapes are known, XLA compiles the two loops, and the
batch is cut into as many parts as there are cores, which run side by side and never
wait for each other between two steps; there the input's products, small as they are,
cost less in the loop than what laying them out for it would. Elsewhere the same loops
run uncompiled, after one large product with the input. The numbers are the same in each
case, but for the order of sums.
"""

import functools
import itertools
import os

import tensorflow as tf

from gru_textgen.nn.projection import (
    Features,
    OneHot,
    Projected,
    array,
    product_over_steps,
    project,
)

_SMALLEST_PART = 8  # streams: below that, cutting a batch gains nothing


def gru_sequence(
    inputs,
    initial_state,
    kernel,
    recurrent_kernel,
    bias=None,
    recurrent_bias=None,
    mask=None,
    reset_after=True,
):
    """All states of a GRU over a sequence, with gradients derived by hand.

    Args:
        inputs: shape `(batch, time, features)`; or ids of shape `(batch, time)`, which
            stand for one-hot vectors.
        initial_state: shape `(batch, units)`.
        kernel: W, of shape `(features, 3 * units)`, gates in the order z, r, h; None
            if the inputs are the input's share of the gates, x W + b, already.
        recurrent_kernel: U, of shape `(units, 3 * units)`.
        bias: b, of shape `(3 * units,)`, or None.
        recurrent_bias: b', of shape `(3 * units,)`, or None. Read with `reset_after`.
        mask: booleans of shape `(batch, time)`, or None. False copies the state.
        reset_after: equation (1) when True, (2) when False.

    Returns:
        The state after each step, shape `(batch, time, units)`.
    """
    recurrent_kernel = tf.convert_to_tensor(recurrent_kernel)
    units, gates = recurrent_kernel.shape
    no_bias = tf.zeros((gates,), recurrent_kernel.dtype)
    bias = no_bias if bias is None else tf.convert_to_tensor(bias)
    recurrent_bias = no_bias if recurrent_bias is None else recurrent_bias
    compiled = _compiles(inputs)
    if kernel is not None and not compiled:  # one large product is the best then
        inputs, kernel = project(inputs, kernel) + bias, None
    if kernel is None:
        # (An argument that is None cannot pass through `custom_gradient`.)
        kernel = tf.zeros((0, gates), recurrent_kernel.dtype)
    weights = [
        tf.convert_to_tensor(weight)
        for weight in (kernel, bias, recurrent_kernel, recurrent_bias)
    ]
    sizes = _parts(inputs.shape[0]) if compiled else 1
    states = [
        _part(*part, weights, reset_after, compiled)
        for part in zip(
            tf.split(inputs, sizes),
            tf.split(initial_state, sizes),
            itertools.repeat(None) if mask is None else tf.split(mask, sizes),
        )
    ]
    states = states[0] if len(states) == 1 else tf.concat(states, axis=0)
    # A loop forgets how often it runs; the layer above asks for static shapes too.
    states.set_shape((*inputs.shape[:2], units))
    return states


def _part(inputs, state, mask, weights, reset_after, compiled):
    """`gru_sequence` for some rows of the batch."""
    forward, backward = (
        (_forward_xla, _backward_xla) if compiled else (_forward, _backward)
    )
    if mask is not None:
        mask = tf.cast(tf.transpose(mask), state.dtype)[:, tf.newaxis]

    @tf.custom_gradient
    def run(inputs, state, *weights):
        states, *saved = forward(inputs, state, weights, mask, reset_after)

        def gradients(d_states):
            return backward(d_states, saved, inputs, state, weights, mask, reset_after)

        return states, gradients

    return run(inputs, state, *weights)


def _forward(inputs, state, weights, mask, reset_after):
    """Equations (1) or (2) for every step.

    Returns:
        States `(batch, time, units)`; and as `(time, ..., batch)` the states, the gates
        z above r, the candidates c, and q.
    """
    kernel, bias, recurrent_kernel, recurrent_bias = weights
    u = recurrent_kernel.shape[0]
    steps = tf.shape(inputs)[1]
    source = _input(inputs, kernel, bias)
    to_gates = tf.transpose(recurrent_kernel)
    to_zr, to_c = to_gates[: 2 * u], to_gates[2 * u :]
    b = recurrent_bias[:, tf.newaxis]

    def body(t, h, *arrays):
        x = source.share(t)
        if reset_after:
            p = tf.matmul(to_gates, h) + b
            zr = tf.sigmoid(x[: 2 * u] + p[: 2 * u])
            q = p[2 * u :]
            c = tf.tanh(x[2 * u :] + zr[u:] * q)
        else:
            zr = tf.sigmoid(x[: 2 * u] + tf.matmul(to_zr, h))
            q = zr[u:] * h
            c = tf.tanh(x[2 * u :] + tf.matmul(to_c, q))
        z = zr[:u]
        new = z * h + (1 - z) * c
        h = new if mask is None else h + mask[t] * (new - h)
        return (t + 1, h, *(a.write(t, v) for a, v in zip(arrays, (h, zr, c, q))))

    batch = inputs.shape[0]
    arrays = [array(state.dtype, steps, (n, batch)) for n in (u, 2 * u, u, u)]
    _, _, *arrays = tf.while_loop(
        lambda t, *_: t < steps,
        body,
        (0, tf.transpose(state), *arrays),
        maximum_iterations=steps,
    )
    states, *saved = [a.stack() for a in arrays]
    return tf.transpose(states, (2, 0, 1)), states, *saved


def _backward(d_states, saved, inputs, state, weights, mask, reset_after):
    """Equations (3) to (9): gradients by the inputs, the state and the weights."""
    states, gates, candidates, q = saved
    kernel, bias, recurrent_kernel, _ = weights
    u = recurrent_kernel.shape[0]
    steps = tf.shape(states)[0]
    source = _input(inputs, kernel, bias)
    d_states = tf.transpose(d_states, (1, 2, 0))
    previous = tf.concat([tf.transpose(state)[tf.newaxis], states[:-1]], axis=0)

    def body(t, dh, d_products, *d_inputs):
        dh = dh + d_states[t]
        d_new = dh if mask is None else dh * mask[t]
        copied = 0.0 if mask is None else dh - d_new
        z, r, c = gates[t][:u], gates[t][u:], candidates[t]
        da_h = d_new * (1 - z) * (1 - c * c)
        da_z = d_new * (previous[t] - c) * z * (1 - z)
        if reset_after:
            da_r = da_h * q[t] * r * (1 - r)
            dp = tf.concat([da_z, da_r, da_h * r], axis=0)
            dh = tf.matmul(recurrent_kernel, dp)
        else:
            dq = tf.matmul(recurrent_kernel[:, 2 * u :], da_h)
            da_r = dq * q[t] * (1 - r)
            dp = tf.concat([da_z, da_r, da_h], axis=0)
            dh = tf.matmul(recurrent_kernel[:, : 2 * u], dp[: 2 * u]) + dq * r
        dx = tf.concat([da_z, da_r, da_h], axis=0)
        dh = dh + d_new * z + copied
        return t - 1, dh, d_products.write(t, dp), *source.collect(t, dx, *d_inputs)

    d_products = array(state.dtype, steps, (3 * u, states.shape[2]))
    _, d_state, d_products, *d_inputs = tf.while_loop(
        lambda t, *_: t >= 0,
        body,
        (steps - 1, tf.zeros_like(d_states[0]), d_products, *source.begin()),
        maximum_iterations=steps,
    )
    d_inputs, *d_input_weights = source.gradients(*d_inputs)
    d_recurrent = _recurrent_gradients(d_products.stack(), previous, q, reset_after)
    return d_inputs, tf.transpose(d_state), *d_input_weights, *d_recurrent


def _recurrent_gradients(d_products, previous, q, reset_after):
    """Gradients by the recurrent kernel and its bias: equations (6) and (9)."""
    if reset_after:
        d_bias = tf.reduce_sum(d_products, axis=(0, 2))
        return product_over_steps(previous, d_products), d_bias
    u = previous.shape[1]
    d_zr = product_over_steps(previous, d_products[:, : 2 * u])
    d_c = product_over_steps(q, d_products[:, 2 * u :])
    return tf.concat([d_zr, d_c], axis=1), None


_forward_xla = tf.function(_forward, jit_compile=True)
_backward_xla = tf.function(_backward, jit_compile=True)


def _input(inputs, kernel, bias):
    """Where a step's share of the gates comes from."""
    if not kernel.shape[0]:
        return Projected(inputs)
    kind = OneHot if inputs.dtype.is_integer else Features
    return kind(inputs, kernel, bias)


def _compiles(inputs):
    """Whether XLA is to compile the loops over these inputs: where shapes are known,
    on a CPU. (A GPU runs the plain loops.)"""
    known = tf.inside_function() and inputs.shape.is_fully_defined()
    return known and not tf.config.list_logical_devices("GPU") and _has_xla()


@functools.cache
def _has_xla():
    with tf.init_scope():  # out of the function that is being traced
        try:
            tf.function(lambda: tf.zeros(()), jit_compile=True)()
        except (tf.errors.OpError, ValueError):
            return False
    return True


def _parts(batch):
    """Sizes of the parts that a batch is cut into, at most one part a core."""
    n = max(1, min(os.cpu_count() or 1, batch // _SMALLEST_PART))
    return [batch * (i + 1) // n - batch * i // n for i in range(n)]
