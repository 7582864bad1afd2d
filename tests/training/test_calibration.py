"""As sure as it is right: a temperature found by other means, and in a run."""

import csv

import hypothesis.extra.numpy as hnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.nn.loading import load_model
from gru_textgen.text.splits import split_point
from gru_textgen.training.calibration import best_temperature, text_temperature
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import split_streams
from gru_textgen.training.train import resume, train

RUN = dict(
    jit_compile=False,  # so small a model has learnt before XLA has compiled it
    units=12,
    layers=1,
    seq_length=16,
    batch_size=4,
    epochs=3,
    sample_length=20,
    learning_rate=0.02,
    calibration_split=0.1,
    patience=9,
)


def mean_loss(logits, targets, temperature):
    """By Keras, in nats."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return float(loss(targets, (logits / temperature).astype("float64")))


def drawn(logits, rng):
    """Targets that come as softmax(logits) says (Gumbel's trick)."""
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=-1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.25, 3.0])
def test_a_model_that_is_too_sure_by_a_factor_is_found_out(temperature):
    rng = np.random.default_rng(0)
    right = rng.normal(0, 2, (200_000, 5))
    targets = drawn(right, rng)
    found = best_temperature((right * temperature).astype(np.float32), targets)
    assert found == pytest.approx(temperature, rel=0.02)


@given(
    hnp.arrays(np.float32, (12, 4), elements=st.floats(-5, 5, width=16)),
    st.lists(st.integers(0, 3), min_size=12, max_size=12).map(np.array),
    st.floats(0.25, 4.0),
)
def test_no_other_temperature_is_better(logits, targets, other):
    best = mean_loss(logits, targets, best_temperature(logits, targets))
    assert best <= mean_loss(logits, targets, other) + 1e-6


def test_logits_that_are_no_numbers_are_left():
    assert best_temperature(np.array([[np.nan, 1.0]]), np.array([0])) == 1


def test_a_text_is_read_on(generator, text):
    engine = Engine(generator.arrays)
    ids = generator.info.vocabulary.encode(text)  # longer than is read at a time
    logits, _ = engine.run(ids[None, :-1], engine.initial_state())
    expected = best_temperature(logits[0], ids[1:])
    assert text_temperature(engine, ids) == pytest.approx(expected, rel=1e-4)


def test_the_part_lies_between_learnt_and_held_out():
    learnt, held_out = split_streams(np.arange(10_000), 0.1, 4, 16, 0.05)
    assert len(learnt.ids) == 9_000 - 450 and held_out.ids[0] == 9_000
    learnt, held_out = split_streams(range(2_000_000), 0.1, 4, 16, 0.5)
    assert len(learnt.ids) == 1_800_000 - 10_000 and held_out.ids[0] == 1_800_000


def test_a_part_that_is_too_short_is_named():
    with pytest.raises(
        InputError, match="at least 100 characters, not 90: .*calibration_split"
    ):
        split_streams(range(1_000), 0.1, 4, 16, 0.1)


@pytest.fixture(scope="module")
def run(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("calibrated") / "r"
    return train(TrainingSettings(str(folder), **RUN), text)


def history_of(result):
    path = result.path.parent / "history.csv"
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_kept_model_is_calibrated_and_the_checkpoint_is_not(run, text):
    generator = TextGenerator.load(run.path)
    cut = split_point(len(text), 0.1)
    ids = generator.info.vocabulary.encode(text[cut - int(cut * 0.1) : cut])
    assert text_temperature(Engine(generator.arrays), ids) == pytest.approx(1, abs=1e-3)
    last = history_of(run)[-1]
    assert run.figures["epoch"] == 3  # so that both files are of one moment
    kept = load_model(run.path).get_weights()
    going_on = load_model(run.path.parent / "checkpoint.keras").get_weights()
    temperature = float(last["temperature"])
    assert temperature == run.figures["temperature"] != 1
    for a, b in zip(kept[:-2], going_on[:-2]):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(kept[-2:], going_on[-2:]):
        np.testing.assert_allclose(a, b / temperature, rtol=1e-5)


def test_the_loss_is_that_of_the_calibrated_model(run, text):
    generator = TextGenerator.load(run.path)
    ids = generator.info.vocabulary.encode(text)
    _, streams = split_streams(ids, 0.1, 4, 16, 0.1)
    batches = [streams.batch(k) for k in range(streams.windows)]
    read, targets = (np.concatenate(part, axis=1) for part in zip(*batches))
    empty = generator.engine.initial_state(len(read))
    loss = mean_loss(generator.engine.run(read, empty)[0], targets, 1)
    assert run.figures["val_loss"] == pytest.approx(loss, abs=1e-5)


def test_training_is_what_it_would_be_without(run, tmp_path, text):
    """On the same part of the text: only what is measured and kept is calibrated."""
    learnt = split_point(len(text), 0.1)
    learnt -= int(learnt * 0.1)
    short = text[:learnt] + text[split_point(len(text), 0.1) :]
    share = 1 - (learnt + 0.5) / len(short)
    settings = {**RUN, "calibration_split": 0.0, "validation_split": share}
    other = train(TrainingSettings(str(tmp_path / "o"), **settings), short)
    ours, others = history_of(run), history_of(other)
    assert [row["loss"] for row in others] == [row["loss"] for row in ours]


@pytest.mark.slow
def test_a_run_goes_on_as_if_it_had_not_ended(tmp_path, text, capsys):
    folder = tmp_path / "r"
    train(TrainingSettings(str(folder), **{**RUN, "schedule": "constant"}), text)
    part = int(split_point(len(text), 0.1) * 0.1)
    assert f", {part} for calibration, " in capsys.readouterr().out
    whole = resume(folder, epochs=4)
    at_once = {**RUN, "schedule": "constant", "epochs": 4}
    other = train(TrainingSettings(str(tmp_path / "o"), **at_once), text)
    histories = [(r.path.parent / "history.csv").read_text() for r in (whole, other)]
    assert histories[0] == histories[1]
