"""The files that a run leaves, beside its models: begun anew, cut back to go on, or
done without."""

import csv
import os
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from gru_textgen.errors import InputError
from gru_textgen.files import remove_unfinished, written_whole
from gru_textgen.training.settings import TrainingSettings


@contextmanager
def locked(folder: Path):
    """The folder is this process's while the block runs, however it ends. If it was
    made for the block, and nothing has come into it, it goes.

    Raises:
        InputError: if another run has it, or it cannot be made.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    lock = FileLock(folder / ".lock", blocking=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise InputError(f"Another run is writing into {folder}.") from error
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        remove_unfinished(folder)
        yield
    finally:
        if made and [path.name for path in folder.glob("*")] == [".lock"]:
            with suppress(OSError):  # another's folder, or files, beside it
                (folder / ".lock").unlink()
                for path in made:
                    path.rmdir()
        lock.release()


def refuse_a_run(settings: TrainingSettings) -> None:
    """Raise an InputError if the folder holds a run."""
    folder = settings.output
    if any(path.exists() for path in (settings.model_path, *settings.checkpoint_paths)):
        raise InputError(
            f"{folder} already holds a run: go on with it (--resume {folder}), replace "
            "it (--overwrite), or name another folder (--output)."
        )


def clear_folder(settings: TrainingSettings) -> None:
    """Take an earlier run out of the folder, but for the text's ids."""
    folder = Path(settings.output)
    models = [
        settings.model_path,
        *settings.checkpoint_paths,
        settings.damaged_path,
    ]
    others = [settings.history_path, settings.samples_path, folder / "loss.png"]
    try:
        for path in models + others:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error


def write_history(path: Path, rows: list[dict]) -> None:
    """The figures of each epoch, a line each."""
    with written_whole(path) as part:
        with open(part, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def size_of(path: Path) -> int:
    """Bytes of a file, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def cut_samples(path: Path, size: int | None) -> None:
    """Keep the first `size` bytes, if that is known: what comes after is written again.
    (Half a character, or half a heading, may stand there.)"""
    if size is not None and size_of(path) > size:
        os.truncate(path, size)


@contextmanager
def going_on(path: str | Path, raising: bool = False):
    """Say that a file cannot be written, instead of ending the run."""
    try:
        yield
    except OSError as error:
        warnings.warn(
            f"{path} cannot be written ({error.strerror or error}): the run goes on "
            "without.",
            stacklevel=3,
        )
        if raising:
            raise
