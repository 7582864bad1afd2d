"""Light and dark pictures in colours that the colour-blind tell apart (Okabe and Ito
2008). Figures are matplotlib's own, made without pyplot, so none stays open."""

from dataclasses import dataclass

from gru_textgen.errors import InputError, suggest

MARKERS = "osD^v"  # of curves, in order
MONO = "DejaVu Sans Mono"  # of text in cells; it comes with matplotlib


@dataclass(frozen=True)
class Theme:
    """Colours of a picture.

    Attributes:
        paper, ink, muted, grid: background, text, lesser text, lines behind.
        series: of curves, in order.
        sequential: from the least value, as the paper, to the greatest.
        diverging: from the most negative by zero to the most positive.
        accent: of what is to be found at once.
    """

    paper: str
    ink: str
    muted: str
    grid: str
    series: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]
    accent: str

    def colours(self, low: float, high: float):
        """A function of values to colours: diverging, if `low` is below 0."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        stops = self.diverging if low < 0 else self.sequential
        map_ = LinearSegmentedColormap.from_list("gru_textgen", stops)
        return ScalarMappable(Normalize(low, high), map_)

    def ink_on(self, colour) -> str:
        """Black or white, whichever is better read on an RGB colour (WCAG 2.2)."""
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in colour[:3]
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return "#000000" if luminance > 0.179 else "#ffffff"

    def figure(self, width: float, height: float):
        """An empty figure, sizes in inches."""
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
        return Figure((width, height), layout=layout, facecolor=self.paper)

    def style(self, *all_axes) -> None:
        """Give axes the theme's colours and only the lines that are needed."""
        for axes in all_axes:
            axes.set_facecolor(self.paper)
            axes.tick_params(colors=self.ink, length=3)
            for name, spine in axes.spines.items():
                spine.set_visible(name in ("left", "bottom"))
                spine.set_color(self.muted)
            for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
                text.set_color(self.ink)

    def legend(self, axes, **options) -> None:
        """A legend without a frame."""
        axes.legend(frameon=False, labelcolor=self.ink, **options)


THEMES = {
    "light": Theme(
        paper="#ffffff",
        ink="#1b1b1f",
        muted="#62626c",
        grid="#dcdce2",
        series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"),
        sequential=("#ffffff", "#cfe5f3", "#56B4E9", "#0072B2", "#00304d"),
        diverging=("#7a3200", "#D55E00", "#f4c9a4", "#ffffff")
        + ("#a9d3ee", "#0072B2", "#00304d"),
        accent="#D55E00",
    ),
    "dark": Theme(
        paper="#16171b",
        ink="#ececf0",
        muted="#a4a4b0",
        grid="#34353d",
        series=("#56B4E9", "#E69F00", "#00B988", "#CC79A7", "#F0E442"),
        sequential=("#16171b", "#123d5a", "#0072B2", "#56B4E9", "#e3f3fd"),
        diverging=("#ffd9b8", "#E69F00", "#7a4300", "#16171b")
        + ("#0a4a74", "#56B4E9", "#e3f3fd"),
        accent="#E69F00",
    ),
}


def theme_named(name: str) -> Theme:
    """Raises:
    InputError: if there is no theme of that name.
    """
    if name not in THEMES:
        raise InputError(f"There is no theme {name!r}.{suggest(name, THEMES)}")
    return THEMES[name]
