"""Models that a page has learnt: each weight in its place, and what is refused."""

import base64
import json
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner

from gru_textgen.cli.program import main
from gru_textgen.errors import InputError
from gru_textgen.model_file.from_page import import_page_model
from gru_textgen.model_file.reader import ModelInfo, read_model
from gru_textgen.text.vocabulary import Vocabulary
from tests.helpers.downloads import download
from tests.helpers.models import random_model


def written(folder, found):
    path = folder / "mine.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found), "utf-8")
    return path


@pytest.mark.parametrize("units", [[5], [4, 7, 3]])
def test_each_weight_has_its_place(tmp_path, units):
    output = tmp_path / "mine.keras"
    import_page_model(written(tmp_path, download(units)), output)
    info, arrays = read_model(output)
    expected = random_model(units, 3, True)
    for found, layer in zip(arrays.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(found.kernel, layer.kernel)
        np.testing.assert_array_equal(found.recurrent_kernel, layer.recurrent_kernel)
        np.testing.assert_array_equal(found.input_bias, layer.input_bias)
        np.testing.assert_array_equal(found.recurrent_bias, layer.recurrent_bias)
        assert found.reset_after
    np.testing.assert_array_equal(arrays.kernel, expected.kernel)
    np.testing.assert_array_equal(arrays.bias, expected.bias)
    assert info.vocabulary == Vocabulary("\nab")
    assert info.figures == {"seconds": 1.5, "val_loss": 2.25}
    assert info.source == {"files": ["mine.txt"]} and info.text["loops"] == [2, 3]
    assert info.settings["units"] == units[0] and info.settings["layers"] == len(units)


def test_keras_writes_the_same_configuration_and_opens_it(tmp_path):
    import keras

    from gru_textgen.nn.model import build_model

    import_page_model(written(tmp_path, download([4, 4])), tmp_path / "mine.keras")
    keras.backend.clear_session()  # which numbers the names of layers
    build_model(ModelInfo(Vocabulary("\nab")), 4, 2).save(tmp_path / "keras.keras")
    ours, theirs = (_config(tmp_path / f"{name}.keras") for name in ("mine", "keras"))
    ours["config"]["gru_textgen"] = theirs["config"]["gru_textgen"]
    assert ours == theirs
    model = keras.models.load_model(tmp_path / "mine.keras")
    expected = random_model([4, 4], 3, True).layers[1].kernel
    np.testing.assert_array_equal(model.arrays().layers[1].kernel, expected)


def _config(path):
    with zipfile.ZipFile(path) as archive:
        return _without_places(json.loads(archive.read("config.json")))


def _without_places(value):
    """Without the addresses in memory that Keras writes beside its dtypes."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k != "shared_object_id"}
        return {k: _without_places(v) for k, v in kept.items()}
    return [_without_places(v) for v in value] if isinstance(value, list) else value


NAN = base64.b64encode(np.full(189, np.nan, "<f4").tobytes()).decode()


@pytest.mark.parametrize(
    "found, sentence",
    [
        ("", "has downloaded"),
        ("[1]", "has downloaded"),
        ("[" * 100_000, "has downloaded"),
        ({"gru_textgen": "another"}, "has downloaded"),
        (download(version=2), "later version"),
        (download(weights=None), "weights are missing"),
        (download(weights="?"), "not base64"),
        (download(weights="AAAA"), "has 0.75 weights"),
        (download(weights=NAN), "NaN"),
        (download(layers=[]), "layers are missing"),
        (download(layers=[{"units": 5}] * 100), "too many"),
        (download(layers=[{"units": 1 << 40}]), "units is 1099511627776"),
        (download(layers=[{"units": 6}]), "its layers need"),
        (download(layers="many"), "layers are missing"),
        (download(symbols=["ab", "c", "d"]), "not one character"),
        (download(symbols=None), "vocabulary"),
        (download(loops="long"), "loops"),
        (download(figures={"val_loss": "low"}), "not a number"),
        (download(settings=[]), "settings is not a JSON object"),
        (download(normalisation={"normalise": "no"}), "normalise"),
        (download(separator=5), "separator"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, found, sentence):
    path = written(tmp_path, found)
    with pytest.raises(InputError, match=sentence):
        import_page_model(path, tmp_path / "mine.keras")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.json"]


def test_the_command_names_its_file_after_the_download(tmp_path):
    path = written(tmp_path, download())
    result = CliRunner().invoke(main, ["import", str(path)], standalone_mode=False)
    assert result.output == f"{tmp_path / 'mine.keras'}\n"
    assert read_model(tmp_path / "mine.keras")[1].layers[0].kernel.shape == (4, 15)
    again = CliRunner().invoke(main, ["import", str(path)])
    assert again.exit_code == 2 and again.stderr == (
        f"gru-textgen: {tmp_path / 'mine.keras'} exists already: replace it "
        "(--overwrite), or give another file (--output).\n"
    )
    path = written(tmp_path, download([7]))
    CliRunner().invoke(main, ["import", str(path), "--overwrite"])
    assert read_model(tmp_path / "mine.keras")[1].layers[0].kernel.shape == (4, 21)
    with pytest.raises(InputError, match="There is no file"):
        import_page_model(tmp_path / "none.json", tmp_path / "none.keras")
