"""The guard against loops, against runs that are counted in the whole text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.inference.loops import BlankRows, LoopGuard, run_limits
from gru_textgen.inference.sampling import choose, gumbel
from gru_textgen.text.loops import longest_runs

SYMBOLS = " \n\t" + "abcdefghijklmnopqrstuvwxyz"


def runs_of(text):
    """The longest run of each period, by looking at every place."""
    longest = []
    for period in range(1, 9):
        run = best = 0
        for i in range(period, len(text)):
            run = run + 1 if text[i] == text[i - period] else 0
            best = max(best, run)
        longest.append(best)
    return longest


@given(st.text("ab", max_size=60))
def test_the_longest_runs_are_those_of_a_search(text):
    ids = np.array([ord(c) for c in text], np.uint8)
    assert longest_runs(ids, 8) == runs_of(text)


@given(st.integers(0, 2**32), st.lists(st.integers(0, 12), min_size=8, max_size=8))
def test_no_run_is_longer_than_its_limit(seed, longest):
    """However random the writing is, and in every stream."""
    rng, limits = np.random.default_rng(seed), run_limits(longest, 8)
    guard, written = LoopGuard(limits, 3), []
    for _ in range(80):
        logits = guard.rule_out(rng.integers(0, 3, (3, 5)).astype(np.float32))
        written.append(logits.argmax(axis=1))
        guard.push(written[-1])
    for stream in np.array(written).T:
        runs = runs_of(stream)
        assert all(run <= limit for run, limit in zip(runs, limits))


@given(st.text("abc", min_size=1, max_size=80))
def test_what_the_text_has_shown_is_never_ruled_out(text):
    ids = np.array([ord(c) - ord("a") for c in text])
    guard = LoopGuard(run_limits(longest_runs(ids, 16), 16), 1)
    for i in ids:
        assert guard.rule_out(np.zeros((1, 3)))[0, i] == 0
        guard.push(np.array([i]))


def test_a_vocabulary_of_one_symbol_may_go_on():
    guard = LoopGuard(run_limits([1], 1), 1)
    for _ in range(9):
        assert guard.rule_out(np.zeros((1, 1))).tolist() == [[0]]
        guard.push(np.array([0]))


def test_without_a_record_only_loops_that_no_text_has_are_cut():
    limits = run_limits(None, 128)
    assert limits[0] == 80 and limits[40 - 1] == 160
    assert run_limits([12, 0, 0, 3], 128).tolist() == [12, 4, 6, 8]


def drawn(logits, last, temperature, min_p):
    """Ids of many streams, each with the same logits after the same id."""
    streams = 20_000
    rows = np.tile(np.asarray(logits, np.float32), (streams, 1))
    noise = gumbel(np.random.default_rng(0), rows.shape, temperature)
    rows = BlankRows(SYMBOLS).decide(rows, np.full(streams, last), noise, temperature)
    return choose(rows, noise, temperature, min_p=min_p)


def test_a_row_of_blanks_ends_as_often_as_the_model_says():
    """Min-p, by itself, leaves out all of the letters: the row would never end."""
    letters = np.log(np.full(26, 0.3 / 26))
    logits = np.concatenate([np.log([0.7, 1e-9, 1e-9]), letters])
    ids = drawn(logits, last=0, temperature=0.5, min_p=0.1)
    share = np.bincount(ids, minlength=len(SYMBOLS)) / len(ids)
    assert share[0] == pytest.approx(0.7, abs=0.02)
    assert share[1:3].tolist() == [0, 0]  # which min-p leaves out
    assert share[3:] == pytest.approx(np.full(26, 0.3 / 26), abs=0.005)


@pytest.mark.parametrize("last", [1, 2, 3], ids=["newline", "tab", "letter"])
def test_after_anything_else_all_is_drawn_as_before(last):
    logits = np.zeros(len(SYMBOLS))
    logits[0] = 5
    assert set(drawn(logits, last, temperature=0.8, min_p=0.1)) == {0}


def test_a_blank_that_is_not_the_likeliest_is_drawn_as_all_else():
    logits = np.zeros(len(SYMBOLS))
    logits[[0, 5]] = 1, 5
    assert set(drawn(logits, 0, temperature=0.8, min_p=0.1)) == {5}
