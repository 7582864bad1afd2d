"""ONNX files, as ONNX Runtime runs them, against the Keras model."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.cli import main
from gru_textgen.errors import InputError
from gru_textgen.export import onnx as module
from gru_textgen.export.onnx import export_onnx, onnx_model
from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo
from gru_textgen.text.documents import END
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary
from tests.helpers.engines import RNG, keras_run, pair, zeros
from tests.helpers.models import random_word_model

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "export.md"
WEIGHTS = ROOT / "weights" / "anthology.keras"


def runtime(model):
    """What runs a file, or a model in memory: ids and states to logits and states."""
    if not isinstance(model, Path):
        model = model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)

    def run(ids, states):
        given = {f"state_{i}": state for i, state in enumerate(states)}
        return session.run(None, {"ids": ids, **given})

    return run


@pytest.mark.parametrize(
    "layers, reset_after, use_bias, gates",
    [
        (1, True, True, "sigmoid"),
        (3, True, True, "sigmoid"),
        (1, False, True, "sigmoid"),
        (3, False, False, "sigmoid"),
        (2, True, True, "hard_sigmoid"),
    ],
)
def test_logits_and_states_equal_those_of_keras(
    tmp_path, layers, reset_after, use_bias, gates
):
    model, _ = pair(layers, reset_after, use_bias, gates)
    model.save(tmp_path / "m.keras")
    export_onnx(tmp_path / "m.keras", tmp_path / "m.onnx")
    run = runtime(tmp_path / "m.onnx")
    for streams in (1, 5):
        ids = RNG.integers(0, 8, (streams, 20))
        expected = keras_run(model, ids)
        whole = run(ids, zeros(model, streams))
        first, *states = run(ids[:, :7], zeros(model, streams))
        then, *states = run(ids[:, 7:], states)
        parts = [np.concatenate([first, then], axis=1), *states]
        for a, b, c in zip(expected, whole, parts, strict=True):
            np.testing.assert_allclose(b, a, atol=1e-4)
            np.testing.assert_allclose(c, a, atol=1e-4)


@st.composite
def models(draw):
    """The weights of a model of any form, many symbols and few."""
    size = st.integers(1, 9)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    symbols = draw(st.integers(2, 60))
    layers, inputs = [], symbols
    for units in draw(st.lists(size, min_size=1, max_size=3)):
        shapes = (inputs, 3 * units), (units, 3 * units), (2, 3 * units)
        weights = [random.normal(size=shape) for shape in shapes]
        layers.append(GRUArrays.from_weights(weights, draw(st.booleans())))
        if not layers[-1].reset_after:  # which has one bias
            layers[-1].recurrent_bias[:] = 0
        inputs = units
    last = [random.normal(size=s).astype("f") for s in ((inputs, symbols), symbols)]
    ids = random.integers(0, symbols, (draw(size), draw(size)))
    return ModelArrays(layers, *last), ids


@given(models())
@settings(max_examples=40)
def test_models_of_any_size_equal_the_engine(given):
    arrays, ids = given
    engine = Engine(arrays)
    info = ModelInfo(Vocabulary(map(chr, range(97, 96 + len(arrays.bias)))))
    states = [
        RNG.normal(size=x.shape).astype("f") for x in engine.initial_state(len(ids))
    ]
    logits, expected = engine.run(ids, states)
    found, *new = runtime(onnx_model(info, arrays))(ids, states)
    for a, b in zip([logits, *expected], [found, *new], strict=True):
        np.testing.assert_allclose(b, a, atol=1e-4)


def test_the_file_alone_says_what_its_ids_are():
    settings = {"normalise": "NFC", "lowercase": True, "units": 12}
    info = ModelInfo(Vocabulary("aé\n\ud800def"), "\n\n", settings)
    model, _ = pair(1, True)
    data = onnx_model(info, model.arrays()).SerializeToString()
    [record] = [x for x in onnx.load_from_string(data).metadata_props]
    assert record.key == "gru_textgen" and json.loads(record.value) == {
        "level": "character",
        "words": None,
        "symbols": ["", "a", "é", "\n", "\ud800", "d", "e", "f"],
        "separator": "\n\n",
        "normalisation": {"normalise": "NFC", "lowercase": True},
    }


@pytest.mark.parametrize("size", [12, 7])
def test_a_model_of_words_equals_the_engine_and_says_how_to_read(size):
    """With a projection and without: the embedding stands in the file once."""
    vocabulary = WordVocabulary.from_text(
        "the king, the king's man (a poor fool).\n" * 2
    )
    arrays = random_word_model([9, 12], len(vocabulary) - 1, size)
    model = onnx_model(ModelInfo(vocabulary, END), arrays)
    engine, ids = Engine(arrays), RNG.integers(0, len(vocabulary), (3, 11))
    states = [RNG.normal(size=x.shape).astype("f") for x in engine.initial_state(3)]
    logits, expected = engine.run(ids, states)
    for a, b in zip([logits, *expected], runtime(model)(ids, states), strict=True):
        np.testing.assert_allclose(b, a, atol=1e-3)
    stored = [list(x.dims) for x in model.graph.initializer]
    assert stored.count([len(vocabulary), size]) == 1
    assert [12, len(vocabulary)] not in stored
    record = json.loads(model.metadata_props[0].value)
    assert (record["level"], record["separator"]) == ("word", END)
    symbols, words = record["symbols"], record["words"]
    text = "the king's man, a zebra (unknown).\n"
    tokens = re.findall(words["pattern"], text)
    found = [symbols.index(t) if t in symbols else 0 for t in tokens]
    assert found == vocabulary.encode(text).tolist()
    joined = {name: {symbols[i] for i in words[name]} for name in ("before", "after")}
    assert joined == {"before": {",", ")", "."}, "after": {"(", ")"}}


def test_the_example_of_the_docs_writes_without_this_package(tmp_path):
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    [example] = [x for x in examples if "import onnxruntime" in x]
    export_onnx(WEIGHTS, tmp_path / "anthology.onnx")
    blocked = "import sys; sys.modules['gru_textgen'] = None\n"
    result = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", blocked + example],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert len(result.stdout) > 200 and "the" in result.stdout


def test_a_model_that_no_onnx_file_holds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="2 GiB"):
        export_onnx(WEIGHTS, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_package_a_sentence_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="needs the package onnx"):
        export_onnx(WEIGHTS, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_it_without_tensorflow(tmp_path):
    command = ["export", "anthology", "--to", "onnx", "--output", "anthology.onnx"]
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from gru_textgen.cli import main; main(sys.argv[1:])"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (result.stdout, result.stderr) == ("anthology.onnx\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["anthology.onnx"]


@pytest.mark.parametrize(
    "options, sentence",
    [
        (["--output", WEIGHTS], "is the model file itself: give another --output"),
        (["--output", "a.onnx", "--precision", "int8"], "use it with --to html"),
    ],
)
def test_what_the_command_cannot_do_is_a_sentence(options, sentence):
    before = WEIGHTS.read_bytes()
    command = ["export", str(WEIGHTS), "--to", "onnx", *map(str, options)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2 and sentence in result.stderr
    assert WEIGHTS.read_bytes() == before and not Path("a.onnx").exists()
