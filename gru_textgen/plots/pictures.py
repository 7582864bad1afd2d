"""Pictures as files: whole or not there, in the format that the file's ending names."""

from pathlib import Path
from typing import TYPE_CHECKING

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(figure: "Figure", path: str | Path) -> None:
    """Write a picture, whole or not at all; the file's ending decides the format.

    Raises:
        InputError: if the ending is none of a picture's.
    """
    check_picture(path)
    with atomic_write(path) as part:
        figure.savefig(part, dpi=150, facecolor=figure.get_facecolor())


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
