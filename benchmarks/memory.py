"""Peak memory of training steps, ours against Keras's: `python -m benchmarks.memory`.

Each peer trains in a process of its own, for ten steps. Given is the most memory that
it held, and how much of it was held before the first step.
"""

import os
import resource
import subprocess
import sys

import click

from benchmarks import peers, speed


def held() -> float:
    """The most memory this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def train(peer: str, shape: str) -> None:
    """Ten steps, and print what they took."""
    units, batch, steps, layers = speed.TRAINING[shape]
    step = peers.TRAINERS[peer](peers.random_ids(batch, steps), units, layers)
    before = held()
    for _ in range(10):
        step()
    click.echo(f"{peer:>16}: {held():6.0f} MB, {held() - before:.0f} MB of it to train")


@click.command()
@click.option("--shape", default="512", type=click.Choice(list(speed.TRAINING)))
@click.option("--peer", type=click.Choice(list(peers.TRAINERS)), help="By itself.")
def main(shape, peer):
    """Peak memory of each peer, or of one."""
    if peer:
        train(peer, shape)
        return
    for name in peers.TRAINERS:
        command = [
            sys.executable,
            "-m",
            "benchmarks.memory",
            "--shape",
            shape,
            "--peer",
            name,
        ]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        missing = f"{name:>16}: not installed\n"
        click.echo(
            missing if "ModuleNotFoundError" in done.stderr else done.stdout, nl=False
        )


if __name__ == "__main__":
    main()
