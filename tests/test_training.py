"""A run: what it leaves, that it learns, that it goes on, what it refuses."""

import csv
import dataclasses

import keras
import numpy as np
import pytest

from gru_textgen import training
from gru_textgen.archive import read_info
from gru_textgen.corpus import Corpus
from gru_textgen.dataset import split_point
from gru_textgen.errors import InputError
from gru_textgen.model import load_model
from gru_textgen.settings import SCHEDULES, TrainingSettings
from gru_textgen.training import resume, train

SMALL = dict(units=8, seq_length=16, batch_size=4, sample_length=20, dropout=0.3)


def history_of(folder):
    with open(folder / "history.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_model_history_picture_and_samples(trained):
    names = {path.name for path in trained.path.parent.iterdir()}
    assert names == {
        "cats.keras",
        "checkpoint.keras",
        "history.csv",
        "loss.png",
        "samples.txt",
    }
    samples = (trained.path.parent / "samples.txt").read_text(encoding="utf-8")
    assert samples.count("--- temperature") == 4 * len(history_of(trained.path.parent))


def test_the_validation_loss_falls_and_the_file_holds_the_best_epoch(trained):
    rows = history_of(trained.path.parent)
    losses = [float(row["val_loss"]) for row in rows]
    assert losses[-1] < 0.6 * losses[0]
    figures = read_info(trained.path).figures
    assert figures["epoch"] == losses.index(min(losses)) + 1
    assert figures["val_loss"] == pytest.approx(min(losses))


def test_figures_in_nats_bits_and_perplexity_agree(trained):
    for row in history_of(trained.path.parent):
        for part in ("", "val_"):
            nats = float(row[f"{part}loss"])
            bits = float(row[f"{part}bits_per_character"])
            assert bits == pytest.approx(nats / np.log(2), rel=1e-3)
            assert float(row[f"{part}perplexity"]) == pytest.approx(2**bits, rel=1e-3)


def test_the_file_says_what_was_learnt_from_and_how(trained, text):
    info = read_info(trained.path)
    assert info.sha256 == Corpus(text).sha256
    assert info.settings["units"] == 32
    assert info.source == {"files": ["cats.txt"]}
    assert info.separator == "\n\n"
    assert set(info.versions) == {"python", "tensorflow", "keras", "numpy"}


def test_the_vocabulary_is_that_of_the_training_part(tmp_path):
    text = "ab\n" * 300 + "Z" * 20
    result = train(TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL), text)
    assert set(read_info(result.path).vocabulary.symbols) == set("ab\n")


def test_validation_text_is_never_trained_on(tmp_path, text):
    """Another held-out part, the same model: only what was measured differs."""
    cut = split_point(len(text), 0.1)
    other = text[:cut] + text[cut:][::-1]
    models = []
    for i, version in enumerate((text, other)):
        settings = TrainingSettings(
            str(tmp_path / str(i)), epochs=2, sample_prompt="The", **SMALL
        )
        train(settings, version)
        models.append(load_model(settings.checkpoint_path))
    for a, b in zip(*(model.get_weights() for model in models)):
        np.testing.assert_array_equal(a, b)


def test_a_seed_decides_the_run(tmp_path, text):
    weights = []
    for i, seed in enumerate((1, 1, 2)):
        settings = TrainingSettings(
            str(tmp_path / str(i)), seed=seed, epochs=2, **SMALL
        )
        train(settings, text)
        weights.append(load_model(settings.checkpoint_path).get_weights())
    np.testing.assert_array_equal(weights[0][0], weights[1][0])
    assert np.abs(weights[0][0] - weights[2][0]).max() > 0.01


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_a_run_that_was_stopped_goes_on_to_the_same_end(
    tmp_path, text, schedule, monkeypatch
):
    def settings(name):
        return TrainingSettings(
            str(tmp_path / name), epochs=4, schedule=schedule, **SMALL
        )

    train(settings("whole"), text)

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.optimizer.iterations == 2 * self.params["steps"] + 3:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        callbacks = training._Run._callbacks
        patch.setattr(
            training._Run, "_callbacks", lambda run: [*callbacks(run), Stop()]
        )
        stopped = train(settings("parts"), text)
    assert stopped.interrupted and stopped.figures["epoch"] <= 2
    assert not resume(tmp_path / "parts", text).interrupted

    whole, parts = (
        load_model(settings(name).checkpoint_path) for name in ("whole", "parts")
    )
    for a, b in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    rows = [history_of(tmp_path / name) for name in ("whole", "parts")]
    assert rows[0] == rows[1]
    samples = [(tmp_path / n / "samples.txt").read_text() for n in ("whole", "parts")]
    assert samples[0] == samples[1]


