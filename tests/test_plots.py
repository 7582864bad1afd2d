"""The pictures: the files are what their names say, and hold what was given."""

import re

from gru_textgen.plots import save_loss_curve

HISTORY = {"epoch": [0, 1, 2], "loss": [3.0, 2.0, 1.5], "val_loss": [2.9, 2.2, 2.4]}


def test_the_loss_curve_names_axes_curves_and_the_best_loss(tmp_path):
    save_loss_curve(HISTORY, tmp_path / "loss.svg")
    svg = (tmp_path / "loss.svg").read_text(encoding="utf-8")
    words = set(re.findall(r"<!-- (.+?) -->", svg))
    assert {"epoch", "training", "validation", "2.200"} <= words


def test_a_png_is_a_png(tmp_path):
    save_loss_curve(HISTORY, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
