"""Curves to pictures: a run's losses, an evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gru_textgen.errors import InputError
from gru_textgen.files import written_whole
from gru_textgen.plots.themes import theme_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "osD^v"


def save(figure: "Figure", path: str | Path) -> None:
    """Write a picture, whole or not at all; the file's ending decides the format.

    Raises:
        InputError: if the ending is none of a picture's.
    """
    check_picture(path)
    with written_whole(path) as part:
        figure.savefig(part, dpi=150, facecolor=figure.get_facecolor())


def loss_curve(
    history: Mapping[str, Sequence[float]], theme: str = "light"
) -> "Figure":
    """Training and validation loss against the epoch.

    Args:
        history: columns "epoch", "loss" and "val_loss", the losses in nats.
        theme: "light" or "dark".
    """
    from matplotlib.ticker import MaxNLocator

    look = theme_named(theme)
    figure = look.figure(7, 4)
    axes = figure.subplots()
    epochs = [int(epoch) + 1 for epoch in history["epoch"]]
    for i, (column, label) in enumerate(
        [("loss", "training"), ("val_loss", "validation")]
    ):
        axes.plot(
            epochs,
            history[column],
            color=look.series[i],
            marker=MARKERS[i],
            label=label,
        )
    best = min(range(len(epochs)), key=lambda i: history["val_loss"][i])
    axes.annotate(
        f"{history['val_loss'][best]:.3f}",
        (epochs[best], history["val_loss"][best]),
        textcoords="offset points",
        xytext=(0, 8),
        ha="center",
        color=look.ink,
    )
    axes.set(xlabel="epoch", ylabel="loss (nats per character)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color=look.grid)
    look.style(axes)
    look.legend(axes)
    return figure


def save_loss_curve(history: Mapping[str, Sequence[float]], path: str | Path) -> None:
    """The light `loss_curve` as a PNG or SVG.

    Args:
        history: as for `loss_curve`.
        path: the picture's file; its ending decides the format.
    """
    loss_curve(history).savefig(path, dpi=120)


def check_picture(path: str | Path, or_else: str = "") -> None:
    """Raise an InputError if the file's ending is none of a picture's.

    Args:
        path: of the file.
        or_else: what else it might be, to be said as well.
    """
    if Path(path).suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InputError(
            f"{path} is no picture: end it in .png, .svg or .pdf{or_else}."
        )


def save_evaluation(
    confidence: Sequence[float],
    accuracy: Sequence[float],
    loss_by_context: Mapping[int, float],
    path: str | Path,
) -> None:
    """A reliability diagram (Guo et al. 2017, figure 1), and loss against context.

    Args:
        confidence, accuracy: of each bin, shares of 1.
        loss_by_context: nats per character, by the characters read.
        path: the picture's file; its ending decides the format.

    Raises:
        InputError: if the ending is none of a picture's.
    """
    from matplotlib.figure import Figure

    check_picture(path)
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    # Blue and orange as above; lines and marks differ as well.
    left.plot([0, 1], [0, 1], "--", color="black", label="perfectly calibrated")
    left.plot(confidence, accuracy, "o-", color="#0072B2", label="model, stateful")
    left.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    left.set(title="Reliability", aspect="equal")
    left.legend()
    contexts = list(loss_by_context)
    right.plot(contexts, list(loss_by_context.values()), "s-", color="#D55E00")
    right.set_xscale("log", base=2)
    right.set_xticks(contexts, [str(n) for n in contexts])
    right.set(xlabel="characters read, at most", ylabel="loss (nats per character)")
    right.set(title="Loss by context")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
