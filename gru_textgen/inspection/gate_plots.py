"""Gates to pictures: over a line of verse, and in one step with its numbers."""

import math
from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inspection.trace import half_lives
from gru_textgen.plots.fonts import fonts_for
from gru_textgen.plots.themes import Theme, theme_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gru_textgen.inspection.trace import Trace

_VISIBLE = {"\n": "↵", "\t": "⇥", " ": "␣"}
_PANELS = (
    ("z", "update gate z\n1: kept, 0: written anew", 0.0),
    ("r", "reset gate r\n0: candidate sees no past", 0.0),
    ("h", "state h", -1.0),
)


def gate_heat_map(
    trace: "Trace",
    layer: int = 0,
    start: int = 0,
    stop: int | None = None,
    units: int = 24,
    theme: str = "light",
) -> "Figure":
    """Gates and states of a layer over some text, such as a line of verse.

    A column is a character, or a word, and a row a unit.

    Args:
        trace: what `inspection.trace` gives.
        layer: counted from 0, the lowest.
        start: the first character to show.
        stop: the one after the last to show; about 80 can be read. None for all.
        units: how many, those with the longest half-life in the whole of the trace;
            the longest is on top.
        theme: "light" or "dark".

    Raises:
        InputError: if there is no such layer.
    """
    _check("layer", layer, len(trace.layers))
    look, found = theme_named(theme), trace.layers[layer]
    tokens = trace.tokens[start:stop]
    families, boxes = fonts_for("".join(tokens))
    order = np.argsort(-half_lives(found.z), kind="stable")[:units]
    figure = look.figure(max(7.0, 0.16 * len(tokens) + 2.2), 9.5)
    all_axes = figure.subplots(len(_PANELS), 1, sharex=True)
    for axes, (name, label, low) in zip(all_axes, _PANELS):
        values = getattr(found, name)[start:stop][:, order].T
        colours = look.colours(low, 1)
        shades = colours.to_rgba(values)
        axes.imshow(shades, aspect="auto", interpolation="nearest")
        look.style(axes)
        axes.spines[:].set_visible(False)
        axes.set_ylabel(label)
        axes.set_yticks(range(len(order)), order + 1, size=min(8, 160 / len(order)))
        table = str.maketrans({**_VISIBLE, **boxes})
        shown = [token.translate(table) for token in tokens]
        words = {"rotation": 90} if max(map(len, tokens), default=0) > 1 else {}
        axes.set_xticks(range(len(shown)), shown, family=families, size=11, **words)
        axes.tick_params(length=0, labelbottom=True)
        for tick in axes.get_xticklabels():
            tick.set_parse_math(False)
        bar = figure.colorbar(colours, ax=axes, aspect=14, pad=0.01)
        bar.ax.tick_params(colors=look.ink)
        bar.outline.set_visible(False)
    title = f"Layer {layer + 1}: the {len(order)} units that hold the longest"
    all_axes[0].set_title(title, color=look.ink)
    return figure


def step_diagram(
    trace: "Trace",
    index: int,
    layer: int = 0,
    unit: int | None = None,
    theme: str = "light",
) -> "Figure":
    """One step of a GRU, with the numbers of one unit at one character.

    Each square shows all units of the layer; the framed one's numbers stand below.

    Args:
        trace: what `inspection.trace` gives.
        index: of the character that is read.
        layer: counted from 0, the lowest.
        unit: whose numbers; by default the one whose state changes most.
        theme: "light" or "dark".

    Raises:
        InputError: if there is no such character, layer or unit.
    """
    look = theme_named(theme)
    _check("character", index, len(trace.text))
    _check("layer", layer, len(trace.layers))
    found = trace.layers[layer]
    z, r, c, h = (x[index] for x in (found.z, found.r, found.candidate, found.h))
    before = found.before[index]
    unit = int(np.abs(h - before).argmax()) if unit is None else unit
    _check("unit", unit, len(h))
    character = _VISIBLE.get(trace.text[index], trace.text[index])
    return _Diagram(look, unit).draw(character, layer, before, z, r, c, h)


def _check(what: str, i: int, count: int) -> None:
    if not 0 <= i < count:
        raise InputError(f"There is no {what} {i}: give one from 0 to {count - 1}.")


