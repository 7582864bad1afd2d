"""Arrays to pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gru_textgen.errors import InputError


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


def check_picture(path: str | Path) -> None:
    """Raise an InputError if the file's ending is none of a picture's."""
    if Path(path).suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InputError(f"{path} is no picture: end it in .png, .svg or .pdf.")


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
