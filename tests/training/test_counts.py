"""A model's file with the counts of its text: written, read, gone on with, refused."""

import csv
import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.export.html import export_html
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.pack import pack
from gru_textgen.model_file.reader import read_model, read_stored
from gru_textgen.nn.loading import load_model
from gru_textgen.text.corpus import Corpus
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import resume, train

SMALL = dict(units=12, layers=1, seq_length=16, batch_size=4, sample_length=0, seed=3)


@pytest.fixture(scope="module")
def counted(tmp_path_factory, text):
    """The result of a run of two epochs with counts."""
    folder = tmp_path_factory.mktemp("runs") / "counted"
    settings = TrainingSettings(str(folder), epochs=2, counts=True, **SMALL)
    return train(settings, Corpus(text, source={"files": ["cats.txt"]}))


def test_the_file_predicts_with_the_share_and_the_loss_that_it_names(counted, text):
    generator = TextGenerator.load(counted.path)
    counts, figures = generator.arrays.counts, generator.info.figures
    assert counts.share == figures["counts_share"] > 0
    assert figures["val_loss_with_counts"] < figures["val_loss"]
    learnt = text[: int(len(text) * 0.9)]
    assert generator.vocabulary.decode(counts.ids) == learnt
    found = evaluate(generator, Corpus(text[len(learnt) :])).stateful.loss
    assert found == pytest.approx(figures["val_loss_with_counts"], abs=1e-5)


@pytest.mark.slow
def test_the_best_epoch_is_that_of_the_file_with_its_counts(tmp_path, text):
    size = {**SMALL, "seed": 1, "jit_compile": False}
    settings = TrainingSettings(
        str(tmp_path / "r"),
        epochs=8,
        counts=True,
        learning_rate=0.05,
        schedule="constant",
        patience=2,
        **size,
    )
    result = train(settings, text[:1500])
    with open(tmp_path / "r" / "history.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    alone, both = (
        [float(row[name]) for row in rows]
        for name in ("val_loss", "val_loss_with_counts")
    )
    assert alone.index(min(alone)) < both.index(min(both))  # else nothing is shown
    assert result.figures["epoch"] == both.index(min(both)) + 1
    assert len(rows) == 8  # the network alone had stopped improving before


def test_every_way_of_opening_and_copying_keeps_them(counted, tmp_path):
    _, arrays = read_model(counted.path)
    keras.models.load_model(counted.path).save(tmp_path / "keras.keras")
    load_model(counted.path).save(tmp_path / "ours.keras")
    pack(counted.path, tmp_path / "packed.keras")
    for name in ("keras", "ours", "packed"):
        _, copy = read_model(tmp_path / f"{name}.keras")
        np.testing.assert_array_equal(copy.counts.ids, arrays.counts.ids)
        assert copy.counts.record() == arrays.counts.record()


@pytest.mark.slow
def test_a_run_that_goes_on_ends_as_one_that_never_stopped(tmp_path, text):
    constant = {"schedule": "constant"}
    for folder, epochs in (("one", 2), ("two", 1)):
        settings = TrainingSettings(
            str(tmp_path / folder), epochs=epochs, counts=True, **SMALL, **constant
        )
        train(settings, text)
    resume(tmp_path / "two", text, epochs=2)
    one, two = (read_stored(tmp_path / f / "checkpoint.keras") for f in ("one", "two"))
    assert one.counts.record() == two.counts.record()
    for a, b in zip(one.weights, two.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_counts_no_text_in_the_file(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    path = train(settings, text).path
    stored = read_stored(path)
    assert stored.counts is None and stored.info.counts == {}
    with zipfile.ZipFile(path) as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            assert "counts" not in file.get("vars", {})


@pytest.mark.slow
def test_counts_that_do_not_help_are_not_kept(tmp_path):
    # Held out is what counts of the rest hold for unlikely; the network hardly knows.
    text = "abcd" * 300 + "dcba" * 33
    settings = TrainingSettings(
        str(tmp_path / "r"), epochs=1, counts=True, learning_rate=1e-6, **SMALL
    )
    stored = read_stored(train(settings, text).path)
    assert stored.info.figures["counts_share"] == 0
    assert stored.counts is None and stored.info.counts == {}


def test_a_text_too_long_to_count_again_each_time_is_refused(tmp_path):
    settings = TrainingSettings(str(tmp_path / "r"), counts=True, **SMALL)
    with pytest.raises(InputError, match="1,048,576.*1,080,000.*without `counts`"):
        train(settings, "ab" * 600_000)


def test_an_export_says_that_it_leaves_them_out(counted, tmp_path):
    with pytest.warns(UserWarning, match="does not include the n-gram counts"):
        export_html(counted.path, tmp_path / "page.html")


def rewritten(path, output, of_config=lambda counts: None, of_arrays=lambda file: None):
    """A copy of a model file with its counts' record or its arrays changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    of_config(config["config"]["gru_textgen"]["counts"])
    data = io.BytesIO(members["model.weights.h5"])
    with h5py.File(data, "r+") as file:
        of_arrays(file)
    members["config.json"] = json.dumps(config).encode()
    members["model.weights.h5"] = data.getvalue()
    with zipfile.ZipFile(output, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return output


def instead(*arguments, **options):
    def change(file):
        del file["vars/counts"]
        file.create_dataset("vars/counts", *arguments, **options)

    return change


RECORDS = {
    "no order": lambda counts: counts.pop("order"),
    "another field": lambda counts: counts.update(more=1),
    "a longer n-gram than 64 bits": lambda counts: counts.update(order=60),
    "an order of no number": lambda counts: counts.update(order="4"),
    "a share above one": lambda counts: counts.update(share=1.5),
    "a share that is no number": lambda counts: counts.update(share=float("nan")),
    "more characters": lambda counts: counts.update(characters=9999),
    "too many characters": lambda counts: counts.update(characters=1 << 40),
}
ARRAYS = {
    "no array": lambda file: file.__delitem__("vars/counts"),
    "a symbol too many": lambda file: file["vars/counts"].write_direct(
        np.full(file["vars/counts"].shape, 255, np.uint8)
    ),
    "another type": instead(data=np.zeros(2592, "<f4")),
    "signed": instead(data=np.zeros(2592, "i1")),
    "in pieces": instead(data=np.zeros(2592, "u1"), chunks=(100,)),
    "compressed": instead(data=np.zeros(2592, "u1"), compression="gzip"),
    "never written": instead((2592,), "u1"),
    "elsewhere": lambda file: (
        file.move("vars/counts", "x"),
        file.__setitem__("vars/counts", h5py.SoftLink("/x")),
    ),
}


@pytest.mark.parametrize("name", [*RECORDS, *ARRAYS])
def test_a_damaged_record_of_counts_is_refused(counted, tmp_path, name):
    path = rewritten(
        counted.path,
        tmp_path / "m.keras",
        RECORDS.get(name, lambda counts: None),
        ARRAYS.get(name, lambda file: None),
    )
    with pytest.raises(InputError, match="is not a gru_textgen model"):
        read_stored(path)


def test_the_settings_say_whether_counts_were_asked_for(counted):
    assert read_model(counted.path)[0].settings["counts"] is True