class _Diagram:
    """The canvas of `step_diagram`, 100 wide and 60 high; a square's side is 12."""

    def __init__(self, look: Theme, unit: int):
        from matplotlib.figure import Figure

        self.look, self.unit = look, unit
        figure = Figure((11, 6.6), facecolor=look.paper)
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()

    def draw(self, character: str, layer: int, before, z, r, c, h):
        """The whole picture, from one vector of all units for each quantity."""
        h0, z1, c1, h1 = (float(x[self.unit]) for x in (before, z, c, h))
        self.text(
            50,
            57,
            f"One step of layer {layer + 1}; the numbers are of unit {self.unit + 1}",
        )
        # The state's road, along the top.
        self.square(3, 38, before, -1)
        self.square(85, 38, h, -1)
        self.label(9, 54.3, "state before, $h$", before)
        self.label(91, 54.3, "state after", h)
        self.line((15, 44), (26, 44), (70, 44), (84.5, 44))
        # What keeps it and what is written on it, from below.
        for x, values, low in ((22, z, 0), (44, r, 0), (66, c, -1)):
            self.square(x, 14, values, low)
            self.line((x + 6, 5), (x + 6, 13.5))
        self.label(35, 24, "update\ngate $z$", z, "left")
        self.label(50, 30.3, "reset gate $r$", r)
        self.label(79, 24, "candidate\n$\\tilde{h}$", c, "left")
        self.line((56.5, 20), (65.5, 20))
        self.line((28, 26.5), (28, 41.8))
        self.line((72, 26.5), (72, 41.8))
        for x, sign in ((28, "×"), (72, "+")):
            self.circle(x, 44, sign)
        self.text(50, 46.2, f"kept  {z1:.2f} × {h0:.2f} = {z1 * h0:.2f}", 11)
        written = f"written\n(1 − {z1:.2f}) × {c1:.2f} = {(1 - z1) * c1:.2f}"
        self.text(73.5, 34, written, 11, "left")
        # What the gates are made from.
        self.line((18.5, 44), (18.5, 5), (72, 5), head=False)
        self.line((9, 12), (9, 5), (18.5, 5), head=False)
        families, boxes = fonts_for(character)
        shown = boxes.get(character, character)
        self.text(9, 17.5, shown, 36, family=families, parse_math=False)
        self.text(9, 24, "character", 11, color=self.look.muted)
        self.text(
            50, 2.6, "the character and the state before", 10, color=self.look.muted
        )
        total = f"$h$ ← {z1:.2f} × {h0:.2f} + (1 − {z1:.2f}) × {c1:.2f} = {h1:.2f}"
        self.text(50, 52.5, total, 12)
        self.axes.set(xlim=(0, 100), ylim=(0, 60))
        return self.axes.figure

    def text(self, x, y, text, size=15, ha="center", **font):
        font = {"color": self.look.ink, "va": "center", **font}
        text = text.replace("-", "−")  # as long as a plus
        self.axes.text(x, y, text, size=size, ha=ha, **font)

    def label(self, x, y, name, values, ha="center"):
        """A quantity's name, and its number."""
        self.text(x, y, name, 11, ha)
        number = f"{values[self.unit]:.2f}"
        below = 2.6 if "\n" not in name else 4.2
        self.text(x, y - below, number, 13, ha, weight="bold")

    def line(self, *points, head=True):
        """Straight pieces; the last ends in an arrow's head."""
        colour = self.look.muted
        if len(points) > 2 or not head:
            ends = points if not head else points[:-1]
            self.axes.plot(*zip(*ends), color=colour, linewidth=1.6, zorder=1)
        if head:
            arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6}
            arrow |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
            self.axes.annotate("", points[-1], points[-2], arrowprops=arrow, zorder=1)

    def circle(self, x, y, sign):
        self.axes.plot(
            x,
            y,
            "o",
            markersize=24,
            color=self.look.paper,
            markeredgecolor=self.look.ink,
            markeredgewidth=1.6,
            zorder=2,
        )
        self.text(x, y - 0.1, sign, 17, zorder=3)

    def square(self, x, y, values, low):
        """All units of a layer, row by row, in a square of side 12."""
        from matplotlib.patches import Rectangle

        side = math.ceil(math.sqrt(len(values)))
        cells = np.full(side * side, np.nan)
        cells[: len(values)] = values
        shades = self.look.colours(low, 1).to_rgba(cells.reshape(side, side))
        extent = (x, x + 12, y, y + 12)
        self.axes.imshow(shades, extent=extent, aspect="auto", interpolation="nearest")
        row, column = divmod(self.unit, side)
        cell = 12 / side
        for corner, width, colour in (
            ((x, y), 12, self.look.grid),
            ((x + column * cell, y + 12 - (row + 1) * cell), cell, self.look.ink),
        ):
            frame = Rectangle(
                corner, width, width, fill=False, color=colour, linewidth=1.6
            )
            self.axes.add_patch(frame)
