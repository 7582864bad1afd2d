"""What training says of a model's predictions, as Keras metrics."""

import keras
from keras import ops

_PACKAGE = "gru_textgen"
_NATS_PER_BIT = 0.6931471805599453


@keras.saving.register_keras_serializable(package=_PACKAGE)
class BitsPerCharacter(keras.metrics.Mean):
    """Mean cross-entropy of the next character in bits: its loss / ln 2."""

    def __init__(self, name="bits_per_character", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """`y_true`: ids `(batch, time)`; `y_pred`: logits `(batch, time, "
        "vocab_size)`."""
        loss = keras.losses.sparse_categorical_crossentropy(
            y_true, y_pred, from_logits=True
        )
        return super().update_state(loss / _NATS_PER_BIT, sample_weight)

    def add(self, loss, characters):
        """The mean loss of so many characters in nats, computed elsewhere."""
        super().update_state(loss / _NATS_PER_BIT, characters)


@keras.saving.register_keras_serializable(package=_PACKAGE)
class Perplexity(BitsPerCharacter):
    """2 to the bits per character: among how many characters the model hesitates."""

    def __init__(self, name="perplexity", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def result(self):
        return ops.power(2.0, super().result())
