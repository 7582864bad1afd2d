"""Words as vectors: the embedding that a model of words reads with, and the output that
is tied to it."""

import keras
import tensorflow as tf
from keras import ops

_PACKAGE = "gru_textgen"


@keras.saving.register_keras_serializable(package=_PACKAGE)
class Embedding(keras.layers.Layer):
    """A vector for each id, with variational dropout: in training some ids, drawn for
    each batch, are read as zeros wherever they stand (Gal & Ghahramani 2016,
    https://arxiv.org/abs/1512.05287, section 4.2).

    Args:
        vocabulary_size: number of ids.
        size: of a vector.
        dropout: share of the ids that a batch drops; the others are scaled by
            1 / (1 - dropout).
        seed: of the dropout.
        **kwargs: as for `keras.layers.Layer`.

    Example:
        >>> import numpy as np
        >>> from gru_textgen.nn.embedding import Embedding
        >>> Embedding(vocabulary_size=100, size=8)(np.array([[1, 2, 3]])).shape
        TensorShape([1, 3, 8])
    """

    def __init__(
        self,
        vocabulary_size: int,
        size: int,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.size = size
        self.dropout = dropout
        self.seed_generator = keras.random.SeedGenerator(seed) if dropout else None

    def build(self, input_shape):
        self.table = self.add_weight(
            name="table",
            shape=(self.vocabulary_size, self.size),
            initializer=keras.initializers.RandomUniform(-0.1, 0.1),
        )
        self.built = True

    def call(self, ids, training=None):
        """The vectors of ids.

        Args:
            ids: integers of shape `(batch, time)`.
            training: whether some ids are dropped.

        Returns:
            Shape `(batch, time, size)`.
        """
        vectors = _rows(self.table, ids)
        if not (training and self.dropout):
            return vectors
        ones = ops.ones((self.vocabulary_size, 1), vectors.dtype)
        kept = keras.random.dropout(ones, self.dropout, seed=self.seed_generator)
        return vectors * ops.take(kept, ids, axis=0)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.size)

    def get_config(self):
        own = {
            "vocabulary_size": self.vocabulary_size,
            "size": self.size,
            "dropout": self.dropout,
        }
        return {**super().get_config(), **own}


def _rows(table, ids):
    """Rows of a matrix. The gradient is dense, as that of the output tied to it is."""
    count = table.shape[0]

    @tf.custom_gradient
    def select(table):
        def backward(d_rows):
            d_rows = tf.reshape(d_rows, (-1, d_rows.shape[-1]))
            places = tf.reshape(ids, (-1,))
            return tf.math.unsorted_segment_sum(d_rows, places, count)

        return tf.gather(table, ids), backward

    return select(tf.convert_to_tensor(table))


@keras.saving.register_keras_serializable(package=_PACKAGE)
class TiedDense(keras.layers.Layer):
    """The logits of all ids, by their vectors in an embedding: one matrix serves both
    (Press & Wolf 2017, https://arxiv.org/abs/1608.05859). Where the inputs have another
    size than the vectors, they are projected first, without a bias.

    `TextModel` ties it to its embedding when it is added.

    Args:
        **kwargs: as for `keras.layers.Layer`.
    """

    def tie(self, embedding: Embedding) -> None:
        """Name the embedding, which keeps its weights."""
        # Behind a function, for Keras would take the embedding for a part of this.
        self._embedding = lambda: embedding

    def build(self, input_shape):
        embedding = self._embedding()
        self.projection = None
        if input_shape[-1] != embedding.size:
            self.projection = self.add_weight(
                name="projection", shape=(input_shape[-1], embedding.size)
            )
        self.bias = self.add_weight(
            name="bias", shape=(embedding.vocabulary_size,), initializer="zeros"
        )
        self.built = True

    def call(self, inputs):
        """Logits.

        Args:
            inputs: shape `(batch, time, features)`.

        Returns:
            Shape `(batch, time, vocabulary_size)`.
        """
        if self.projection is not None:
            inputs = ops.matmul(inputs, self.projection)
        table = ops.transpose(self._embedding().table)
        return ops.matmul(inputs, table) + self.bias

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self._embedding().vocabulary_size)
