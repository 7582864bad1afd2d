"""The pages of `pages/`, filled: each is one HTML file that needs no other."""

import importlib.resources
import json
import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{\{ ([\w.]+) \}\}")  # names a value, or another file


def filled(name: str, values: Mapping[str, str]) -> str:
    """A file of `pages/`, with values and other files where it names them."""
    folder = importlib.resources.files("gru_textgen") / "pages"
    text = (folder / name).read_text(encoding="utf-8")
    return _PLACE.sub(
        lambda match: (
            values[match[1]]
            if match[1] in values
            else filled(match[1], values).rstrip()
        ),
        text,
    )


def script_data(value: object) -> str:
    """A value as JSON that may stand in a script element, which "<" could end."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return plain.replace("<", r"\u003c")
