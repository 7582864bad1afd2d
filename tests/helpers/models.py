"""Models of random weights, as arrays: no TensorFlow is needed for them."""

import numpy as np

from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import Factors, GRUArrays, ModelArrays, ModelInfo
from gru_textgen.text.vocabulary import Vocabulary

SYMBOLS = "\n abeglmnorst"


def random_model(units, symbols, reset_after, gates="sigmoid"):
    """GRU layers of so many units, over so many symbols and the unknown one."""
    rng = np.random.default_rng(7)

    def array(*shape):
        return rng.normal(0, 0.4, shape).astype(np.float32)

    layers, inputs = [], symbols + 1
    for n in units:
        shapes = (inputs, 3 * n), (n, 3 * n), (3 * n,), (3 * n,)
        weights = [array(*shape) for shape in shapes]
        if not reset_after:
            weights[3][:] = 0  # then there is no second bias
        layers.append(GRUArrays(*weights, reset_after, gates))
        inputs = n
    return ModelArrays(layers, array(inputs, symbols + 1), array(symbols + 1))


def random_word_model(units, symbols, size, reset_after=True, gates="sigmoid"):
    """The same over an embedding of so many numbers a word, to which the output is
    tied, with a projection where the last layer has another size."""
    arrays = random_model(units, symbols, reset_after, gates)
    rng = np.random.default_rng(8)
    shapes = (symbols + 1, size), (size, 3 * units[0]), (units[-1], size)
    embedding, kernel, projection = (rng.normal(0, 0.9, s).astype("f") for s in shapes)
    tied = units[-1] == size
    factors = Factors(embedding, kernel, None if tied else projection)
    first, logits = factors.multiplied(arrays.layers[0])
    layers = [first, *arrays.layers[1:]]
    return ModelArrays(layers, logits, arrays.bias, factors=factors)


def guesser(seed, vocabulary=Vocabulary(SYMBOLS)):
    """A model whose next symbol depends on the last one alone, by chance."""
    n = len(vocabulary)
    kernel = np.zeros((n, 3 * n), np.float32)
    kernel[:, 2 * n :] = 20 * np.eye(n)
    bias = np.zeros(3 * n, np.float32)
    bias[:n] = -50
    zeros = np.zeros(3 * n, np.float32)
    layer = GRUArrays(kernel, np.zeros((n, 3 * n), np.float32), bias, zeros, True)
    dense = np.random.default_rng(seed).normal(0, 1, (n, n)).astype(np.float32)
    arrays = ModelArrays([layer], dense, np.zeros(n, np.float32))
    return TextGenerator(arrays, ModelInfo(vocabulary))
