"""What half precision costs or gains on this machine, by units and by road:
`python -m benchmarks.precision`.

A road is how a layer's loops over time run: one TensorFlow operation after the other
(the product of matrices is TensorFlow's own), or compiled by XLA. All take turns in one
process, and medians are compared.
"""

import json

import click

from benchmarks.peers import SYMBOLS, random_ids
from benchmarks.speed import median_times
from gru_textgen.cli.options import load_tensorflow
from gru_textgen.training.settings import PRECISIONS

UNITS = (256, 512, 1024)
ROADS = {"TensorFlow": False, "XLA": True}  # by `jit_compile`
BATCH, STEPS = 64, 64


def measure(units: int, rounds: int) -> dict[str, float]:
    """Milliseconds of a training step of one layer, by precision and road."""
    from gru_textgen.model_file.reader import ModelInfo
    from gru_textgen.nn.model import build_model, compile_model
    from gru_textgen.text.vocabulary import Vocabulary

    ids = random_ids(BATCH, STEPS)
    info = ModelInfo(Vocabulary([chr(ord("0") + i) for i in range(SYMBOLS)]))
    turns = {}
    for precision in PRECISIONS:
        for road, compiled in ROADS.items():
            model = build_model(
                info,
                units,
                batch_size=BATCH,
                jit_compile=compiled,
                precision=precision,
            )
            compile_model(model, "adam", 1e-3, clip_norm=1.0)
            turns[f"{precision}, {road}"] = _turn(model, ids)
    for turn in turns.values():
        turn()  # compiles
    return {n: 1000 * t for n, t in median_times(turns, rounds).items()}


def _turn(model, ids):
    return lambda: model.train_on_batch(ids, ids)


@click.command()
@click.option(
    "--units",
    multiple=True,
    type=int,
    help="Units of the layer; may be repeated. [default: 256, 512 and 1024]",
)
@click.option("--rounds", type=click.IntRange(1), default=7, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def main(units, rounds, as_json):
    """Time a training step of one GRU layer, 64 streams of 64 characters."""
    load_tensorflow()
    found = {n: measure(n, rounds) for n in units or UNITS}
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    names = list(next(iter(found.values())))
    click.echo("Milliseconds a training step\n")
    click.echo("| units | " + " | ".join(names) + " |")
    click.echo("|---" * (1 + len(names)) + "|")
    for n, times in found.items():
        click.echo(f"| {n:,} | " + " | ".join(f"{times[x]:,.0f}" for x in names) + " |")


if __name__ == "__main__":
    main()
