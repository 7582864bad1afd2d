"""Text to pictures: characters in cells, coloured by what a model makes of them.

A picture is one sheet of cells; rows count downwards.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.plots.fonts import fonts_for
from gru_textgen.plots.themes import Theme, theme_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gru_textgen.inspection.trace import Trace

_COLUMNS = 64  # characters of a line, at most
_NARROWEST = 48  # columns, so that labels fit
_CELL = (0.115, 0.25)  # inches
_BIG_CELL = (0.27, 0.27)
_VISIBLE = {"\n": "↵", "\t": "⇥"}
_MAX_BITS = 8.0  # of surprise that colours tell apart


def coloured_text(
    text: str,
    values: Sequence[float] | np.ndarray,
    label: str = "",
    low: float = 0.0,
    high: float = 1.0,
    theme: str = "light",
) -> "Figure":
    """A text, each character on the colour of its value.

    Args:
        text: any; line ends are shown.
        values: of a gate, a unit, surprise …, shape `(len(text),)`.
        label: what the values are.
        low: the value of the first colour; below 0 the colours diverge from 0.
        high: the value of the last colour.
        theme: "light" or "dark".
    """
    look, (places, rows, columns) = theme_named(theme), _places(text)
    axes = _sheet(look, columns + 2, rows + 3)
    colours = look.colours(low, high)
    shades = colours.to_rgba(np.asarray(values, float))
    _write(axes, look, text, places + (0.5, 1), shades)
    _colour_bar(axes, look, (rows + 1.2, 1), colours, label)
    return axes.figure


def connectivity(
    text: str,
    strengths: np.ndarray,
    targets: Sequence[int],
    theme: str = "light",
) -> "Figure":
    """Which earlier characters sway a prediction, the text shaded once for each.

    Args:
        text: of n characters.
        strengths: what `influence.connectivity` gives, `(n, lags + 1)`; the strongest
            of each shading has the deepest colour.
        targets: the characters after which the model predicts; the next one has a
            frame.
        theme: "light" or "dark".
    """
    look, (places, rows, columns) = theme_named(theme), _places(text)
    axes = _sheet(look, columns + 2, len(targets) * (rows + 0.4) + 2.6)
    colours, row = look.colours(0, 1), 0.5
    for target in targets:
        sway = np.zeros(len(text))
        lags = min(target + 1, strengths.shape[1])
        sway[target + 1 - lags : target + 1] = strengths[target, :lags][::-1]
        shades = colours.to_rgba(sway / (sway.max() or 1))
        unread = np.arange(len(text)) > target + 1
        _write(axes, look, text, places + (row, 1), shades, faint=unread)
        if target + 1 < len(text):
            _frame(axes, look, places[target + 1] + (row, 1))
        row += rows + 0.4
    _colour_bar(axes, look, (row + 0.5, 1), colours, "sway on the framed character")
    return axes.figure


def temperature_samples(
    samples: Sequence[tuple[float, str, np.ndarray]], theme: str = "light"
) -> "Figure":
    """What is written at each temperature, coloured by how unexpected each character
    was to the model, at temperature 1.

    Args:
        samples: temperature, text, and bits of surprise of each of its characters.
        theme: "light" or "dark".
    """
    look, indent, row = theme_named(theme), 8, 1.5
    laid = [_places(text) for _, text, _ in samples]
    columns = max(width for _, _, width in laid)
    height = sum(rows + 0.7 for _, rows, _ in laid)
    axes = _sheet(look, columns + indent + 1, height + row + 2.2)
    axes.text(1, 0.8, "temperature", color=look.muted, size=9, va="center")
    colours = look.colours(0, _MAX_BITS)
    for (temperature, text, surprise), (places, rows, _) in zip(samples, laid):
        name = f"{temperature:g}"
        axes.text(1, row + 0.5, name, color=look.ink, size=15, va="center")
        shades = colours.to_rgba(np.asarray(surprise, float))
        _write(axes, look, text, places + (row, indent), shades)
        row += rows + 0.7
    label = "surprise, bits; the last colour is of more, too"
    _colour_bar(axes, look, (row + 0.4, indent), colours, label)
    return axes.figure


def next_characters(
    trace: "Trace",
    start: int = 0,
    stop: int | None = None,
    top: int = 6,
    theme: str = "light",
) -> "Figure":
    """What a model expects next as it reads on: a column for each character read, and
    below it the likeliest to follow. The one that does follow has a frame.

    Args:
        trace: what `inspection.trace` gives.
        start: the first character to show.
        stop: the one after the last to show; 40 fit a page. None for all.
        top: how many of the likeliest.
        theme: "light" or "dark".
    """
    look, text = theme_named(theme), trace.text[start:stop]
    order, p = (found[start:stop] for found in trace.likeliest(top))
    n, top = len(text), order.shape[1]
    following = np.append(trace.ids, -1)[start + 1 :][:n]
    axes = _sheet(look, max(n + 6, 28), top + 8.2, _BIG_CELL)
    axes.bar(
        np.arange(n) + 5.5,
        -trace.entropy[start:stop] / np.log2(len(trace.symbols)) * 2.5,
        bottom=3.2,
        width=0.6,
        color=look.series[0],
    )
    for row, label in ((2.2, "doubt"), (3.9, "read"), (5.5, "likeliest\nnext")):
        axes.text(4.6, row, label, color=look.muted, size=9, ha="right", va="center")
    across = np.stack([np.full(n, 3.4), np.arange(n) + 5.0], axis=1)
    blank = look.colours(0, 1).to_rgba(np.zeros(n))
    _write(axes, look, _shown(text), across, blank, size=14, weight="bold")
    rows, columns = np.divmod(np.arange(top * n), n)
    places = np.stack([rows + 5.0, columns + 5.0], axis=1)
    letters = _shown(trace.symbols[i] for i in order.T.flat)
    colours = look.colours(0, 1)
    _write(axes, look, letters, places, colours.to_rgba(p.T.ravel()), size=11)
    for column, row in zip(*np.nonzero(order == following[:, None])):
        _frame(axes, look, (row + 5.0, column + 5.0))
    _colour_bar(axes, look, (top + 6, 5), colours, "probability", width=8)
    return axes.figure


def _places(text: str) -> tuple[np.ndarray, int, int]:
    """Row and column of each character, wrapped between words; rows, columns."""
    places, row, column = [], 0, 0
    for word in re.findall(r"\S*\s|\S+", text):
        if column and column + len(word) > _COLUMNS:
            row, column = row + 1, 0
        for character in word:
            if column >= _COLUMNS:
                row, column = row + 1, 0
            places.append((row, column))
            column += 1
            if character == "\n":
                row, column = row + 1, 0
    table = np.array(places, float).reshape(-1, 2)
    rows, columns = (table.max(axis=0, initial=0) + 1).astype(int).tolist()
    return table, rows, max(columns, _NARROWEST)


def _shown(letters: Iterable[str]) -> list[str]:
    """Characters that stand by themselves, where a space would not be seen."""
    return ["␣" if c == " " else c for c in letters]


def _sheet(look: Theme, columns: float, rows: float, cell=_CELL):
    """Axes that fill a new figure, with cells for units."""
    from matplotlib.figure import Figure

    figure = Figure((columns * cell[0], rows * cell[1]), facecolor=look.paper)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.set_axis_off()
    return axes


def _write(
    axes,
    look: Theme,
    letters: Iterable[str],
    places: np.ndarray,
    shades: np.ndarray,
    faint: Sequence[bool] | np.ndarray = (),
    **font,
) -> None:
    """Characters in coloured cells.

    Args:
        axes: to draw on.
        look: the theme.
        letters: one for each cell.
        places: row and column of each cell's upper left corner, shape `(n, 2)`.
        shades: RGBA, shape `(n, 4)`.
        faint: which are in lesser ink; none, if empty.
        font: of the characters, as for matplotlib's `text`.
    """
    from matplotlib.collections import PolyCollection

    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    squares = places[:, None, ::-1] + corners
    axes.add_collection(
        PolyCollection(squares, facecolors=shades, edgecolors=shades, linewidths=0.4)
    )
    inks = [look.ink_on(shade) for shade in shades]
    letters = list(letters)
    families, boxes = fonts_for(letters)
    for i, (character, (row, column)) in enumerate(zip(letters, places)):
        axes.text(
            column + 0.5,
            row + 0.53,
            {**_VISIBLE, **boxes}.get(character, character),
            color=look.muted if len(faint) and faint[i] else inks[i],
            ha="center",
            va="center",
            parse_math=False,
            **{"family": families, "size": 10.5, **font},
        )


def _frame(axes, look: Theme, place) -> None:
    """A frame around one cell."""
    from matplotlib.patches import Rectangle

    row, column = place
    axes.add_patch(
        Rectangle((column, row), 1, 1, fill=False, color=look.accent, linewidth=2)
    )


def _colour_bar(axes, look: Theme, place, colours, label: str, width: int = 16) -> None:
    """The colours of values, from the lowest to the highest, and what they are of."""
    row, column = place
    low, high = colours.get_clim()
    shades = colours.to_rgba(np.linspace(low, high, 8 * width))
    edges = column + 4 + np.arange(len(shades)) / 8
    for x, shade in zip(edges, shades):
        axes.barh(row + 0.5, 1 / 8, 0.6, x, color=shade, align="center", linewidth=0)
    for x, text, side in (
        (column + 3.4, f"{low:g}", "right"),
        (column + width + 4.6, f"{high:g}", "left"),
        (column + width + 8.5, label, "left"),
    ):
        font = {"color": look.ink, "size": 9, "va": "center", "parse_math": False}
        axes.text(x, row + 0.5, text, ha=side, **font)
