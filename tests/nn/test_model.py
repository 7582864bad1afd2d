"""The model and its one file."""

import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo, read_info, read_model
from gru_textgen.model_file.shipped import find_weights
from gru_textgen.nn.loading import inherit, load_model
from gru_textgen.nn.model import (
    BitsPerCharacter,
    Perplexity,
    build_model,
    compile_model,
)
from gru_textgen.text.vocabulary import Vocabulary

INFO = ModelInfo(
    Vocabulary("abcd\n"), "\n\n", {"units": 6}, {"corpus": "x"}, "f00", {"epoch": 3}
)
IDS = np.random.default_rng(0).integers(1, 6, (4, 9))


@pytest.fixture
def model():
    model = build_model(INFO, units=6, layers=2, dropout=0.5, batch_size=4)
    compile_model(model, "adam", 0.01, clip_norm=1.0)
    model.train_on_batch(IDS, IDS)
    return model


def test_a_file_gives_back_model_optimizer_and_info(model, tmp_path):
    path = tmp_path / "m.keras"
    model.save(path)
    again = load_model(path)
    assert again.info == INFO == read_info(path)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    ours, theirs = model.optimizer.variables, again.optimizer.variables
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_half_precision_is_the_training_runs_business(tmp_path):
    """Close to float32, on weights of float32, and no file knows of it."""
    steps, plain = [], {"jit_compile": False, "batch_size": 4}
    for name in ("float32", "mixed_bfloat16", "mixed_float16"):
        keras.utils.set_random_seed(1)
        model = build_model(INFO, units=6, layers=2, precision=name, **plain)
        compile_model(model, "sgd", 0.1, clip_norm=1.0)
        before = model.get_weights()
        model.train_on_batch(IDS, IDS)
        steps.append([b - a for a, b in zip(before, model.get_weights())])
    for whole, *halves in zip(*steps, strict=True):
        for half in halves:
            assert half.dtype == np.float32
            np.testing.assert_allclose(half, whole, atol=0.02 * np.abs(whole).max())
    model.save(tmp_path / "m.keras")
    for load in (keras.models.load_model, load_model):
        again = load(tmp_path / "m.keras")
        assert {layer.compute_dtype for layer in again.layers} == {"float32"}


def test_gradients_of_several_batches_are_averaged(tmp_path):
    keras.utils.set_random_seed(1)
    model = build_model(INFO, units=6, jit_compile=False)
    compile_model(model, "sgd", 0.1, clip_norm=None, accumulate=2)
    before = model.get_weights()
    with tf.GradientTape() as tape:
        losses = [model.compute_loss(y=x, y_pred=model(x)) for x in (IDS, IDS[:, ::-1])]
        mean = sum(losses) / 2
    gradients = tape.gradient(mean, model.trainable_variables)
    model.train_on_batch(IDS, IDS)
    for old, weight in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, old)
    model.save(tmp_path / "half-way.keras")
    model = load_model(tmp_path / "half-way.keras")
    model.train_on_batch(IDS[:, ::-1], IDS[:, ::-1])
    for old, weight, d in zip(before, model.get_weights(), gradients, strict=True):
        np.testing.assert_allclose(weight, old - 0.1 * d, rtol=1e-4, atol=1e-6)


def test_a_loaded_model_takes_any_batch_and_carries_no_state(model, tmp_path):
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras")
    assert again.input_shape == (None, None)
    first = again(IDS[:3, :5]).numpy()
    np.testing.assert_array_equal(first, again(IDS[:3, :5]))


@pytest.mark.parametrize("load", [keras.models.load_model, load_model])
def test_all_who_open_a_file_scale_its_inputs(tmp_path, load):
    model = build_model(INFO, units=6, layers=2, input_scale=9.0)
    model.save(tmp_path / "m.keras")
    ids = np.array([[1, 2, 0, 3, 3, 1]])
    expected = np.asarray(model(ids))
    np.testing.assert_array_equal(load(tmp_path / "m.keras")(ids), expected)
    engine = Engine(read_model(tmp_path / "m.keras")[1])
    found, _ = engine.run(ids, engine.initial_state())
    np.testing.assert_allclose(found, expected, atol=1e-5)
    plain = build_model(INFO, units=6, layers=2)  # the scale is not that of its weights
    plain.set_weights(model.get_weights())
    assert np.abs(plain(ids) - expected).max() > 1e-3
    other = build_model(INFO, units=6, layers=2, input_scale=4.0)
    inherit(other, model.arrays())
    np.testing.assert_allclose(other(ids), expected, atol=1e-5)


