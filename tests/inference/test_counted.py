"""The network and the counts of its text together, against the two apart."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.evaluation.scoring import Tally, score_stateful
from gru_textgen.inference.counted import CountedEngine, best_share
from gru_textgen.inference.engine import Engine, log_softmax
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.kneser_ney import losses
from gru_textgen.model_file.reader import Counts
from gru_textgen.text.corpus import Corpus


@pytest.fixture
def with_counts(generator, text):
    """The trained model with counts of its text, three in ten."""
    ids = generator.vocabulary.encode(text[:2000])
    arrays = dataclasses.replace(generator.arrays, counts=Counts(ids, 4, 0.3))
    return TextGenerator(arrays, generator.info)


def expected_losses(generator, ids):
    """Of all but the first id: 0.7 of the network's probability, 0.3 of the counts'."""
    counts = generator.arrays.counts
    network = np.exp(-Engine(generator.arrays).losses(ids))
    symbols = len(generator.vocabulary)
    *_, counted = losses(counts.ids, ids, symbols, counts.order)
    share = counts.share
    return -np.log((1 - share) * network + share * np.exp(-counted[1:]))


def test_losses_are_those_of_the_two_probabilities_mixed(with_counts, text):
    ids = with_counts.vocabulary.encode(text[1500:])
    engine = with_counts.predictor
    np.testing.assert_allclose(
        engine.losses(ids), expected_losses(with_counts, ids), atol=1e-5
    )


def test_an_evaluation_measures_both_together(with_counts, text):
    part = text[1200:]
    found = evaluate(with_counts, Corpus(part)).stateful.loss
    expected = expected_losses(with_counts, with_counts.vocabulary.encode(part)).mean()
    assert found == pytest.approx(expected, abs=1e-5)


def test_streams_side_by_side_are_one_pass(with_counts, text):
    ids = with_counts.vocabulary.encode(text * 4).astype(np.int64)
    tally, engine = Tally(), with_counts.predictor
    score_stateful(engine, ids, engine.initial_state(), tally)
    expected = expected_losses(with_counts, ids).mean()
    assert tally.loss / tally.characters == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_a_step_a_run_and_a_reading_agree(generator, text, streams, order):
    counts = Counts(generator.vocabulary.encode(text), order, 0.5)
    engine = CountedEngine(generator.arrays, counts)
    rng = np.random.default_rng(0)
    ids = rng.integers(1, engine.vocab_size, (streams, 9))
    expected, end = engine.run(ids, engine.initial_state(streams))
    np.testing.assert_allclose(np.exp(expected).sum(axis=-1), 1, rtol=1e-5)
    first, state = engine.run(ids[:, :4], engine.initial_state(streams))
    np.testing.assert_allclose(first, expected[:, :4], atol=1e-5)
    last, again = engine.read(ids[:, 4:], state)
    np.testing.assert_allclose(last, expected[:, -1], atol=1e-5)
    for one, other in zip(end, again, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    session = engine.session(state)
    for k in range(4, 9):
        np.testing.assert_allclose(session.step(ids[:, k]), expected[:, k], atol=1e-5)


def test_texts_written_together_are_those_written_alone(with_counts):
    together = with_counts.generate_batch(["The c", "The c"], length=80, seed=4)
    assert together[0] == with_counts.generate("The c", length=80, seed=4)
    assert together[1] != together[0]


def test_counts_alone_write_what_follows_in_their_text(generator):
    text = "the cat sat on the mat. " * 30
    ids = generator.vocabulary.encode(text)
    arrays = dataclasses.replace(generator.arrays, counts=Counts(ids, 8, 0.999))
    written = TextGenerator(arrays, generator.info).generate(
        "the cat sat", length=40, temperature=0
    )
    assert written in text


@given(st.lists(st.tuples(*[st.floats(1e-6, 1)] * 2), min_size=1, max_size=30))
def test_the_best_share_is_no_worse_than_any_other(pairs):
    network, counts = np.array(pairs).T
    share, loss = best_share(network, counts)
    assert 0 <= share <= 0.95
    for other in (0, 0.05, 0.3, 0.5, 0.95, share):
        assert loss <= -np.log((1 - other) * network + other * counts).mean() + 1e-12


def test_a_network_that_is_certain_and_wrong_is_no_error():
    # log(s / 4) + log(1 - 3 s / 4) is greatest at s = 2 / 3.
    share, loss = best_share(np.array([0.0, 1.0]), np.array([0.25, 0.25]))
    assert share == 0.65 and np.isfinite(loss)


def test_the_network_alone_is_what_gates_are_looked_at_in(with_counts, text):
    ids = with_counts.vocabulary.encode(text[:50])[None]
    logits, _ = with_counts.engine.run(ids, with_counts.engine.initial_state())
    assert type(with_counts.engine) is Engine
    assert np.isfinite(log_softmax(logits)).all()


def test_a_sessions_state_is_that_of_the_text_it_has_read(with_counts, generator):
    ids = np.array([[1, 2, 1, 2, 2], [2, 2, 1, 1, 2]])
    for engine in (with_counts.predictor, generator.predictor):
        session = engine.session(engine.initial_state(2))
        for column in ids.T:
            logits = session.step(column)
        read, state = engine.read(ids, engine.initial_state(2))
        np.testing.assert_allclose(logits, read, atol=1e-4)
        for ours, theirs in zip(session.state, state, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
