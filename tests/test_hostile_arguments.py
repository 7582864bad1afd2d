"""Every parameter of every public function with values that it cannot take, made from
the signatures: each is used, or refused by an error of ours that names it."""

import inspect
import math

import numpy as np
import pytest

import gru_textgen
from gru_textgen import InputError, TextGenerator
from tests.helpers.commands import MODEL

VALUES = [
    *(
        None,
        True,
        0,
        -1,
        2.5,
        10**20,
        -(10**20),
        math.nan,
        math.inf,
        "",
        "nothing known",
    ),
    *(b"bytes", "9" * 5000, "\udce9", [], ["a"], [1], {}, object(), np.zeros(3)),
]
REFUSALS = InputError
# Layers and callbacks are Keras's own, whose errors are TypeError and ValueError too.
OF_KERAS = {"GRU", "GRUCell", "TextModel", "WriteSamples"}
TAKES_ALL = ("callbacks", "say", "notes", "arguments", "kwargs", "options", "given")
METHODS = (
    *("stream", "generate", "generate_batch", "documents"),
    *("compose", "compose_many", "probabilities", "perplexity"),
)
# The rest of a call, by the name of the parameter; the call of each is a short one.
REST = {
    "path_or_name": MODEL,
    "path": MODEL,
    "prompt": "ab",
    "prompts": ["ab"],
    "text": "",
    "name": "anthology",
    "paths": [],
    "output": "none",
    "form": "none",
    "count": 2,
    "content": "text",
    "symbols": "ab",
}


def functions():
    """Each public function by its name, those of a generator among them."""
    for name in gru_textgen.__all__:
        if name not in OF_KERAS and not isinstance(getattr(gru_textgen, name), str):
            yield name
    for name in METHODS:
        yield f"TextGenerator.{name}"


def resolved(name, generator):
    if name.startswith("TextGenerator."):
        return getattr(generator, name.split(".")[1])
    found = getattr(gru_textgen, name)
    return found.load if name == "TextGenerator" else found
