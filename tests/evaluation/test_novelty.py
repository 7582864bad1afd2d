"""What samples are, against a text: counted by hand, and by the plainest means."""

import dataclasses
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.evaluation import novelty as module
from gru_textgen.evaluation.novelty import QUANTILES, distinct, loop, novelty, words

TEXT = """The owl sat up.
The owl sat down.
***
Don't ask the owl
why
"""
SAMPLE = "The owl sat up,\nthe owls\n\nDON'T ask 'em, owl"


@pytest.fixture
def found():
    return novelty([TEXT], [SAMPLE, "The owl"], separator="\n***\n")


def test_copies_are_counted(found):
    assert (found.seen, found.partly_seen, found.new) == (1, 0, 1)
    assert found.longest == 14
    assert found.samples[0].copied.passage == "The owl sat up"
    assert (found.spans_20, found.spans_40, found.spans_80) == (0, 0, None)


def test_spans_of_all_samples_are_counted_together():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 30)))
    found = novelty([text], [text[:21] + "!", "?" * 20])
    assert [s.copied.spans_20 for s in found.samples] == [2 / 3, 0]
    assert found.spans_20 == 2 / 4


def test_words_are_runs_of_letters_with_apostrophes_within():
    assert words("'Tis the DON\u2019T o'er-'em'' x2y caf\u00e9_1") == [
        *("tis", "the", "don\u2019t", "o'er", "em", "x", "y", "caf\u00e9")
    ]


def test_words_that_stand_in_the_text_are_counted_each_time(found):
    # The owl sat up, the - DON'T ask - owl, and The owl: all but "owls" and "em".
    assert found.known_words == 10 / 12


def test_distinct_ngrams_lie_within_a_sample(found):
    assert distinct([["a", "b", "a", "b"], ["b", "a"]], 1) == 2 / 6
    assert distinct([["a", "b", "a", "b"], ["b", "a"]], 2) == 2 / 4
    assert distinct([["a", "b"], ["b"]], 3) is None
    assert found.distinct == (8 / 12, 9 / 10, 1)


def test_lines_and_stanzas_are_measured(found):
    lines, stanzas = found.text_shape.lines, found.text_shape.stanzas
    assert (lines.count, lines.mean, lines.quantiles) == (4, 13, (3, 3, 15, 17, 17))
    assert (stanzas.count, stanzas.mean) == (2, 2)
    # The two samples are two documents: no stanza goes from one into the other.
    assert found.shape.lines.mean == (15 + 8 + 18 + 7) / 4
    assert found.shape.stanzas.quantiles == (1, 1, 1, 2, 2)
    assert novelty([TEXT], ["x"]).text_shape.stanzas.quantiles == (5,) * 5


@given(st.lists(st.integers(1, 30), min_size=1, max_size=50))
def test_quantiles_are_those_of_numpy(lengths):
    text = "\n".join("x" * length for length in lengths)
    expected = np.quantile(lengths, QUANTILES, method="inverted_cdf").tolist()
    found = novelty([text], [text]).shape.lines
    assert list(found.quantiles) == expected
    assert found.mean == pytest.approx(np.mean(lengths))


@given(st.text("ab '\n*", min_size=1), st.text("ab '\n", min_size=1), st.data())
def test_the_text_may_be_cut_anywhere(text, sample, data):
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=5).map(sorted))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)])]
    whole = novelty([text], [sample], "***")
    assert novelty(pieces, [sample], "***") == whole
    known = [word in words(text) for word in words(sample)]
    assert whole.known_words == (sum(known) / len(known) if known else None)


def test_a_long_text_in_one_piece_is_cut(monkeypatch):
    expected = novelty([TEXT], [SAMPLE])
    monkeypatch.setattr(module, "PIECE", 3)
    assert novelty([TEXT], [SAMPLE]) == expected


@given(st.text("ab", max_size=12), st.text("ab", max_size=14), st.integers(1, 5))
def test_loops_are_those_that_a_regular_expression_finds(before, passage, turns):
    for text in (before + passage * turns, passage * turns + before):
        passages, at_end = [], False
        for period in range(10, len(text) // 3 + 1):
            pattern = rf"(.{{{period}}})\1\1"
            passages += [m[1] for m in [re.search(pattern, text)] if m]
            at_end = at_end or bool(re.search(pattern + r"\Z", text))
        assert loop(text) == (passages[0] if passages else None, at_end)


def test_a_loop_stands_three_times_and_is_no_single_word():
    line = "and the sea and the sky "
    assert loop("Once\n" + line * 3) == ("and the sea and the sky ", True)
    assert loop("Once\n" + line * 3 + "no") == ("and the sea and the sky ", False)
    assert loop("Once\n" + line * 2) == (None, False)
    assert loop("Never, never, never, never!") == (None, False)
    assert loop("") == (None, False)


def test_loops_are_counted():
    found = novelty(["x"], ["0123456789" * 3, "0123456789" * 3 + "!", "y", "z"])
    assert (found.loops, found.end_loops) == (0.5, 0.25)
    assert found.samples[1].loop == "0123456789"


def test_the_figures_go_through_json(found):
    plain = json.loads(json.dumps(dataclasses.asdict(found)))
    assert plain["samples"][0]["copied"]["label"] == "new"
    assert plain["text_shape"]["lines"]["count"] == 4


def test_what_there_is_not_is_none():
    found = novelty(["1 2\n"], ["\n", "12"])
    assert (found.known_words, found.distinct) == (None, (None, None, None))
    assert found.spans_20 is None
    assert novelty(["\n"], ["\n"]).shape.lines == module.Lengths(0, None, ())


@pytest.mark.parametrize(
    "pieces, samples, reason",
    [
        ([TEXT], [], "samples"),
        ([TEXT], ["a", ""], "samples"),
        (["", ""], ["a"], "text"),
    ],
)
def test_nothing_to_compare_is_refused(pieces, samples, reason):
    with pytest.raises(InputError, match=reason):
        novelty(pieces, samples)
