"""The whole-sequence kernel: a GRU forward, and back through time by hand.

Only what depends on the previous state has to stay in the loop. The gradient of the
recurrent kernel leaves as one large product after it. The input's share of the gates,
x W + b, is the business of `projection`.

Notation, for one step and one row of the batch: h' is the previous state, a_* are the
sums that enter the gates, x_* the input's share of them, p = h' U + b_2 the state's.

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

In both, dx = [da_z, da_r, da_h], and b_2 receives the sum of what multiplies h'.
A masked step copies its state: h = h', so dh' = dh and everything else is zero.
A reset step begins a sequence: h' is zero there, and what was before it gets no
gradient: dh' is zero.
What backward needs of forward is z, r, c and one product more, called q below: the
state's share p_h in (1), the reset state r * h' in (2).

How it is computed. State and gates lie as (units, batch), the gates one above another:
their parts are then contiguous, and the loop's products have the weights on the left.
Inside a TensorFlow function whose shapes are known, XLA can compile the two loops. The
batch is then cut into as many parts as there are cores, which run side by side and
never wait for each other between two steps; there the input's products, small as they
are, cost less in the loop than what laying them out for it would. Elsewhere the same
loops run uncompiled, after one large product with the input. The numbers are the same
in each case, but for the order of sums.

Mixed precision. The products of matrices may be computed in a half type; gates, states
and the sums of gradients stay in the type of the weights.

Derivatives of higher order. Automatic differentiation passes through the plain loops,
forward and backward. It cannot pass through what XLA has compiled, so the compiled
backward loop has a derivative of its own: that of the plain loops, which are traced
only when it is asked for.
"""

import functools
import itertools
import traceback

import tensorflow as tf

