"""Model files of this version and of earlier ones, and what is no such file."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.reader import ModelInfo, read_info, read_model, read_stored
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.loading import load_model, load_training_state
from gru_textgen.nn.model import TextModel, build_model, compile_model
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary

INFO = ModelInfo(
    Vocabulary("ab\n"), "\n", {"units": 6}, {"corpus": "x"}, "f00", {"epoch": 3}
)
SEEDS = sorted((Path(__file__).parent.parent / "data").glob("*.keras"))
SEED = Path(__file__).parent.parent / "data" / "version-1.keras"
IDS = np.array([[1, 2, 0, 1, 1]])


def test_info_survives_its_plain_form():
    assert ModelInfo.from_config(INFO.to_config()) == INFO


@pytest.mark.parametrize(
    "text, figures, length",
    [
        ({"documents": 4, "document_length": 7}, {"learnt_characters": 400}, 7),
        ({"documents": 4}, {"learnt_characters": 400.0}, 100),  # of earlier versions
        ({"documents": 4}, {}, None),
        ({}, {"learnt_characters": 400}, None),
        (  # a model of words, whose lengths are tokens
            {"documents": 4, "document_length": 7, "characters": 500, "tokens": 100},
            {},
            35,
        ),
        ({"documents": 4, "document_length": 7, "characters": 5, "tokens": 0}, {}, 7),
    ],
)
def test_the_median_length_of_documents(text, figures, length):
    kind = WordVocabulary if "tokens" in text else Vocabulary
    vocabulary = kind.from_text("a b\n")
    info = ModelInfo(vocabulary, "\n", figures=figures, text=text)
    assert info.document_length == length


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "m.keras").write_bytes(content)
    for read in (read_info, read_model, load_model):
        with pytest.raises(InputError, match="m.keras is not a gru_textgen model"):
            read(tmp_path / "m.keras")


def test_a_keras_model_that_is_not_ours_is_refused(tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(
        tmp_path / "m.keras"
    )
    for read in (read_info, read_model, load_model):
        with pytest.raises(InputError, match="not a gru_textgen model"):
            read(tmp_path / "m.keras")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no model file .*m.keras"):
        read_info(tmp_path / "m.keras")


def test_a_file_cut_short_is_refused(trained, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(trained.path.read_bytes())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError):
        read_model(path)


def test_a_later_format_asks_for_an_upgrade():
    config = {**INFO.to_config(), "format_version": 99}
    with pytest.raises(InputError, match="later version"):
        ModelInfo.from_config(config)


def test_a_file_of_a_later_version_is_called_that_whatever_its_objects(tmp_path):
    """Not damaged: its modules and layers may be others."""
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(SEED) as seed, zipfile.ZipFile(path, "w") as later:
        for name in set(seed.namelist()) - {"config.json"}:
            later.writestr(name, seed.read(name))
        config = json.loads(seed.read("config.json"))
        config["module"] = "gru_textgen.some.later.module"
        config["config"]["gru_textgen"] = {"format_version": 99, "tokens": []}
        later.writestr("config.json", json.dumps(config))
    for read in (read_info, read_model, load_model):
        with pytest.raises(InputError, match="later version of gru_textgen"):
            read(path)


@pytest.mark.parametrize("option", [{"activation": "relu"}, {"go_backwards": True}])
def test_a_layer_that_the_engine_would_compute_otherwise_is_refused(tmp_path, option):
    model = TextModel(info=INFO)
    model.add(keras.Input((None,), dtype="int32"))
    model.add(GRU(3, vocabulary_size=4, return_sequences=True, **option))
    model.add(keras.layers.Dense(4))
    model.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match="unsupported option"):
        read_model(tmp_path / "m.keras")


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_file_of_every_version_opens_in_every_way(path):
    """The engine's logits, our loader's and Keras's own are the same."""
    info, arrays = read_model(path)
    ours, keras_own = load_model(path), keras.models.load_model(path)
    assert info == read_info(path) == ours.info == keras_own.info
    expected = keras_own(IDS).numpy()
    np.testing.assert_array_equal(ours(IDS), expected)
    engine = Engine(arrays)
    logits, _ = engine.run(IDS, engine.initial_state())
    np.testing.assert_allclose(logits, expected, atol=1e-5)
    assert ours.compiled == keras_own.compiled
    if ours.compiled:
        assert_same_optimizer(ours.optimizer, keras_own.optimizer)


def assert_same_optimizer(ours, other):
    for a, b in zip(ours.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    ours, other = ours.get_config(), other.get_config()
    assert {**ours, "name": ""} == {**other, "name": ""}


@pytest.mark.parametrize("optimizer", ["adamw", "nadam", "rmsprop", "lion", "sgd"])
def test_each_optimizer_goes_on_as_it_was(optimizer, tmp_path):
    path, models = tmp_path / "m.keras", []
    for _ in range(2):
        model = build_model(INFO, units=3, dropout=0.2, batch_size=1)
        compile_model(model, optimizer, 0.01, clip_norm=0.5)
        models.append(model)
    models[0].train_on_batch(IDS, IDS)
    models[0].save(path)
    load_training_state(models[1], path)
    for model in (models[1], load_model(path)):
        assert_same_optimizer(model.optimizer, models[0].optimizer)
        for a, b in zip(model.get_weights(), models[0].get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_model_saved_before_its_first_step_opens(tmp_path):
    model = build_model(INFO, units=3)
    compile_model(model, "adam", 0.01, clip_norm=1.0)
    model.save(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras").compiled


@pytest.mark.parametrize("units, optimizer", [(4, "adam"), (2, "sgd")])
def test_the_state_of_another_model_is_refused(units, optimizer):
    model = build_model(INFO, units)
    compile_model(model, optimizer, 0.01, clip_norm=1.0)
    before = model.get_weights()
    with pytest.raises(
        InputError, match="version-1.keras cannot be loaded: the weights do not match"
    ):
        load_training_state(model, SEED)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_state_of_the_optimizer_is_read_without_keras():
    stored = read_stored(SEED)
    assert int(stored.optimizer[0]) == 1  # steps
    assert len(stored.optimizer) == 1 + 2 * len(stored.weights)
