"""One rule for everything that is written.

A file is whole or not there: it is written beside its place, then renamed. A symbolic
link is followed. An existing file keeps its mode and, where the system allows it, its
owner. What is no regular file, as a pipe, a terminal or `/dev/stdout`, is written into
and never replaced. "-" is standard output.
"""

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from gru_textgen.errors import InputError
from gru_textgen.unfinished import unfinished

_STANDARD_OUTPUT = "-"
_DESCRIPTOR = re.compile(r"(?:/dev|/proc/(?:self|\d+))/fd/(\d+)")
_MAX_LINKS = 40
_TRIAL = 4096  # bytes
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_AS_TEXT: dict[str, Any] = dict(encoding="utf-8", errors="replace", newline="\n")


@contextmanager
def atomic_write(path: str | Path, before: Path | None = None) -> Iterator[Path]:
    """Give a new file with the ending of `path` to write, then put it in its place.

    If the block ends in an error, what stood at `path` stays, and the new file goes.

    Args:
        path: Path of the file; "-" is standard output.
        before: Path that the file that stood at `path` is renamed to, if it is to
            stay. Links are not followed then: both files are the caller's own.

    Raises:
        OSError: If the file cannot be written. It names `path`.
    """
    with _naming(path):
        if before is None and is_stream(path):
            with _written_into(path) as part:
                yield part
            return
        target = _target(path, follow=before is None)
        with unfinished(target, Path(path).suffix) as part:
            yield part
            _reach_the_disk(part)  # before it has the name
            _take_over(part, target)
            if before is not None and target.exists():
                os.replace(target, before)
            os.replace(part, target)


@contextmanager
def text_output(path: str | Path) -> Iterator[TextIO]:
    """Give a text file to write to, in UTF-8: standard output, a pipe or a device as
    the text comes, any other file as `atomic_write` does.

    Args:
        path: Path of the file; "-" is standard output.

    Raises:
        OSError: If the file cannot be written. It names `path`.
    """
    with _naming(path):
        if str(path) == _STANDARD_OUTPUT:
            if sys.stdout is None:
                raise OSError(errno.EBADF, "standard output is closed", str(path))
            yield sys.stdout
            sys.stdout.flush()
        elif is_stream(path):
            with _stream(path) as stream, TextIOWrapper(stream, **_AS_TEXT) as text:
                yield text
        else:
            with atomic_write(path) as part, open(part, "w", **_AS_TEXT) as file:
                yield file


@contextmanager
def folder_written_whole(path: str | Path) -> Iterator[Path]:
    """Give a new folder beside `path` to fill; then rename it so.

    Only an empty folder at `path` is replaced, and if the block ends in an error, or
    anything else stands there, the new folder goes.
    """
    target = Path(path).resolve()  # of "." the parent is another
    with _naming(path), unfinished(target, folder=True) as part:
        yield part
        part.chmod(0o777 & ~_umask())
        for file in part.rglob("*"):
            if file.is_file():
                _reach_the_disk(file)
        with suppress(FileNotFoundError):  # Windows renames no folder over another
            os.rmdir(target)
        os.replace(part, target)


def check_output(*paths: str | Path | None) -> None:
    """Refuse, before the work begins, a file that cannot be written.

    Args:
        *paths: Paths that `atomic_write` is to write; None is passed over.

    Raises:
        InputError: If one is a folder, a file or in a folder that cannot be written, or
            on a full disk.
    """
    for path in paths:
        if path is None:
            continue
        try:
            if not is_stream(path):
                with unfinished(_target(path)) as part:
                    part.write_bytes(bytes(_TRIAL))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"{path} cannot be written: {reason}. Give another file."
            ) from error


def check_room(path: str | Path, size: int) -> None:
    """Refuse, before the work begins, a file that is too large for its disk.

    Args:
        path: Path of the file.
        size: Its number of bytes, at least.

    Raises:
        InputError: If it does not fit, with the number of bytes that are missing.
    """
    if is_stream(path):
        return
    free = shutil.disk_usage(Path(os.path.realpath(path)).parent).free
    if free < size:
        raise InputError(
            f"{path} needs {_megabytes(size)}, and its disk has {_megabytes(free)} "
            f"free: make room for {_megabytes(size - free)} more."
        )


def is_stream(path: str | Path) -> bool:
    """Whether a path is standard output, or exists and is no regular file nor folder:
    a pipe, a terminal, a device, an open file of a process."""
    if str(path) == _STANDARD_OUTPUT or _descriptor(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _descriptor(path: str | Path) -> int | None:
    """The number of the open file that a path such as /dev/stdout stands for."""
    for _ in range(_MAX_LINKS):
        if found := _DESCRIPTOR.fullmatch(os.path.abspath(path)):
            return int(found[1])
        try:
            link = os.readlink(path)
        except (OSError, ValueError):
            return None
        path = os.path.join(os.path.dirname(path), link)
    return None


@contextmanager
def _stream(path: str | Path) -> Iterator[BinaryIO]:
    """What `is_stream`, open to write bytes into."""
    if sys.stdout is not None:
        sys.stdout.flush()  # what was written before comes before
    number = _descriptor(path)
    if str(path) == _STANDARD_OUTPUT:
        if not hasattr(sys.stdout, "buffer"):
            raise OSError(errno.EBADF, "standard output takes no bytes", str(path))
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    # (Opened by its name, an open file would be written from its beginning.)
    with open(path if number is None else os.dup(number), "wb") as stream:
        yield stream


@contextmanager
def _written_into(path: str | Path) -> Iterator[Path]:
    """Give a file elsewhere to write, then copy it to where no file can be renamed."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, "output" + Path(path).suffix)
        yield part
        with _stream(path) as stream, open(part, "rb") as file:
            shutil.copyfileobj(file, stream)


def _target(path: str | Path, follow: bool = True) -> Path:
    """The file that a path stands for, links followed.

    Raises:
        OSError: If it is a folder, or may not be written.
    """
    path = Path(path)
    target = Path(os.path.realpath(path if follow else path.parent))
    target = target if follow else target / path.name
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not os.access(target, os.W_OK) and _is_writable(target.parent):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return target


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def _take_over(part: Path, target: Path) -> None:
    """Give a new file the mode and the owner of the one that it replaces, or the mode
    of any new file."""
    try:
        old, new = target.stat(), part.stat()
    except FileNotFoundError:
        part.chmod(0o666 & ~_umask())
        return
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):  # only the superuser may
            os.chown(part, old.st_uid, old.st_gid)
    part.chmod(stat.S_IMODE(old.st_mode) & 0o777)


@contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    """An OSError of the block that is about the file names the path that was given."""
    try:
        yield
    except OSError as error:
        named, target = str(error.filename), os.path.realpath(path)
        of_the_disk = error.filename is None and error.errno in _DISK_ERRORS
        if of_the_disk or named == target or ".unfinished-" in named:
            error.filename = str(path)
        raise


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _reach_the_disk(path: Path) -> None:
    with open(path, "rb+") as file:  # Windows writes out no file that is only read
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
