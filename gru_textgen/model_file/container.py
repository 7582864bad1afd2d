"""A model file opened as data: its zip and its HDF5, with every limit checked first.

Keras stores the members of its archive as they are, and each array in one piece. So
what is compressed, encrypted, chunked, filtered, linked or kept elsewhere is no file of
ours: it is refused, not understood, and no size that is not there is ever believed.
"""

import io
import itertools
import math
import os
import reprlib
import struct
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from gru_textgen.errors import InputError, check_type
from gru_textgen.machine import check_memory

RUN_MEMBERS = ("run.json", "run.npz")  # in checkpoints only
CONFIG, METADATA, ARRAYS = "config.json", "metadata.json", "model.weights.h5"
_REQUIRED = (CONFIG, METADATA, ARRAYS)
MAX_BYTES = {  # of each member that a file may have
    CONFIG: 4 << 20,
    METADATA: 1 << 16,
    ARRAYS: 1 << 31,
    "run.json": 1 << 24,
    "run.npz": 1 << 31,
}
_END = struct.Struct("<4s4H2LH")  # of a zip: what it is, and how long its directory
_LONGEST_END = _END.size + 20  # with the sign of another directory before it
_LONGEST_DIRECTORY = 1 << 12
_MAX_LINKS = 10_000
_BEGINNING = 1 << 12  # bytes that tell a text from an archive, which has zeros in it
_COPIES = 4  # of the arrays in memory while a file is opened, an estimate
_LARGEST = 1e30  # so that no sum of the engine's is infinite
_TYPES = (
    (h5py.h5t.IEEE_F32LE, np.dtype(np.float32)),
    (h5py.h5t.IEEE_F16LE, np.dtype(np.float16)),
    (h5py.h5t.STD_I64LE, np.dtype(np.int64)),  # the optimizer's count of steps
)


class Unfit(InputError):
    """What a file holds is not what a model of ours holds; its text is a clause."""


def shown(value: object) -> str:
    """A value out of a file, short and on one line whatever it is."""
    return reprlib.repr(value)


