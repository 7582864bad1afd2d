"""The whole-sequence kernel: a GRU forward, and back through time by hand.

Only what depends on the previous state stays in the loop. The input's share of the
three gates, x W + b, arrives already computed for all steps (one large product), and
the gradient of the recurrent kernel leaves as one large product after the loop.

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
wait for each other between two steps. Elsewhere the same code runs uncompiled. The
numbers are the same in each case, but for the order of sums.
"""

import os

import tensorflow as tf

_SMALLEST_PART = 8  # streams: below that, cutting a batch gains nothing


def gru_sequence(
    inputs,
    initial_state,
    recurrent_kernel,
    recurrent_bias=None,
    mask=None,
    reset_after=True,
    table=None,
):
    """All states of a GRU over a sequence, with gradients derived by hand.

    Args:
        inputs: the input's share of the gates, `x W + b`, in gate order z, r, h, of
            shape `(batch, time, 3 * units)`; or, with `table`, ids `(batch, time)`.
        initial_state: shape `(batch, units)`.
        recurrent_kernel: shape `(units, 3 * units)`.
        recurrent_bias: b', shape `(3 * units,)`, or None. Read with `reset_after`.
        mask: booleans of shape `(batch, time)`, or None. False copies the state.
        reset_after: equation (1) when True, (2) when False.
        table: each symbol's share of the gates, `(symbols, 3 * units)`. Rows are
            picked by a product with one-hot vectors, built step by step.

    Returns:
        The state after each step, shape `(batch, time, units)`.
    """
    recurrent_kernel = tf.convert_to_tensor(recurrent_kernel)
    if recurrent_bias is None:
        recurrent_bias = tf.zeros((recurrent_kernel.shape[1],), recurrent_kernel.dtype)
    compiled = tf.inside_function() and _on_cpu() and _static(inputs)
    parts = _parts(inputs.shape[0]) if compiled else 1
    weights = (recurrent_kernel, tf.convert_to_tensor(recurrent_bias), table)
    states = [
        _part(*part, *weights, reset_after=reset_after, compiled=compiled)
        for part in zip(
            tf.split(inputs, parts),
            tf.split(initial_state, parts),
            [None] * parts if mask is None else tf.split(mask, parts),
        )
    ]
    states = states[0] if parts == 1 else tf.concat(states, axis=0)
    # A loop forgets how often it runs; the layer above asks for static shapes too.
    states.set_shape((*inputs.shape[:2], recurrent_kernel.shape[0]))
    return states


def _part(inputs, state, mask, kernel, bias, table, reset_after, compiled):
    """`gru_sequence` for some rows of the batch."""
    forward, backward = (
        (_forward_xla, _backward_xla) if compiled else (_forward, _backward)
    )
    if mask is not None:
        mask = tf.cast(tf.transpose(mask), kernel.dtype)[:, tf.newaxis]

    @tf.custom_gradient
    def run(inputs, state, kernel, bias, table):
        states, *saved = forward(inputs, state, kernel, bias, table, mask, reset_after)

        def gradients(d_states):
            return backward(
                d_states, saved, inputs, state, kernel, table, mask, reset_after
            )

        return states, gradients

    if table is None:
        # (An argument that is None cannot pass through `custom_gradient`.)
        table = tf.zeros((0, kernel.shape[1]), kernel.dtype)
    return run(inputs, state, kernel, bias, table)


def _forward(inputs, state, kernel, bias, table, mask, reset_after):
    """Equations (1) or (2) for every step.

    Returns:
        States `(batch, time, units)`; and as `(time, ..., batch)` the states, the gates
        z above r, the candidates c, and q.
    """
    u = kernel.shape[0]
    steps = tf.shape(inputs)[1]
    share = _input_share(inputs, table)
    to_gates = tf.transpose(kernel)
    to_zr, to_c = to_gates[: 2 * u], to_gates[2 * u :]
    bias_zr, bias_c = bias[: 2 * u, tf.newaxis], bias[2 * u :, tf.newaxis]

    def body(t, h, *arrays):
        x = share(t)
        if reset_after:
            p = tf.matmul(to_gates, h)
            zr = tf.sigmoid(x[: 2 * u] + p[: 2 * u] + bias_zr)
            q = p[2 * u :] + bias_c
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
    arrays = [_array(kernel.dtype, steps, (n, batch)) for n in (u, 2 * u, u, u)]
    _, _, *arrays = tf.while_loop(
        lambda t, *_: t < steps,
        body,
        (0, tf.transpose(state), *arrays),
        maximum_iterations=steps,
    )
    states, *saved = [array.stack() for array in arrays]
    return tf.transpose(states, (2, 0, 1)), states, *saved


