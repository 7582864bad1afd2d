"""Curves of what goes on inside a model: how far back it looks, how gates settle."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gru_textgen.inspection.trace import Saturation
from gru_textgen.plots.themes import MARKERS, theme_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def memory_horizon(
    norms: Mapping[str, Sequence[float]], theme: str = "light"
) -> "Figure":
    """How much a loss depends on the state k steps before, on a logarithmic scale.

    Args:
        norms: by a model's name, what `influence.memory_horizon` or
            `keras_horizon.keras_memory_horizon` gives.
        theme: "light" or "dark".
    """
    look = theme_named(theme)
    figure = look.figure(7.5, 4.5)
    axes = figure.subplots()
    for i, (name, values) in enumerate(norms.items()):
        axes.semilogy(
            range(len(values)),
            values,
            color=look.series[i % len(look.series)],
            marker=MARKERS[i % len(MARKERS)],
            markevery=max(1, len(values) // 10),
            linewidth=2,
            label=name,
        )
    axes.set(
        xlabel="k, steps before the prediction",
        ylabel="‖∂loss / ∂state k steps before‖",
        title="How far back a prediction reaches",
    )
    axes.grid(color=look.grid)
    axes.margins(x=0.01)
    look.style(axes)
    look.legend(axes)
    return figure


def saturation(history: Sequence[Saturation], theme: str = "light") -> "Figure":
    """Shares of gates that are as good as open or shut, as training goes on.

    Args:
        history: what `inspection.saturation` gave, before training and then after each
            epoch.
        theme: "light" or "dark".
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    look = theme_named(theme)
    figure = look.figure(9, 4)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, gate, name in zip(panels, "zr", ("update gate z", "reset gate r")):
        for i, (end, label) in enumerate([("high", "above 0.9"), ("low", "below 0.1")]):
            shares = [getattr(found, f"{gate}_{end}") for found in history]
            axes.plot(
                shares,
                color=look.series[i],
                marker=MARKERS[i],
                linewidth=2,
                label=label,
            )
        axes.set(xlabel="epochs of training", title=name, ylim=(0, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(color=look.grid)
        look.style(axes)
    panels[0].set_ylabel("share of units and characters")
    look.legend(panels[0])
    return figure
