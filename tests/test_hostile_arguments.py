"""Every parameter of the public functions with values that it cannot take, made from
the signatures: each is used, or refused by a sentence that names it."""

import inspect
import math

import numpy as np
import pytest

import gru_textgen
from gru_textgen import InputError, TextGenerator, TrainingSettings
from tests.helpers.commands import MODEL

pytestmark = [
    pytest.mark.filterwarnings("ignore:In the prompt"),  # of a model of three letters
    pytest.mark.filterwarnings("ignore:The prompt has"),
]
HUGE, LONG = 10**20, "9" * 600
WRONG = [2.5, b"bytes", {}, object(), np.zeros(3)]  # of a type that hardly any takes
VALUES = [
    *(*WRONG, None, True, 0, -1, HUGE, -HUGE, math.nan, math.inf),
    *("", "nothing known", "a\udce9", LONG, [], ["a"], [1]),
]
# Functions of Keras or that train: their values are checked by `TrainingSettings`, and
# the layers' by tests/nn.
LEFT_OUT = {"GRU", "GRUCell", "TextModel", "WriteSamples", "InputError", "recipe"}
METHODS = (
    *("stream", "generate", "generate_batch", "documents"),
    *("compose_many", "probabilities", "perplexity"),
)
CALLS = {  # what a short call of each needs
    "Corpus": {"content": "ab"},
    "Form": {"rhyme": "AA"},
    "Sampling": {},
    "TextGenerator.compose_many": {"form": "haiku", "count": 1},
    "TextGenerator.documents": {"count": 2, "length": 3, "seed": 1},
    "TextGenerator.generate": {"length": 3, "seed": 1},
    "TextGenerator.generate_batch": {"prompts": ["ab"], "length": 3, "seed": 1},
    "TextGenerator.probabilities": {},
    "TextGenerator.perplexity": {"text": "abab"},
    "TextGenerator.stream": {"length": 3, "seed": 1},
    "TrainingSettings": {"output": "none"},
    "Vocabulary": {"symbols": "ab"},
    "as_corpus": {"text": "ab"},
    "evaluate": {"text": "abab"},
    "load_model": {"path": "none.keras"},
    "preset": {"name": "tiny"},
    "read_anthology": {},
    "read_files": {"paths": str(MODEL.parent / "poems.txt")},
    "read_named": {"name": "anthology"},
    "resume": {"output": "none"},
    "train": {"settings": TrainingSettings("none"), "text": ""},
}
# Names and texts that may be any string; what is handed on.
ANY = {"say", "notes", "callbacks", "source", "report", "options", "unknown", "about"}


@pytest.fixture(scope="module")
def loaded():
    return TextGenerator.load(MODEL)


def functions():
    names = set(gru_textgen.__all__) - LEFT_OUT - {"TextGenerator"}
    return sorted({*names, *(f"TextGenerator.{name}" for name in METHODS)})


def resolved(name, generator):
    first, _, method = name.partition(".")
    return getattr(generator, method) if method else getattr(gru_textgen, first)


def cases():
    for name in functions():
        function = resolved(name, TextGenerator)
        for parameter in inspect.signature(function).parameters:
            if parameter not in {"self", *ANY}:
                yield name, parameter


@pytest.mark.parametrize("name, parameter", list(cases()))
def test_no_value_of_an_argument_is_another_error(
    name, parameter, loaded, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    call = dict(CALLS[name])
    if name == "evaluate":
        call["generator"] = loaded
    values = VALUES
    if (name, parameter) == ("train", "text"):  # another would be learnt
        values = [value for value in VALUES if not isinstance(value, (str, list))]
        values.remove(b"bytes")
    for value in values:
        try:
            found = resolved(name, loaded)(**{**call, parameter: value})
            list(found) if inspect.isgenerator(found) else found
        except InputError as error:
            if (
                name != "resume"
                and any(value is wrong for wrong in WRONG)
                and value is not WRONG[0]
            ):
                assert parameter.rstrip("s") in str(error), (value, str(error))
            assert "\n" not in str(error) and len(str(error)) < 1500
    assert not list(tmp_path.iterdir())


def test_three_prompts_are_not_one_string(loaded):
    for wrong in ("abc", None, b"abc"):
        with pytest.raises(InputError, match="prompts are a list of strings"):
            loaded.generate_batch(wrong, length=3)


@pytest.mark.parametrize("units", [2.5, True, "8", None])
def test_units_of_a_layer_are_an_integer(units):
    with pytest.raises(ValueError, match="units must be an integer"):
        gru_textgen.GRU(units)
