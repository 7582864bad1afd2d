"""The check that Keras runs on TensorFlow."""

import json
import os
from pathlib import Path

from gru_textgen.errors import InputError


def check_backend() -> None:
    """Raise an InputError if Keras is told to run on something else than TensorFlow.

    It is told by the environment variable KERAS_BACKEND, or else by its file
    keras.json. Nothing is imported.
    """
    backend, place = (
        os.environ.get("KERAS_BACKEND"),
        "The environment variable KERAS_BACKEND",
    )
    if not backend:
        home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
        place = str(Path(home, "keras.json"))
        try:
            backend = json.loads(Path(place).read_text(encoding="utf-8"))["backend"]
        except (OSError, ValueError, KeyError, TypeError):
            return
    if backend != "tensorflow":
        raise InputError(
            f"{place} selects {backend!r}, but gru_textgen trains only on TensorFlow: "
            "set KERAS_BACKEND=tensorflow."
        )
