"""Models that people built themselves: what the engine runs, and what it refuses."""

import io

import keras
import numpy as np
import pytest
from keras import layers

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.keras_layers import model_arrays
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.model import TextModel, build_model
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.callbacks import Calibrate, WriteSamples

VOCABULARY = Vocabulary.from_text("abcdef\n")
N = len(VOCABULARY)
IDS = np.array([[2, 3, 4, 1, 0, 7], [5, 5, 1, 2, 6, 3]])


def gru(units=6, **more):
    return GRU(units, **{"return_sequences": True, **more})


def by_id(units=6, **more):
    return gru(units, vocabulary_size=N, **more)


def sequential(*parts, kind=keras.Sequential):
    return kind([keras.Input((None,), dtype="int32"), *parts])


def logits_of_engine(model):
    engine = TextGenerator.from_keras(model, VOCABULARY).engine
    return engine.run(IDS, engine.initial_state(len(IDS)))[0]


@pytest.mark.parametrize(
    "parts",
    [
        lambda: [by_id(), layers.Dense(N)],
        lambda: [by_id(reset_after=False), gru(5, use_bias=False), layers.Dense(N)],
        lambda: [by_id(input_scale=3.0), layers.Dropout(0.5), layers.Dense(N)],
        lambda: [by_id(), layers.GaussianNoise(0.5), gru(), layers.Dense(N)],
        lambda: [by_id(recurrent_dropout=0.3, unroll=False), layers.Dense(N)],
        lambda: [by_id(dtype="float64"), layers.Dense(N, use_bias=False)],
    ],
)
def test_the_engine_writes_with_the_very_model_that_was_trained(parts):
    model = sequential(*parts())
    model.set_weights([0.7 * np.cos(w + w.size) for w in model.get_weights()])
    found, expected = logits_of_engine(model), model.predict(IDS, verbose=0)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_of_softmax_the_engine_has_the_same_probabilities():
    model = sequential(by_id(), layers.Dense(N, activation="softmax"))
    logits = logits_of_engine(model)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(p, model.predict(IDS, verbose=0), atol=1e-5)


class Other(GRU):
    """A subclass may compute something else."""


@pytest.mark.parametrize(
    "parts, named",
    [
        (lambda: [layers.Embedding(N, 4), gru(), layers.Dense(N)], "embedding"),
        (lambda: [by_id(), layers.LayerNormalization(), layers.Dense(N)], "layer_norm"),
        (lambda: [by_id(), layers.Dense(9), layers.Dense(N)], "dense"),
        (lambda: [layers.Bidirectional(by_id()), layers.Dense(N)], "bidirectional"),
        (
            lambda: [by_id(), layers.LSTM(4, return_sequences=True), layers.Dense(N)],
            "l",
        ),
        (
            lambda: [by_id(), layers.TimeDistributed(layers.Dense(N))],
            "time_distributed",
        ),
        (lambda: [by_id(activation="relu"), layers.Dense(N)], "activation='relu'"),
        (
            lambda: [by_id(recurrent_activation="relu"), layers.Dense(N)],
            "recurrent_activation='relu'",
        ),
        (lambda: [by_id(go_backwards=True), layers.Dense(N)], "go_backwards=True"),
        (lambda: [by_id(return_sequences=False), layers.Dense(N)], "return_sequences"),
        (lambda: [by_id(), layers.Dense(N, activation="tanh")], "activation='tanh'"),
        (lambda: [by_id(), layers.Dense(N), layers.Softmax()], "softmax|dense"),
        (lambda: [by_id(), layers.Dense(N + 1)], f"{N + 1} outputs"),
        (lambda: [Other(4, vocabulary_size=N, return_sequences=True)] * 1, "other"),
        (lambda: [by_id()], "gru"),
        (lambda: [sequential(by_id()), layers.Dense(N)], "sequential"),
    ],
)
@pytest.mark.parametrize("kind", [keras.Sequential, TextModel])
def test_what_the_engine_cannot_run_is_refused_by_name(parts, named, kind):
    model = sequential(*parts(), kind=kind)
    with pytest.raises(InputError, match=named):
        model_arrays(model)
    with pytest.raises(InputError, match="the engine runs GRU layers of gru_textgen"):
        TextGenerator.from_keras(model, VOCABULARY)


