"""The files that a run leaves, beside its models: begun anew, or cut back to go on."""

import csv
from pathlib import Path

from gru_textgen.errors import InputError
from gru_textgen.files import written_whole
from gru_textgen.settings import TrainingSettings


def prepare_folder(settings: TrainingSettings, overwrite: bool) -> None:
    """An output folder without a run in it."""
    folder = Path(settings.output)
    models = [settings.model_path, settings.checkpoint_path]
    others = [settings.history_path, folder / "samples.txt", folder / "loss.png"]
    if any(path.exists() for path in models) and not overwrite:
        raise InputError(
            f"{folder} already holds a run: go on with it (--resume {folder}), replace "
            "it (--overwrite), or name another folder (--output)."
        )
    try:
        for path in models + others:
            path.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error


def read_history(path: Path, epochs: int | None = None) -> dict[str, list[str]]:
    """The columns of history.csv; with `epochs`, the file is cut to so many first."""
    if not path.exists():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    if epochs is not None and len(rows) > epochs + 1:
        rows = rows[: epochs + 1]
        with written_whole(path) as part:
            with open(part, "w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
    if len(rows) < 2:
        return {}
    return {name: list(column) for name, *column in zip(*rows)}


def cut_samples(path: Path, epochs: int) -> None:
    """Keep the samples of so many epochs: what comes after is written again."""
    if path.exists():
        text = path.read_text(encoding="utf-8")
        place = text.find(f"\n=== after epoch {epochs + 1}")
        if place >= 0:
            with written_whole(path) as part:
                part.write_text(text[:place], encoding="utf-8")