from gru_textgen.machine import usable_cores
from gru_textgen.nn.projection import (
    Features,
    OneHot,
    Projected,
    array,
    product,
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
    jit_compile=True,
    resets=None,
    product_dtype=None,
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
        recurrent_bias: b_2, of shape `(3 * units,)`, or None. Read with `reset_after`.
        mask: booleans of shape `(batch, time)`, or None. False copies the state,
            whatever the inputs hold at that step, NaN and infinity included.
        reset_after: equation (1) when True, (2) when False.
        jit_compile: whether XLA compiles the loops where it can: inside a TensorFlow
            function, for known shapes.
        resets: booleans of shape `(batch, time)`, or None. True empties the state
            before that step, which so begins a sequence.
        product_dtype: name of the type in which matrices are multiplied; None for that
            of the weights, in which all else is computed.

    Returns:
        The state after each step, shape `(batch, time, units)`.
    """
    recurrent_kernel = tf.convert_to_tensor(recurrent_kernel)
    products = product_dtype or recurrent_kernel.dtype.name
    initial_state = tf.cast(initial_state, recurrent_kernel.dtype)
    units, gates = recurrent_kernel.shape
    no_bias = tf.zeros((gates,), recurrent_kernel.dtype)
    bias = no_bias if bias is None else tf.convert_to_tensor(bias)
    recurrent_bias = no_bias if recurrent_bias is None else recurrent_bias
    portable = _exports()
    compiled = jit_compile and not portable and _compiles(inputs)
    if mask is not None:
        inputs = without_skipped(inputs, mask)
    if kernel is not None and not compiled:  # one large product is the best then
        share = project(inputs, kernel, products)
        inputs, kernel = tf.cast(share, bias.dtype) + bias, None
    if not inputs.dtype.is_integer:
        inputs = tf.cast(inputs, recurrent_kernel.dtype)
    if kernel is None:
        # (An argument that is None cannot pass through `custom_gradient`.)
        kernel = tf.zeros((0, gates), recurrent_kernel.dtype)
    weights = [
        tf.convert_to_tensor(weight)
        for weight in (kernel, bias, recurrent_kernel, recurrent_bias)
    ]
    if portable:
        options = _by_step(mask), _by_step(resets), reset_after, products
        given = inputs, initial_state, *weights, *options
        return _portable(*given)
    sizes = _parts(inputs.shape[0]) if compiled else 1
    states = [
        _part(*part, weights, reset_after, products, compiled)
        for part in zip(
            tf.split(inputs, sizes),
            tf.split(initial_state, sizes),
            itertools.repeat(None) if mask is None else tf.split(mask, sizes),
            itertools.repeat(None) if resets is None else tf.split(resets, sizes),
        )
    ]
    states = states[0] if len(states) == 1 else tf.concat(states, axis=0)
    # A loop forgets how often it runs; the layer above asks for static shapes too.
    states.set_shape((*inputs.shape[:2], units))
    return states


def without_skipped(inputs, mask):
    """The inputs with zeros at the steps that are skipped: what stands there, be it
    NaN, must reach neither a value nor, multiplied by zero, a gradient.

    Args:
        inputs: shape `(batch, time, features)`, or ids of shape `(batch, time)`.
        mask: booleans of shape `(batch, time)`.
    """
    kept = mask if inputs.shape.rank == 2 else mask[..., tf.newaxis]
    return tf.where(kept, inputs, tf.zeros((), inputs.dtype))


def _by_step(flags):
    """Booleans `(batch, time)` as `(time, 1, batch)`; None stays None."""
    return None if flags is None else tf.transpose(flags)[:, tf.newaxis]


def _part(inputs, state, mask, resets, weights, reset_after, products, compiled):
    """`gru_sequence` for some rows of the batch."""
    options = _by_step(mask), _by_step(resets), reset_after, products

    @tf.custom_gradient
    def run(inputs, state, *weights):
        given = inputs, state, *weights
        if not compiled:
            arguments = *given, *options
            states, *saved = _forward(*arguments)
            return states, lambda d: _backward(d, saved, *arguments)

        states, *saved = _forward_xla(*_constant(given), *options)

        def gradients(d_states):
            arguments = d_states, *given
            d, *rest = _constant(arguments)
            found = _backward_xla(d, saved, *rest, *options)
            return _differentiable(found, arguments, options)

        return states, gradients

    return run(inputs, state, *weights)


def _constant(tensors):
    """The same without a gradient: a tape that watched them would have the compiled
    loops hand out what their automatic derivative needs, and they cannot."""
    return [tf.stop_gradient(x) for x in tensors]


def _differentiable(found, arguments, options):
    """What `_backward_xla` found, with the derivative that the plain loops have."""

    @tf.custom_gradient
    def attach(*arguments):
        def second(*d_found):
            with tf.GradientTape() as tape:
                tape.watch([x for x in arguments if x.dtype.is_floating])
                d_states, *given = arguments
                _, *saved = _forward(*given, *options)
                again = _backward(d_states, saved, *given, *options)
                again = [x for x in again if x is not None]
            return tape.gradient(again, arguments, d_found)

        return [x for x in found if x is not None], second

    present = iter(attach(*arguments))
    return [None if x is None else next(present) for x in found]


def _forward(
    inputs,
    state,
    kernel,
    bias,
    recurrent_kernel,
    recurrent_bias,
    mask,
    resets,
    reset_after,
    products,
):
    """Equations (1) or (2) for every step.

    Returns:
        States `(batch, time, units)`; and as `(time, ..., batch)` the states, the gates
        z above r, the candidates c, and q.
    """
    u = recurrent_kernel.shape[0]
    steps = tf.shape(inputs)[1]
    source = _input(inputs, kernel, bias, products)
    step = _stepper(
        recurrent_kernel, recurrent_bias, mask, resets, reset_after, products
    )

    def body(t, h, *arrays):
        h, *saved = step(t, source.share(t), h)
        return (t + 1, h, *(a.write(t, v) for a, v in zip(arrays, (h, *saved))))

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


def _portable(
    inputs,
    state,
    kernel,
    bias,
    recurrent_kernel,
    recurrent_bias,
    mask,
    resets,
    reset_after,
    products,
):
    """The states of `_forward`, in a tensor that each step writes a row of: slower, but
    the lists of tensors that `_forward` writes do not survive a conversion."""
    u = recurrent_kernel.shape[0]
    source = _input(inputs, kernel, bias, products)
    step = _stepper(
        recurrent_kernel, recurrent_bias, mask, resets, reset_after, products
    )
    batch, steps = tf.shape(inputs)[0], tf.shape(inputs)[1]

    def body(t, h, states):
        h = step(t, source.share(t), h)[0]
        return t + 1, h, tf.tensor_scatter_nd_update(states, [[t]], h[tf.newaxis])

    states = tf.zeros((steps, u, batch), state.dtype)
    *_, states = tf.while_loop(
        lambda t, *_: t < steps, body, (0, tf.transpose(state), states)
    )
    states = tf.transpose(states, (2, 0, 1))
    states.set_shape((*inputs.shape[:2], u))
    return states


def _stepper(recurrent_kernel, recurrent_bias, mask, resets, reset_after, products):
    """A function of t, the input's share at t and the state: the new state, z above r,
    c and q."""
    u = recurrent_kernel.shape[0]
    to_gates = tf.transpose(tf.cast(recurrent_kernel, products))
    to_zr, to_c = to_gates[: 2 * u], to_gates[2 * u :]
    b = recurrent_bias[:, tf.newaxis]

    def step(t, x, h):
        if resets is not None:
            h = tf.where(resets[t], tf.zeros((), h.dtype), h)
        if reset_after:
            p = product(to_gates, h) + b
            zr = tf.sigmoid(x[: 2 * u] + p[: 2 * u])
            q = p[2 * u :]
            c = tf.tanh(x[2 * u :] + zr[u:] * q)
        else:
            zr = tf.sigmoid(x[: 2 * u] + product(to_zr, h))
            q = zr[u:] * h
            c = tf.tanh(x[2 * u :] + product(to_c, q))
        z = zr[:u]
        new = z * h + (1 - z) * c
        return (new if mask is None else tf.where(mask[t], new, h)), zr, c, q

    return step


def _backward(
    d_states,
    saved,
    inputs,
    state,
    kernel,
    bias,
    recurrent_kernel,
    recurrent_bias,
    mask,
    resets,
    reset_after,
    products,
):
    """Equations (3) to (9): gradients by the inputs, the state and the weights."""
    states, gates, candidates, q = saved
    u = recurrent_kernel.shape[0]
    steps = tf.shape(states)[0]
    source = _input(inputs, kernel, bias, products)
    d_states = tf.transpose(d_states, (1, 2, 0))
    previous = tf.concat([tf.transpose(state)[tf.newaxis], states[:-1]], axis=0)
    zero = tf.zeros((), state.dtype)
    from_gates = tf.cast(recurrent_kernel, products)
    if resets is not None:
        previous = tf.where(resets, zero, previous)

    def body(t, dh, d_products, *d_inputs):
        dh = dh + d_states[t]
        d_new = dh if mask is None else tf.where(mask[t], dh, zero)
        copied = 0.0 if mask is None else tf.where(mask[t], zero, dh)
        z, r, c = gates[t][:u], gates[t][u:], candidates[t]
        da_h = d_new * (1 - z) * (1 - c * c)
        da_z = d_new * (previous[t] - c) * z * (1 - z)
        if reset_after:
            da_r = da_h * q[t] * r * (1 - r)
            dp = tf.concat([da_z, da_r, da_h * r], axis=0)
            dh = product(from_gates, dp)
        else:
            dq = product(from_gates[:, 2 * u :], da_h)
            da_r = dq * q[t] * (1 - r)
            dp = tf.concat([da_z, da_r, da_h], axis=0)
            dh = product(from_gates[:, : 2 * u], dp[: 2 * u]) + dq * r
        dx = tf.concat([da_z, da_r, da_h], axis=0)
        dh = dh + d_new * z + copied
        if resets is not None:
            dh = tf.where(resets[t], zero, dh)
        return t - 1, dh, d_products.write(t, dp), *source.collect(t, dx, *d_inputs)

    d_products = array(state.dtype, steps, (3 * u, states.shape[2]))
    _, d_state, d_products, *d_inputs = tf.while_loop(
        lambda t, *_: t >= 0,
        body,
        (steps - 1, tf.zeros_like(d_states[0]), d_products, *source.begin()),
        maximum_iterations=steps,
    )
    d_inputs, *d_input_weights = source.gradients(*d_inputs)
    d_recurrent = _recurrent_gradients(
        d_products.stack(), previous, q, reset_after, products
    )
    return d_inputs, tf.transpose(d_state), *d_input_weights, *d_recurrent


def _recurrent_gradients(d_products, previous, q, reset_after, products):
    """Gradients by the recurrent kernel and its bias: equations (6) and (9)."""
    if reset_after:
        d_bias = tf.reduce_sum(d_products, axis=(0, 2))
        return product_over_steps(previous, d_products, products), d_bias
    u = previous.shape[1]
    d_zr = product_over_steps(previous, d_products[:, : 2 * u], products)
    d_c = product_over_steps(q, d_products[:, 2 * u :], products)
    return tf.concat([d_zr, d_c], axis=1), None


_forward_xla = tf.function(_forward, jit_compile=True)
_backward_xla = tf.function(_backward, jit_compile=True)


def _input(inputs, kernel, bias, products):
    """Where a step's share of the gates comes from."""
    if not kernel.shape[0]:
        return Projected(inputs)
    if inputs.dtype.is_integer:
        return OneHot(inputs, kernel, bias)
    return Features(inputs, kernel, bias, products)


def _compiles(inputs):
    """Whether XLA can compile the loops over these inputs, on this machine."""
    known = tf.inside_function() and inputs.shape.is_fully_defined()
    return known and _has_xla()


def _exports():
    """Whether Keras is tracing this for a format that other runtimes read, of which it
    gives no other sign than that it is at work."""
    converters = ("keras.src.export.litert", "keras.src.export.onnx")
    frames = traceback.walk_stack(None) if tf.inside_function() else ()
    return any(frame.f_globals.get("__name__") in converters for frame, _ in frames)


@functools.cache  # made each time, TensorFlow would warn of retracing
def _compiled_zero(function):
    return function(lambda: tf.zeros(()), jit_compile=True)


def _has_xla():
    with tf.init_scope():  # out of the function that is being traced
        try:
            _compiled_zero(tf.function)()
        except (tf.errors.OpError, ValueError):
            return False
    return True


def _parts(batch):
    """Sizes of the parts that a batch is cut into, at most one part a core; a GPU does
    all of it at once."""
    cores = 1 if tf.config.list_logical_devices("GPU") else usable_cores()
    n = max(1, min(cores, batch // _SMALLEST_PART))
    return [batch * (i + 1) // n - batch * i // n for i in range(n)]
