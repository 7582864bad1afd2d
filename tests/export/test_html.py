"""The page as a file; `test_page.py` opens it in a browser."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.errors import InputError
from gru_textgen.export.html import at_precision, export_html
from gru_textgen.model_file.reader import read_model
from gru_textgen.model_file.shipped import find_weights
from tests.helpers.models import random_model


def test_the_page_of_a_large_model_stays_below_6_megabytes(tmp_path, monkeypatch):
    info, _ = read_model(find_weights("anthology"))
    big = random_model([384, 384], len(info.vocabulary) - 1, True)
    monkeypatch.setattr("gru_textgen.export.html.read_model", lambda path: (info, big))
    export_html("big.keras", tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 6e6


@pytest.mark.parametrize("precision, share", [("float16", 2**-11), ("int8", 1 / 254)])
def test_rounding_changes_each_weight_by_half_a_step_at_most(precision, share):
    arrays = random_model([20], 7, True)
    rounded = at_precision(arrays, precision)
    was, now = arrays.layers[0].kernel, rounded.layers[0].kernel
    largest = np.abs(was[:, :20]).max(axis=1, keepdims=True)  # of an id, in gate z
    assert (np.abs(was - now)[:, :20] <= 1.001 * share * largest).all()
    assert 0 < np.abs(was - now).max()
    assert (arrays.bias == rounded.bias).all()


@pytest.mark.parametrize("weight, way_out", [(1e6, "float32"), (np.nan, "again")])
def test_weights_that_do_not_fit_are_refused(tmp_path, monkeypatch, weight, way_out):
    info, arrays = read_model(find_weights("anthology"))
    spoilt = dataclasses.replace(arrays, kernel=arrays.kernel.copy())
    spoilt.kernel[3, 3] = weight
    monkeypatch.setattr(
        "gru_textgen.export.html.read_model", lambda path: (info, spoilt)
    )
    with pytest.raises(InputError, match=way_out):
        export_html("x.keras", tmp_path / "page.html", "float16")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_the_page(tmp_path):
    page = tmp_path / "poet.html"
    options = ["--to", "html", "--precision", "int8", "--output", str(page)]
    result = CliRunner().invoke(main, ["export", "anthology", *options])
    assert result.exit_code == 0 and str(page) in result.output
    assert page.stat().st_size < 1_400_000
