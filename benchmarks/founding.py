"""The recipe by windows beside the others, on the same text in the same time:
`python -m benchmarks.founding TEXT`. A preset whose epochs are over ends earlier.

Time is processor time, so that other programs on the machine matter little. What the
measuring itself takes is left out. The loss is that of the whole held-out text, read
with its state from end to end.
"""

import tempfile
import time
from pathlib import Path

import click

from gru_textgen.cli.options import load_tensorflow

PRESETS = ("windows", "tiny", "small")
_FIRST, _GROWTH = 4.0, 1.4  # seconds until the first point, and how times grow


def curve(name: str, text: str, seconds: float) -> list[tuple[float, float]]:
    """Processor seconds, and the held-out loss in nats a character, of one preset."""
    import keras
    import numpy as np

    from gru_textgen.inference.engine import Engine
    from gru_textgen.text.splits import split_point
    from gru_textgen.training.settings import TrainingSettings, preset
    from gru_textgen.training.train import train

    held_out = text[split_point(len(text), TrainingSettings.validation_split) :]

    class Measure(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.found: list[tuple[float, float]] = []
            self.ids = self.model.info.vocabulary.encode(held_out)
            self.spent, self.since, self.next = 0.0, time.process_time(), _FIRST

        def on_train_batch_end(self, batch, logs=None):
            spent = self.spent + time.process_time() - self.since
            if spent >= min(self.next, seconds):
                self.model.stop_training = spent >= seconds
                self.measure(spent)

        def on_train_end(self, logs=None):
            if not self.model.stop_training:
                self.measure(self.spent + time.process_time() - self.since)

        def measure(self, spent):
            loss = float(np.mean(Engine(self.model.arrays()).losses(self.ids)))
            self.found.append((spent, loss))
            click.echo(f"{name}: {spent:.0f} s, {loss:.3f} nats", err=True)
            self.next = _GROWTH * spent
            self.spent, self.since = spent, time.process_time()

    measure = Measure()
    with tempfile.TemporaryDirectory() as folder:
        own = {**preset(name), "sample_length": 0}
        settings = TrainingSettings(str(Path(folder) / name), **own)
        train(settings, text, say=lambda sentence: None, callbacks=[measure])
    return measure.found


def picture(curves: dict[str, list[tuple[float, float]]], path: str) -> None:
    """The loss of each preset by the time it took."""
    from gru_textgen.plots.pictures import save
    from gru_textgen.plots.themes import MARKERS, theme_named

    look = theme_named("light")
    figure = look.figure(7, 4)
    axes = figure.subplots()
    for i, (name, points) in enumerate(curves.items()):
        axes.plot(*zip(*points), color=look.series[i], marker=MARKERS[i], label=name)
    axes.set(xlabel="processor time, seconds", ylabel="held-out loss, nats")
    axes.set(xscale="log", ylim=(None, 3))
    axes.grid(color=look.grid)
    look.legend(axes)
    look.style(axes)
    save(figure, path)


@click.command()
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    default=600,
    show_default=True,
    help="Processor time of each preset.",
)
@click.option("--picture", "path", help="PNG file for the curves.")
def main(text, seconds, path):
    """Train three presets on TEXT for the same time, and print their losses."""
    load_tensorflow()
    content = text.read_text(encoding="utf-8")
    curves = {name: curve(name, content, seconds) for name in PRESETS}
    click.echo("| preset | seconds | held-out loss, nats | best |\n|---|---|---|---|")
    for name, points in curves.items():
        best = min(loss for _, loss in points)
        spent, loss = points[-1]
        click.echo(f"| {name} | {spent:.0f} | {loss:.3f} | {best:.3f} |")
    if path:
        picture(curves, path)


if __name__ == "__main__":
    main()
