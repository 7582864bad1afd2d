"""The input's share of the gates, x W + b, and the gradients by x, W and b.

`project` computes it for all steps at once. The classes do it inside the loop of the
whole-sequence kernel, a step at a time, where nothing has to be laid out anew: there
arrays are `(features, batch)`. A d stands for the gradient of the loss by what follows.
"""

import tensorflow as tf


def project(inputs, kernel, product_dtype=None):
    """The product of the inputs and the kernel, without the bias.

    Args:
        inputs: shape `(..., features)`; or integer ids in `[0, features)`, of any
            shape, which stand for one-hot vectors: no such vector is built.
        kernel: shape `(features, 3 * units)`.
        product_dtype: type in which the product of features is computed, by default
            that of the kernel.

    Returns:
        Shape `(..., 3 * units)`. By ids the gradient is the dense product with the
        one-hot matrix, which a CPU does faster than a scatter.
    """
    kernel = tf.convert_to_tensor(kernel)
    if not inputs.dtype.is_integer:
        dtype = product_dtype or kernel.dtype
        return tf.matmul(tf.cast(inputs, dtype), tf.cast(kernel, dtype))
    features = kernel.shape[0]

    @tf.custom_gradient
    def select(kernel):
        def backward(d_rows):
            one_hot = tf.one_hot(
                tf.reshape(inputs, (-1,)), features, dtype=d_rows.dtype
            )
            d_rows = tf.reshape(d_rows, (-1, d_rows.shape[-1]))
            return tf.matmul(one_hot, d_rows, transpose_a=True)

        return tf.gather(kernel, inputs), backward

    return select(kernel)


class Projected:
    """The share as it is given, `(batch, time, 3 * units)`."""

    def __init__(self, inputs):
        self.inputs = tf.transpose(inputs, (1, 2, 0))

    def share(self, t):
        """At step t, `(3 * units, batch)`."""
        return self.inputs[t]

    def begin(self):
        """What a loop over the steps carries to collect the gradients."""
        return (array_like(self.inputs),)

    def collect(self, t, d_share, d_inputs):
        """The same after step t, whose gradient is `d_share`, `(3 * units, batch)`."""
        return (d_inputs.write(t, d_share),)

    def gradients(self, d_inputs):
        """The gradients by the inputs, the kernel and the bias."""
        return tf.transpose(d_inputs.stack(), (2, 0, 1)), None, None


class OneHot:
    """The share of ids, `(batch, time)`: products with one-hot vectors, built in the
    loop. The gradient is kept there too, for there is no product at its end then."""

    def __init__(self, ids, kernel, bias):
        self.ids, self.kernel, self.bias = tf.transpose(ids), kernel, bias
        self.to_gates = tf.transpose(kernel + bias)  # one of the features is 1

    def _at(self, t):
        return tf.one_hot(
            self.ids[t], self.kernel.shape[0], axis=0, dtype=self.kernel.dtype
        )

    def share(self, t):
        return tf.matmul(self.to_gates, self._at(t))

    def begin(self):
        return (tf.zeros_like(self.kernel),)

    def collect(self, t, d_share, d_kernel):
        return (d_kernel + tf.matmul(self._at(t), d_share, transpose_b=True),)

    def gradients(self, d_kernel):
        return None, d_kernel, tf.reduce_sum(d_kernel, axis=0)


class Features:
    """The share of any inputs, `(batch, time, features)`. Products are computed in the
    type `products`, sums in that of the inputs."""

    def __init__(self, inputs, kernel, bias, products):
        self.inputs = tf.transpose(inputs, (1, 2, 0))
        self.kernel, self.bias = tf.cast(kernel, products), bias[:, tf.newaxis]
        self.to_gates = tf.transpose(self.kernel)

    def share(self, t):
        return product(self.to_gates, self.inputs[t]) + self.bias

    def begin(self):
        steps, _, batch = self.inputs.shape
        d_shares = array(self.inputs.dtype, steps, (self.kernel.shape[1], batch))
        return array_like(self.inputs), d_shares

    def collect(self, t, d_share, d_inputs, d_shares):
        d_inputs = d_inputs.write(t, product(self.kernel, d_share))
        return d_inputs, d_shares.write(t, d_share)

    def gradients(self, d_inputs, d_shares):
        d_inputs, d_shares = d_inputs.stack(), d_shares.stack()
        return (
            tf.transpose(d_inputs, (2, 0, 1)),
            product_over_steps(self.inputs, d_shares, self.kernel.dtype),
            tf.reduce_sum(d_shares, axis=(0, 2)),
        )


def array(dtype, steps, shape):
    """Room for `steps` tensors of a shape."""
    return tf.TensorArray(dtype, size=steps, element_shape=shape)


def array_like(tensor):
    """Room for as many tensors as there are along the first axis, of their shape."""
    return array(tensor.dtype, tf.shape(tensor)[0], tensor.shape[1:])


def product(weights, values):
    """The product of two matrices, computed in the type of the first, in the type of
    the second."""
    return tf.cast(tf.matmul(weights, tf.cast(values, weights.dtype)), values.dtype)


def product_over_steps(a, b, products):
    """Sum over steps and batch of `a b^T`; `(time, m, batch)`, `(time, n, batch)`.
    Computed in the type `products`, in the type of `a`."""
    total = tf.einsum("tmb,tnb->mn", tf.cast(a, products), tf.cast(b, products))
    return tf.cast(total, a.dtype)
