"""Model files as the members of a zip, to take apart and to put together."""

import zipfile
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
SEED = DATA / "version-1.keras"
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def members(path=SEED):
    """The bytes of each member of a model file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path, contents, compression=zipfile.ZIP_STORED):
    """Write a zip of a dictionary, or of pairs, of names and bytes."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in dict(contents).items():
            archive.writestr(name, data)