def test_models_that_are_no_chain_of_layers_are_refused():
    inputs = keras.Input((None,), dtype="int32")
    functional = keras.Model(inputs, layers.Dense(N)(by_id()(inputs)))

    class Doubled(keras.Sequential):
        def call(self, inputs, training=None, mask=None):
            return 2 * super().call(inputs)

    for model in (functional, sequential(by_id(), layers.Dense(N), kind=Doubled)):
        with pytest.raises(InputError, match="not a keras.Sequential"):
            model_arrays(model)
    with pytest.raises(InputError, match="no weights yet"):
        model_arrays(keras.Sequential([by_id(), layers.Dense(N)]))
    one_hot = keras.Sequential([keras.Input((None, N)), gru(), layers.Dense(N)])
    with pytest.raises(InputError, match="no vocabulary_size"):
        model_arrays(one_hot)


@pytest.mark.filterwarnings("ignore")  # of Keras's, for each layer it cannot quantize
def test_a_quantized_or_adapted_layer_is_refused():
    model = sequential(by_id(), layers.Dense(N))
    model.layers[-1].enable_lora(2)
    with pytest.raises(InputError, match="LoRA"):
        model_arrays(model)
    model = sequential(by_id(), layers.Dense(N))
    model.quantize("int8")  # Keras quantizes the Dense alone
    with pytest.raises(InputError, match="quantized to int8"):
        model_arrays(model)


def test_the_vocabulary_is_asked_for_and_must_fit():
    model = sequential(by_id(), layers.Dense(N))
    with pytest.raises(InputError, match="give the vocabulary"):
        TextGenerator.from_keras(model)
    with pytest.raises(InputError, match="Vocabulary.from_text.*not a list"):
        TextGenerator.from_keras(model, list("abcdef\n"))
    with pytest.raises(InputError, match=f"has 3 symbols.*model {N}"):
        TextGenerator.from_keras(model, Vocabulary("ab"))
    info = ModelInfo(VOCABULARY, "\n\n")
    own = TextGenerator.from_keras(build_model(info, units=3))
    assert own.info is info
    assert TextGenerator.from_keras(build_model(info, 3), VOCABULARY).info is info


def fit(model, callback, **more):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(IDS, IDS, verbose=0, callbacks=[callback], **more)


def test_samples_of_a_model_of_one_s_own():
    stream = io.StringIO()
    model = sequential(by_id(), layers.Dense(N))
    callback = WriteSamples("a", (0.5,), 12, stream=stream, vocabulary=VOCABULARY)
    fit(model, callback)
    text = TextGenerator.from_keras(model, VOCABULARY).generate(
        "a", length=12, temperature=0.5, seed=0
    )
    assert f"--- temperature 0.5 ---\n{text}\n" in stream.getvalue()


class Counts(keras.callbacks.Callback):
    """Counts batches."""

    batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: WriteSamples("a", vocabulary=VOCABULARY),
        lambda: Calibrate(IDS[0]),
    ],
)
def test_a_fit_that_could_not_write_is_refused_before_its_first_batch(make):
    model = sequential(layers.Embedding(N, 4), gru(), layers.Dense(N))
    counts = Counts()
    model.compile("adam", "mse")
    with pytest.raises(InputError, match="The layer 'embedding"):
        model.fit(IDS, IDS, verbose=0, callbacks=[counts, make()])
    assert counts.batches == 0
    model = sequential(by_id(), layers.Dense(N))
    with pytest.raises(InputError, match="give the vocabulary"):
        fit(model, WriteSamples("a"))


def test_generator_and_model_say_what_they_are():
    model = build_model(ModelInfo(VOCABULARY), units=6, layers=2, dropout=0.1)
    assert repr(TextGenerator.from_keras(model)) == (
        f"<TextGenerator: GRU layers of 6, 6 units, {N} symbols>"
    )
    layers_of_it = f"GRU(6), Dropout, GRU(6), Dropout, Dense({N})"
    assert repr(model) == f"<TextModel {model.name!r}: {layers_of_it}, {N} symbols>"
    assert "Embedding" in repr(sequential(layers.Embedding(9, 2), kind=TextModel))
