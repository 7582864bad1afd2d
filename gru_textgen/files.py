"""Files, and folders of them, that are whole or not there at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = ".unfinished-"


@contextmanager
def atomic_write(path: str | Path, before: Path | None = None) -> Iterator[Path]:
    """Give a new file beside `path`, with its ending, to write; then rename it so.

    If the block ends in an error, what stood at `path` stays, and the new file goes.

    Args:
        path: of the file.
        before: what the file that stood at `path` is renamed to, if it is to stay.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}{_UNFINISHED}", suffix=path.suffix
        )
    except OSError as error:
        error.filename = str(path)  # the name that the user gave
        raise
    os.close(handle)
    part = Path(name)
    try:
        yield part
        _reach_the_disk(part)  # before it has the name
        part.chmod(0o666 & ~_umask())  # as if it had been opened in the usual way
        if before is not None and path.exists():
            os.replace(path, before)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: str | Path) -> Iterator[Path]:
    """Give a new folder beside `path` to fill; then rename it so.

    Only an empty folder at `path` is replaced, and if the block ends in an error, or
    anything else stands there, the new folder goes.
    """
    path = Path(path).resolve()  # of "." the parent is another
    try:
        name = tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}{_UNFINISHED}")
    except OSError as error:
        error.filename = str(path)
        raise
    part = Path(name)
    try:
        yield part
        part.chmod(0o777 & ~_umask())
        for file in part.rglob("*"):
            if file.is_file():
                _reach_the_disk(file)
        os.replace(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def remove_unfinished(folder: Path) -> None:
    """Take away what processes that were killed in the middle have left in a folder."""
    for part in folder.glob(f".*{_UNFINISHED}*"):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def _reach_the_disk(path: Path) -> None:
    with open(path, "rb+") as file:  # Windows writes out no file that is only read
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
