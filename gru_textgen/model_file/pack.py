"""A model file made small, to keep or to share: without what only training needs.

An optimizer such as Adam keeps two numbers for each weight, so that the run can go on;
without them a file is a third of its size, and with weights of half precision a sixth.
Of files and folders only the names are kept: where they lay is its maker's affair.
"""

import io
import json
from pathlib import Path

import h5py
import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write, check_output, check_room
from gru_textgen.model_file.container import (
    ARRAYS,
    CONFIG,
    METADATA,
    opened,
    write_archive,
)
from gru_textgen.model_file.reader import (
    COUNTS,
    FINGERPRINTS,
    StoredModel,
    forget_folders,
    read_stored,
)
from gru_textgen.model_file.schema import CONFIG_KEY, FORMAT_VERSION


def pack(path: str | Path, output: str | Path, half: bool = True) -> None:
    """Write a small copy of a model file, which opens wherever the file itself does.

    Args:
        path: a model file.
        output: of the copy; what stands there is replaced once the copy is whole.
        half: whether weights are kept in float16, with 11 bits of precision.

    Raises:
        InputError: if `path` is no model of ours, or has a weight that float16 has not.
    """
    check_output(output)
    stored = read_stored(path, optimizer=False)
    with opened(path) as archive:
        config = json.loads(archive.read(CONFIG))
        metadata = archive.read(METADATA)
    config.pop("compile_config", None)  # there is nothing to go on training with
    record = config["config"][CONFIG_KEY]
    record["format_version"] = FORMAT_VERSION
    forget_folders(record)
    arrays = _weights(stored, half)
    check_room(output, len(arrays))
    members = {METADATA: metadata, CONFIG: json.dumps(config).encode(), ARRAYS: arrays}
    with atomic_write(output) as part:
        write_archive(part, members)


def add_figures(path: str | Path, figures: dict[str, float]) -> None:
    """Add figures to those in a model file, of which nothing else changes.

    Args:
        path: a model file; it is replaced once the new one is whole.
        figures: by name.

    Raises:
        InputError: if it is no model of ours.
    """
    with opened(path) as archive:
        members = {name: archive.read(name) for name in archive.sizes}
    config = json.loads(members[CONFIG])
    record = config["config"][CONFIG_KEY]
    record["figures"] = {**record.get("figures", {}), **figures}
    members[CONFIG] = json.dumps(config).encode()
    with atomic_write(path) as part:
        write_archive(part, members)


def _weights(stored: StoredModel, half: bool) -> bytes:
    """The arrays, under the names that they have in every file of ours."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, weight in zip(stored.architecture.shapes(), stored.weights):
            if half:
                if np.abs(weight).max() > np.finfo(np.float16).max:
                    raise InputError(
                        f"{name} has weights that are too large for float16: pack it "
                        "with --full."
                    )
                weight = weight.astype(np.float16)
            file[name] = weight
        if stored.counts is not None:
            file[COUNTS] = stored.counts.ids
        if stored.fingerprints is not None:
            file[FINGERPRINTS] = stored.fingerprints
    return buffer.getvalue()
