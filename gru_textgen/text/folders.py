"""Which files of a folder are to be read, and why the others are not."""

import json
import os
from pathlib import Path, PurePath, PurePosixPath

from gru_textgen.text.records import RECORDS
from gru_textgen.text.report import ReadingReport

RUN_MARKER = ".gru_textgen-run.json"
"""The file that a run leaves in its folder, with the names of its files."""
_MAC_FOLDER = "__MACOSX"
_OF_PROGRAMS = {"__pycache__", "node_modules"}
_MARK_UP = {".svg", ".xml", ".ipynb", ".css"}
_RUN_FILES = {"text.ids", "samples.txt", "history.csv", "loss.png"}
_LONGEST_MARKER = 1 << 20  # characters
_OLD_RUN = {"checkpoint.keras", "text.ids"}  # in the folder of a run without a marker


def files_in(folder: Path, report: ReadingReport) -> list[Path]:
    """The files in a folder and its folders, in the order of their paths.

    Hidden files and folders, and the folders of runs, are left out, and named in the
    report; what a run has left in `folder` itself is left out, too.
    """
    own, found = run_files(folder), []
    for place, folders, files in os.walk(folder):
        for name in sorted(folders):
            reason = _why_not_folder(Path(place, name))
            if reason:
                report.skipped.append((str(Path(place, name)), reason))
                folders.remove(name)
        for path in sorted(Path(place, name) for name in files):
            if path.name == RUN_MARKER:
                continue
            if path.parent == folder and path.name in own:
                report.skipped.append((str(path), "file of a training run"))
            elif path.name.startswith("."):
                report.skipped.append((str(path), "hidden"))
            elif path.is_file():
                found.append(path)
    return sorted(found)


def run_files(folder: Path) -> set[str]:
    """The names of the files that a run has left in a folder, by its marker."""
    try:
        with open(folder / RUN_MARKER, encoding="utf-8") as file:
            found = json.loads(file.read(_LONGEST_MARKER))
        names = [name for name in found["files"] if isinstance(name, str)]
        return {name for name in names if _is_of_a_run(name)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def _is_of_a_run(name: str) -> bool:
    """Whether a run writes files of that name: its marker may name a user's own."""
    plain = PurePath(name).name == name and name.isprintable()
    return plain and (name in _RUN_FILES or name.endswith(".keras"))


def _why_not_folder(folder: Path) -> str | None:
    if folder.name.startswith("."):
        return "hidden"
    if folder.name == _MAC_FOLDER or folder.name in _OF_PROGRAMS:
        return "no text files"
    inside = {path.name for path in folder.iterdir()} if _readable(folder) else set()
    if RUN_MARKER in inside or _OLD_RUN <= inside:
        return "file of a training run"
    return None


def _readable(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def why_not_member(name: str) -> str | None:
    """Why a member of an archive is not to be read, by its name; None if it may be."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if any(part.startswith(".") and part not in (".", "..") for part in parts):
        return "hidden"
    if _MAC_FOLDER in parts or _OF_PROGRAMS.intersection(parts):
        return "no text files"
    return None


def why_not_ending(ending: str, field: str | None) -> str | None:
    """Why a file that nobody named is not to be read, by its ending; None if it may be.

    Args:
        ending: in small letters.
        field: of records, if one was given.
    """
    if ending in _MARK_UP:
        return "markup or data, not text"
    if ending in RECORDS and field is None:
        return "records: give their `field` to read them"
    return None
