"""A text, and models with large random weights, whose gates come near 0 and 1."""

import numpy as np

from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.vocabulary import Vocabulary

RNG = np.random.default_rng(0)
TEXT = "abcabba cab\nbac"


def random_model(layers=2, reset_after=True, units=7, recurrent_activation="sigmoid"):
    """A Keras model with large random weights, so that gates come near 0 and 1."""
    import keras

    from gru_textgen.nn.gru import GRU
    from gru_textgen.nn.model import TextModel

    info = ModelInfo(Vocabulary("abc \n"))
    model = TextModel(info=info)
    model.add(keras.Input((None,), dtype="int32"))
    for i in range(layers):
        model.add(
            GRU(
                units + i,
                reset_after=reset_after,
                recurrent_activation=recurrent_activation,
                return_sequences=True,
                vocabulary_size=None if i else len(info.vocabulary),
            )
        )
    model.add(keras.layers.Dense(len(info.vocabulary)))
    model.set_weights([RNG.normal(size=w.shape) for w in model.get_weights()])
    return model


def generator_of(model):
    return TextGenerator(model.arrays(), model.info)
