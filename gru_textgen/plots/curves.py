"""Curves to pictures: a run's losses, an evaluation."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gru_textgen.plots.themes import MARKERS, theme_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def loss_curve(
    history: Mapping[str, Sequence[float]], theme: str = "light"
) -> "Figure":
    """Training and validation loss against the epoch.

    Args:
        history: columns "epoch", "loss" and "val_loss", and where counts are mixed in
            "val_loss_with_counts"; the losses in nats.
        theme: "light" or "dark".
    """
    from matplotlib.ticker import MaxNLocator

    look = theme_named(theme)
    figure = look.figure(7, 4)
    axes = figure.subplots()
    epochs = [int(epoch) + 1 for epoch in history["epoch"]]
    labels = {
        "loss": "training",
        "val_loss": "validation",
        "val_loss_with_counts": "validation, with the counts",
    }
    shown = [column for column in labels if column in history]
    for i, column in enumerate(shown):
        axes.plot(
            epochs,
            history[column],
            color=look.series[i],
            marker=MARKERS[i],
            label=labels[column],
        )
    watched = history[shown[-1]]
    best = min(range(len(epochs)), key=watched.__getitem__)
    axes.annotate(
        f"{watched[best]:.3f}",
        (epochs[best], watched[best]),
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


def evaluation_curves(
    confidence: Sequence[float],
    accuracy: Sequence[float],
    loss_by_context: Mapping[int, float],
    theme: str = "light",
) -> "Figure":
    """A reliability diagram (Guo et al. 2017, figure 1), and loss against context.

    Args:
        confidence: of each bin, from 0 to 1.
        accuracy: of each bin, from 0 to 1.
        loss_by_context: nats per character, by the number of characters read.
        theme: "light" or "dark".
    """
    look = theme_named(theme)
    figure = look.figure(10, 4.5)
    left, right = figure.subplots(1, 2)
    # Lines and marks differ as well as colours.
    left.plot([0, 1], [0, 1], "--", color=look.muted, label="perfectly calibrated")
    left.plot(
        confidence,
        accuracy,
        marker=MARKERS[0],
        color=look.series[0],
        label="model, stateful",
    )
    left.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    left.set(title="Reliability", aspect="equal")
    look.legend(left)
    contexts = list(loss_by_context)
    losses = list(loss_by_context.values())
    right.plot(contexts, losses, marker=MARKERS[1], color=look.series[1])
    right.set_xscale("log", base=2)
    right.set_xticks(contexts, [str(n) for n in contexts])
    right.set(xlabel="characters read, at most", ylabel="loss (nats per character)")
    right.set(title="Loss by context")
    for axes in (left, right):
        axes.grid(color=look.grid)
    look.style(left, right)
    return figure
