"""A run: what it leaves, that it learns, that it goes on, what it refuses."""

import csv
import dataclasses
import io
import json
import os
import shutil
import signal
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo, read_info, read_model
from gru_textgen.nn.loading import load_model
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.splits import split_point
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training import train as training
from gru_textgen.training.checkpoint import Progress, read_checkpoint
from gru_textgen.training.run import Run
from gru_textgen.training.run_folder import cut_samples, locked
from gru_textgen.training.settings import SCHEDULES, TrainingSettings
from gru_textgen.training.streams import split_streams
from gru_textgen.training.train import resume, train

SMALL = dict(
    jit_compile=False,  # so small a model has learnt before XLA has compiled it
    units=8,
    seq_length=16,
    batch_size=4,
    sample_length=20,
    dropout=0.3,
    weight_dropout=0.2,
    state_reset=0.2,
)


@pytest.fixture(scope="module")
def one_epoch(tmp_path_factory, short):
    """A run of one epoch, trained once; a test takes a copy."""
    settings = TrainingSettings(
        str(tmp_path_factory.mktemp("one") / "r"), epochs=1, **SMALL
    )
    train(settings, short)
    return settings.folder.path


@pytest.fixture
def run(one_epoch, tmp_path):
    """The settings of a run of one epoch of `short`, in a folder of the test's own."""
    shutil.copytree(one_epoch, tmp_path / "r")
    return TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)


