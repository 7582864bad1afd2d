"""Ids in the place of one-hot vectors: what may stand for one, checked where read.

An id outside the vocabulary would otherwise be an error in one place and a vector of
zeros in another, for TensorFlow's own look-ups differ: eager or compiled, CPU or GPU.
"""

import keras
import tensorflow as tf

from gru_textgen.errors import InputError


def check_integer(ids, name: str) -> None:
    """Refuse ids of any type but an integer one.

    Args:
        ids: a tensor.
        name: of the layer that reads them.

    Raises:
        InputError: for floating-point numbers, which a half type would round, and for
            booleans.
    """
    dtype = keras.backend.standardize_dtype(ids.dtype)
    if not keras.backend.is_int_dtype(dtype):
        raise InputError(
            f"{name} has a vocabulary_size and reads integer ids, but was given "
            f"{dtype}: start the model with keras.Input((None,), dtype='int32')."
        )


def check_known(ids, state, vocab_size: int, name: str):
    """Refuse ids outside the vocabulary.

    Args:
        ids: integers of shape `(batch, time, 1)`.
        state: the state before them, `(batch, units)`.
        vocab_size: number of ids in the vocabulary.
        name: of the layer that reads them.

    Returns:
        The ids as int32; and the state, NaN in the rows of unknown ids: where XLA
        compiles the check nothing is raised, and nothing may go on as if it were right.

    Raises:
        tf.errors.InvalidArgumentError: for an id that is not from 0 to
            `vocab_size` - 1.
    """
    wide = tf.cast(ids, tf.int64)
    known = tf.reduce_all((wide >= 0) & (wide < vocab_size), axis=(1, 2))
    message = f"{name}: ids must be from 0 to {vocab_size - 1}, not"
    check = tf.debugging.Assert(tf.reduce_all(known), [message, wide])
    with tf.control_dependencies([] if check is None else [check]):
        ids = tf.cast(wide, tf.int32)
    if not tf.executing_eagerly():
        nan = tf.constant(float("nan"), state.dtype)
        state = tf.where(known[:, tf.newaxis], state, nan)
    return ids, state
