"""Characters that the font of equal widths has not."""

import warnings

import pytest
from matplotlib.figure import Figure

from gru_textgen.plots.fonts import BOX, fonts_for
from gru_textgen.plots.themes import MONO


def test_a_latin_text_needs_one_font_and_control_characters_none():
    assert fonts_for("The sea, naïve\n\t") == ([MONO], {})


def test_what_another_installed_font_has_is_drawn_in_it():
    """A letter of mathematics, which comes with matplotlib in STIX alone."""
    families, boxes = fonts_for("a\U0001d49c")
    assert families[0] == MONO and len(families) == 2 and boxes == {}
    figure = Figure()
    figure.text(0.5, 0.5, "a\U0001d49c", family=families)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as of a glyph that is missing
        figure.canvas.draw()


def test_what_no_font_has_is_a_box_and_one_sentence():
    """Private characters, which no font has."""
    text = "a\U0010fffd\U0010fffc\u3000"
    with pytest.warns(
        UserWarning, match="No installed font contains .* Install"
    ) as caught:
        families, boxes = fonts_for(text)
    assert len(caught) == 1
    assert boxes["\U0010fffd"] == boxes["\U0010fffc"] == BOX
    assert boxes.get("\u3000", " ") == " "
    figure = Figure()
    figure.text(0.5, 0.5, "".join(boxes.get(c, c) for c in text), family=families)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()
