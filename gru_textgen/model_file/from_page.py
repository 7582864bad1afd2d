"""A model that was learnt in a page, as the one file.

The page downloads JSON: the vocabulary, the sizes, and the weights in base64, float32
and little-endian, in the order of a page's weights. The file comes from a browser, and
may come from a stranger: it is checked as data, by the same rules as a model file.
"""

import base64
import binascii
import io
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write, check_output, check_room
from gru_textgen.model_file.configuration import configuration, weight_count
from gru_textgen.model_file.container import (
    ARRAYS,
    CONFIG,
    METADATA,
    Unfit,
    write_archive,
)
from gru_textgen.model_file.limits import MAX_LAYERS, MAX_UNITS
from gru_textgen.model_file.reader import ModelInfo, read_stored
from gru_textgen.model_file.schema import FORMAT_VERSION, integer, record

_LARGEST = 1 << 30  # bytes of the JSON
_VERSION = 1


def import_page_model(path: str | Path, output: str | Path) -> None:
    """Write a model file of what a page has learnt.

    Args:
        path: the file that the page downloads.
        output: the model file; what stands there is replaced once the new one is whole.

    Raises:
        InputError: if `path` is no such file, or damaged.
    """
    check_output(output)
    found = _parsed(Path(path))
    try:
        info, units, arrays = _read(found)
    except Unfit as error:
        raise _refused(path, error) from error
    members = {
        METADATA: b"{}",
        CONFIG: json.dumps(configuration(info, units)).encode(),
        ARRAYS: arrays,
    }
    check_room(output, len(arrays))
    with atomic_write(output) as part:
        write_archive(part, members)
        try:
            read_stored(part)
        except InputError as error:
            raise _refused(path, error.__cause__ or error) from error


def _refused(path: str | Path, reason: BaseException) -> InputError:
    return InputError(
        f"{path} is not a model of the playground, or is damaged: {reason}."
    )


def _parsed(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path} is too large for a model of the playground.")
    try:
        found = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        found = error
    if not isinstance(found, dict) or found.get("gru_textgen") != "playground":
        raise InputError(
            f"{path} is not a file that the playground has downloaded: choose "
            "“Download for gru-textgen import” there."
        )
    if type(found.get("version")) is int and found["version"] > _VERSION:
        raise InputError(
            f"{path} was made by a page of a later version: upgrade gru_textgen."
        )
    return found


def _read(found: dict[str, Any]) -> tuple[ModelInfo, list[int], bytes]:
    layers = found.get("layers")
    if not isinstance(layers, list) or not 1 <= len(layers) <= MAX_LAYERS - 2:
        raise Unfit("its layers are missing or too many")
    units = [
        integer(record({"layer": x}, "layer"), "units", 1, MAX_UNITS) for x in layers
    ]
    settings = {
        **record(found, "normalisation"),
        **record(found, "settings"),
        "units": units[0],
        "layers": len(units),
        "output": str(found.get("name", "")),
    }
    info = ModelInfo.from_config(
        {
            "vocabulary": found.get("symbols"),
            "separator": found.get("separator", ""),
            "settings": settings,
            "source": {"files": [str(found.get("source", ""))]},
            "figures": record(found, "figures"),
            "text": {"loops": found.get("loops", [])},
            "format_version": FORMAT_VERSION,
        }
    )
    return info, units, _arrays(found.get("weights"), units, len(info.vocabulary))


def _arrays(weights: object, units: list[int], ids: int) -> bytes:
    """The weights under the names that they have in every file of ours."""
    if not isinstance(weights, str):
        raise Unfit("its weights are missing")
    try:
        data = base64.b64decode(weights, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unfit("its weights are not base64") from error
    inputs = [ids, *units[:-1]]
    count = weight_count(units, ids)
    if len(data) != 4 * count:
        raise Unfit(f"it has {len(data) / 4:g} weights, but its layers need {count}")
    pieces = _Pieces(np.frombuffer(data, "<f4").astype(np.float32))
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for i, (m, n) in enumerate(zip(inputs, units)):
            group = f"layers/gru_{i}/cell/vars" if i else "layers/gru/cell/vars"
            gates = [pieces.take(n, m).T if i else pieces.take(m, n) for _ in "zrh"]
            file[f"{group}/0"] = np.hstack(gates)
            file[f"{group}/1"] = np.hstack([pieces.take(n, n).T for _ in "zrh"])
            file[f"{group}/2"] = pieces.take(2, 3 * n)
        file["layers/dense/vars/0"] = np.ascontiguousarray(pieces.take(ids, n).T)
        file["layers/dense/vars/1"] = pieces.take(ids)
    return buffer.getvalue()


class _Pieces:
    """Arrays out of a long one, each after the one before it."""

    def __init__(self, values: np.ndarray):
        self.values, self.at = values, 0

    def take(self, *shape: int) -> np.ndarray:
        start, self.at = self.at, self.at + int(np.prod(shape))
        return self.values[start : self.at].reshape(shape)
