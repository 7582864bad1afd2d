"""What a run may replace, and how its files are known again."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import read_info
from gru_textgen.text.corpus import Corpus, read_files
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import resume, train

EARLIER = Path(__file__).parent.parent / "data" / "run-version-3"
SMALL = dict(units=8, seq_length=16, batch_size=4, sample_length=20, jit_compile=False)


UNSTEADY = dict(epochs=2, learning_rate=0.5, schedule="constant", **SMALL)


@pytest.fixture(scope="module")
def unsteady(tmp_path_factory, text):
    """The folder of a run whose loss goes up and down; a test takes a copy."""
    folder = tmp_path_factory.mktemp("unsteady") / "old"
    train(TrainingSettings(str(folder), **UNSTEADY), text)
    return folder


@pytest.fixture
def run(unsteady, tmp_path):
    """Settings of that run, in a folder of the test's own."""
    shutil.copytree(unsteady, tmp_path / "old")
    return TrainingSettings(str(tmp_path / "old"), **UNSTEADY)


def best_epoch(folder):
    with open(folder / "history.csv", newline="", encoding="utf-8") as file:
        losses = [float(row["val_loss"]) for row in csv.DictReader(file)]
    return 1 + losses.index(min(losses)), len(losses)


@pytest.mark.slow
def test_a_renamed_run_keeps_its_best_model_however_it_goes_on(run, tmp_path, capsys):
    """Its best epoch lies behind it, and what follows is worse."""
    best, epochs = best_epoch(tmp_path / "old")
    assert best < epochs
    (tmp_path / "old").rename(tmp_path / "new")
    for epochs in (3, 4):
        result = resume(tmp_path / "new", epochs=epochs)
        assert result.path == tmp_path / "new" / "old.keras"
        assert result.figures["epoch"] == best_epoch(tmp_path / "new")[0]
    assert not (tmp_path / "new" / "new.keras").exists()
    assert "missing" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("how", ["is missing", "is damaged", "of another run"])
def test_a_best_model_that_is_lost_is_said(run, tmp_path, capsys, how):
    """Nothing is written over, and the next epoch is called no more than it is."""
    model, kept = run.folder.model, tmp_path / "old" / "old.damaged.keras"
    lost = {
        "is missing": None,
        "is damaged": model.read_bytes()[:-999],
        "of another run": (EARLIER / "checkpoint.keras").read_bytes(),
    }[how]
    model.unlink()
    if lost:
        model.write_bytes(lost)
        kept.write_text("an earlier one")
    best, _ = best_epoch(tmp_path / "old")
    for epochs in (3, 4):  # the second time, there is a model again
        result = resume(tmp_path / "old", epochs=epochs)
        said = " ".join(capsys.readouterr().out.split())
        assert ("epoch so far" in said) == (epochs == 3)
        if best_epoch(tmp_path / "old")[0] == best:
            assert f"Epoch {best} had the lowest validation loss" in said
            assert "but its model is lost" in said
    assert result.path.exists() and result.figures["epoch"] in (3, 4)
    if lost:
        assert kept.read_text() == "an earlier one"
        assert (tmp_path / "old" / "old.damaged-2.keras").read_bytes() == lost


def test_a_model_that_is_shared_keeps_no_folders(tmp_path, short, monkeypatch):
    """What the run needs to go on stays in its checkpoint."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "poems.txt").write_text(short)
    settings = TrainingSettings(str(tmp_path / "private" / "r"), epochs=1, **SMALL)
    path = train(settings, Path("private/poems.txt")).path
    assert b"private" not in path.read_bytes()
    assert read_info(path).source["files"] == ["poems.txt"]
    settings.folder.ids.unlink()
    assert resume(settings.output, epochs=2).epochs == 2


def test_a_run_of_an_earlier_version_is_known_by_what_it_holds(tmp_path, short):
    """It has no marker, and its model is named like the folder that it had."""
    shutil.copytree(EARLIER, tmp_path / "new")
    settings = TrainingSettings(str(tmp_path / "new"), epochs=1, name="run", **SMALL)
    with pytest.raises(InputError, match="already contains a run"):
        train(settings, short)
    train(settings, short, overwrite=True)
    assert len(read_info(settings.folder.model).settings) > 20


@pytest.mark.parametrize("name", ["../out", "a/b", "/a", "..", ".", "a\0b"])
def test_the_name_of_a_model_is_no_path(name):
    with pytest.raises(InputError, match="must be a file name"):
        TrainingSettings("r", name=name)


def test_a_marker_names_nothing_outside_its_folder(tmp_path, short):
    """A folder may come from a stranger."""
    (tmp_path / "precious.txt").write_text("mine")
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "own.txt").write_text("mine")
    marker = {
        "files": ["../precious.txt", str(tmp_path / "precious.txt"), 3, "own.txt"]
    }
    marker["files"] += ["", "..", "a\0.keras", "\udcff.keras"]
    (tmp_path / "r" / ".gru_textgen-run.json").write_text(json.dumps(marker))
    train(settings, short, overwrite=True)
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert (tmp_path / "r" / "own.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["samples.txt", "history.csv", "loss.png", "r.keras"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_that_no_run_has_made_is_never_replaced(
    tmp_path, short, name, overwrite
):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / name).write_text("mine")
    with pytest.raises(InputError, match=f"a file {name} that no run has made"):
        train(settings, short, overwrite=overwrite)
    assert [
        path.name for path in (tmp_path / "r").iterdir() if path.name[0] != "."
    ] == [name]
    assert (tmp_path / "r" / name).read_text() == "mine"


@pytest.mark.slow
def test_the_text_that_is_read_is_never_written_over(tmp_path, short, monkeypatch):
    """Not even where a run has stood in its folder, under its name."""
    settings = TrainingSettings(str(tmp_path), epochs=1, **SMALL)
    train(settings, short)
    (tmp_path / "samples.txt").write_text(short)
    monkeypatch.chdir(tmp_path)
    for corpus in (Path("samples.txt"), read_files([tmp_path / "samples.txt"])):
        with pytest.raises(InputError, match="samples.txt is the training text"):
            train(settings, corpus, overwrite=True)
    assert (tmp_path / "samples.txt").read_text() == short


@pytest.mark.slow
def test_a_folder_of_texts_may_be_that_of_the_run_and_is_learnt_without_it(
    tmp_path, short
):
    (tmp_path / "poems.txt").write_text(short)
    settings = TrainingSettings(str(tmp_path), epochs=1, **SMALL)
    first = read_info(train(settings, tmp_path).path)
    second = read_info(train(settings, tmp_path, overwrite=True).path)
    inside = TrainingSettings(str(tmp_path / "runs" / "r"), epochs=1, **SMALL)
    third = read_info(train(inside, tmp_path).path)
    assert first.sha256 == second.sha256 == third.sha256 == Corpus(short).sha256
