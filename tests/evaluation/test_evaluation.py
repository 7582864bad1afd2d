"""The figures of an evaluation, against Keras, exact losses and examples by hand."""

import dataclasses
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.cli.tables import comparison_table, evaluation_table
from gru_textgen.errors import InputError
from gru_textgen.evaluation import evaluation, scoring
from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.evaluation.scoring import (
    Tally,
    score_contexts,
    score_stateful,
    score_windows,
)
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo
from gru_textgen.text.corpus import Corpus, read_anthology
from gru_textgen.text.vocabulary import Vocabulary

RNG = np.random.default_rng(0)


def random_engine(units=7, symbols=5, layers=2, update=0.0, scale=1.0):
    """An engine of random weights; a high `update` makes it forget very slowly, a low
    `scale` of its recurrent weights soon."""
    grus, inputs = [], symbols
    for _ in range(layers):
        bias = np.zeros(3 * units, np.float32)
        bias[:units] = update
        kernel, recurrent = (
            RNG.normal(size=(n, 3 * units)).astype(np.float32) for n in (inputs, units)
        )
        recurrent *= scale
        grus.append(GRUArrays(kernel, recurrent, bias, np.zeros_like(bias), True))
        inputs = units
    kernel = RNG.normal(size=(units, symbols)).astype(np.float32)
    return Engine(ModelArrays(grus, kernel, np.zeros(symbols, np.float32)))


def stateful_loss(engine, ids):
    tally = Tally()
    score_stateful(engine, ids, engine.initial_state(), tally)
    assert tally.characters == len(ids) - 1
    return tally.loss / tally.characters


def test_losses_equal_those_of_keras(trained, text, generator):
    from gru_textgen.nn.loading import load_model

    ids = generator.vocabulary.encode(text[:301])
    model = load_model(trained.path)
    found = evaluate(generator, text[:301], window=100)

    def losses(inputs, targets):
        import keras

        logits = model(inputs.astype(np.int32))
        entropy = keras.losses.sparse_categorical_crossentropy
        return np.asarray(entropy(targets, logits, from_logits=True))

    expected = losses(ids[None, :-1], ids[None, 1:]).mean()
    assert found.stateful.loss == pytest.approx(expected, abs=1e-5)
    expected = losses(ids[:300].reshape(3, 100), ids[1:].reshape(3, 100)).mean()
    assert found.windows.loss == pytest.approx(expected, abs=1e-5)
    assert found.windows.characters == found.stateful.characters == 300


def test_streams_side_by_side_are_the_single_pass_of_a_real_model():
    generator = TextGenerator.load("anthology")
    ids = generator.vocabulary.encode(read_anthology().text[:8000])
    engine = generator.engine
    assert scoring._stream_count(len(ids) - 1) > 4
    exact = engine.losses(ids).mean()
    assert stateful_loss(engine, ids) == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("update, scale, again", [(-6.0, 0.1, 0), (12.0, 1.0, 1)])
def test_streams_are_the_single_pass_however_long_a_model_remembers(
    monkeypatch, update, scale, again
):
    monkeypatch.setattr(scoring, "WARM_UP", 20)
    engine = random_engine(update=update, scale=scale)  # 12: for 160,000 characters
    ids = RNG.integers(0, 5, 3000)
    exact = engine.losses(ids).mean()
    sizes = []
    run = engine.run

    def watched(ids, state):
        sizes.append(ids.size)
        return run(ids, state)

    monkeypatch.setattr(engine, "run", watched)
    assert stateful_loss(engine, ids) == pytest.approx(exact, abs=1e-6)
    turns, rest = divmod(sum(sizes) - 15 * 20, 16 * 187)  # 16 streams, 15 warmed up
    assert rest == 2999 - 16 * 187
    assert (turns > 1) == again


def test_the_state_goes_on_from_stretch_to_stretch(monkeypatch):
    monkeypatch.setattr(scoring, "WARM_UP", 60)
    engine, ids, tally = random_engine(), RNG.integers(0, 5, 2001), Tally()
    state = engine.initial_state()
    for start, end in ((0, 700), (700, 701), (701, 2000)):
        state = score_stateful(engine, ids[start : end + 1], state, tally)
    assert tally.loss == pytest.approx(engine.losses(ids).sum(), rel=1e-6)
    expected = engine.run(ids[None, :-1], engine.initial_state())[1]
    for found, layer in zip(state, expected):
        np.testing.assert_allclose(found, layer, atol=1e-5)


