"""What training and writing cost here, against Keras's GRU and PyTorch's:
`python -m benchmarks.speed`.

All take turns in one process and medians are compared, so that a noisy machine disturbs
all alike. A peer that is not installed is named and left out.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

import click

from benchmarks.peers import (
    SYMBOLS,
    TRAINERS,
    our_writer,
    product_loop,
    random_ids,
    square_product,
    torch_writer,
)
from gru_textgen.cli.options import load_tensorflow

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
LARGE = 2048  # rows and columns of the yardstick's matrices
PACKAGES = ("numpy", "tensorflow", "keras", "torch")

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
    packages = {name: _version(name) for name in PACKAGES}
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
        "the last column is ours as a share of a large product's rate",
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
    medians = median_times({**runs, "large product": square_product(LARGE)}, rounds)
    large = 2e-9 * LARGE**3 / medians.pop("large product")
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
        "ours": our_writer,
        "torch": torch_writer,
        "product alone": product_loop,
    }
    runs = _peers(builders, units, streams, characters)
    for turn in runs.values():
        turn()
    medians = median_times(runs, rounds)
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


def median_times(runs: Turns, rounds: int) -> dict[str, float]:
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


@click.command()
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    type=click.Choice(list(TRAINING)),
    help="Units of the model to train; may be repeated. [default: all]",
)
@click.option("--rounds", type=click.IntRange(1), default=11, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def main(shapes, rounds, as_json):
    """Time training and writing here, beside Keras's GRU and PyTorch's.

    All take turns, and medians of so many rounds count.
    """
    load_tensorflow()
    results = measure(shapes, rounds, lambda what: click.echo(what, err=True))
    click.echo(json.dumps(results, indent=1) if as_json else table(results), nl=as_json)


if __name__ == "__main__":
    main()
