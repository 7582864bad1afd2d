"""SavedModels against the Keras model, and without this package."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.errors import InputError
from gru_textgen.export.savedmodel import export_savedmodel, save
from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.reader import ModelInfo, read_model
from gru_textgen.text.units import Words
from gru_textgen.text.words import WordVocabulary
from tests.helpers.engines import INFO, RNG, keras_run, pair, zeros
from tests.helpers.models import random_word_model

ALONE = Path(__file__).parents[1] / "programs" / "savedmodel_alone.py"
WEIGHTS = Path(__file__).parents[2] / "weights" / "anthology.keras"


def run(loaded, ids, states):
    """Logits, and the new states in order."""
    given = {f"state_{i}": tf.constant(state) for i, state in enumerate(states)}
    signature = loaded.signatures["serving_default"]
    found = signature(ids=tf.constant(ids, tf.int64), **given)
    assert len(found) == 1 + len(states)
    return [found["logits"], *(found[f"new_state_{i}"] for i in range(len(states)))]


@pytest.mark.parametrize(
    "layers, reset_after, use_bias, gates",
    [
        (1, True, True, "sigmoid"),
        (2, True, True, "sigmoid"),
        (3, False, True, "sigmoid"),
        (1, False, False, "sigmoid"),
        (2, True, True, "hard_sigmoid"),
    ],
)
def test_logits_and_states_equal_those_of_keras(
    tmp_path, layers, reset_after, use_bias, gates
):
    model, _ = pair(layers, reset_after, use_bias, gates)
    model.save(tmp_path / "m.keras")
    export_savedmodel(tmp_path / "m.keras", tmp_path / "m")
    loaded = tf.saved_model.load(tmp_path / "m")
    for streams in (1, 5):
        ids = RNG.integers(0, 8, (streams, 20))
        expected = keras_run(model, ids)
        whole = run(loaded, ids, zeros(model, streams))
        first, *states = run(loaded, ids[:, :7], zeros(model, streams))
        then, *states = run(loaded, ids[:, 7:], states)
        parts = [np.concatenate([first, then], axis=1), *states]
        for a, b, c in zip(expected, whole, parts, strict=True):
            np.testing.assert_allclose(b, a, atol=1e-4)
            np.testing.assert_allclose(c, a, atol=1e-4)


@pytest.mark.parametrize("size", [12, 7])
def test_a_model_of_words_equals_the_engine(tmp_path, size):
    """With a projection and without: the embedding stands in the folder once."""
    vocabulary = WordVocabulary(["the", "king", "whom", "N"], Words("whitespace"))
    arrays = random_word_model([9, 12], len(vocabulary) - 1, size)
    save(ModelInfo(vocabulary), arrays, tmp_path / "m")
    loaded = tf.saved_model.load(tmp_path / "m")
    engine, ids = Engine(arrays), RNG.integers(0, len(vocabulary), (3, 11))
    states = [RNG.normal(size=x.shape).astype("f") for x in engine.initial_state(3)]
    logits, expected = engine.run(ids, states)
    for a, b in zip([logits, *expected], run(loaded, ids, states), strict=True):
        np.testing.assert_allclose(b, a, atol=1e-3)
    shapes = [tuple(x.shape) for x in tf.nest.flatten(loaded.weights)]
    assert loaded.embedding.shape == (5, size) and (12, 5) not in shapes
    record = json.loads((tmp_path / "m" / "assets" / "gru_textgen.json").read_text())
    assert record["level"] == "word" and record["words"]["tokens"] == "whitespace"


@pytest.mark.parametrize("reset_after", [True, False])
def test_tensorflow_differentiates_it_as_it_does_the_keras_model(tmp_path, reset_after):
    model, _ = pair(1, reset_after)
    save(INFO, model.arrays(), tmp_path / "m")
    loaded = tf.saved_model.load(tmp_path / "m")
    ids = RNG.integers(0, 8, (3, 9))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(run(loaded, ids, zeros(model, 3))[0] ** 2)
    found = tape.gradient(loss, loaded.weights[0][:2])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(ids) ** 2)
    ours = [weight.value for weight in model.weights[:2]]
    for a, b in zip(tape.gradient(loss, ours), found, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(b), a, rtol=1e-3, atol=1e-3)


def test_it_runs_where_this_package_is_not(tmp_path):
    result = CliRunner().invoke(
        main,
        ["export", "anthology", "--to", "savedmodel", "--output", f"{tmp_path}/poet"],
    )
    assert result.exit_code == 0 and result.output == f"{tmp_path}/poet\n"
    assert [path.name for path in tmp_path.iterdir()] == ["poet"]
    subprocess.run([sys.executable, "-I", ALONE], cwd=tmp_path, check=True)
    info, arrays = read_model(WEIGHTS)
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["symbols"] == ["", *info.vocabulary.symbols]
    assert record["separator"] == info.separator
    engine = Engine(arrays)
    ids = info.vocabulary.encode("The sea")
    logits, states = engine.run(ids[None], engine.initial_state())
    with np.load(tmp_path / "result.npz") as found:
        np.testing.assert_allclose(found["logits"], logits, atol=1e-4)
        np.testing.assert_allclose(found["new_state_1"], states[1], atol=1e-4)


def test_what_stands_there_is_kept(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "poem.txt").write_text("mine")
    for output in (tmp_path / "mine", tmp_path / "mine" / "poem.txt"):
        with pytest.raises(InputError, match="remove it, or give another"):
            export_savedmodel(WEIGHTS, output)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "poem.txt"]


def test_a_disk_that_fills_leaves_nothing(tmp_path, monkeypatch):
    def half(module, folder, **_):
        (tmp_path / folder / "saved_model.pb").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", half)
    (tmp_path / "empty").mkdir()
    with pytest.raises(OSError, match="No space"):
        export_savedmodel(WEIGHTS, tmp_path / "empty")
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]
