"""What the benchmark runs: a step of training, or a turn of writing, of each peer.

The peers are built as people build them, an embedding before the GRU; ours reads ids as
one-hot vectors, and once more with the same embedding.
"""

import numpy as np

from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo
from gru_textgen.text.vocabulary import Vocabulary

SYMBOLS, EMBEDDING = 65, 64
_TEMPERATURE = 0.7


def _fit_step(gru_layers, embedded: bool, ids: np.ndarray):
    """A step of `fit` on a model of Keras layers."""
    import keras

    model = keras.Sequential([keras.Input(batch_shape=ids.shape, dtype="int32")])
    if embedded:
        model.add(keras.layers.Embedding(SYMBOLS, EMBEDDING))
    for layer in gru_layers:
        model.add(layer)
    model.add(keras.layers.Dense(SYMBOLS))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(), loss)
    return lambda: model.train_on_batch(ids, ids)


def square_product(size: int):
    """The machine's yardstick: a product of large matrices."""
    import tensorflow as tf

    square = tf.random.stateless_normal((size, size), (0, 0))
    return lambda: tf.matmul(square, square).numpy()


def random_ids(batch: int, steps: int) -> np.ndarray:
    """What the peers are trained on, `(batch, steps)`."""
    rng = np.random.default_rng(0)
    return rng.integers(0, SYMBOLS, (batch, steps)).astype("int32")


def our_step(ids, units, layers):
    from gru_textgen.nn.gru import GRU

    sizes = [SYMBOLS] + [None] * (layers - 1)
    grus = [GRU(units, vocabulary_size=n, return_sequences=True) for n in sizes]
    return _fit_step(grus, False, ids)


def our_embedded_step(ids, units, layers):
    from gru_textgen.nn.gru import GRU

    grus = [GRU(units, return_sequences=True) for _ in range(layers)]
    return _fit_step(grus, True, ids)


def keras_step(ids, units, layers):
    import keras

    make = keras.layers.GRU
    return _fit_step(
        [make(units, return_sequences=True) for _ in range(layers)], True, ids
    )


def _torch_model(units, layers=1):
    import torch

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(SYMBOLS, EMBEDDING)
            self.gru = torch.nn.GRU(EMBEDDING, units, layers, batch_first=True)
            self.dense = torch.nn.Linear(units, SYMBOLS)

        def forward(self, ids, state=None):
            outputs, state = self.gru(self.embedding(ids), state)
            return self.dense(outputs), state

    return Model()


def torch_step(ids, units, layers):
    import torch

    model, targets = _torch_model(units, layers), torch.tensor(ids, dtype=torch.long)
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        logits = model(targets)[0].flatten(0, 1)
        torch.nn.functional.cross_entropy(logits, targets.flatten()).backward()
        optimizer.step()

    return step


TRAINERS = {
    "ours": our_step,
    "ours, embedding": our_embedded_step,
    "keras": keras_step,
    "torch": torch_step,
}


def _arrays(units):
    """A model of random weights."""
    rng = np.random.default_rng(0)

    def make(*shape):
        return rng.normal(scale=0.05, size=shape).astype(np.float32)

    kernel, recurrent_kernel = make(SYMBOLS + 1, 3 * units), make(units, 3 * units)
    layer = GRUArrays(
        kernel, recurrent_kernel, make(3 * units), make(3 * units), reset_after=True
    )
    return ModelArrays([layer], make(units, SYMBOLS + 1), make(SYMBOLS + 1))


def our_writer(units, streams, characters):
    vocabulary = Vocabulary([chr(ord("0") + i) for i in range(SYMBOLS)])
    generator = TextGenerator(_arrays(units), ModelInfo(vocabulary))
    options = {"length": characters, "temperature": _TEMPERATURE, "seed": 0}
    options["whole"] = False
    if streams > 1:
        return lambda: generator.generate_batch(["0"] * streams, **options)
    return lambda: "".join(generator.stream("0", **options))


def torch_writer(units, streams, characters):
    import torch

    model = _torch_model(units).eval()

    def turn():
        with torch.inference_mode():
            ids, state = torch.zeros(streams, 1, dtype=torch.long), None
            for _ in range(characters):
                logits, state = model(ids, state)
                p = torch.softmax(logits[:, -1] / _TEMPERATURE, -1)
                ids = torch.multinomial(p, 1)

    return turn


def product_loop(units, streams, characters):
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3 * units, units)).astype(np.float32)
    state = rng.normal(size=(units, streams)).astype(np.float32)
    product = np.empty((3 * units, streams), np.float32)
    if streams == 1:
        state, product = state[:, 0].copy(), product[:, 0].copy()

    def turn():
        for _ in range(characters):
            np.matmul(kernel, state, product)

    return turn
