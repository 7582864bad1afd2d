"""Small copies of model files."""

import zipfile
from dataclasses import asdict

import keras
import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.pack import pack
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo, read_model
from gru_textgen.nn.loading import load_model
from gru_textgen.nn.model import build_model
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.settings import TrainingSettings

IDS = np.array([[1, 2, 0, 3, 3, 1]])


def logits(path):
    _, arrays = read_model(path)
    engine = Engine(arrays)
    return engine.run(IDS, engine.initial_state())[0]


@pytest.mark.parametrize("half", [True, False])
def test_a_copy_is_smaller_and_reads_as_the_model_does(trained, tmp_path, half):
    copy = tmp_path / "copy.keras"
    pack(trained.path, copy, half)
    # Two thirds of a file are Adam's.
    assert copy.stat().st_size < trained.path.stat().st_size / 2
    np.testing.assert_allclose(
        logits(copy), logits(trained.path), rtol=0, atol=0.02 if half else 0
    )
    (info, arrays), (before, whole) = read_model(copy), read_model(trained.path)
    assert info.vocabulary.symbols == before.vocabulary.symbols
    assert info.figures == before.figures
    if half:  # rounded to the nearest, and no other change
        expected = whole.kernel.astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(arrays.kernel, expected)


@pytest.mark.parametrize("load", [keras.models.load_model, load_model])
def test_keras_opens_a_copy(trained, tmp_path, load):
    copy = tmp_path / "copy.keras"
    pack(trained.path, copy)
    model = load(copy)
    assert {w.dtype for w in model.weights} == {"float32"}
    np.testing.assert_allclose(np.asarray(model(IDS)), logits(copy), atol=1e-4)


def test_a_weight_that_half_precision_has_not_is_refused(tmp_path):
    model = build_model(ModelInfo(Vocabulary("ab")), 4)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias + 1e6])
    model.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match="float16"):
        pack(tmp_path / "m.keras", tmp_path / "copy.keras")
    assert not (tmp_path / "copy.keras").exists()


def test_arrays_of_the_engine_are_as_they_were(trained, tmp_path):
    pack(trained.path, tmp_path / "copy.keras", half=False)
    (_, copy), (_, arrays) = read_model(tmp_path / "copy.keras"), read_model(
        trained.path
    )
    assert isinstance(copy, ModelArrays) and isinstance(copy.layers[0], GRUArrays)
    for one, other in zip(copy.layers, arrays.layers):
        np.testing.assert_array_equal(one.recurrent_kernel, other.recurrent_kernel)


def test_a_copy_says_nothing_of_its_makers_folders(tmp_path):
    home = "/home/someone"
    settings = TrainingSettings(f"{home}/runs/cats", init_from=f"{home}/mice.keras")
    source = {"files": [f"{home}/cats.txt", "-"], "corpus_dir": f"{home}/corpora"}
    info = ModelInfo(Vocabulary("ab"), "", asdict(settings), source)
    build_model(info, 4).save(tmp_path / "m.keras")
    pack(tmp_path / "m.keras", tmp_path / "copy.keras")
    with zipfile.ZipFile(tmp_path / "copy.keras") as archive:
        assert not any(b"someone" in archive.read(name) for name in archive.namelist())
    copy, _ = read_model(tmp_path / "copy.keras")
    assert copy.settings == {
        **info.settings,
        "output": "cats",
        "init_from": "mice.keras",
    }
    assert copy.source == {"files": ["cats.txt", "-"]}
