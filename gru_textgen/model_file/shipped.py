"""The models that come with the project: found by name, or fetched once and checked."""

import os
from dataclasses import dataclass
from pathlib import Path

from gru_textgen.errors import InputError, check_type, suggest
from gru_textgen.text.download import download, is_offline, sha256_of_file

DEFAULT_WEIGHTS = "verse"
# The address of the folder that has the files of `SHIPPED`, such as that of a release.
# The owner of the repository sets it; without one nothing is downloaded.
ADDRESS: str | None = None
ADDRESS_VARIABLE = "GRU_TEXTGEN_WEIGHTS_URL"  # of a mirror


@dataclass(frozen=True)
class Shipped:
    """A model of the project.

    Attributes:
        sha256: hex digest of the file's bytes.
        size: of the file, in bytes.
        language: that it has learnt, in English.
    """

    sha256: str
    size: int
    language: str


SHIPPED = {
    "anthology": Shipped(
        "d87beb9329b4e708f0c0100b0409efab24e4bf3fdbfa48502ca55556ca8d5ce0",
        2_657_135,
        "English",
    ),
    "shakespeare": Shipped(
        "41aaa231863e1a62c3f3e94044351cecbaa237caec72c48309af8b6293fad249",
        7_745_407,
        "English",
    ),
    "verse": Shipped(
        "94434eb719b91134e1c1a99d0a31dfa3b66c92c9687eb59ab33d45585c99ac53",
        5_215_539,
        "English",
    ),
    "verse-es": Shipped(
        "bbf7109a0d149a93db4e03466bc37c8c742450cf93d79036b9a7b793dafb6836",
        1_241_462,
        "Spanish",
    ),
    "verse-de": Shipped(
        "319133f6b9ce3ee0c7f4e0d90813457299371b36941a3e22fe4c04b7f08d0a69",
        2_127_716,
        "German",
    ),
    "verse-cs": Shipped(
        "757c89e1ed1224613a7c0aa039f818f5f450ee9b10730d3d402db7d38e7ac83e",
        1_286_897,
        "Czech",
    ),
    "verse-fr": Shipped(
        "636f26450ceaa0361d8a5dbb17ae31ddd085ef7b80d26097b9201cc26c45c1b3",
        1_324_229,
        "French",
    ),
    "verse-zh": Shipped(
        "a79f0031bd6ec182d8f5279f86f26927e893ebf3f2895824fb0e5c22eaf7a22f",
        4_100_559,
        "Chinese",
    ),
}


def find_weights(path_or_name: str | Path) -> Path:
    """The model file that a path, or the name of a shipped model, stands for.

    A shipped model is looked for in the package, beside it in a clone, and in the
    folder of downloads. If it is in none of them it is downloaded.

    Args:
        path_or_name: the path of a model file, or one of `model_names`.

    Returns:
        The path. That of a `.keras` file need not exist.

    Raises:
        InputError: if there is no such model, or it cannot be fetched.
    """
    check_type("path_or_name", path_or_name, str, Path)
    path, name = Path(path_or_name), str(path_or_name)
    if path.suffix == ".keras" or os.path.isfile(path):
        return path
    found = at_hand(name)
    if found is not None:
        return found
    if name not in SHIPPED:
        raise InputError(
            f"There is no model {name!r}, neither a file nor a shipped model."
            f"{suggest(name, model_names())}"
        )
    return _fetched(name)


def model_names() -> list[str]:
    """The names of all shipped models, those that are yet to be downloaded too."""
    return sorted({*SHIPPED, *(file.stem for file in shipped_weights())})


def at_hand(name: str) -> Path | None:
    """The file of a shipped model, if it is on this machine.

    Args:
        name: of the model.
    """
    for file in shipped_weights():
        if file.stem == name:
            return file
    if name not in SHIPPED:
        return None
    try:
        file = cached(name)
    except ImportError:  # without what finds the folder nothing was downloaded
        return None
    # A file of another version of the model is not this one.
    right = file.is_file() and sha256_of_file(file) == SHIPPED[name].sha256
    return file if right else None


def can_be_fetched(name: str) -> bool:
    """Whether `find_weights` would download a shipped model that is not at hand.

    Args:
        name: of the model.
    """
    return name in SHIPPED and bool(_address()) and not is_offline()


def shipped_weights() -> list[Path]:
    """The model files of the package: inside it, or beside it in a clone."""
    package = Path(__file__).parent.parent
    folders = (package / "weights", package.parent / "weights")
    return sorted(file for folder in folders for file in folder.glob("*.keras"))


def cached(name: str) -> Path:
    """Where the file of a shipped model is after it was downloaded.

    Args:
        name: of the model.
    """
    from gru_textgen.text.corpus import cache_dir

    return cache_dir() / "weights" / f"{name}.keras"


def _address() -> str | None:
    return os.environ.get(ADDRESS_VARIABLE) or ADDRESS


def _fetched(name: str) -> Path:
    address, size = _address(), SHIPPED[name].size
    if not address:
        raise InputError(
            f"The model {name!r} ({size / 1e6:.1f} MB) is not in the installed "
            "package, and no address to download it from is set: give the path of "
            f"{name}.keras in the folder weights of a clone."
        )
    path = cached(name)
    url = f"{address.rstrip('/')}/{path.name}"
    otherwise = "or give the path of that file in the folder weights of a clone"
    download(url, path, SHIPPED[name].sha256, otherwise)
    return path