@contextmanager
def opened(path: str | Path) -> Iterator["Archive"]:
    """Open the model file at `path`; all that is wrong with it becomes one sentence.

    Raises:
        InputError: if it is missing, or no model of ours.
    """
    check_type("path", path, str, Path)
    if not os.path.isfile(path):
        raise InputError(f"There is no model file {path}.")
    try:
        with open(path, "rb") as file:
            yield Archive(file)
    except Unfit as error:
        if _is_text(path):
            raise InputError(
                f"{path} is a text, not a model: gru-textgen train {path} makes a "
                "model of it."
            ) from error
        raise InputError(
            f"{path} is not a gru_textgen model, or is damaged: {error}."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error


def _is_text(path: str | Path) -> bool:
    """Whether somebody has given the text to learn from instead of the model."""
    with open(path, "rb") as file:
        beginning = file.read(_BEGINNING)
    return Path(path).suffix != ".keras" and bool(beginning) and 0 not in beginning


@contextmanager
def damage(what: str) -> Iterator[None]:
    """Whatever a library stumbles over in the block means that `what` is damaged."""
    try:
        yield
    except Unfit:
        raise
    except Exception as error:  # neither zipfile nor h5py says which ones there are
        raise Unfit(f"its {what} cannot be read") from error


def write_archive(path: Path, members: Mapping[str, bytes]) -> None:
    """Write the members of a model file, as they are.

    Args:
        path: The file.
        members: The content of each, by name.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(dateless(name), data)


def dateless(name: str) -> zipfile.ZipInfo:
    """A member of an archive without a date, as Keras writes it: a zip cannot name the
    years before 1980 and after 2107, which a clock may show."""
    return zipfile.ZipInfo(name)


class Archive:
    """The zip around a model: known members, each once, stored as they are.

    Args:
        file: open to read; not closed here.

    Raises:
        Unfit: if it is anything else.
    """

    def __init__(self, file: BinaryIO):
        _check_end(file)
        self._name = file.name
        with damage("zip archive"):
            self._zip = zipfile.ZipFile(file)
        self.sizes: dict[str, int] = {}
        for member in self._zip.infolist():
            name, size = member.filename, member.file_size
            if name not in MAX_BYTES or name in self.sizes:
                raise Unfit(f"its member {shown(name)} is unknown or a duplicate")
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                raise Unfit(f"its {name} is compressed or encrypted")
            if member.compress_size != size or size > MAX_BYTES[name]:
                raise Unfit(f"its {name} is too large or has a wrong size")
            self.sizes[name] = size
        for name in _REQUIRED:
            if name not in self.sizes:
                raise Unfit(f"it has no {name}")

    def read(self, name: str) -> bytes:
        """The bytes of a member, whose checksum agrees.

        Raises:
            Unfit: if it is not there, or damaged.
        """
        with damage(name), self._zip.open(name) as member:
            data = member.read(self.sizes[name])
            if len(data) != self.sizes[name] or member.read(1):
                raise Unfit(f"its {name} is truncated")
        return data

    @contextmanager
    def weights(self) -> Iterator["Weights"]:
        """The member with the arrays, open.

        Raises:
            InputError: if it needs more memory than the machine has.
        """
        check_memory(
            f"Opening {self._name}",
            _COPIES * self.sizes[ARRAYS],
            "open it on a larger machine",
        )
        data = self.read(ARRAYS)
        with damage(ARRAYS), h5py.File(io.BytesIO(data), "r") as file:
            yield Weights(file, len(data))


class Weights:
    """The HDF5 file with the arrays: groups and plain arrays, and no links.

    Args:
        file: open to read.
        size: its bytes. All arrays that are read are together no larger.

    Raises:
        Unfit: if anything in it is behind a soft or an external link.
    """

    def __init__(self, file: h5py.File, size: int):
        self._file = file
        self._left = size
        seen = itertools.count(1)

        def is_wrong(name: bytes, link: Any) -> bool | None:
            if link.type != h5py.h5l.TYPE_HARD or next(seen) > _MAX_LINKS:
                return True
            return None  # go on; an error would not pass through the C library

        # This looks at each link once, and follows none but the hard ones.
        if file.id.links.visit(is_wrong, info=True):
            raise Unfit("it has too many arrays, or links between arrays")

    def count(self, name: str) -> int:
        """How many arrays are in a group; 0 where there is no such group."""
        with damage(name):
            return len(self._file[name]) if name in self._file else 0

    def ids(self, name: str, length: int, dtype: np.dtype) -> np.ndarray:
        """An array of `length` ids of that type, 8, 16 or 32 bits without a sign.

        Raises:
            Unfit: if it is not there, or another.
        """
        kind = {1: h5py.h5t.STD_U8LE, 2: h5py.h5t.STD_U16LE, 4: h5py.h5t.STD_U32LE}
        return self._whole(name, [(length,)], ((kind[dtype.itemsize], dtype),))

    def array(self, name: str, shapes: Collection[tuple[int, ...]]) -> np.ndarray:
        """An array of numbers of one of the `shapes`; float16 is read as float32.

        Raises:
            Unfit: if it is not there, not of them, or not in one piece in the file.
        """
        values = self._whole(name, shapes, _TYPES)
        with damage(f"array {name}"):
            if values.dtype == np.float16:
                values = values.astype(np.float32)
            if not (np.abs(values) < _LARGEST).all():  # nor is it, if it is no number
                raise Unfit(
                    f"its array {name} contains NaN, infinity or too large a number"
                )
        return values

    def _whole(
        self,
        name: str,
        shapes: Collection[tuple[int, ...]],
        types: Iterable[tuple[Any, np.dtype]],
    ) -> np.ndarray:
        """An array of one of some shapes and types, in one piece in the file."""
        with damage(f"array {name}"):
            dataset = h5py.h5d.open(self._file.id, name.encode())
            layout = dataset.get_create_plist()
            dtype = next((d for t, d in types if dataset.get_type().equal(t)), None)
            if dtype is None or dataset.shape not in shapes:
                raise Unfit(
                    f"its array {name} has a shape or type that does not fit its layers"
                )
            size = math.prod(dataset.shape) * dtype.itemsize
            whole = layout.get_layout() == h5py.h5d.CONTIGUOUS
            # Storage is 0 for an array that was declared and never written.
            if (
                not whole
                or layout.get_external_count()
                or size != (dataset.get_storage_size())
            ):
                raise Unfit(f"its array {name} is incomplete or not contiguous")
            self._left -= size
            if self._left < 0:  # as when several share their bytes
                raise Unfit("its arrays are larger than the file")
            values = np.empty(dataset.shape, dtype)
            dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
        return values


def _check_end(file: BinaryIO) -> None:
    """Refuse, before zipfile reads it, a directory that is not a model's: its own words
    on its size and count stand in the last bytes of the file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_END))
    end = file.read()
    if len(end) < _END.size:
        raise Unfit("it is not a zip archive")
    *_, members, length, _, comment = _END.unpack(end[-_END.size :])
    if not end[-_END.size :].startswith(b"PK\5\6") or comment:
        raise Unfit("it is not a zip archive, or is truncated")
    large = end.startswith(b"PK\6\7")  # a second directory, of very large archives
    if large or members > len(MAX_BYTES) or length > _LONGEST_DIRECTORY:
        raise Unfit("it has too many members")