def history_of(folder):
    with open(folder / "history.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def windows_of(settings, text):
    """Batches in an epoch."""
    streams, _ = split_streams(
        range(len(text)),
        settings.validation_split,
        settings.batch_size,
        settings.seq_length,
    )
    return streams.windows


def test_a_run_leaves_model_history_picture_and_samples(trained):
    names = {path.name for path in trained.path.parent.iterdir()}
    assert names == {
        ".gru_textgen-run.json",
        "cats.keras",
        ".lock",
        "checkpoint.keras",
        "checkpoint.previous.keras",
        "history.csv",
        "loss.png",
        "samples.txt",
        "text.ids",
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


def test_validation_text_is_never_trained_on(tmp_path, short):
    """Another held-out part, the same model: only what was measured differs."""
    text = short
    cut = split_point(len(text), 0.1)
    other = text[:cut] + text[cut:][::-1]
    models = []
    for i, version in enumerate((text, other)):
        settings = TrainingSettings(
            str(tmp_path / str(i)), epochs=2, sample_prompt="The", **SMALL
        )
        train(settings, version)
        models.append(load_model(settings.folder.checkpoint))
    for a, b in zip(*(model.get_weights() for model in models)):
        np.testing.assert_array_equal(a, b)


def test_a_seed_decides_the_run(tmp_path, short, one_epoch):
    weights = [load_model(one_epoch / "checkpoint.keras").get_weights()]
    for seed in (TrainingSettings("r").seed, 2):
        settings = TrainingSettings(
            str(tmp_path / str(seed)), seed=seed, epochs=1, **SMALL
        )
        train(settings, short)
        weights.append(load_model(settings.folder.checkpoint).get_weights())
    np.testing.assert_array_equal(weights[0][0], weights[1][0])
    assert np.abs(weights[0][0] - weights[2][0]).max() > 0.01


class StopsAt(keras.callbacks.Callback):
    """Presses Ctrl-C after so many batches: once, or till the run stops at once."""

    def __init__(self, batches, at_once=False):
        super().__init__()
        self.batches = batches
        self.at_once = at_once
        self.done = 0

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.done == self.batches:
            if self.at_once:
                raise KeyboardInterrupt
            signal.raise_signal(signal.SIGINT)


def assert_same_runs(*all_settings):
    """Weights, optimizer, history and samples, to the bit."""
    models = [load_model(s.folder.checkpoint) for s in all_settings]
    for a, b in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(*(m.optimizer.variables for m in models), strict=True):
        np.testing.assert_array_equal(a, b)
    one, other = (Path(settings.output) for settings in all_settings)
    assert history_of(one) == history_of(other)
    samples = [(path / "samples.txt").read_text() for path in (one, other)]
    assert samples[0] == samples[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "schedule, more, at_once",
    [
        ("cosine", {"layers": 2, "jit_compile": None}, False),
        ("cosine", {"accumulate": 2, "precision": "mixed_bfloat16"}, False),
        ("plateau", {"learning_rate": 0.3, "patience": 2, "epochs": 9}, False),
        ("plateau", {"learning_rate": 0.3, "patience": 2, "epochs": 9}, True),
    ],
)
def test_a_run_that_was_stopped_goes_on_to_the_same_end(
    tmp_path, short, schedule, more, at_once
):
    whole, parts = (
        TrainingSettings(
            str(tmp_path / name),
            **{**SMALL, "epochs": 4, "schedule": schedule, **more},
        )
        for name in ("whole", "parts")
    )
    train(whole, short)
    windows = windows_of(whole, short)
    stopped = train(parts, short, callbacks=[StopsAt(2 * windows + 3, at_once)])
    assert stopped.interrupted and stopped.resumable
    progress = read_checkpoint(parts).progress
    assert (progress.epoch, progress.batch) == (2, 0 if at_once else 3)
    assert not resume(parts.output, short).interrupted
    assert_same_runs(whole, parts)


def test_stopped_at_once_in_the_first_epoch_there_is_nothing_to_go_on_from(
    tmp_path, short
):
    settings = TrainingSettings(str(tmp_path / "r"), **SMALL)
    result = train(settings, short, callbacks=[StopsAt(2, at_once=True)])
    assert result.interrupted and not result.resumable and not result.figures
    train(dataclasses.replace(settings, epochs=1), short)  # the folder is free


@pytest.mark.slow
def test_a_stop_in_the_last_step_of_an_epoch_lets_it_end(tmp_path, short):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=2, save_every=1e-9, **SMALL)
    windows = windows_of(settings, short)
    assert train(settings, short, callbacks=[StopsAt(windows)]).interrupted
    progress = read_checkpoint(settings).progress
    assert (progress.epoch, progress.batch) == (1, 0)
    resume(settings.output, short)
    assert len(history_of(tmp_path / "r")) == 2


@pytest.mark.slow
def test_a_damaged_checkpoint_falls_back_on_the_one_before(tmp_path, short):
    text = short
    whole, parts = (
        TrainingSettings(str(tmp_path / name), epochs=3, **SMALL)
        for name in ("whole", "parts")
    )
    train(whole, text)
    windows = windows_of(whole, text)
    train(parts, text, callbacks=[StopsAt(2 * windows + 3)])
    data = parts.folder.checkpoint.read_bytes()
    parts.folder.checkpoint.write_bytes(data[:-999] + data[-99:])
    previous = parts.folder.previous.read_bytes()
    with pytest.warns(
        UserWarning, match="checkpoint.keras .*resumes from the checkpoint before"
    ):
        read_checkpoint(parts)
    assert (
        not parts.folder.checkpoint.exists()
    )  # nor is the next saved over the good one
    assert parts.folder.previous.read_bytes() == previous
    assert len(parts.folder.damaged.read_bytes()) == len(data) - 900
    resume(parts.output, text)
    assert_same_runs(whole, parts)
    parts.folder.checkpoint.write_bytes(b"PK")
    parts.folder.previous.write_bytes(b"PK")
    with pytest.raises(InputError, match="checkpoint.keras is .*is damaged too: begin"):
        resume(parts.output, text, epochs=4)
    parts.folder.previous.unlink()
    with pytest.raises(
        InputError, match="checkpoint.keras is .*no other checkpoint: begin"
    ):
        resume(parts.output, text, epochs=4)


def changed(path, other, **changes):
    """Write a checkpoint again, some members of it changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in members.items():
            change = changes.get(name.replace(".", "_"), bytes)
            archive.writestr(name, change(data))


def with_nan(data):
    file = io.BytesIO(data)
    with h5py.File(file, "r+") as weights:
        weights["layers/dense/vars/1"][0] = np.nan
    return file.getvalue()


def test_a_checkpoint_with_a_number_that_is_none_falls_back(trained, tmp_path):
    settings = TrainingSettings(str(tmp_path))
    path = trained.path.parent / "checkpoint.keras"
    changed(path, settings.folder.checkpoint, model_weights_h5=with_nan)
    shutil.copy(path, settings.folder.previous)
    with pytest.warns(UserWarning, match="NaN, infinity.*resumes from"):
        assert read_checkpoint(settings).progress.epoch == 12


def test_a_run_that_ended_early_and_was_killed_then_has_ended(trained, tmp_path):
    def five_epochs_without_progress(data):
        run = json.loads(data)
        rows = run["rows"][:3] + [{**row, "val_loss": 9.0} for row in run["rows"][3:8]]
        return json.dumps({**run, "epoch": len(rows), "rows": rows}).encode()

    path = trained.path.parent / "checkpoint.keras"
    other = tmp_path / "checkpoint.keras"
    changed(path, other, run_json=five_epochs_without_progress)
    with pytest.raises(
        InputError, match="early after 8 epochs, the last 5 .*`epochs=12`"
    ):
        resume(tmp_path)


@given(st.lists(st.integers(1, 4), max_size=9), st.integers(0, 3))
def test_early_stopping_is_known_as_keras_does_it(losses, patience):
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=patience)
    model, rows = keras.Sequential(), []
    model.stop_training = False
    stopping.set_model(model)
    stopping.on_train_begin()
    for epoch, loss in enumerate(losses):
        stopping.on_epoch_end(epoch, {"val_loss": loss})
        rows.append({"val_loss": loss})
        progress = Progress(epoch + 1, rows=rows)
        assert progress.stopped_early(patience) == model.stop_training
        if model.stop_training:
            assert not Progress(epoch + 1, 1, rows=rows).stopped_early(patience)
            break


@pytest.mark.slow
def test_stopped_between_two_names_there_is_a_run_to_go_on_with(
    tmp_path, text, monkeypatch
):
    text = text[:500]
    settings = TrainingSettings(str(tmp_path / "r"), epochs=3, **SMALL)
    real = os.replace

    def replace(one, other):
        real(one, other)
        if Path(other) == settings.folder.previous:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        result = train(settings, text)
    assert result.interrupted and result.resumable
    assert not settings.folder.checkpoint.exists()
    assert not resume(settings.output, text).interrupted
    assert len(history_of(tmp_path / "r")) == 3


def npz(shape=(9,), compression=zipfile.ZIP_STORED):
    """An array as NumPy keeps it: 36 bytes, whatever shape it declares."""
    array, file = io.BytesIO(), io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(array, header)
    array.write(bytes(36))
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("arr_0.npy", array.getvalue())
    return file.getvalue()


def pickled():
    file = io.BytesIO()
    np.savez(file, np.array([print], object))
    return file.getvalue()


@pytest.mark.parametrize(
    "name, data",
    [
        ("run_json", b"{"),
        ("run_json", b"[]"),
        ("run_json", b"{}"),
        ("run_json", b'{"epoch": 1, "batch": 0, "seconds": 1, "rows": [], "x": 1}'),
        ("run_json", b'{"epoch": 1, "batch": 0, "seconds": 1, "rows": []}'),
        ("run_json", b'{"epoch": 1, "batch": 0, "seconds": 1, "rows": [7]}'),
        ("run_json", b'{"epoch": -1, "batch": 0, "seconds": 1, "rows": []}'),
        ("run_json", b'{"epoch": "1", "batch": 0, "seconds": 1, "rows": []}'),
        ("run_npz", b""),
        ("run_npz", npz(compression=zipfile.ZIP_BZIP2)),
        ("run_npz", npz(shape=(1 << 40,))),
        ("run_npz", npz(shape=(10,))),
        ("run_npz", pickled()),
    ],
)
def test_a_hostile_checkpoint_is_refused(trained, tmp_path, name, data):
    settings = TrainingSettings(str(tmp_path))
    path = trained.path.parent / "checkpoint.keras"
    changed(path, settings.folder.checkpoint, **{name: lambda _: data})
    with pytest.raises(InputError, match="checkpoint.keras is not a gru_textgen model"):
        read_checkpoint(settings)


def test_the_state_of_another_run_is_refused(tmp_path, short):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    train(settings, short, callbacks=[StopsAt(3)])
    path = settings.folder.checkpoint
    changed(path, path, run_npz=lambda _: npz())
    with pytest.raises(InputError, match="state of another model"):
        resume(settings.output, short)


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"separator": "-" * 20_000}, "separator"),
        ({"sample_prompt": "a" * 200_000}, "sample_prompt"),
    ],
)
def test_a_model_that_could_not_be_opened_again_is_not_begun(
    tmp_path, text, options, reason
):
    corpus = Corpus(text, separator=options.get("separator", ""))
    options = {n: value for n, value in options.items() if n != "separator"}
    settings = TrainingSettings(str(tmp_path / "r"), **{**SMALL, **options})
    with pytest.raises(InputError, match=f"could not be opened again: .*{reason}"):
        train(settings, corpus)
    assert not settings.folder.model.exists()


def test_a_checkpoint_is_saved_within_an_epoch_when_its_time_has_come(
    tmp_path, short, monkeypatch
):
    saved = []
    monkeypatch.setattr(
        "gru_textgen.training.run_keeping.save_checkpoint",
        lambda settings, model, progress, state: saved.append(progress.batch),
    )
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, save_every=1e-9, **SMALL)
    train(settings, short)
    windows = windows_of(settings, short)
    assert saved == [*range(1, windows), 0]


def test_a_folder_that_a_run_is_writing_into_is_refused(run, short):
    with locked(Path(run.output)):
        for begin in (
            lambda: train(run, short, overwrite=True),
            lambda: resume(run.output, short),
        ):
            with pytest.raises(InputError, match="Another run is writing to .*r"):
                begin()


@pytest.mark.slow
def test_what_was_written_after_the_last_checkpoint_is_cut_away(run, short):
    samples, history = run.folder.samples, run.folder.history
    before = samples.read_text(encoding="utf-8")
    samples.write_text(before + "\n=== after epoch 2 ===\nhalf", encoding="utf-8")
    with open(history, "a", encoding="utf-8") as file:
        file.write("1,0,0,0,0,0,0,0\n")
    resume(run.output, short, epochs=2)
    after = samples.read_text(encoding="utf-8")
    assert after.startswith(before) and after.count("after epoch 2") == 1
    rows = history_of(run.folder.path)
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert float(rows[1]["loss"]) > 0


@pytest.mark.parametrize("save_every, factor", [(10.0, np.nan), (1e-9, 1e3)])
def test_a_loss_out_of_bounds_stops_the_run_and_keeps_the_last_good_state(
    tmp_path, short, save_every, factor
):
    settings = TrainingSettings(
        str(tmp_path / "r"), epochs=3, save_every=save_every, **SMALL
    )

    class Spoils(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                weights = [w * factor for w in self.model.get_weights()]
                self.model.set_weights(weights)

    with pytest.raises(InputError, match="loss of epoch 2 is .* nats.*smaller"):
        train(settings, short, callbacks=[Spoils()])
    for path in (settings.folder.model, settings.folder.checkpoint):
        assert read_info(path).figures["epoch"] == 1
        assert all((np.abs(w) < 10).all() for w in load_model(path).get_weights())
    assert len(history_of(tmp_path / "r")) == 1


@pytest.mark.slow
def test_a_full_disk_is_said_and_the_run_goes_on_with_what_was_saved_whole(
    tmp_path, short, monkeypatch
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
    with pytest.warns(UserWarning, match="cannot be written .No space left"):
        with pytest.raises(InputError, match="checkpoint.keras could not be written"):
            train(settings, short)
    monkeypatch.undo()
    assert read_info(settings.folder.checkpoint).figures["epoch"] == 1
    assert len(history_of(tmp_path / "r")) == 3  # it went on
    resume(settings.output, short)
    assert [row["epoch"] for row in history_of(tmp_path / "r")] == ["0", "1", "2"]


def test_a_folder_that_is_gone_in_mid_run_is_made_again(tmp_path, short):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=2, **SMALL)

    class Removes(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                shutil.rmtree(tmp_path / "r")

    train(settings, short, callbacks=[Removes()])
    assert read_checkpoint(settings).progress.epoch == 2
    assert read_info(settings.folder.model).figures["epoch"] == 2
    assert len(history_of(tmp_path / "r")) == 2


def test_a_finished_run_says_that_it_is(trained):
    with pytest.raises(InputError, match="has finished its 12 epochs.*`epochs`"):
        resume(trained.path.parent, "any text")


@pytest.mark.slow
def test_resume_reads_the_text_again_and_refuses_another(tmp_path, short):
    """It may be resumed again and again, each time with more epochs."""
    from gru_textgen.text.corpus import read_files

    path = tmp_path / "poem.txt"
    path.write_text(short, encoding="utf-8")
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    train(settings, read_files([path]))
    settings.folder.ids.unlink()
    resume(tmp_path / "r", epochs=2)
    path.write_text(short + "more", encoding="utf-8")
    resume(tmp_path / "r", epochs=4)  # from the ids
    assert len(history_of(tmp_path / "r")) == 4
    with pytest.raises(InputError, match="is not the training text"):
        resume(tmp_path / "r", read_files([path]), epochs=5)
    settings.folder.ids.unlink()
    with pytest.raises(InputError, match="is not the training text"):
        resume(tmp_path / "r", epochs=5)


def test_resume_with_the_text_given_keeps_separator_and_source(tmp_path, short):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    train(settings, Corpus(short, "x", "\n\n", {"corpus": "x"}))
    resume(tmp_path / "r", short, epochs=2)
    info = read_info(settings.folder.checkpoint)
    assert (info.separator, info.source) == ("\n\n", {"corpus": "x"})


def test_a_run_whose_folder_was_renamed_goes_on(run, tmp_path, short):
    (tmp_path / "r").rename(tmp_path / "new")
    result = resume(tmp_path / "new", short, epochs=2)
    assert result.path == tmp_path / "new" / "r.keras"
    assert result.figures["epoch"] == 2
    assert not (tmp_path / "new" / "new.keras").exists()


def test_resume_where_there_is_no_run(tmp_path):
    with pytest.raises(InputError, match="no run"):
        resume(tmp_path)


def test_a_folder_with_a_run_is_not_written_over(trained, text):
    before = trained.path.read_bytes()
    settings = TrainingSettings(str(trained.path.parent), **SMALL)
    with pytest.raises(InputError, match="resume.*overwrite=True.*output"):
        train(settings, text)
    assert trained.path.read_bytes() == before


def test_overwrite_replaces_the_run_and_nothing_else(run, tmp_path, short):
    (tmp_path / "r" / "notes.txt").write_text("mine")
    train(dataclasses.replace(run, seed=5), short, overwrite=True)
    assert read_info(run.folder.model).settings["seed"] == 5
    assert (tmp_path / "r" / "notes.txt").read_text() == "mine"
    assert len(history_of(tmp_path / "r")) == 1


@pytest.mark.parametrize("text", ["", "a", "too short\n"])
def test_a_text_shorter_than_a_window_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="short"):
        train(TrainingSettings(str(tmp_path / "r")), text)
    assert not (tmp_path / "r").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "schedule, optimizer", [*((name, "adamw") for name in SCHEDULES), ("cosine", "sgd")]
)
def test_each_schedule_and_optimizer_trains(tmp_path, text, schedule, optimizer):
    settings = TrainingSettings(
        str(tmp_path / "r"),
        epochs=2,
        learning_rate=0.02,
        schedule=schedule,
        optimizer=optimizer,
        **SMALL,
    )
    loss = train(settings, text).figures["val_loss"]
    guessing = np.log(len(set(text)))
    assert loss < 0.95 * guessing


def test_held_out_text_of_another_script_is_no_divergence(tmp_path):
    text = "ab ab\n" * 400 + "я помню чудное мгновенье\n" * 10
    settings = TrainingSettings(
        str(tmp_path / "r"), epochs=1, learning_rate=0.05, **SMALL
    )
    assert train(settings, text).figures["val_loss"] > 2 * np.log(5)


@pytest.mark.parametrize("more", ["", "\n=== af", "\n=== after epoch 2 ===\né"])
def test_half_of_the_next_samples_is_cut_away(tmp_path, more):
    path = tmp_path / "samples.txt"
    cut_samples(path, 3)  # there are none
    whole = "\n=== after epoch 1 ===\n=== after epoch 2 ===é\r\n".encode()
    for size in (len(whole), len(whole) + 99, None):
        path.write_bytes(whole + more.encode()[:-1])
        cut_samples(path, size)
        if size == len(whole):
            assert path.read_bytes() == whole
        else:
            assert path.read_bytes() == whole + more.encode()[:-1]


def test_a_model_that_cannot_be_begun_with_loses_nothing(tmp_path, text, trained):
    folder = tmp_path / "r"
    folder.mkdir()
    settings = TrainingSettings(str(folder), init_from=str(trained.path), **SMALL)
    settings.folder.model.write_bytes(b"an older model")  # that no run has made
    info, arrays = read_model(trained.path)
    layer = dataclasses.replace(arrays.layers[0], reset_after=False)
    with pytest.MonkeyPatch.context() as patch:
        other = dataclasses.replace(arrays, layers=[layer])
        patch.setattr(
            "gru_textgen.training.train.read_model", lambda path: (info, other)
        )
        with pytest.raises(InputError, match="Training cannot start from"):
            train(settings, text, overwrite=True)
    assert settings.folder.model.read_bytes() == b"an older model"


def test_a_run_with_settings_of_another_version_is_refused(trained):
    info = read_info(trained.path)
    later = dataclasses.replace(info, settings={**info.settings, "mood": "blue"})
    with pytest.raises(
        InputError, match="unknown to this version of gru_textgen: mood"
    ):
        training._settings(later, "r")


def test_a_run_older_than_a_setting_goes_on_without_it(trained):
    info = read_info(trained.path)
    new = {"weight_dropout", "input_scale", "state_reset", "calibration_split"}
    older = {k: v for k, v in info.settings.items() if k not in new}
    settings = training._settings(dataclasses.replace(info, settings=older), "r")
    assert [getattr(settings, name) for name in sorted(new)] == [0, 1, 0, 0]
    assert settings.units == info.settings["units"]


@pytest.mark.slow
def test_the_cosine_schedule_warms_up_and_ends_at_zero(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=40, **SMALL)
    settings = dataclasses.replace(settings, sample_prompt="The")
    run = Run(settings, ModelInfo(Vocabulary("")), range(len(text)))
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


def test_a_text_is_normalised_and_so_are_the_prompts(tmp_path, text):
    settings = TrainingSettings(
        str(tmp_path / "r"),
        epochs=1,
        lowercase=True,
        strip_punctuation=True,
        min_count=2,
        **SMALL,
    )
    corpus = Corpus(text.replace("e", "e\u0301") + "Q", "x", "\n\n***\n\n")
    generator = TextGenerator.load(train(settings, corpus).path)
    symbols = generator.vocabulary.symbols
    assert "é" in symbols and not {"T", ",", "e", "q", "\u0301"} & set(symbols)
    assert generator.info.separator == ""  # it stood in no text any more
    written = [
        generator.generate(prompt, length=20, seed=1)[len(prompt) :]
        for prompt in ("A cat!", "a cat", "A CAT")
    ]
    assert len(set(written)) == 1
    assert generator.perplexity("Thé, cat") == generator.perplexity("the\u0301 cat")


def test_a_run_begins_with_another_model_and_learns_new_characters(tmp_path, trained):
    from gru_textgen.model_file.reader import read_model

    old_info, old = read_model(trained.path)
    text = "Żółw wszedł na dach. The cat sat.\n" * 60
    settings = TrainingSettings(
        str(tmp_path / "r"),
        epochs=1,
        init_from=str(trained.path),
        learning_rate=1e-9,
        sample_length=0,
        seq_length=16,
        batch_size=4,
        jit_compile=False,
    )
    info, new = read_model(train(settings, text).path)
    known = len(old_info.vocabulary)
    assert info.vocabulary.symbols[: known - 1] == old_info.vocabulary.symbols
    assert set("Żółwz") <= set(info.vocabulary.symbols)
    assert info.settings["units"] == len(old.kernel) == 32
    np.testing.assert_allclose(
        new.layers[0].kernel[:known], old.layers[0].kernel, atol=1e-5
    )
    for a, b in zip(new.layers, old.layers, strict=True):
        np.testing.assert_allclose(a.recurrent_kernel, b.recurrent_kernel, atol=1e-5)
        np.testing.assert_allclose(a.input_bias, b.input_bias, atol=1e-5)
    np.testing.assert_allclose(new.kernel[:, :known], old.kernel, atol=1e-5)
    np.testing.assert_allclose(new.bias[:known], old.bias, atol=1e-5)
    resume(tmp_path / "r", text, epochs=2)
