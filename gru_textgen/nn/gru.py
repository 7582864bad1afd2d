"""The gated recurrent unit over a sequence, as a Keras layer.

The equations of a step stand in `cell`; the same over a whole sequence, faster, in
`kernel`. The layer chooses between them, and takes what Keras's own takes.
"""

from typing import Any

import keras
from keras import ops

from gru_textgen.machine import multiplies_bfloat16
from gru_textgen.nn.cell import PACKAGE, GRUCell
from gru_textgen.nn.cudnn import cudnn_applies, cudnn_sequence, right_padded
from gru_textgen.nn.ids import check_integer, check_known
from gru_textgen.nn.kernel import gru_sequence, without_skipped


def _of_the_cell(name):
    return property(
        lambda self: getattr(self.cell, name), doc=f"The argument `{name}`."
    )


@keras.saving.register_keras_serializable(package=PACKAGE)
class GRU(keras.layers.RNN):
    """A GRU over a sequence, equal in values and gradients to `keras.layers.GRU`.

    Its weights have the names and shapes of `keras.layers.GRU`'s, so `set_weights`
    carries a model from one to the other. Where the activations are the standard ones
    and nothing asks for the step-by-step loop (`recurrent_dropout`, `unroll`), the
    whole-sequence kernel of `gru_textgen.nn.kernel` computes it.

    Example:
        >>> import keras
        >>> from gru_textgen import GRU
        >>> model = keras.Sequential([
        ...     keras.Input((None,), dtype="int32"),
        ...     GRU(32, vocabulary_size=10, return_sequences=True),
        ...     GRU(16),
        ... ])
        >>> model.output_shape
        (None, 16)
        >>> theirs = keras.layers.GRU(16)
        >>> theirs.build((None, None, 32))
        >>> model.layers[1].set_weights(theirs.get_weights())

    Args:
        units: size of the state, a positive integer.
        activation: of the candidate.
        recurrent_activation: of the gates.
        use_bias: whether the gates and the candidate have biases.
        kernel_initializer: of the input kernel.
        recurrent_initializer: of the recurrent kernel; Glorot uniform here, where
            Keras's default is orthogonal.
        bias_initializer: of the biases.
        kernel_regularizer: of the input kernel.
        recurrent_regularizer: of the recurrent kernel.
        bias_regularizer: of the biases.
        activity_regularizer: of the layer's output.
        kernel_constraint: of the input kernel.
        recurrent_constraint: of the recurrent kernel.
        bias_constraint: of the biases.
        dropout: fraction of the inputs dropped in training, the same ones at every
            step of a sequence.
        recurrent_dropout: fraction of the state dropped in training, the same units at
            every step of a sequence.
        seed: of the dropout masks.
        return_sequences: whether the outputs of all steps are returned.
        return_state: whether the last state is returned too.
        go_backwards: whether the sequence is read from its end.
        stateful: whether a batch begins with the last state of the batch before it.
        unroll: whether the loop over time is unrolled.
        reset_after: whether the reset gate applies after the recurrent product; False
            is the GRU of the 2014 paper.
        use_cudnn: whether cuDNN computes the layer on an NVIDIA GPU: "auto", where the
            arguments allow it; False, never; True is refused, when the layer is
            called, where it cannot.
        vocabulary_size: if given, inputs are integer ids of shape `(batch, time)`,
            read as one-hot vectors: the kernel's row is looked up, no vector is built.
            Begin a model of them with `keras.Input((None,), dtype="int32")`.
        weight_dropout: share of the recurrent kernel's weights dropped in training,
            as `GRUCell` says.
        input_scale: what inputs are multiplied by, as `GRUCell` says.
        jit_compile: whether XLA compiles the loops over time, which it can where all
            shapes are known inside a TensorFlow function. Compiled, a step of
            training is about twice as fast, but each new shape costs a second or more
            before its first. None: in training only (`training=True`, which `fit`
            passes), and not in bfloat16 on a processor with units for it (AMX), which
            TensorFlow uses and XLA does not. False: never, for training on lengths of
            every kind, and for models that are gone before that time is won back.
            True: in inference too, for many short calls of one shape.
        **kwargs: `implementation`, of which 1 draws a dropout mask for each gate, as in
            Keras; `zero_output_for_mask`, with which a masked step outputs zeros
            instead of the output before it; and the arguments of every Keras layer.

    Call arguments:
        sequences: shape `(batch, time, features)`, of floats, integers or booleans; or
            ids of shape `(batch, time)`, integers.
        initial_state: shape `(batch, units)`, or a list of one; zeros by default.
        mask: booleans of shape `(batch, time)`; False skips a step, whatever the
            inputs hold there.
        training: whether dropout applies.
        resets: booleans of shape `(batch, time)`; True empties the state before that
            step, so that several sequences can stand in one row. Of layers that the
            whole-sequence kernel computes.

    Returns:
        The last output, `(batch, units)`, or all, `(batch, time, units)`, with
        `return_sequences`; with `return_state` also the last state, `(batch, units)`.

    Raises:
        InputError: for ids that are no integers.
        tf.errors.InvalidArgumentError: for ids outside the vocabulary. Where XLA
            compiles everything around the layer too, nothing can be raised: there the
            outputs of such a row are NaN.
    """

    units = _of_the_cell("units")
    activation = _of_the_cell("activation")
    recurrent_activation = _of_the_cell("recurrent_activation")
    use_bias = _of_the_cell("use_bias")
    kernel_initializer = _of_the_cell("kernel_initializer")
    recurrent_initializer = _of_the_cell("recurrent_initializer")
    bias_initializer = _of_the_cell("bias_initializer")
    kernel_regularizer = _of_the_cell("kernel_regularizer")
    recurrent_regularizer = _of_the_cell("recurrent_regularizer")
    bias_regularizer = _of_the_cell("bias_regularizer")
    kernel_constraint = _of_the_cell("kernel_constraint")
    recurrent_constraint = _of_the_cell("recurrent_constraint")
    bias_constraint = _of_the_cell("bias_constraint")
    dropout = _of_the_cell("dropout")
    recurrent_dropout = _of_the_cell("recurrent_dropout")
    reset_after = _of_the_cell("reset_after")
    vocabulary_size = _of_the_cell("vocabulary_size")
    weight_dropout = _of_the_cell("weight_dropout")
    input_scale = _of_the_cell("input_scale")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: bool | str = "auto",
        vocabulary_size: int | None = None,
        weight_dropout: float = 0.0,
        input_scale: float = 1.0,
        jit_compile: bool | None = None,
        **kwargs: Any,
    ) -> None:
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                f"use_cudnn must be 'auto', True or False, not {use_cudnn!r}."
            )
        if jit_compile not in (None, True, False):
            raise ValueError(
                f"jit_compile must be None, True or False, not {jit_compile!r}."
            )
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
            vocabulary_size=vocabulary_size,
            weight_dropout=weight_dropout,
            input_scale=input_scale,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="gru_cell",
            implementation=kwargs.pop("implementation", 2),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.use_cudnn = use_cudnn
        self.jit_compile = jit_compile
        self._resets = None
        # XLA compiles no cuDNN: `fit` is not to try.
        self.supports_jit = use_cudnn is False or not cudnn_applies(self.compute_dtype)
        self.input_spec = keras.layers.InputSpec(ndim=2 if vocabulary_size else 3)

    @property
    def input_dtype(self):
        """What floating-point inputs are cast to: never a half type where they are
        ids, for that would round them before `call` can refuse them."""
        return "float32" if self.cell.vocabulary_size else super().input_dtype

    def compute_output_spec(self, sequences, *args, **kwargs):
        """Keras's hook while a model is built, which calls no layer."""
        if self.cell.vocabulary_size:
            check_integer(sequences, self.name)
        return super().compute_output_spec(sequences, *args, **kwargs)

    def call(
        self, sequences, initial_state=None, mask=None, training=False, resets=None
    ):
        if self.use_cudnn is True and not self._cudnn_applies(training):
            raise ValueError(
                "use_cudnn=True: cuDNN needs an NVIDIA GPU, the standard activations, "
                "reset_after=True, no recurrent_dropout and no unroll. Leave use_cudnn "
                "out."
            )
        if self.cell.vocabulary_size:
            check_integer(sequences, self.name)
            # A feature axis, as every RNN expects.
            sequences = ops.expand_dims(sequences, axis=-1)
        else:  # counts and flags too
            sequences = ops.cast(sequences, self.compute_dtype)
        self._resets = None if resets is None else ops.cast(resets, "bool")
        try:
            return super().call(
                sequences, initial_state=initial_state, mask=mask, training=training
            )
        finally:
            self._resets = None

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Keras's hook for the loop over time: last output, outputs, states."""
        cell = self.cell
        state = _for_each_row(keras.tree.flatten(initial_state)[0], sequences)
        mask, resets = _plain_mask(mask, sequences), self._resets
        by_kernel = self._kernel_applies(training)
        if mask is not None and mask.ndim == 3:  # of single units: Keras's loop has it
            by_kernel = False
        elif mask is not None:
            sequences = without_skipped(sequences, mask)
        if cell.vocabulary_size:
            sequences, state = check_known(
                sequences, state, cell.vocabulary_size, self.name
            )
        # Before the loop, so that no step draws a mask of its own.
        recurrent_kernel = cell.recurrent_weights(training)
        if not by_kernel:
            if resets is not None:
                raise ValueError(
                    "resets: a layer with recurrent_dropout, unroll or other "
                    "activations cannot reset its state within a sequence."
                )
            return super().inner_loop(sequences, [state], mask, training=training)
        kernel, inputs = cell.input_weights(), sequences
        if cell.vocabulary_size:
            inputs = ops.squeeze(inputs, axis=-1)
        if training and cell.dropout or not self._has_few_symbols():
            inputs, kernel = cell.project(sequences, training), None
        if self.go_backwards:
            inputs = ops.flip(inputs, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
            self._resets = None if resets is None else ops.flip(resets, axis=1)
        states = self._states(
            training,
            mask=mask,
            inputs=inputs,
            initial_state=state,
            kernel=kernel,
            recurrent_kernel=recurrent_kernel,
            bias=cell.input_bias(),
            recurrent_bias=(
                cell.bias[1] if cell.use_bias and cell.reset_after else None
            ),
        )
        outputs = states if mask is None else self._masked_outputs(states, mask)
        return outputs[:, -1], outputs, [states[:, -1]]

    def _states(self, training, mask, **given):
        """The states after all steps, by cuDNN or by the kernel."""
        compiled, resets = self.jit_compile, self._resets
        if compiled is None:
            compiled = bool(training) and not self._multiplied_by_processor()

        def by_kernel():
            states = gru_sequence(
                **given,
                mask=mask,
                reset_after=self.cell.reset_after,
                jit_compile=compiled,
                resets=resets,
                product_dtype=self.compute_dtype,
            )
            return ops.cast(states, self.compute_dtype)

        def by_cudnn():
            return cudnn_sequence(**given, mask=mask, dtype=self.compute_dtype)

        if not self._cudnn_applies(training):
            return by_kernel()
        if mask is None:
            return by_cudnn()
        return ops.cond(right_padded(mask), by_cudnn, by_kernel)

    def _multiplied_by_processor(self):
        """Whether TensorFlow's own products are faster than XLA's, which do not use the
        processor's units for bfloat16."""
        return self.compute_dtype == "bfloat16" and multiplies_bfloat16()

    def _cudnn_applies(self, training):
        return (
            self.use_cudnn is not False
            and self.cell.reset_after
            and self._resets is None
            and self._kernel_applies(training)
            and cudnn_applies(self.compute_dtype)
        )

    def _has_few_symbols(self):
        """Whether products with one-hot vectors cost less than picking rows."""
        vocab_size = self.cell.vocabulary_size
        return not vocab_size or vocab_size <= max(256, self.units)

    def _kernel_applies(self, training):
        cell = self.cell
        return (
            cell.activation is keras.activations.tanh
            and cell.recurrent_activation is keras.activations.sigmoid
            and not (training and cell.recurrent_dropout)
            and not self.unroll
        )

    def _masked_outputs(self, states, mask):
        """A masked step repeats the output before it; before the first stand zeros."""
        shown = mask
        if not self.zero_output_for_mask:
            shown = ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
        return ops.where(shown[..., None], states, ops.zeros_like(states))

    def get_config(self):
        config = super().get_config()
        cell = config.pop("cell")["config"]
        arguments = {k: v for k, v in cell.items() if k not in config}
        activity = keras.regularizers.serialize(self.activity_regularizer)
        return {
            **config,
            **arguments,
            "activity_regularizer": activity,
            "jit_compile": self.jit_compile,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _plain_mask(mask, sequences):
    """A mask of any form that Keras takes, as booleans `(batch, time)`; as
    `(batch, time, units)` if it tells units apart."""
    if isinstance(mask, (list, tuple)):
        mask = mask[0]
    if mask is None:
        return None
    mask = ops.cast(mask, "bool")
    if mask.ndim == 3 and mask.shape[-1] == 1:
        mask = ops.squeeze(mask, axis=-1)
    return _for_each_row(mask, sequences)


def _for_each_row(tensor, sequences):
    """A tensor whose first axis is the batch, or 1 and meant for all of it."""
    if tensor.shape[0] != 1 or sequences.shape[0] == 1:
        return tensor
    return ops.broadcast_to(tensor, (ops.shape(sequences)[0], *tensor.shape[1:]))
