"""A picture in a notebook: its file, its background, its text."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from gru_textgen.plots.pictures import show
from gru_textgen.plots.themes import THEMES

TEXT = "A line that rises from 1 to 2 & no further."


@pytest.fixture
def displayed(monkeypatch):
    """A function of figures: the SVG and the metadata that a notebook is given."""
    pytest.importorskip("IPython", reason="needs IPython")
    given = []

    def display(svg, metadata):
        given.append((svg.data, metadata["image/svg+xml"]))

    monkeypatch.setattr("IPython.display.display", display)

    def displayed(figure):
        show(figure, TEXT)
        return given.pop()

    return displayed


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_its_own_background_and_a_text(displayed, theme):
    def figure():
        drawn = THEMES[theme].figure(3, 2)
        drawn.subplots().plot([1, 2])
        return drawn

    svg, metadata = displayed(figure())
    assert ElementTree.fromstring(svg).findtext("{*}title") == TEXT == metadata["alt"]
    sheet = re.search(r"<path [^>]*>", svg[svg.index("</title>") :])
    assert f"fill: {THEMES[theme].paper}" in sheet[0]
    assert displayed(figure())[0] == svg  # the same picture is the same file


def test_pyplot_forgets_its_figure(displayed):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.imshow([[0, 1]])
    assert "data:image/png" in displayed(figure)[0]
    assert figure.number not in plt.get_fignums()
