"""Files that are whole or not there at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = ".unfinished-"


@contextmanager
def written_whole(path: str | Path, before: Path | None = None) -> Iterator[Path]:
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
        part.chmod(0o666 & ~_umask())  # as if it had been opened in the usual way
        with open(part, "rb") as file:  # on the disk, before it has the name
            os.fsync(file.fileno())
        if before is not None and path.exists():
            os.replace(path, before)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Take away what processes that were killed in the middle have left in a folder."""
    for part in folder.glob(f".*{_UNFINISHED}*"):
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
