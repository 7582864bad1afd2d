"""The learner in JavaScript against Keras; how it counts and cuts against Python."""

import base64

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.export.html import description, packed
from gru_textgen.inference.kneser_ney import losses
from gru_textgen.inference.loops import run_limits
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo
from gru_textgen.nn.model import build_model, compile_model
from gru_textgen.text.loops import longest_runs
from gru_textgen.text.splits import split_point
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.streams import Streams, fitting_batch_size
from tests.helpers.pages import ENGINE_SCRIPTS, add_scripts

pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = pytest.mark.slow
STREAMS, STEPS, UPDATES, RATE = 3, 9, 100, 0.01
LEARN = """({ description, weights, batches, steps, rate, simd }) => {
    const streams = batches[0].length, shape = { steps, streams };
    const make = () => new Learner(
        description, storedValues(description, weights), shape, simd);
    const arrays = batches.map((batch) => batch.map((ids) => Int32Array.from(ids)));
    const first = make();
    const loss = first.differentiate(arrays[0]);
    const learner = make();
    const losses = arrays.map((batch, i) =>
        learner.learn(batch, cosineRate(rate, i, batches.length)).loss);
    return {
        loss, gradients: base64(first.parameters.gradients), losses,
        values: base64(learner.parameters.values), simd: learner.model.simd,
    };
}"""


