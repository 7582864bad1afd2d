"""One step of a gated recurrent unit, as a Keras layer.

Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder for
statistical machine translation", equations 5 to 8, in the convention of Keras: the
gates stand in the order z, r, h in every fused matrix, and z is what is kept.
"""

from typing import Any

import keras
from keras import ops

from gru_textgen.nn.ids import check_integer
from gru_textgen.nn.projection import project

PACKAGE = "gru_textgen"  # under which Keras knows our layers


@keras.saving.register_keras_serializable(package=PACKAGE)
class GRUCell(keras.layers.GRUCell):
    """One step of a GRU.

    The arguments, and the dropout masks that stay the same over a sequence, are those
    of `keras.layers.GRUCell`; the weights and the equations are here:

        z = sigmoid(W_z x + U_z h + b_z)        update gate: how much state is kept
        r = sigmoid(W_r x + U_r h + b_r)        reset gate: how much the candidate sees
        c = tanh(W_h x + r * (U_h h + b_h2) + b_h)     candidate (`reset_after=True`)
        c = tanh(W_h x + U_h (r * h) + b_h)            candidate (`reset_after=False`)
        h <- z * h + (1 - z) * c

    Args:
        units: size of the state, a positive integer.
        recurrent_initializer: Glorot uniform here, as for the input kernel.
        vocabulary_size: if given, inputs are integer ids in `[0, vocabulary_size)` of
            shape `(batch, 1)`, read as the one-hot vectors that they stand for.
        weight_dropout: share of the recurrent kernel's weights dropped in training,
            the same ones over a sequence and for all of a batch (Wan et al. 2013;
            Merity et al. 2018, section 2).
        input_scale: what inputs are multiplied by: x W is (input_scale * x) W. Of
            one-hot vectors this is the value of the one. An optimizer such as Adam
            moves each weight by about the learning rate, whatever its gradient; so
            the share that an input has in the gates moves input_scale times as far.
        **arguments: the others of `keras.layers.GRUCell`, with its defaults.

    Call arguments:
        inputs: shape `(batch, features)`, or ids of shape `(batch, 1)`.
        states: shape `(batch, units)`, or a list of one such tensor.
        training: whether dropout applies.

    Returns:
        The new state twice: as the output, and in the form that `states` had.

    Example:
        >>> import numpy as np
        >>> from gru_textgen import GRUCell
        >>> output, state = GRUCell(4)(np.ones((2, 3)), np.zeros((2, 4)))
        >>> output.shape, bool((output == state).numpy().all())
        (TensorShape([2, 4]), True)
    """

    def __init__(
        self,
        units: int,
        recurrent_initializer: Any = "glorot_uniform",
        vocabulary_size: int | None = None,
        weight_dropout: float = 0.0,
        input_scale: float = 1.0,
        **arguments: Any,
    ) -> None:
        if isinstance(units, bool) or not hasattr(units, "__index__"):
            raise ValueError(f"units must be an integer from 1, not {units!r}.")
        super().__init__(
            units, recurrent_initializer=recurrent_initializer, **arguments
        )
        if not 0 <= weight_dropout < 1:
            raise ValueError(
                f"weight_dropout must be from 0 to below 1, not {weight_dropout}."
            )
        if not 0 < input_scale < float("inf"):
            raise ValueError(f"input_scale must be above 0, not {input_scale}.")
        self.weight_dropout = weight_dropout
        self.input_scale = input_scale
        self._kept_weights = None
        if vocabulary_size is not None and vocabulary_size <= 0:
            raise ValueError(
                f"vocabulary_size must be a positive integer, not {vocabulary_size}."
            )
        self.vocabulary_size = vocabulary_size

    def build(self, input_shape):
        # (Not cast where they are read: the kernel adds up in the weights' own type.)
        features = self.vocabulary_size or input_shape[-1]
        self.kernel = self.add_weight(
            shape=(features, 3 * self.units),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            autocast=False,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 3 * self.units),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            autocast=False,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                # One bias for x W and, when the reset comes after, one for h U.
                shape=(2, 3 * self.units) if self.reset_after else (3 * self.units,),
                name="bias",
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                autocast=False,
            )

    def call(self, inputs, states, training=False):
        nested = isinstance(states, (list, tuple))
        h = states[0] if nested else states
        h_z, h_r, h_h = self._masked_states(h, training)
        x_z, x_r, x_h = ops.split(self.project(inputs, training), 3, axis=-1)
        U = ops.cast(self.recurrent_weights(training), self.compute_dtype)
        U_z, U_r, U_h = ops.split(U, 3, axis=-1)
        b_z, b_r, b_h = self._recurrent_biases()

        z = self.recurrent_activation(x_z + ops.matmul(h_z, U_z) + b_z)
        r = self.recurrent_activation(x_r + ops.matmul(h_r, U_r) + b_r)
        if self.reset_after:
            candidate = self.activation(x_h + r * (ops.matmul(h_h, U_h) + b_h))
        else:
            candidate = self.activation(x_h + ops.matmul(r * h_h, U_h))
        h = z * h + (1 - z) * candidate
        return h, [h] if nested else h

    def project(self, inputs, training=False):
        """The input's share of the gates, `x W + b`.

        Args:
            inputs: shape `(batch, features)` or `(batch, time, features)`; ids with
                1 in the place of features.
            training: whether input dropout applies, one mask for all time steps.

        Returns:
            Shape `(batch, 3 * units)` or `(batch, time, 3 * units)`.
        """
        masks = None
        if training and 0.0 < self.dropout < 1.0:
            masks = self.get_dropout_mask(inputs if inputs.ndim == 2 else inputs[:, 0])
        kernel = ops.cast(self.input_weights(), self.compute_dtype)
        if isinstance(masks, list):  # a mask for each gate, with recurrent dropout
            kernels = ops.split(kernel, 3, axis=-1)
            parts = [self._product(inputs, k, m) for k, m in zip(kernels, masks)]
            projected = ops.concatenate(parts, axis=-1)
        else:
            projected = self._product(inputs, kernel, masks)
        if self.bias is None:
            return projected
        return projected + ops.cast(self.input_bias(), self.compute_dtype)

    def input_weights(self):
        """What inputs are multiplied by: input_scale * W, shape
        `(features, 3 * units)`."""
        kernel = ops.convert_to_tensor(self.kernel)
        return kernel if self.input_scale == 1 else self.input_scale * kernel

    def input_bias(self):
        """What is added to `x W`, shape `(3 * units,)`; None without a bias."""
        if self.bias is None:
            return None
        return self.bias[0] if self.reset_after else ops.convert_to_tensor(self.bias)

    def _product(self, inputs, kernel, mask):
        if self.vocabulary_size:
            check_integer(inputs, self.name)
            ids = ops.cast(ops.squeeze(inputs, axis=-1), "int32")
            rows = project(ids, kernel)
            if mask is None:
                return rows
            flat = ops.reshape(ids, (ops.shape(mask)[0], -1))
            kept = ops.take_along_axis(mask, flat, axis=1)
            return rows * ops.reshape(kept, (*ops.shape(ids), 1))
        if mask is not None:
            mask = mask if inputs.ndim == 2 else ops.expand_dims(mask, axis=1)
            inputs = inputs * mask
        return ops.matmul(inputs, kernel)

    def _masked_states(self, h, training):
        if training and 0.0 < self.recurrent_dropout < 1.0:
            return [h * mask for mask in self.get_recurrent_dropout_mask(h)]
        return h, h, h

    def recurrent_weights(self, training=False):
        """U, shape `(units, 3 * units)`; in training what `weight_dropout` leaves of
        it, divided by the share that it leaves, until `reset_recurrent_dropout_mask`.

        Args:
            training: whether `weight_dropout` applies.
        """
        if not (training and self.weight_dropout):
            return ops.convert_to_tensor(self.recurrent_kernel)
        if self._kept_weights is None:
            self._kept_weights = keras.random.dropout(
                ops.convert_to_tensor(self.recurrent_kernel),
                self.weight_dropout,
                seed=self.seed_generator,
            )
        return self._kept_weights

    def reset_recurrent_dropout_mask(self):
        """Keras's hook at the end of a sequence: the next has a mask of its own."""
        super().reset_recurrent_dropout_mask()
        self._kept_weights = None

    def _recurrent_biases(self):
        if self.bias is not None and self.reset_after:
            return ops.split(ops.cast(self.bias[1], self.compute_dtype), 3)
        return 0.0, 0.0, 0.0

    def get_dropout_mask(self, step_input):
        """Keras's mask; for ids one over the symbols, as over one-hot vectors."""
        if self.vocabulary_size:
            batch = ops.shape(step_input)[0]
            step_input = ops.zeros((batch, self.vocabulary_size), self.compute_dtype)
        return super().get_dropout_mask(step_input)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "weight_dropout": self.weight_dropout,
            "input_scale": self.input_scale,
        }
