"""The pictures: the files are what their names say, and hold what was given."""

import re

import pytest

from gru_textgen.errors import InputError
from gru_textgen.plots.curves import evaluation_curves, loss_curve
from gru_textgen.plots.pictures import save

HISTORY = {"epoch": [0, 1, 2], "loss": [3.0, 2.0, 1.5], "val_loss": [2.9, 2.2, 2.4]}


def test_the_loss_curve_names_axes_curves_and_the_best_loss(tmp_path):
    save(loss_curve(HISTORY), tmp_path / "loss.svg")
    svg = (tmp_path / "loss.svg").read_text(encoding="utf-8")
    words = set(re.findall(r"<!-- (.+?) -->", svg))
    assert {"epoch", "training", "validation", "2.200"} <= words


def test_with_counts_the_best_loss_is_that_of_both(tmp_path):
    history = {**HISTORY, "val_loss_with_counts": [2.1, 1.9, 1.8]}
    save(loss_curve(history), tmp_path / "loss.svg")
    svg = (tmp_path / "loss.svg").read_text(encoding="utf-8")
    words = set(re.findall(r"<!-- (.+?) -->", svg))
    assert {"validation, with the counts", "1.800"} <= words and "2.200" not in words


def test_a_png_is_a_png(tmp_path):
    save(loss_curve(HISTORY), tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_an_evaluation_shows_reliability_and_every_context(tmp_path):
    losses = {1: 3.0, 2: 2.5, 1024: 2.0}
    save(evaluation_curves([0.2, 0.9], [0.3, 0.8], losses), tmp_path / "e.svg")
    svg = (tmp_path / "e.svg").read_text(encoding="utf-8")
    words = set(re.findall(r"<!-- (.+?) -->", svg))
    assert {"confidence", "accuracy", "perfectly calibrated", "1", "1024"} <= words


@pytest.mark.parametrize("theme, paper", [("light", "#ffffff"), ("dark", "#16171b")])
def test_a_saved_picture_has_the_paper_of_its_theme(tmp_path, theme, paper):
    """The paper fills the figure and both axes; matplotlib's own would be white."""
    save(evaluation_curves([0.2], [0.3], {1: 3.0}, theme), tmp_path / "e.svg")
    svg = (tmp_path / "e.svg").read_text(encoding="utf-8")
    assert svg.count(f"fill: {paper}") >= 3
    assert ("fill: #ffffff" in svg) == (theme == "light")


def test_an_ending_of_no_picture_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="e.txt is not the name of a picture"):
        save(evaluation_curves([], [], {}), tmp_path / "e.txt")


def test_a_picture_that_cannot_be_drawn_leaves_the_one_before(tmp_path):
    path = tmp_path / "loss.png"
    save(loss_curve(HISTORY), path)
    before = path.read_bytes()
    figure = loss_curve(HISTORY)
    figure.text(0, 0, "$ \\no such command $")  # matplotlib finds out while it draws
    with pytest.raises(ValueError):
        save(figure, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["loss.png"]
