"""Arrays to pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path


def save_loss_curve(history: Mapping[str, Sequence[float]], path: str | Path) -> None:
    """Training and validation loss against the epoch, as a PNG or SVG.

    Args:
        history: columns "epoch", "loss" and "val_loss", the losses in nats.
        path: the picture's file; its ending decides the format.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    epochs = [int(epoch) + 1 for epoch in history["epoch"]]
    # Blue and orange of Okabe and Ito, which the colour-blind tell apart.
    axes.plot(epochs, history["loss"], "o-", color="#0072B2", label="training")
    axes.plot(epochs, history["val_loss"], "s-", color="#D55E00", label="validation")
    best = min(range(len(epochs)), key=lambda i: history["val_loss"][i])
    axes.annotate(
        f"{history['val_loss'][best]:.3f}",
        (epochs[best], history["val_loss"][best]),
        textcoords="offset points",
        xytext=(0, 8),
        ha="center",
    )
    axes.set(xlabel="epoch", ylabel="loss (nats per character)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
