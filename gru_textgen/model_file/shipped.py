"""The weights that come with the package."""

import os
from pathlib import Path

from gru_textgen.errors import InputError, check_type, suggest

DEFAULT_WEIGHTS = "verse"
IN_A_CLONE = ("anthology", "shakespeare")  # too large for the package that is installed


def find_weights(path_or_name: str | Path) -> Path:
    """The model file that a path, or the name of shipped weights, stands for.

    Raises:
        InputError: if there is none.
    """
    check_type("path_or_name", path_or_name, str, Path)
    path = Path(path_or_name)
    if path.suffix == ".keras" or os.path.isfile(path):
        return path
    shipped = {file.stem: file for file in shipped_weights()}
    if str(path_or_name) in shipped:
        return shipped[str(path_or_name)]
    if str(path_or_name) in IN_A_CLONE:
        raise InputError(
            f"The installed package contains only the model {DEFAULT_WEIGHTS!r}: give "
            f"the path of {path_or_name}.keras in the folder weights of a clone."
        )
    raise InputError(
        f"There is no model {str(path_or_name)!r}, neither a file nor a shipped model."
        f"{suggest(str(path_or_name), shipped)}"
    )


def shipped_weights() -> list[Path]:
    """The model files of the package: inside it, or beside it in a clone."""
    package = Path(__file__).parent.parent
    folders = (package / "weights", package.parent / "weights")
    return sorted(file for folder in folders for file in folder.glob("*.keras"))
