"""Model files read without TensorFlow: what is refused, and how."""

import keras
import pytest

from gru_textgen.archive import ModelInfo, read_info, read_model
from gru_textgen.errors import InputError
from gru_textgen.gru import GRU
from gru_textgen.model import TextModel, load_model
from gru_textgen.vocabulary import Vocabulary

INFO = ModelInfo(
    Vocabulary("ab\n"), "\n", {"units": 6}, {"corpus": "x"}, "f00", {"epoch": 3}
)


def test_info_survives_its_plain_form():
    assert ModelInfo.from_config(INFO.to_config()) == INFO


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "m.keras").write_bytes(content)
    for read in (read_info, read_model, load_model):
        with pytest.raises(InputError, match="m.keras is not a model"):
            read(tmp_path / "m.keras")


def test_a_keras_model_that_is_not_ours_is_refused(tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(
        tmp_path / "m.keras"
    )
    for read in (read_info, read_model, load_model):
        with pytest.raises(InputError, match="not a model of gru_textgen"):
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


@pytest.mark.parametrize("option", [{"activation": "relu"}, {"go_backwards": True}])
def test_a_layer_that_the_engine_would_compute_otherwise_is_refused(tmp_path, option):
    model = TextModel(info=INFO)
    model.add(keras.Input((None,), dtype="int32"))
    model.add(GRU(3, vocabulary_size=4, return_sequences=True, **option))
    model.add(keras.layers.Dense(4))
    model.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match="standard kind"):
        read_model(tmp_path / "m.keras")