@given(st.integers(1, 400), st.integers(1, 150))
def test_windows_are_passes_of_their_own(length, window):
    engine, tally = ENGINE, Tally()
    ids = np.random.default_rng(length).integers(0, 5, length + 1)
    score_windows(engine, ids, window, tally)
    exact = [engine.losses(ids[i : i + window + 1]) for i in range(0, length, window)]
    assert tally.characters == length
    assert tally.loss == pytest.approx(np.concatenate(exact).sum(), rel=1e-5)


ENGINE = random_engine()


@pytest.mark.parametrize("longest", [1, 2, 16])
def test_each_context_is_measured_on_the_same_characters(longest):
    ids = RNG.integers(0, 5, 50)
    *sums, count = score_contexts(ENGINE, ids, longest)
    segment = max(1, longest // 2)
    targets = range(longest // 2 + 1, longest // 2 + count.astype(int) + 1)
    assert count == (49 - longest // 2) // segment * segment if longest > 2 else 32
    if longest <= 2:  # 32 of the 49 or 48 places, spaced
        fitting = 49 - longest // 2
        targets = [longest // 2 + 1 + k * fitting // 32 for k in range(32)]
    for i, found in enumerate(sums):
        context = 1 << i
        step = context - context // 2
        expected = 0.0
        for k, target in enumerate(targets):
            read = context // 2 + 1 + k % step  # how much is read before it
            expected += ENGINE.losses(ids[target - read : target + 1])[-1]
        assert found == pytest.approx(expected, rel=1e-5)


def test_a_text_too_short_for_a_context_measures_none():
    assert not score_contexts(ENGINE, np.zeros(10, int), 16).any()


def logits_of(*rows):
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows, np.float32))


def test_a_tally_by_hand():
    tally = Tally()
    many = [0.4, 0.2, 0.1, 0.1, 0.1, 0.07, 0.03]
    tally.add(logits_of(many, many, many, many), np.array([0, 1, 4, 5]))
    assert tally.characters == 4
    expected = -sum(math.log(p) for p in (0.4, 0.2, 0.1, 0.07))
    assert tally.loss == pytest.approx(expected, rel=1e-6)
    assert tally.hits.tolist() == [1, 3]
    # Equally likely ones: the first is the likelier.
    tally = Tally()
    tally.add(logits_of([1 / 7] * 7, [1 / 7] * 7), np.array([0, 6]))
    assert tally.hits.tolist() == [1, 1]


def test_calibration_by_hand():
    tally = Tally()
    # Four times sure at 0.9 and right thrice; twice at 0.5 (in the bin up to 8/15) and
    # never right: 4/6 * |3/4 - 0.9| + 2/6 * |0 - 0.5| = 0.1 + 1/6.
    sure, half = [0.9, 0.05, 0.05], [0.5, 0.25, 0.25]
    rows = logits_of(sure, sure, sure, sure, half, half)
    tally.add(rows, np.array([0, 0, 0, 1, 1, 2]))
    figures = evaluation._figures("stateful", tally, 1)
    assert figures.calibration_error == pytest.approx(0.1 + 1 / 6, abs=1e-6)
    low, high = figures.reliability
    assert (low.characters, low.accuracy) == (2, 0)
    assert (high.characters, high.accuracy) == (4, 0.75)
    assert high.confidence == pytest.approx(0.9)
    assert high.lowest < 0.9 <= high.highest == 14 / 15


@given(st.lists(st.integers(0, 40)), st.integers(1, 9))
def test_blocks_predict_each_id_once(lengths, size):
    ids = np.arange(sum(lengths))
    pieces = np.split(ids, np.cumsum(lengths)[:-1]) if lengths else []
    blocks = list(evaluation._blocks(pieces, size))
    predicted = [i for block in blocks for i in block[1:]]
    assert predicted == ids[1:].tolist()
    assert all(len(block) == size + 1 for block in blocks[:-1])
    assert all(a[-1] == b[0] for a, b in zip(blocks, blocks[1:]))


def test_a_text_in_blocks_has_the_figures_of_the_whole(generator, text, monkeypatch):
    whole = evaluate(generator, text * 2, window=50)
    monkeypatch.setattr(evaluation, "BLOCK", 1100)
    parts = evaluate(generator, text * 2, window=50)
    for a, b in ((whole.stateful, parts.stateful), (whole.windows, parts.windows)):
        assert a.protocol == b.protocol and a.characters == b.characters
        assert a.loss == pytest.approx(b.loss, rel=1e-6)
        assert a.top_5_accuracy == b.top_5_accuracy
        assert a.calibration_error == pytest.approx(b.calibration_error, abs=1e-6)
    assert (whole.characters, whole.unknown) == (parts.characters, parts.unknown)
    vocabulary, engine = generator.vocabulary, generator.engine
    sums = sum(
        scoring.score_contexts(engine, block, 1024)
        for block in evaluation._blocks([vocabulary.encode(text * 2)], 1100)
    )
    expected = {1 << i: total / sums[-1] for i, total in enumerate(sums[:-1])}
    assert parts.loss_by_context == pytest.approx(expected)


def test_the_figures_agree_with_each_other(generator, text):
    found = evaluate(generator, text)
    assert found.windows.protocol == "windows of 256"
    f = found.stateful
    assert f.loss == pytest.approx(math.log(generator.perplexity(text)), abs=1e-6)
    assert f.perplexity == pytest.approx(2**f.bits_per_character)
    assert 0 < f.top_1_accuracy <= f.top_5_accuracy <= 1
    assert sum(b.characters for b in f.reliability) == f.characters == len(text) - 1
    assert list(found.loss_by_context) == [2**i for i in range(11)]
    plain = dataclasses.asdict(found)
    assert json.loads(json.dumps(plain))["stateful"]["loss"] == f.loss


@given(st.lists(st.text("ab \n\u2003", max_size=5)))
def test_tokens_are_words_and_line_ends_however_a_text_comes(pieces):
    tokens, text = evaluation._Tokens(), "".join(pieces)
    assert "".join(tokens.counted(pieces)) == text
    assert tokens.count == len(text.split()) + text.count("\n")


def test_word_perplexity_by_hand(generator):
    found = evaluate(generator, "The cat sat\non the mat.\n")  # 6 words, 2 ends
    for figures in (found.stateful, found.windows):
        expected = math.exp(figures.loss * figures.characters / 8)
        assert figures.word_perplexity == pytest.approx(expected)
    assert evaluate(generator, "  ").stateful.word_perplexity is None
    huge = evaluation._figures("stateful", _tally_of(loss=1e4, characters=2000), 1)
    assert huge.word_perplexity is None and huge.perplexity == math.exp(5)
    table = evaluation_table(dataclasses.replace(found, stateful=huge))
    assert re.search(r"^word perplexity +- +[\d,]+$", table, re.MULTILINE)


def _tally_of(loss, characters):
    tally = Tally()
    tally.loss, tally.characters = loss, characters
    return tally


def test_unknown_characters_are_counted_and_the_text_is_normalised(generator):
    found = evaluate(generator, "The ☃ sat on the ☃,\n")
    assert (found.characters, found.unknown) == (20, 2)
    assert evaluate(generator, "e\u0301 e").characters == 3  # NFC, as the model's text


@pytest.mark.parametrize("short", ["", "a"])
def test_a_text_too_short_is_a_sentence(generator, short):
    with pytest.raises(InputError, match="at least 2 characters"):
        evaluate(generator, short)


@pytest.mark.parametrize("window", [0, -1, (1 << 20) + 1])
def test_a_window_out_of_range_is_a_sentence(generator, window):
    with pytest.raises(InputError, match="`window` must be"):
        evaluate(generator, "a text", window=window)


def test_the_held_out_part_is_the_last_that_was_not_trained_on(generator, text):
    found = evaluate(generator, text, held_out=True)
    assert found == evaluate(generator, text[int(len(text) * 0.9) :])
    with pytest.raises(InputError, match="sha256"):
        evaluate(generator, text + "\n", held_out=True)
    with pytest.raises(InputError, match="standard input"):
        corpus = Corpus(lambda: iter([text]), source={"files": ["-"]})
        evaluate(generator, corpus, held_out=True)


def test_a_model_of_no_training_has_no_held_out_part(generator):
    info = ModelInfo(Vocabulary("abcd"), sha256=Corpus("abc").sha256)
    with pytest.raises(InputError, match="held-out part is unknown"):
        evaluate(TextGenerator(generator.arrays, info), "abc", held_out=True)


def test_a_loss_beyond_numbers_is_a_sentence():
    tally = Tally()
    tally.add(np.array([[0.0, 1e4]]), np.array([0]))
    with pytest.raises(InputError, match="the probability 0"):
        evaluation._figures("stateful", tally, 1)


def test_the_tables_name_protocols_and_unknown_characters(generator, text):
    found = evaluate(generator, text + "☃", window=64)
    shown = evaluation_table(found)
    assert (
        f"{found.unknown} of them unknown to the model." in shown
        and "windows of 64" in shown
    )
    assert f"{found.stateful.loss:.4f}" in shown
    assert f"{found.loss_by_context[1024]:.4f}" in shown
    shown = comparison_table({"one": found, "another": found})
    assert shown.count(f"{found.windows.loss:.4f}") == 2
    assert "stateful" in shown and "windows of 64" in shown
    lines = shown.split("\n")
    assert len({len(line) for line in lines[:3]}) == 1
