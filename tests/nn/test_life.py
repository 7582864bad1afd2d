"""The life of a model that has our layer in it, as it goes with Keras's layer."""

import copy
import gc
import importlib.util
import json
import pickle
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.nn.gru import GRU

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 6, 3)).astype("float32")
Y = RNG.integers(0, 2, 16)


def model_of(kind, **more):
    model = keras.Sequential(
        [
            keras.Input((None, 3)),
            kind(4, return_sequences=True, **more),
            kind(5, **more),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


@pytest.fixture
def pair():
    """Models of both layers with the same weights, small enough not to amplify."""
    keras.utils.set_random_seed(0)
    ours, theirs = model_of(GRU, jit_compile=False), model_of(keras.layers.GRU)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def assert_same(a, b):
    for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "again",
    [
        lambda model, path: keras.models.clone_model(model),
        lambda model, path: keras.Sequential.from_config(model.get_config()),
        lambda model, path: keras.models.model_from_json(model.to_json()),
        lambda model, path: keras.Sequential.from_config(
            json.loads(json.dumps(model.get_config()))
        ),
    ],
    ids=["clone", "config", "json", "plain values"],
)
def test_a_model_is_made_again_from_what_describes_it(pair, tmp_path, again):
    ours, _ = pair
    other = again(ours, tmp_path)
    other.set_weights(ours.get_weights())
    np.testing.assert_array_equal(other(X), ours(X))
    for layer, like in zip(other.layers, ours.layers):
        assert layer.get_config() == like.get_config()


def saved(model, path):
    model.save(path / "m.keras")
    return keras.models.load_model(path / "m.keras")


@pytest.mark.slow
@pytest.mark.parametrize(
    "again",
    [
        saved,
        lambda model, path: pickle.loads(pickle.dumps(model)),
        lambda model, path: copy.deepcopy(model),
    ],
    ids=["file", "pickle", "deepcopy"],
)
def test_a_model_is_the_same_after_its_travels_and_trains_on(pair, tmp_path, again):
    ours, theirs = pair
    for model in pair:
        model.train_on_batch(X, Y)
    other = again(ours, tmp_path)
    np.testing.assert_array_equal(other(X), ours(X))
    other.train_on_batch(X, Y)
    theirs.train_on_batch(X, Y)
    assert_same(other, theirs)


def test_weights_files_pass_between_the_layers_both_ways(pair, tmp_path):
    ours, theirs = pair
    path = tmp_path / "w.weights.h5"
    theirs.set_weights([w + 0.1 for w in theirs.get_weights()])
    theirs.save_weights(path)
    ours.load_weights(path)
    assert_same(ours, theirs)
    ours.set_weights([w - 0.3 for w in ours.get_weights()])
    ours.save_weights(path)
    theirs.load_weights(path)
    assert_same(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fit",
    [
        lambda m: m.fit(X, Y, 4, verbose=0, shuffle=False, sample_weight=Y + 0.5),
        lambda m: m.fit(X, Y, 4, verbose=0, shuffle=False, class_weight={0: 1, 1: 3}),
        lambda m: m.fit(
            tf.data.Dataset.from_tensor_slices((X, Y)).batch(5),
            shuffle=False,
            verbose=0,
        ),
        lambda m: [m.train_on_batch(X[:n], Y[:n]) for n in (4, 16)],
        lambda m: [m.train_on_batch(X[:, :n], Y) for n in (2, 6, 3)],
    ],
    ids=["sample_weight", "class_weight", "tf.data", "batches", "lengths"],
)
def test_every_way_to_fit_gives_the_weights_that_keras_gives(pair, fit):
    for model in pair:
        fit(model)
    assert_same(*pair)


def test_two_fits_with_the_same_callbacks(pair, tmp_path):
    for model in pair:
        callbacks = [
            keras.callbacks.EarlyStopping(
                "loss", patience=0, baseline=0.0, restore_best_weights=True
            ),
            keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        ]
        if importlib.util.find_spec("tensorboard"):
            board = keras.callbacks.TensorBoard(tmp_path / "board", histogram_freq=1)
            callbacks.append(board)
        for _ in range(2):
            more = {"shuffle": False, "verbose": 0, "callbacks": callbacks}
            model.fit(X, Y, 4, epochs=3, **more)
    assert_same(*pair)


@pytest.mark.filterwarnings("ignore")  # Keras names each layer it cannot quantize
def test_quantizing_leaves_the_layer_as_it_is(pair):
    for model in pair:
        model.quantize("int8")
    np.testing.assert_allclose(*(model.predict(X, verbose=0) for model in pair), 1e-4)
    for model in pair:
        assert model.layers[0].quantization_mode is None
        assert model.layers[-1].quantization_mode == "int8"


def test_a_model_is_asked_by_many_threads_at_once(pair):
    ours, theirs = pair
    expected = theirs(X).numpy()
    found = {}

    def ask(i):
        found[i] = ours(X[i : i + 4]).numpy()

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(0, 12, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, values in found.items():
        np.testing.assert_allclose(values, expected[i : i + 4], rtol=1e-5)
    assert len(found) == 6


def live_layers():
    gc.collect()
    return sum(isinstance(x, GRU) for x in gc.get_objects())


@pytest.mark.slow
def test_a_hundred_models_in_one_process_leave_nothing_behind():
    def make(count):
        for _ in range(count):
            keras.Sequential([keras.Input((None, 3)), GRU(2)])(X[:1, :1])
        keras.backend.clear_session()

    make(1)
    before = live_layers()
    make(100)
    assert live_layers() <= before


@pytest.mark.slow
def test_models_that_xla_compiled_leave_nothing_behind():
    def one():
        model = model_of(GRU)
        tf.function(lambda x: model(x, training=True))(X)
        keras.backend.clear_session()

    one()
    before = live_layers()
    for _ in range(3):
        one()
    assert live_layers() <= before
