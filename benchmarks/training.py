"""One training step against Keras's GRU and PyTorch's: `python benchmarks/training.py`.

Forward, backward and Adam, on random ids. The peers are built as people build them, an
embedding of 64 before the GRU; ours reads ids as one-hot vectors, and once more with
the same embedding. All take turns in one process, and medians are compared, so that a
noisy machine disturbs all alike. A peer that is not installed is named and left out.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import json  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402

import click  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from gru_textgen import GRU  # noqa: E402

SYMBOLS, EMBEDDING = 65, 64
SHAPES = {  # units, batch, steps, layers
    "128": (128, 128, 100, 1),
    "256": (256, 64, 100, 1),
    "512": (512, 64, 100, 1),
    "2x256": (256, 64, 100, 2),
}


def keras_step(layer, first_layer, ids):
    """A step of `fit` on a model of such layers, after an embedding or on the ids."""

    def build(units, layers):
        model = keras.Sequential([keras.Input(batch_shape=ids.shape, dtype="int32")])
        if first_layer is None:
            model.add(keras.layers.Embedding(SYMBOLS, EMBEDDING))
        for i in range(layers):
            make = layer if i or first_layer is None else first_layer
            model.add(make(units, return_sequences=True))
        model.add(keras.layers.Dense(SYMBOLS))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(), loss)
        return lambda: model.train_on_batch(ids, ids)

    return build


def torch_step(ids):
    """The same in PyTorch."""
    import torch

    def build(units, layers):
        class Model(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = torch.nn.Embedding(SYMBOLS, EMBEDDING)
                self.gru = torch.nn.GRU(EMBEDDING, units, layers, batch_first=True)
                self.dense = torch.nn.Linear(units, SYMBOLS)

            def forward(self, ids):
                return self.dense(self.gru(self.embedding(ids))[0])

        model, targets = Model(), torch.tensor(ids, dtype=torch.long)
        optimizer = torch.optim.Adam(model.parameters())

        def step():
            optimizer.zero_grad()
            logits = model(targets).flatten(0, 1)
            loss = torch.nn.functional.cross_entropy(logits, targets.flatten())
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    return build


def one_hot_gru(units, **arguments):
    """Our layer on ids."""
    return GRU(units, vocabulary_size=SYMBOLS, **arguments)


def measure(shape, rounds):
    """Median milliseconds of a step of each peer, and seconds of its first."""
    units, batch, steps, layers = shape
    ids = np.random.default_rng(0).integers(0, SYMBOLS, (batch, steps)).astype("int32")
    builders = {
        "ours": keras_step(GRU, one_hot_gru, ids),
        "ours, embedding": keras_step(GRU, None, ids),
        "keras": keras_step(keras.layers.GRU, None, ids),
    }
    try:
        builders["torch"] = torch_step(ids)
    except ModuleNotFoundError:
        click.echo("PyTorch is not installed: left out.", err=True)
    runs = {name: build(units, layers) for name, build in builders.items()}
    first = {name: timed(step) for name, step in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, step in runs.items():
            step()  # the caches are its own again
            times[name].append(timed(step))
    medians = {name: 1000 * statistics.median(t) for name, t in times.items()}
    return {"milliseconds": medians, "first_step_seconds": first}


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@click.command()
@click.option("--shape", multiple=True, type=click.Choice(list(SHAPES)))
@click.option("--rounds", default=15, show_default=True, help="Turns of each peer.")
@click.option("--json", "as_json", is_flag=True)
def main(shape, rounds, as_json):
    """Milliseconds a training step, and how many times as long the peers take."""
    results = {name: measure(SHAPES[name], rounds) for name in shape or SHAPES}
    if as_json:
        click.echo(json.dumps(results, indent=1))
        return
    for name, result in results.items():
        times = result["milliseconds"]
        row = "  ".join(f"{peer} {ms:.0f} ms" for peer, ms in times.items())
        ratios = "  ".join(
            f"{peer}/ours {times[peer] / times['ours']:.2f}"
            for peer in ("keras", "torch")
            if peer in times
        )
        first = result["first_step_seconds"]["ours"]
        click.echo(f"{name:>6}: {row}  |  {ratios}  |  first step {first:.1f} s")


if __name__ == "__main__":
    main()
