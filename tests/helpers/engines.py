"""A Keras model beside the NumPy engine of the same weights."""

import numpy as np

from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.model import TextModel
from gru_textgen.text.vocabulary import Vocabulary

INFO = ModelInfo(Vocabulary("abcdefg"))
RNG = np.random.default_rng(0)


def pair(layers, reset_after, use_bias=True, recurrent_activation="sigmoid"):
    """A Keras model with random weights, and the engine of the same weights."""
    import keras

    model = TextModel(info=INFO)
    model.add(keras.Input((None,), dtype="int32"))
    for i in range(layers):
        model.add(
            GRU(
                12 + i,
                reset_after=reset_after,
                use_bias=use_bias,
                recurrent_activation=recurrent_activation,
                return_sequences=True,
                vocabulary_size=None if i else len(INFO.vocabulary),
            )
        )
    model.add(keras.layers.Dense(len(INFO.vocabulary)))
    model.set_weights([0.5 * RNG.normal(size=w.shape) for w in model.get_weights()])
    return model, Engine(model.arrays())


def keras_run(model, ids):
    """Logits and the last state of each layer, from zeros."""
    outputs, states = ids, []
    for layer in model.gru_layers():
        outputs = layer(outputs)
        states.append(outputs[:, -1].numpy())
    return [model.layers[-1](outputs).numpy(), *states]


def zeros(model, streams):
    return [np.zeros((streams, x.units), np.float32) for x in model.gru_layers()]
