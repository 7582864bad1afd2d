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
"""

import tensorflow as tf


def gru_sequence(
    projected,
    initial_state,
    recurrent_kernel,
    recurrent_bias=None,
    mask=None,
    reset_after=True,
):
    """All states of a GRU over a sequence, with gradients derived by hand.

    Args:
        projected: the input's share of the gates, `x W + b`, in gate order z, r, h;
            shape `(time, batch, 3 * units)`.
        initial_state: shape `(batch, units)`.
        recurrent_kernel: shape `(units, 3 * units)`.
        recurrent_bias: b', shape `(3 * units,)`, or None. Read with `reset_after`.
        mask: booleans of shape `(time, batch)`, or None. False copies the state.
        reset_after: equation (1) when True, (2) when False.

    Returns:
        The state after each step, shape `(time, batch, units)`.
    """
    dtype = projected.dtype
    recurrent_kernel = tf.convert_to_tensor(recurrent_kernel)
    if recurrent_bias is None:
        recurrent_bias = tf.zeros((recurrent_kernel.shape[1],), dtype)
    if mask is not None:
        mask = tf.cast(mask, dtype)[:, :, tf.newaxis]

    @tf.custom_gradient
    def run(projected, initial_state, recurrent_kernel, recurrent_bias):
        states, saved = _forward(
            projected,
            initial_state,
            recurrent_kernel,
            recurrent_bias,
            mask,
            reset_after,
        )

        def backward(d_states):
            previous = tf.concat([initial_state[tf.newaxis], states[:-1]], axis=0)
            return _backward(
                d_states, previous, saved, recurrent_kernel, mask, reset_after
            )

        return states, backward

    return run(projected, initial_state, recurrent_kernel, recurrent_bias)


def _forward(projected, state, recurrent_kernel, recurrent_bias, mask, reset_after):
    """Equations (1) or (2) for every step: the states, and z, r, c, q."""
    units = recurrent_kernel.shape[0]
    steps = tf.shape(projected)[0]
    kernel_zr, kernel_h = (
        recurrent_kernel[:, : 2 * units],
        recurrent_kernel[:, 2 * units :],
    )

    def body(t, h, *arrays):
        x = projected[t]
        if reset_after:
            p = tf.matmul(h, recurrent_kernel) + recurrent_bias
            p_zr, q = p[:, : 2 * units], p[:, 2 * units :]
        else:
            p_zr = tf.matmul(h, kernel_zr)
        zr = tf.sigmoid(x[:, : 2 * units] + p_zr)
        z, r = zr[:, :units], zr[:, units:]
        if reset_after:
            c = tf.tanh(x[:, 2 * units :] + r * q)
        else:
            q = r * h
            c = tf.tanh(x[:, 2 * units :] + tf.matmul(q, kernel_h))
        new = z * h + (1 - z) * c
        h = new if mask is None else h + mask[t] * (new - h)
        return (t + 1, h, *(a.write(t, v) for a, v in zip(arrays, (h, z, r, c, q))))

    arrays = [_array(state.dtype, steps, state.shape) for _ in range(5)]
    _, _, *arrays = tf.while_loop(
        lambda t, *_: t < steps, body, (0, state, *arrays), maximum_iterations=steps
    )
    states, *saved = [array.stack() for array in arrays]
    return states, saved


def _backward(d_states, previous, saved, recurrent_kernel, mask, reset_after):
    """Equations (3) to (9): gradients by the four differentiable arguments."""
    z, r, c, q = saved
    units = recurrent_kernel.shape[0]
    steps = tf.shape(z)[0]
    to_state = tf.transpose(recurrent_kernel)
    to_state_zr, to_state_h = to_state[: 2 * units], to_state[2 * units :]

    def body(t, dh, array):
        dh = dh + d_states[t]
        d_new = dh if mask is None else dh * mask[t]
        copied = 0.0 if mask is None else dh - d_new
        da_h = d_new * (1 - z[t]) * (1 - c[t] ** 2)
        da_z = d_new * (previous[t] - c[t]) * z[t] * (1 - z[t])
        if reset_after:
            da_r = da_h * q[t] * r[t] * (1 - r[t])
            dh = tf.matmul(tf.concat([da_z, da_r, da_h * r[t]], axis=1), to_state)
        else:
            dq = tf.matmul(da_h, to_state_h)
            da_r = dq * q[t] * (1 - r[t])
            dh = tf.matmul(tf.concat([da_z, da_r], axis=1), to_state_zr) + dq * r[t]
        dh = dh + d_new * z[t] + copied
        return t - 1, dh, array.write(t, tf.concat([da_z, da_r, da_h], axis=1))

    shape = (previous.shape[1], 3 * units)
    _, d_initial, array = tf.while_loop(
        lambda t, *_: t >= 0,
        body,
        (steps - 1, tf.zeros_like(d_states[0]), _array(z.dtype, steps, shape)),
        maximum_iterations=steps,
    )
    d_projected = array.stack()
    da_zr, da_h = d_projected[:, :, : 2 * units], d_projected[:, :, 2 * units :]
    times_r = da_h * r if reset_after else da_h
    d_kernel = tf.concat(
        [
            _product_over_steps(previous, da_zr),
            _product_over_steps(previous if reset_after else q, times_r),
        ],
        axis=1,
    )
    d_bias = tf.reduce_sum(tf.concat([da_zr, times_r], axis=2), axis=(0, 1))
    if not reset_after:
        d_bias = tf.zeros_like(d_bias)
    return d_projected, d_initial, d_kernel, d_bias


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
    """Sum over time and batch of `a^T b`; `(time, batch, m)`, `(time, batch, n)`."""
    return tf.matmul(
        tf.reshape(a, (-1, a.shape[-1])),
        tf.reshape(b, (-1, b.shape[-1])),
        transpose_a=True,
    )
