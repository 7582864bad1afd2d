"""A run that an earlier version began, and that was killed, goes on in this one."""

import csv
import shutil
from pathlib import Path

import pytest

from gru_textgen.training.train import resume

KILLED = Path(__file__).parent.parent / "data" / "run-version-3"


def losses(path):
    with open(path, newline="") as file:
        return [float(row["val_loss"]) for row in csv.DictReader(file)]


@pytest.mark.slow
def test_a_run_killed_under_format_3_goes_on(tmp_path):
    """It was killed by SIGKILL after three of eight epochs; what it would have come to
    was measured then, without the kill, on the machine of then."""
    folder = tmp_path / "cats"
    shutil.copytree(KILLED, folder)
    expected = losses(folder / "history-whole.csv")
    before = losses(folder / "history.csv")
    assert before == expected[:3]
    result = resume(folder)
    assert result.path == folder / "cats.keras"
    assert losses(folder / "history.csv") == pytest.approx(expected, abs=1e-4)
    assert result.figures["epoch"] == expected.index(min(expected)) + 1
