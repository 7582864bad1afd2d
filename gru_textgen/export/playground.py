"""A page that learns a text in the browser: one HTML file, without a network.

The page is made of the files in `pages/`: `playground.html` names the others. What it
has learnt it gives back as a poet's page, or as a file for `model_file.from_page`.
"""

from pathlib import Path
from typing import Any

from gru_textgen.characters import PLAIN_FORMS
from gru_textgen.errors import InputError, printable
from gru_textgen.export.form_table import full_form_table
from gru_textgen.export.html import description, encoded
from gru_textgen.export.record import without_counts
from gru_textgen.files import text_output
from gru_textgen.model_file.reader import read_model
from gru_textgen.pages.templates import filled, script_data
from gru_textgen.text.corpus import read_anthology

_PRECISION = "float16"  # of the weights to begin with
# In the poet's page, which the page fills in with what it has learnt.
_PLACES = {
    name: f"__{name.upper()}__" for name in ("name", "about", "model", "weights")
}
_PLACES["models"] = filled("poet_model.html", _PLACES)


def playground_page(model_path: str | Path | None = None) -> str:
    """An HTML page in which a GRU learns a text.

    Args:
        model_path: a model file that the page can begin with, beside beginning with
            nothing; None for none.

    Raises:
        InputError: if there is no such model, or the page cannot teach it.
    """
    data: dict[str, Any] = {
        "plainForms": {chr(point): form for point, form in PLAIN_FORMS.items()},
        "example": read_anthology().text,
        "poet": filled("poet.html", _PLACES),
        "verse": full_form_table(),
        "model": None,
    }
    weights = ""
    if model_path is not None:
        info, arrays = read_model(model_path)
        info.require_characters("The page that learns")
        arrays = without_counts(arrays)
        if not all(layer.is_standard for layer in arrays.layers):
            raise InputError(
                f"{model_path} has reset_after=False or hard gates, which the page "
                "cannot teach: give a model with reset_after=True and sigmoid gates."
            )
        data["model"] = description(info, arrays, _PRECISION)
        data["name"] = printable(Path(model_path).stem)
        weights = encoded(arrays, _PRECISION)
    return filled("playground.html", {"data": script_data(data), "weights": weights})


def export_playground(output: str | Path, model_path: str | Path | None = None) -> None:
    """Write the page of `playground_page`.

    Args:
        output: the new file.
        model_path: as for `playground_page`.

    Raises:
        InputError: as `playground_page` does.
    """
    page = playground_page(model_path)
    with text_output(output) as file:
        file.write(page)