def _backward(d_states, saved, inputs, state, kernel, table, mask, reset_after):
    """Equations (3) to (9): gradients by inputs, state, kernel, bias and table."""
    states, gates, candidates, q = saved
    u = kernel.shape[0]
    steps = tf.shape(states)[0]
    d_states = tf.transpose(d_states, (1, 2, 0))
    previous = tf.concat([tf.transpose(state)[tf.newaxis], states[:-1]], axis=0)

    def body(t, dh, d_sums, d_products):
        dh = dh + d_states[t]
        d_new = dh if mask is None else dh * mask[t]
        copied = 0.0 if mask is None else dh - d_new
        z, r, c = gates[t][:u], gates[t][u:], candidates[t]
        da_h = d_new * (1 - z) * (1 - c * c)
        da_z = d_new * (previous[t] - c) * z * (1 - z)
        if reset_after:
            da_r = da_h * q[t] * r * (1 - r)
            dp_h = da_h * r
            dh = tf.matmul(kernel, tf.concat([da_z, da_r, dp_h], axis=0))
        else:
            dq = tf.matmul(kernel[:, 2 * u :], da_h)
            da_r = dq * q[t] * (1 - r)
            dp_h = da_h
            dh = tf.matmul(kernel[:, : 2 * u], tf.concat([da_z, da_r], axis=0)) + dq * r
        dh = dh + d_new * z + copied
        d_sums = d_sums.write(t, da_h)
        d_products = d_products.write(t, tf.concat([da_z, da_r, dp_h], axis=0))
        return t - 1, dh, d_sums, d_products

    batch = states.shape[2]
    _, d_state, d_sums, d_products = tf.while_loop(
        lambda t, *_: t >= 0,
        body,
        (
            steps - 1,
            tf.zeros_like(d_states[0]),
            _array(kernel.dtype, steps, (u, batch)),
            _array(kernel.dtype, steps, (3 * u, batch)),
        ),
        maximum_iterations=steps,
    )
    d_products = d_products.stack()
    d_sums = tf.concat([d_products[:, : 2 * u], d_sums.stack()], axis=1)
    d_kernel, d_bias = _weight_gradients(d_products, previous, q, reset_after)
    d_inputs, d_table = _input_gradients(d_sums, inputs, table)
    return d_inputs, tf.transpose(d_state), d_kernel, d_bias, d_table


def _weight_gradients(d_products, previous, q, reset_after):
    """Gradients by the recurrent kernel and its bias: equations (6) and (9)."""
    if reset_after:
        d_kernel = _product_over_steps(previous, d_products)
        return d_kernel, tf.reduce_sum(d_products, axis=(0, 2))
    u = previous.shape[1]
    d_zr = _product_over_steps(previous, d_products[:, : 2 * u])
    d_c = _product_over_steps(q, d_products[:, 2 * u :])
    return tf.concat([d_zr, d_c], axis=1), tf.zeros((3 * u,), q.dtype)


def _input_gradients(d_sums, inputs, table):
    """Gradients by the inputs, which ids have none of, and by the table."""
    symbols = table.shape[0]
    if not symbols:
        return tf.transpose(d_sums, (2, 0, 1)), tf.zeros_like(table)
    one_hot = tf.one_hot(tf.transpose(inputs), symbols, axis=1, dtype=table.dtype)
    return None, _product_over_steps(one_hot, d_sums)


_forward_xla = tf.function(_forward, jit_compile=True)
_backward_xla = tf.function(_backward, jit_compile=True)


def _input_share(inputs, table):
    """A function of the step: the input's share of the gates, `(3 * units, batch)`."""
    if not table.shape[0]:
        steps_first = tf.transpose(inputs, (1, 2, 0))
        return lambda t: steps_first[t]
    ids, by_symbol = tf.transpose(inputs), tf.transpose(table)

    def share(t):
        one_hot = tf.one_hot(ids[t], table.shape[0], axis=0, dtype=table.dtype)
        return tf.matmul(by_symbol, one_hot)

    return share


def _on_cpu():
    return not tf.config.list_logical_devices("GPU")


def _static(inputs):
    return inputs.shape.is_fully_defined()


def _parts(batch):
    """The largest number of parts, at most one a core, that cuts a batch evenly."""
    most = min(os.cpu_count() or 1, batch // _SMALLEST_PART)
    return next((n for n in range(most, 1, -1) if batch % n == 0), 1)


def select_rows(kernel, ids):
    """`one_hot(ids) @ kernel` without the one-hot vectors.

    Args:
        kernel: shape `(symbols, features)`.
        ids: integers in `[0, symbols)`, of any shape.

    Returns:
        The rows picked, shape `(*ids.shape, features)`. The gradient is the dense
        product with the one-hot matrix, which a CPU does faster than a scatter.
    """
    kernel = tf.convert_to_tensor(kernel)
    symbols = kernel.shape[0]

    @tf.custom_gradient
    def run(kernel):
        def backward(d_rows):
            one_hot = tf.one_hot(tf.reshape(ids, (-1,)), symbols, dtype=d_rows.dtype)
            d_rows = tf.reshape(d_rows, (-1, d_rows.shape[-1]))
            return tf.matmul(one_hot, d_rows, transpose_a=True)

        return tf.gather(kernel, ids), backward

    return run(kernel)


def _array(dtype, steps, shape):
    return tf.TensorArray(dtype, size=steps, element_shape=shape)


def _product_over_steps(a, b):
    """Sum over steps and batch of `a b^T`; `(time, m, batch)`, `(time, n, batch)`."""
    return tf.einsum("tmb,tnb->mn", a, b)