@pytest.mark.parametrize("load", [keras.models.load_model, load_model])
@pytest.mark.parametrize("jit_compile", [None, True, False])
def test_a_file_keeps_whether_xla_compiles_its_layers(tmp_path, load, jit_compile):
    build_model(INFO, units=6, jit_compile=jit_compile).save(tmp_path / "m.keras")
    (layer,) = load(tmp_path / "m.keras").gru_layers()
    assert layer.jit_compile is jit_compile


@pytest.mark.parametrize("value", ["yes", 1, {}])
def test_a_file_that_says_it_in_another_way_is_refused(tmp_path, value):
    model = build_model(INFO, units=6)
    model.gru_layers()[0].jit_compile = value
    model.save(tmp_path / "m.keras")
    with pytest.raises(InputError, match="jit_compile"):
        load_model(tmp_path / "m.keras")


def test_the_training_model_carries_its_state_from_batch_to_batch(model):
    model.reset_states()
    whole = model(IDS).numpy()
    model.reset_states()
    parts = [model(IDS[:, :4]).numpy(), model(IDS[:, 4:]).numpy()]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


def test_the_archive_is_an_ordinary_one_with_everything_in_it(model, tmp_path):
    model.save(tmp_path / "m.keras")
    names = set(zipfile.ZipFile(tmp_path / "m.keras").namelist())
    assert {"config.json", "metadata.json", "model.weights.h5"} <= names
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_a_save_that_fails_leaves_the_old_file_whole(model, tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    model.save(path)
    before = path.read_bytes()

    def half(self, filepath, **_):
        with open(filepath, "wb") as file:
            file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Sequential, "save", half)
    with pytest.raises(OSError, match="No space"):
        model.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_an_unknown_character_adds_nothing_to_the_gates(model):
    assert not model.gru_layers()[0].get_weights()[0][0].any()


def test_metrics_are_the_mean_loss_in_other_units():
    logits = np.random.default_rng(1).normal(size=(3, 5, 7))
    ids = np.random.default_rng(2).integers(0, 7, (3, 5))
    exp = np.exp(logits)
    p = np.take_along_axis(exp / exp.sum(-1, keepdims=True), ids[..., None], -1)
    nats = -np.log(p).mean()
    bits, perplexity = BitsPerCharacter(), Perplexity()
    for rows in (slice(0, 1), slice(1, 3)):
        bits.update_state(ids[rows], logits[rows])
        perplexity.update_state(ids[rows], logits[rows])
    assert float(bits.result()) == pytest.approx(nats / np.log(2), rel=1e-5)
    assert float(perplexity.result()) == pytest.approx(np.exp(nats), rel=1e-5)


def test_an_existing_file_is_kept_where_overwriting_is_not_wanted(model, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        model.save(path, overwrite=False)
    assert path.read_bytes() == b"mine"


@pytest.mark.slow  # XLA compiles the loops of two layers
def test_a_shipped_file_is_an_ordinary_keras_model_to_go_on_with(tmp_path, text):
    path = find_weights("anthology")
    model = keras.models.load_model(path)
    assert not model.compiled  # without the moments of the run that made it
    ids = read_info(path).vocabulary.encode(text[: 32 * 33]).reshape(32, 33)
    inputs, targets = ids[:, :-1], ids[:, 1:]
    compile_model(model, "adam", 1e-3, clip_norm=1.0)
    history = model.fit(inputs, targets, batch_size=8, epochs=3, verbose=0).history
    assert {"perplexity", "bits_per_character"} <= set(history)
    assert int(model.optimizer.iterations) == 3 * 4
    assert history["loss"][-1] < history["loss"][0]

    model.save(tmp_path / "tuned.keras")
    generator = TextGenerator.load(tmp_path / "tuned.keras")
    assert generator.info == read_info(path)
    logits, _ = generator.engine.run(inputs, generator.engine.initial_state(32))
    np.testing.assert_allclose(logits, model(inputs), atol=1e-3)
    again = keras.models.load_model(tmp_path / "tuned.keras")
    assert int(again.optimizer.iterations) == 12
