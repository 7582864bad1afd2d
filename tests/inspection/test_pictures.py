"""The pictures of texts and gates: what they show is what they were given."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from gru_textgen.errors import InputError
from gru_textgen.inspection import curves, gate_plots, text_plots
from gru_textgen.inspection.trace import Saturation, half_lives, trace
from gru_textgen.plots.curves import evaluation_curves, loss_curve
from gru_textgen.plots.pictures import save
from gru_textgen.plots.themes import THEMES
from tests.helpers.traces import TEXT, generator_of, random_model

SATURATIONS = [Saturation(0, 0, 0, 0), Saturation(0.2, 0.3, 0.1, 0.4)]
HISTORY = {"epoch": [0, 1], "loss": [3.0, 2.0], "val_loss": [2.9, 2.2]}
PICTURES = {
    "coloured text": lambda t, theme: text_plots.coloured_text(
        t.text, t.layers[0].h[:, 0], "unit 0", -1, 1, theme
    ),
    "connectivity": lambda t, theme: text_plots.connectivity(
        t.text, np.ones((len(t.text), 4)), [0, 5, len(t.text) - 1], theme
    ),
    "temperature": lambda t, theme: text_plots.temperature_samples(
        [(0.5, t.text, t.surprise), (1.0, t.text, t.surprise)], theme
    ),
    "next characters": lambda t, theme: text_plots.next_characters(
        t, 2, top=3, theme=theme
    ),
    "heat map": lambda t, theme: gate_plots.gate_heat_map(t, 1, 2, 9, theme=theme),
    "step": lambda t, theme: gate_plots.step_diagram(t, 3, 1, theme=theme),
    "loss": lambda t, theme: loss_curve(HISTORY, theme),
    "evaluation": lambda t, theme: evaluation_curves([0.5], [0.4], {1: 2.0}, theme),
    "horizon": lambda t, theme: curves.memory_horizon({"a": [1, 0.1]}, theme),
    "saturation": lambda t, theme: curves.saturation(SATURATIONS, theme),
}


@pytest.fixture(scope="module")
def found():
    return trace(generator_of(random_model()), TEXT)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn_in_every_theme(name, found, tmp_path):
    for theme, look in THEMES.items():
        figure = PICTURES[name](found, theme)
        assert to_hex(figure.get_facecolor()) == look.paper
    save(figure, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="'light'"):
        PICTURES[name](found, "lihgt")


def words(figure, tmp_path):
    save(figure, tmp_path / "p.svg")
    svg = (tmp_path / "p.svg").read_text(encoding="utf-8")
    return re.findall(r"<!-- (.+?) -->", svg)


def test_every_character_stands_on_the_colour_of_its_value(tmp_path):
    """Two dollars are no formula."""
    text, values = "a$b$\nc", np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    figure = text_plots.coloured_text(text, values, "gate")
    cells = figure.axes[0].collections[0]
    expected = THEMES["light"].colours(0, 1).to_rgba(values)
    np.testing.assert_allclose(cells.get_facecolor(), expected)
    shown = words(figure, tmp_path)
    assert [w for w in shown if len(w) == 1][:6] == list("a$b$↵c")
    assert "gate" in shown


def test_long_lines_are_wrapped_between_words_and_nothing_is_lost():
    text = "word " * 30 + "x" * 150 + "\nend"
    places, rows, columns = text_plots._places(text)
    assert len(places) == len(text) and columns == 64
    assert len({tuple(place) for place in places}) == len(text)
    assert rows == 3 + 3 + 1
    starts = [i for i, (_, column) in enumerate(places) if column == 0]
    assert all(text[i - 1] in " \nx" for i in starts[1:])


def test_connectivity_shades_what_comes_before_and_frames_what_comes_next():
    strengths = np.zeros((5, 3))
    strengths[3] = (0.5, 1.0, 0.25)  # of characters 3, 2 and 1
    figure = text_plots.connectivity("abcde", strengths, [3])
    shades = figure.axes[0].collections[0].get_facecolor()
    expected = THEMES["light"].colours(0, 1).to_rgba([0, 0.25, 1, 0.5, 0])
    np.testing.assert_allclose(shades, expected)
    frame = [p for p in figure.axes[0].patches if not p.get_fill()]
    assert [p.get_xy() for p in frame] == [(1 + 4, 0.5)]


def test_next_characters_are_the_likeliest_and_the_true_ones_have_frames(found):
    axes = text_plots.next_characters(found, 0, 6, top=2).axes[0]
    order = np.argsort(-found.probabilities[:6], axis=1, kind="stable")[:, :2]
    letters = [t.get_text() for t in axes.texts]
    shown = ["␣" if s == " " else "↵" if s == "\n" else s for s in found.symbols]
    assert "".join(shown[i] for i in order.T.flat) in "".join(letters)
    frames = [p for p in axes.patches if not p.get_fill()]
    assert len(frames) == (order == found.ids[1:7, None]).sum()


def test_the_step_diagram_shows_the_numbers_of_the_equation(found, tmp_path):
    layer, i, unit = found.layers[1], 4, 2
    figure = gate_plots.step_diagram(found, i, layer=1, unit=unit)
    shown = [t.get_text() for t in figure.axes[0].texts]
    for values in (layer.before, layer.z, layer.r, layer.candidate, layer.h):
        assert f"{values[i, unit]:.2f}".replace("-", "−") in shown
    assert TEXT[i] in shown
    assert "One step of layer 2; the numbers are of unit 3" in shown  # people count so
    for wrong in ({"index": 99}, {"layer": 2}, {"unit": 50}):
        with pytest.raises(InputError, match="give one from 0"):
            gate_plots.step_diagram(**{"trace": found, "index": 1, **wrong})


def test_the_heat_map_has_a_column_a_character_and_a_row_a_unit(found):
    figure = gate_plots.gate_heat_map(found, 0, 2, 9, units=3)
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.images[0].get_array().shape for axes in panels] == [(3, 7, 4)] * 3
    labels = "".join(t.get_text() for t in panels[0].get_xticklabels())
    assert labels == TEXT[2:9].replace(" ", "␣").replace("\n", "↵")
    longest = np.argsort(-half_lives(found.layers[0].z), kind="stable")[:3]
    rows = [int(t.get_text()) for t in panels[0].get_yticklabels()]
    assert rows == (longest + 1).tolist()
    assert panels[0].get_title().startswith("Layer 1: ")
    with pytest.raises(InputError, match="no layer 2"):
        gate_plots.gate_heat_map(found, 2)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_characters_can_be_read_on_every_colour(theme):
    """A contrast of 4.5, WCAG 2.2's level AA, on all colours of both scales."""

    def luminance(colour):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour
        ]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    for low in (0, -1):
        for shade in theme.colours(low, 1).to_rgba(np.linspace(low, 1, 101)):
            pair = luminance(shade[:3]), luminance(to_rgb(theme.ink_on(shade)))
            assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5
    for colour in (theme.ink, theme.muted):
        pair = luminance(to_rgb(colour)), luminance(to_rgb(theme.paper))
        assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5
