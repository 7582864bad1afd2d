"""The files that a run leaves, beside its models: begun anew, cut back to go on, or
done without."""

import csv
import json
import os
import warnings
import zipfile
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath

from filelock import FileLock, Timeout

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write
from gru_textgen.model_file.container import RUN_MEMBERS
from gru_textgen.text.folders import RUN_MARKER, run_files
from gru_textgen.training.encoded import is_text_of_ids
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.unfinished import remove_unfinished


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
        raise InputError(f"Another run is writing to {folder}.") from error
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        remove_unfinished(folder)
        yield
    finally:
        unused = made and [path.name for path in folder.glob("*")] == [".lock"]
        with suppress(OSError):  # Windows removes it when it is released
            if unused:
                (folder / ".lock").unlink()
        lock.release()
        with suppress(OSError):  # another's folder, or files, beside it
            for path in made if unused else ():
                path.rmdir()


@contextmanager
def claimed(settings: TrainingSettings, read: Sequence[str], overwrite: bool):
    """Mark the folder's files as those of a run, before the run writes any.

    Args:
        settings: of the run.
        read: the files and folders that it learns from.
        overwrite: whether an earlier run's files may be replaced.

    Raises:
        InputError: if the folder holds a run that may not be replaced, or a file that
            the run would write and that no run has made.
    """
    folder = Path(settings.output)
    _refuse_to_overwrite(settings, [Path(path) for path in read if path != "-"])
    if not overwrite:
        _refuse_a_run(settings)
    marker, names = folder / RUN_MARKER, run_files(folder)
    begun = not marker.exists()
    names |= {path.name for path in settings.folder.files}
    with atomic_write(marker) as part:
        record = {"model": settings.folder.model.name, "files": sorted(names)}
        part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    try:
        yield
    except BaseException:
        if begun and not any(path.exists() for path in settings.folder.files):
            marker.unlink(missing_ok=True)
        raise


def _refuse_to_overwrite(settings: TrainingSettings, read: Sequence[Path]) -> None:
    """Raise an InputError for a file that is not a run's, or that is being read."""
    folder, ours = Path(settings.output), run_files(Path(settings.output))
    if _is_earlier_run(settings):
        ours |= {path.name for path in settings.folder.files}
    texts = {path.resolve() for path in read}
    for path in settings.folder.files:
        if path.resolve() in texts:
            raise InputError(
                f"{path} is the training text, and the run would overwrite it: give "
                "another folder (`output`)."
            )
        if os.path.lexists(path) and path.name not in ours:
            raise InputError(
                f"{folder} contains a file {path.name} that no run has made, and this "
                "run would overwrite it: give another folder (`output`), or move the "
                "file."
            )


def _is_earlier_run(settings: TrainingSettings) -> bool:
    """Whether a run of a version that left no marker stands in the folder: by what its
    checkpoints and its text hold, not by their names."""
    for path in settings.folder.checkpoints:
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            if set(RUN_MEMBERS) <= set(archive.namelist()):
                return True
    return is_text_of_ids(settings.folder.ids)


def _refuse_a_run(settings: TrainingSettings) -> None:
    """Raise an InputError if the folder holds a run."""
    folder = settings.output
    if any(
        path.exists() for path in (settings.folder.model, *settings.folder.checkpoints)
    ):
        raise InputError(
            f"{folder} already contains a run: resume it (`resume({folder!r})`), "
            "replace it (`overwrite=True`), or give another folder (`output`)."
        )


def clear_folder(settings: TrainingSettings) -> None:
    """Take an earlier run out of the folder, but for the text's ids."""
    folder = Path(settings.output)
    names = run_files(folder) | {path.name for path in settings.folder.files}
    try:
        for name in names - {settings.folder.ids.name}:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error


def run_name(settings: dict, folder: Path) -> str | None:
    """The name of the model of a run that goes on, without its ending.

    Args:
        settings: of the run, as a checkpoint has them.
        folder: of the run, which may have had another name when it began.
    """
    if settings.get("name"):
        return settings["name"]
    # Before the name was noted, it was that of the folder.
    before = PurePath(str(settings.get("output", "")).replace("\\", "/")).name
    return before if before and (folder / f"{before}.keras").exists() else None


def write_history(path: Path, rows: list[dict]) -> None:
    """The figures of each epoch, a line each."""
    with atomic_write(path) as part:
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
            f"{path} cannot be written ({error.strerror or error}): the run continues "
            "without it.",
            stacklevel=3,
        )
        if raising:
            raise
