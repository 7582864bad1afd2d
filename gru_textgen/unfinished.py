"""Files that are being written: each has a name of its own beside the file that it is
to become, and a lock, by which what a killed process left is told from what is in use.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_MARK = ".unfinished-"
_OURS = re.compile(rf"\..*{re.escape(_MARK)}[a-z0-9_]{{8}}(\.[^.]*)?", re.DOTALL)
# Characters of the file's own name and of its ending: a name has 255 bytes at most.
_STEM, _ENDING = 40, 16
_IN_USE = 24 * 60 * 60  # seconds that a part without a lock is taken to be in use


@contextmanager
def unfinished(target: Path, ending: str = "", folder: bool = False) -> Iterator[Path]:
    """Give an empty file, or folder, beside `target`, locked while the block runs. It
    is removed at the end, unless it has been renamed.

    Args:
        target: the path that it is to have when it is whole.
        ending: of its name, such as ".png"; one that is very long is left out.
        folder: whether it is a folder.

    Raises:
        OSError: if it cannot be made; its name is that of `target`.
    """
    try:
        remove_unfinished(target.parent)
        part, handle = _new(target, ending, folder)
    except OSError as error:
        error.filename = str(target)  # the name that the user gave
        raise
    try:
        yield part
    finally:
        if folder:
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def remove_unfinished(folder: Path) -> None:
    """Remove what killed processes of this user have left in a folder."""
    with os.scandir(folder) as entries:
        left = [Path(entry) for entry in entries if _OURS.fullmatch(entry.name)]
    for part in left:
        with suppress(OSError):  # it is finished meanwhile, or another user's
            _remove(part)


def _new(target: Path, ending: str, folder: bool) -> tuple[Path, int | None]:
    """A new part, and the handle that locks it."""
    ending = ending if len(ending) <= _ENDING else ""
    prefix, place = f".{target.stem[:_STEM]}{_MARK}", target.parent
    while True:
        if folder:
            part = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        else:
            opened, name = tempfile.mkstemp(ending, prefix, place)
            os.close(opened)
            part = Path(name)
        if fcntl is None:
            return part, None
        with suppress(FileNotFoundError):  # another process took it for a remnant
            handle = os.open(part, os.O_RDONLY)
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(handle, fcntl.LOCK_EX)
            if part.exists():
                return part, handle
            os.close(handle)


def _remove(part: Path) -> None:
    """Remove a part that no process holds."""
    found = part.lstat()
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        return
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        return
    if fcntl is None:
        if time.time() - found.st_mtime < _IN_USE:
            return
        handle = None
    else:
        handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink()
    finally:
        if handle is not None:
            os.close(handle)
