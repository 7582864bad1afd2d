"""What more workers gain, measured with two processes and computed for a thousand:
`python -m benchmarks.scaling`.

The model on paper: every worker reads a batch of its own, whose gradients take it some
seconds; then a ring all-reduce moves 2 (N - 1) / N times the bytes of the gradient over
each worker's link, in 2 (N - 1) messages. N workers do N / (1 + communication /
computation) times the work of one.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

WORKERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
LINKS = (1, 10, 100)  # Gbit/s
_SHARE = 0.8  # of the rate of workers without communication that shall be left
_SIZES = dict(units=256, layers=2, seq_length=64, batch_size=64)
_SYMBOLS = 66
_STEPS, _FIRST = 25, 5  # measured from the fifth on


@dataclass(frozen=True)
class Step:
    """A step of one worker.

    Attributes:
        seconds: that its gradients take.
        weights: of the model, one number of the gradient each.
        bytes: of such a number: 4 in float32, 2 in bfloat16.
        accumulate: steps whose gradients are sent together.
        latency: seconds of a message.
    """

    seconds: float
    weights: int
    bytes: int = 4
    accumulate: int = 1
    latency: float = 5e-5

    def communication(self, workers: int, gigabits: float) -> float:
        """Seconds of an all-reduce, for each step."""
        moved = 2 * (workers - 1) / workers * self.weights * self.bytes
        seconds = 8 * moved / (gigabits * 1e9) + 2 * (workers - 1) * self.latency
        return seconds / self.accumulate

    def speedup(self, workers: int, gigabits: float) -> float:
        """The work of so many workers as a multiple of that of one."""
        share = self.communication(workers, gigabits) / self.seconds
        return workers / (1 + share)

    def most(self, gigabits: float) -> int:
        """The most of `WORKERS` of which each does `_SHARE` of what it does alone."""
        fits = (n for n in WORKERS if self.speedup(n, gigabits) >= _SHARE * n)
        return max(fits)

    def batch(self, workers: int, gigabits: float) -> float:
        """How many times the batch each worker needs to do `_SHARE` of that."""
        share = self.communication(workers, gigabits) / self.seconds
        return share * _SHARE / (1 - _SHARE)


def table(steps: Sequence[Step]) -> str:
    """The model for people: by step, what is sent, and link."""
    lines = [
        "| step | gradients sent | Gbit/s | 2 workers | 8 | 64 | 1,000 | "
        f"most workers at {_SHARE:.0%} | batch for 1,000 at {_SHARE:.0%} |",
        "|---" * 9 + "|",
    ]
    for step in steps:
        for name, kind in _kinds(step).items():
            for link in LINKS:
                rates = [f"{kind.speedup(n, link):,.1f}" for n in (2, 8, 64, 1000)]
                batch = f"{max(1.0, kind.batch(1000, link)):,.1f} x"
                cells = [f"{1000 * step.seconds:g} ms", name, str(link), *rates]
                cells += [f"{kind.most(link):,}", batch]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _kinds(step: Step) -> dict[str, Step]:
    fewer = replace(step, bytes=2, accumulate=4)
    return {"float32, each batch": step, "bfloat16, each fourth batch": fewer}


def picture(steps: Sequence[Step], path: str) -> None:
    """The share of each worker's rate that is left, by their number, link and step."""
    from gru_textgen.plots.pictures import save
    from gru_textgen.plots.themes import MARKERS, theme_named

    look = theme_named("light")
    figure = look.figure(10, 4)
    panels = figure.subplots(1, len(steps), squeeze=False)[0]
    for axes, step in zip(panels, steps):
        for i, link in enumerate(LINKS):
            for kind, line in zip(_kinds(step).values(), ("-", "--")):
                shares = [kind.speedup(n, link) / n for n in WORKERS]
                label = f"{link} Gbit/s" if line == "-" else None
                look_of = {"color": look.series[i], "marker": MARKERS[i]}
                axes.plot(WORKERS, shares, line, label=label, **look_of)
        axes.set(xscale="log", ylim=(0, 1.02), xlabel="workers")
        axes.set(title=f"{1000 * step.seconds:g} ms a step")
        axes.grid(color=look.grid)
        look.legend(axes)
    panels[0].set_ylabel("work of a worker, as a share of one alone")
    look.style(*panels)
    save(figure, path)


def measured(processes: int, apart: bool = False) -> float:
    """Seconds of a step of so many processes, each pinned to a core.

    Args:
        processes: their number.
        apart: whether each trains a model of its own, and sends nothing.
    """
    addresses = [f"127.0.0.1:{_free_port()}" for _ in range(processes)]
    program = [sys.executable, "-m", "benchmarks.scaling", "--worker"]
    running = []
    for i, own in enumerate(addresses):
        workers = own if apart else ",".join(addresses)
        command = [*program, str(i), workers]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    said = [process.communicate()[0] for process in running]
    return max(json.loads(line.splitlines()[-1]) for line in said)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _work(index: int, workers: str) -> float:
    """Seconds of a step of this worker."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[index % len(cores)]})
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from keras.callbacks import Callback

    from gru_textgen.training.cluster import Cluster
    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import train

    class Clock(Callback):
        times: list[float] = []

        def on_train_batch_end(self, batch, logs=None):
            self.times.append(time.perf_counter())
            if len(self.times) == _STEPS:
                self.model.stop_training = True

    addresses = tuple(workers.split(","))
    symbols = "".join(chr(ord("0") + i) for i in range(_SYMBOLS - 1))
    sizes = {**_SIZES, "batch_size": _SIZES["batch_size"] * len(addresses)}
    more, cluster = {"epochs": 1, "sample_length": 0}, None
    if len(addresses) > 1:
        cluster, more["strategy"] = Cluster(addresses, index), "multi-worker"
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingSettings(str(Path(folder, "run")), **sizes, **more)
        text = symbols * (2 * 110 * sizes["batch_size"] * 64 // len(symbols))
        train(settings, text, say=lambda _: None, callbacks=[Clock()], cluster=cluster)
    return (Clock.times[-1] - Clock.times[_FIRST]) / (_STEPS - 1 - _FIRST)


@click.command()
@click.option("--measure", is_flag=True, help="Measure one and two processes first.")
@click.option(
    "--seconds",
    multiple=True,
    default=(0.3, 0.01),
    show_default=True,
    help="Of a worker's step; may be repeated.",
)
@click.option("--picture", "path", metavar="FILE", help="Draw the model.")
@click.option("--worker", nargs=2, type=(int, str), hidden=True)
def main(measure, seconds, path, worker):
    """What N workers do, by the bandwidth of their network and the time of a step, for
    a model of two GRU layers of 256 units and 64 streams of 64 characters a worker."""
    if worker:
        click.echo(json.dumps(_work(*worker)))
        return
    from gru_textgen.model_file.configuration import weight_count

    weights = weight_count([_SIZES["units"]] * _SIZES["layers"], _SYMBOLS)
    if measure:
        one, apart, two = measured(1), measured(2, apart=True), measured(2)
        click.echo(
            f"measured: one process {1000 * one:.0f} ms a step of 64 streams, two with "
            f"a model each {1000 * apart:.0f} ms, two workers {1000 * two:.0f} ms a "
            f"step of 128: {2 * one / two:.2f} times the work\n"
        )
    steps = [Step(each, weights) for each in seconds]
    click.echo(f"{weights:,} weights; the work of N workers, that of one being 1\n")
    click.echo(table(steps))
    if path:
        picture(steps, path)


if __name__ == "__main__":
    main()