def test_a_full_disk_stops_the_run_and_leaves_what_was_saved(
    tmp_path, text, monkeypatch
):
    """The third whole file finds no room: the checkpoint of the first epoch stays."""
    saves = []

    def save(self, filepath, **options):
        saves.append(filepath)
        if len(saves) > 2:
            raise OSError(28, "No space left on device")
        return real(self, filepath, **options)

    real = keras.Sequential.save
    monkeypatch.setattr(keras.Sequential, "save", save)
    settings = TrainingSettings(str(tmp_path / "r"), epochs=3, **SMALL)
    with pytest.raises(InputError, match="r cannot be written .No space left"):
        train(settings, text)
    monkeypatch.undo()
    assert read_info(settings.checkpoint_path).figures["epoch"] == 1
    resume(settings.output, text)
    assert [row["epoch"] for row in history_of(tmp_path / "r")] == ["0", "1", "2"]


def test_a_finished_run_says_that_it_is(trained):
    with pytest.raises(InputError, match="has its 12 epochs.*--epochs"):
        resume(trained.path.parent, "any text")


def test_history_written_after_the_last_checkpoint_is_cut_away(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=2, **SMALL)
    train(settings, text)
    with open(settings.history_path, "a", encoding="utf-8") as file:
        file.write(file.name and "2,0,0,0,0,0,0,0\n")
    resume(tmp_path / "r", text, epochs=3)
    rows = history_of(tmp_path / "r")
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert float(rows[2]["loss"]) > 0


def test_a_finished_run_goes_on_with_more_epochs(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    train(settings, text)
    assert resume(tmp_path / "r", text, epochs=3).figures["epoch"] <= 3
    assert len(history_of(tmp_path / "r")) == 3


def test_resume_reads_the_text_again_and_refuses_another(tmp_path, text):
    from gru_textgen.corpus import read_files

    path = tmp_path / "poem.txt"
    path.write_text(text, encoding="utf-8")
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    train(settings, read_files([path]))
    resume(tmp_path / "r", epochs=2)
    path.write_text(text + "more", encoding="utf-8")
    with pytest.raises(InputError, match="not the one"):
        resume(tmp_path / "r", epochs=3)


def test_resume_where_there_is_no_run(tmp_path):
    with pytest.raises(InputError, match="no run"):
        resume(tmp_path)


def test_a_folder_with_a_run_is_not_written_over(trained, text):
    before = trained.path.read_bytes()
    settings = TrainingSettings(str(trained.path.parent), **SMALL)
    with pytest.raises(InputError, match="--resume.*--overwrite.*--output"):
        train(settings, text)
    assert trained.path.read_bytes() == before


def test_overwrite_replaces_the_run_and_nothing_else(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    train(settings, text)
    (tmp_path / "r" / "notes.txt").write_text("mine")
    train(dataclasses.replace(settings, seed=5), text, overwrite=True)
    assert read_info(settings.model_path).settings["seed"] == 5
    assert (tmp_path / "r" / "notes.txt").read_text() == "mine"
    assert len(history_of(tmp_path / "r")) == 1


@pytest.mark.parametrize("text", ["", "a", "too short\n"])
def test_a_text_shorter_than_a_window_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="short"):
        train(TrainingSettings(str(tmp_path / "r")), text)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_each_schedule_and_optimizer_trains(tmp_path, text, schedule, optimizer):
    settings = TrainingSettings(
        str(tmp_path / "r"), epochs=1, schedule=schedule, optimizer=optimizer, **SMALL
    )
    assert train(settings, text).figures["val_loss"] < 4


def test_the_cosine_schedule_warms_up_and_ends_at_zero(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=40, **SMALL)
    run = training._Run(settings, Corpus(text))
    rate = run._learning_rate()
    steps = run.training.windows * 40
    values = np.array([float(rate(step)) for step in range(steps + 1)])
    assert values[0] == 0
    assert values.max() == pytest.approx(settings.learning_rate, rel=1e-3)
    peak = values.argmax()
    assert (np.diff(values[: peak + 1]) > 0).all() and (
        np.diff(values[peak:]) < 0
    ).all()
    assert values[-1] == pytest.approx(0, abs=1e-6)
