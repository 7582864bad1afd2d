"""What training and writing cost here, against Keras's GRU and PyTorch's.

All take turns in one process and medians are compared, so that a noisy machine disturbs
all alike. A peer that is not installed is named and left out.
"""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from gru_textgen.archive import GRUArrays, ModelArrays, ModelInfo
from gru_textgen.generation import TextGenerator
from gru_textgen.vocabulary import Vocabulary

SYMBOLS, EMBEDDING = 65, 64
TRAINING = {  # units, batch, steps, layers
    "128": (128, 128, 100, 1),
    "256": (256, 64, 100, 1),
    "512": (512, 64, 100, 1),
    "2x256": (256, 64, 100, 2),
}
WRITING = {  # units, streams, characters a turn and stream
    "256": (256, 1, 1000),
    "512": (512, 1, 500),
    "256, 64 streams": (256, 64, 60),
}
_LARGE = 2048  # rows and columns of the yardstick's matrices
_TEMPERATURE = 0.7
_PACKAGES = ("numpy", "tensorflow", "keras", "torch")

Turns = dict[str, Callable[[], object]]


def measure(
    shapes: Sequence[str] = (), rounds: int = 11, say: Callable = print
) -> dict:
    """All figures.

    Args:
        shapes: names out of `TRAINING`; all by default.
        rounds: turns that each peer takes; the median counts.
        say: told what is being measured.

    Returns:
        `machine`; `left_out`, the packages of peers that are not installed; and for
        each shape of `training` and `writing` what `_training` and `_writing` return.
    """
    training, writing = {}, {}
    for name in shapes or TRAINING:
        say(f"training, {name} units")
        training[name] = _training(*TRAINING[name], rounds)
    for name, sizes in WRITING.items():
        say(f"writing, {name} units")
        writing[name] = _writing(*sizes, rounds)
    machine = {
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
    }
    packages = {name: _version(name) for name in _PACKAGES}
    return {
        "machine": {**machine, **{n: v for n, v in packages.items() if v}},
        "left_out": [name for name, found in packages.items() if not found],
        "rounds": rounds,
        "training": training,
        "writing": writing,
    }


def table(results: dict) -> str:
    """The figures of `measure`, for people."""
    training = [
        "Training: milliseconds a step, ours on ids, and embedded as the peers are;",
        "the peak is the rate of a large product of matrices",
        _row("", *"ours embedded keras torch keras/ours torch/ours of_peak".split()),
    ]
    for name, figures in results["training"].items():
        ms, rates = figures["milliseconds"], figures["gigaflops"]
        ours, embedded = ms["ours"], ms["ours, embedding"]
        peers = [ms.get(peer) for peer in ("keras", "torch")]
        share = rates["ours"] / rates["large product"]
        training.append(
            _row(
                name,
                *(_number(x) for x in (ours, embedded, *peers)),
                *(_times(x, ours) for x in peers),
                f"{share:.0%}",
            )
        )
    writing = [
        "Writing: characters a second; and if the recurrent product were all there is",
        _row("", *"ours torch ours/torch product".split()),
    ]
    for name, figures in results["writing"].items():
        rates = figures["characters_per_second"]
        ours, torch = rates["ours"], rates.get("torch")
        alone = _number(rates["product alone"])
        times = _times(ours, torch)
        writing.append(_row(name, _number(ours), _number(torch), times, alone))
    left_out = "".join(f"{n} is not installed.\n" for n in results["left_out"])
    return "\n".join([*training, "", *writing]) + "\n" + left_out


def _row(name: str, *cells: str) -> str:
    return f"{name:>16}" + "".join(f"{cell:>14}" for cell in cells)


def _number(x: float | None) -> str:
    return "-" if x is None else f"{x:,.0f}"


def _times(x: float | None, y: float | None) -> str:
    return "-" if x is None or y is None else f"{x / y:.2f} x"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _training(units: int, batch: int, steps: int, layers: int, rounds: int) -> dict:
    """A step of training, forward, backward and Adam, on random ids.

    Returns:
        `milliseconds` of each peer; `first_step_seconds`, in which it compiles;
        `gigaflops` of the products that any GRU has to do, and of a large product of
        matrices, the machine's own rate.
    """
    runs = _peers(TRAINERS, random_ids(batch, steps), units, layers)
    first = {name: _timed(step) for name, step in runs.items()}
    medians = _medians({**runs, "large product": _square_product()}, rounds)
    large = 2e-9 * _LARGE**3 / medians.pop("large product")
    # Twice as many in the backward pass: the input's gradient, and the matrix's.
    # What an embedding or a one-hot vector adds is not counted: it is a look-up.
    useful = 3 * 2e-9 * batch * steps * units * (3 * units * (2 * layers - 1) + SYMBOLS)
    return {
        "milliseconds": {name: 1000 * median for name, median in medians.items()},
        "first_step_seconds": first,
        "gigaflops": {"ours": useful / medians["ours"], "large product": large},
    }


def _writing(units: int, streams: int, characters: int, rounds: int) -> dict:
    """Writing, at a temperature, with a state that is carried.

    Returns:
        `characters_per_second` of each peer, all streams together; and of a loop that
        does the recurrent product of each character and nothing else.
    """
    builders = {
        "ours": _our_writer,
        "torch": _torch_writer,
        "product alone": _product_loop,
    }
    runs = _peers(builders, units, streams, characters)
    for turn in runs.values():
        turn()
    medians = _medians(runs, rounds)
    written = streams * characters
    return {"characters_per_second": {n: written / t for n, t in medians.items()}}


def _peers(builders: dict[str, Callable], *arguments) -> Turns:
    """What those that are installed do in a turn."""
    runs = {}
    for name, build in builders.items():
        try:
            runs[name] = build(*arguments)
        except ModuleNotFoundError:
            continue
    return runs


def _medians(runs: Turns, rounds: int) -> dict[str, float]:
    """Seconds of a turn."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, turn in runs.items():
            turn()  # the caches are its own again
            times[name].append(_timed(turn))
    return {name: statistics.median(t) for name, t in times.items()}


def _timed(turn: Callable) -> float:
    start = time.perf_counter()
    turn()
    return time.perf_counter() - start


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


def _square_product():
    import tensorflow as tf

    square = tf.random.stateless_normal((_LARGE, _LARGE), (0, 0))
    return lambda: tf.matmul(square, square).numpy()


def random_ids(batch: int, steps: int) -> np.ndarray:
    """What the peers are trained on, `(batch, steps)`."""
    rng = np.random.default_rng(0)
    return rng.integers(0, SYMBOLS, (batch, steps)).astype("int32")


def our_step(ids, units, layers):
    from gru_textgen.gru import GRU

    sizes = [SYMBOLS] + [None] * (layers - 1)
    grus = [GRU(units, vocabulary_size=n, return_sequences=True) for n in sizes]
    return _fit_step(grus, False, ids)


def our_embedded_step(ids, units, layers):
    from gru_textgen.gru import GRU

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


def _our_writer(units, streams, characters):
    vocabulary = Vocabulary([chr(ord("0") + i) for i in range(SYMBOLS)])
    generator = TextGenerator(_arrays(units), ModelInfo(vocabulary))
    options = {"length": characters, "temperature": _TEMPERATURE, "seed": 0}
    if streams > 1:
        return lambda: generator.generate_batch(["0"] * streams, **options)
    return lambda: "".join(generator.stream("0", **options))


def _torch_writer(units, streams, characters):
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


def _product_loop(units, streams, characters):
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