@pytest.fixture(scope="module")
def laboratory(browser):
    """A blank tab that holds the scripts of the worker, but for the worker's own."""
    tab = browser.new_page()
    learner = "parameters", "backward", "learner", "text", "kneser_ney", "download"
    add_scripts(tab, *ENGINE_SCRIPTS, *learner)
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def keras_run():
    """A run of Keras: the weights, the batches, and what became of them."""
    keras.utils.set_random_seed(4)
    info = ModelInfo(Vocabulary("abcdefghijk"))
    model = build_model(info, 10, 2, batch_size=STREAMS, jit_compile=False)
    warmup = UPDATES // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, UPDATES - warmup, warmup_target=RATE, warmup_steps=warmup
    )
    compile_model(model, "adam", schedule, 1.0)
    for weight in model.trainable_variables:  # biases too, and gradients to be clipped
        weight.assign_add(keras.random.normal(weight.shape, stddev=0.5))
    begun = model.arrays()
    rng = np.random.default_rng(2)
    walk = rng.integers(-1, 2, (STREAMS, UPDATES * STEPS + 1)).cumsum(axis=1) % 12
    batches = [walk[:, k * STEPS : (k + 1) * STEPS + 1] for k in range(UPDATES)]

    @tf.function
    def step(ids, next_ids):
        with tf.GradientTape() as tape:
            loss = model.loss(next_ids, model(ids, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply(gradients, model.trainable_variables)
        return loss, gradients

    found = [step(tf.constant(b[:, :-1]), tf.constant(b[:, 1:])) for b in batches]
    return {
        "info": info,
        "begun": begun,
        "batches": batches,
        "losses": [float(loss) for loss, _ in found],
        "gradients": in_order([g.numpy() for g in found[0][1]]),
        "values": in_order(model.get_weights()),
    }


def in_order(weights):
    """Of a model of two layers, in the order in which a page has them."""
    layers = [GRUArrays.from_weights(weights[i : i + 3], True) for i in (0, 3)]
    data = packed(ModelArrays(layers, *weights[6:]), "float32")
    return np.frombuffer(data, np.float32)


def floats(text):
    return np.frombuffer(base64.b64decode(text), np.float32)


@pytest.mark.parametrize("simd", [True, False])
def test_losses_gradients_and_a_hundred_steps_are_those_of_keras(
    laboratory, keras_run, simd
):
    begun = keras_run["begun"]
    found = laboratory.evaluate(
        LEARN,
        {
            "description": description(keras_run["info"], begun, "float32"),
            "weights": base64.b64encode(packed(begun, "float32")).decode(),
            "batches": [batch.tolist() for batch in keras_run["batches"]],
            "steps": STEPS,
            "rate": RATE,
            "simd": simd,
        },
    )
    assert found["simd"] == simd
    gradients = keras_run["gradients"]
    assert found["loss"] == pytest.approx(keras_run["losses"][0], abs=1e-5)
    np.testing.assert_allclose(floats(found["gradients"]), gradients, atol=1e-5)
    assert np.linalg.norm(gradients) > 1  # it is clipped
    np.testing.assert_allclose(found["losses"], keras_run["losses"], atol=1e-3)
    np.testing.assert_allclose(floats(found["values"]), keras_run["values"], atol=1e-3)
    assert keras_run["losses"][-1] < keras_run["losses"][0] - 1  # it has learnt


@pytest.mark.parametrize("size, order", [(4, 5), (40, 5), (1001, 5), (5, 1)])
def test_counting_is_pythons(laboratory, size, order):
    rng = np.random.default_rng(size)
    ids = (rng.zipf(1.5, 3000) + rng.integers(0, 2, 3000).cumsum()) % size
    train, text = ids[:2500], ids[2500:]
    loss = laboratory.evaluate(
        "([train, text, size, order]) => kneserNeyLoss(train, text, size, order)",
        [train.tolist(), text.tolist(), size, order],
    )
    expected = list(losses(train, text, size, order))[-1].mean()
    assert loss == pytest.approx(expected, abs=1e-9)


READ = """(text) => {
    const { description, ids, loops } = readText(text, null, {});
    const streams = new Streams(ids), last = streams.windows - 1;
    return {
        symbols: description.symbols, ids: [...ids], loops, runs: description.runs,
        count: streams.count, windows: streams.windows,
        heldOut: streams.heldOut.length,
        batch: streams.batch(last, 77).map((ids) => [...ids]),
    };
}"""


@pytest.mark.parametrize("times", [1, 12])
def test_a_text_is_cut_as_python_cuts_it(laboratory, text, times):
    text = (text * times).replace("cat", "c\u0301at 😀", 3) + "\r\nend\ufffd"
    found = laboratory.evaluate(READ, text)
    read = text.replace("\r\n", "\n").replace("c\u0301", "\u0107")
    vocabulary = Vocabulary.from_text(read)
    ids = vocabulary.encode(read)
    assert tuple(found["symbols"]) == vocabulary.symbols
    assert found["ids"] == ids.tolist()
    assert found["loops"] == longest_runs(ids)
    assert found["runs"] == run_limits(found["loops"], 128).tolist()
    cut = split_point(len(ids), 0.1)
    streams = Streams(ids[:cut], fitting_batch_size(cut, 64, 64), 64)
    assert (found["count"], found["windows"]) == (streams.batch_size, streams.windows)
    assert found["heldOut"] == len(ids) - cut
    inputs, following = streams.batch(streams.windows - 1, 77)
    batch = np.array(found["batch"])
    np.testing.assert_array_equal(batch[:, :-1], inputs)
    np.testing.assert_array_equal(batch[:, 1:], following)


def test_new_weights_are_glorots(laboratory):
    """Uniform within a limit for each matrix, and no biases (as `build_model`)."""
    values = np.array(laboratory.evaluate("""() => Array.from(freshValues(
                [{ units: 20 }, { units: 30 }], 11, new PCG64(["1"])))"""))
    shapes = [(11, 60), (20, 60), (0, 120), (20, 90), (30, 90), (0, 180), (30, 11)]
    start = 0
    for rows, columns in shapes:
        end = start + (rows or 1) * columns
        piece, limit = values[start:end], np.sqrt(6 / (rows + columns)) * bool(rows)
        assert np.abs(piece).max() <= limit
        if rows:
            assert np.std(piece[piece != 0]) == pytest.approx(limit / 3**0.5, rel=0.1)
        start = end
    unknown = [values[11 * 20 * gate : 11 * 20 * gate + 20] for gate in range(3)]
    assert not np.any(unknown) and len(values) == start + 11 and not values[-11:].any()
