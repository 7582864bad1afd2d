"""Pictures as files: whole or not there, in the format that the file's ending names.
Pictures in a notebook: sharp at any size, with a text for readers who cannot see them.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RASTER_DPI = 144  # of what SVG cannot draw as lines: twice the density of a screen


def save(figure: "Figure", path: str | Path) -> None:
    """Write a picture, whole or not at all; the file's ending decides the format.

    Raises:
        InputError: if the ending is none of a picture's.
    """
    check_picture(path)
    with atomic_write(path) as part:
        figure.savefig(part, dpi=150, facecolor=figure.get_facecolor())


def show(figure: "Figure", alt: str) -> None:
    """Show a picture in a notebook, as SVG.

    Args:
        figure: one of this package's, or one of pyplot's, which is closed. It keeps its
            own background, so that it is legible in a dark notebook.
        alt: what the picture shows, in one or two sentences. A screen reader reads it,
            and it is the title of the SVG.
    """
    import matplotlib.pyplot as plt
    from IPython.display import SVG, display

    svg = io.StringIO()
    # A fixed salt: the same picture is the same file.
    with plt.rc_context({"svg.hashsalt": "gru_textgen"}):
        about = {"Title": alt, "Date": None}
        figure.savefig(svg, format="svg", dpi=_RASTER_DPI, metadata=about)
    plt.close(figure)
    display(SVG(svg.getvalue()), metadata={"image/svg+xml": {"alt": alt}})


def check_picture(path: str | Path, or_else: str = "") -> None:
    """Raise an InputError if the file's ending is none of a picture's.

    Args:
        path: of the file.
        or_else: what else it might be, to be said as well.
    """
    if Path(path).suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InputError(
            f"{path} is not the name of a picture: end it in .png, .svg or "
            f".pdf{or_else}."
        )
