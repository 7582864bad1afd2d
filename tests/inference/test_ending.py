"""Where a text ends, against a search of the whole text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.inference.ending import (
    DocumentEnds,
    Ending,
    Writer,
    default_ending,
    ending_of,
)
from gru_textgen.inference.sampling import choose, gumbel, probabilities


@given(st.text("ab", max_size=40), st.lists(st.text("ab", min_size=1, max_size=5)))
def test_a_writer_cuts_where_a_search_would(text, stops):
    writer = Writer(Ending(99, stops=tuple(stops)))
    shown = ""
    for character in text:
        shown += writer.push(character)
        assert text.startswith(shown)
        if writer.finished:
            break
    shown += writer.rest()
    ends = [text.find(s) + len(s) for s in stops if s in text]
    if ends:
        end = min(ends)
        longest = max(len(s) for s in stops if text[:end].endswith(s))
        assert shown == text[: end - longest]
    else:
        assert shown == text


def whole(text, ending):
    """What a writer makes of a text that goes on and on."""
    writer, shown = Writer(ending), ""
    for character in text:
        shown += writer.push(character)
        assert text.startswith(shown)
        if writer.finished:
            return shown
    return shown + writer.rest()


@pytest.mark.parametrize(
    "text, length, expected",
    [
        # With a sentence at a line's end, from nine tenths of the length on.
        ("one two.\n" * 30, 100, 10),  # 90 characters
        ("one,\n" * 14 + "two.\n" + "one,\n" * 99, 80, 15),
        ("one,\n" * 17 + "two.\n" + "one,\n" * 99, 80, 18),
        # A closing quotation mark after the full stop is part of the sentence.
        ("say,\n" * 17 + "“Do.”\n" + "one,\n" * 99, 80, 18),
        # With a line, where no sentence has ended a quarter later.
        ("one,\n" * 99, 80, 20),
    ],
)
def test_a_whole_text_ends_with_a_sentence_or_a_line(text, length, expected):
    shown = whole(text, Ending(length, whole=True))
    assert shown == "\n".join(text.split("\n")[:expected])


def test_a_whole_text_ends_with_a_stanza_without_its_blank_line():
    stanza = "one,\ntwo,\nthree,\nfour,\n\n"
    assert whole(stanza * 9, Ending(50, whole=True)) == (stanza * 2).rstrip("\n")


def test_prose_ends_with_a_sentence_or_else_a_word():
    sentence = "It is a long way from here to there, as everyone can see. "
    shown = whole(sentence * 20, Ending(200, whole=True))
    assert shown == (sentence * 4).rstrip()
    shown = whole("no end in sight and " * 50, Ending(200, whole=True))
    assert len(shown) == 299 and shown.endswith(" and")
    assert len(whole("x" * 999, Ending(200, whole=True))) == 400


def test_lines_that_are_counted_have_no_length_and_a_short_length_is_kept():
    assert ending_of(None, 12, (), True, 72).most == 12 * 73
    assert not ending_of(39, None, (), True, None).whole
    assert ending_of(40, None, (), True, None).whole


@pytest.mark.parametrize(
    "median, longest", [(None, 20_000), (90, 1000), (2000, 4000), (1e9, 20_000)]
)
def test_a_document_of_twice_the_median_length_ends_with_its_stanza(median, longest):
    ending = default_ending("*", median)
    assert (ending.length, ending.stops) == (longest, ("*",))
    stanza = "A line of words,\nand one more line\n\n"
    shown = whole(stanza * 1000, ending)
    assert shown.rstrip().endswith("one more line")
    assert 0.9 * longest - 2 <= len(shown) < 0.9 * longest + len(stanza)


def test_without_documents_a_text_has_about_24_lines():
    ending = default_ending("")
    assert whole("a line.\n" * 99, ending).count("\n") + 1 == 18
    assert whole("a line,\n" * 99, ending).count("\n") + 1 == 30


def test_a_word_that_fills_the_length_shows_nothing_after_a_stop():
    writer = Writer(Ending(8, stops=("b",)), words=True)
    assert writer.push("a") + writer.push(" ababab") == "a a"
    assert writer.finished and writer.rest() == ""


# After a line: its end (0), the document's (1), a blank, two letters.
LOGITS = np.log([0.6, 0.02, 0.28, 0.06, 0.04])


def shares(logits, temperature, min_p=0.0, top_p=None, streams=40_000):
    """How often each id is drawn, with documents that end as the model says."""
    rows = np.tile(np.asarray(logits, np.float32), (streams, 1))
    before = rows.copy()
    noise = gumbel(np.random.default_rng(0), rows.shape, temperature)
    ends = DocumentEnds(newline=0, end=1)
    ids = choose(ends.join(rows), noise, temperature, top_p=top_p, min_p=min_p)
    ends.part(ids, rows, noise, temperature)
    assert np.array_equal(rows, before)
    return np.bincount(ids, minlength=rows.shape[1]) / streams


@pytest.mark.parametrize(
    "options",
    [{"temperature": 0.8, "min_p": 0.1}, {"temperature": 0.4}, {"temperature": 2.0}]
    + [{"temperature": 0.8, "top_p": 0.5}],
    ids=str,
)
def test_of_lines_as_many_end_the_document_as_the_model_says(options):
    line, end, *_ = shares(LOGITS, **options)
    assert end / (line + end) == pytest.approx(0.02 / 0.62, abs=0.004)


def test_whether_a_line_ends_is_drawn_as_all_else():
    found = shares(LOGITS, 0.8, min_p=0.1)
    joined = np.log([0.62, 0.28, 0.06, 0.04])
    expected = probabilities(joined[None], 0.8, min_p=0.1)[0]
    assert [found[:2].sum(), *found[2:]] == pytest.approx(expected, abs=0.01)


def test_at_temperature_1_all_is_the_models_own():
    assert shares(LOGITS, 1.0) == pytest.approx(np.exp(LOGITS), abs=0.01)


@pytest.mark.parametrize("out, drawn", [([0], 1), ([1], 0), ([0, 1], 2)])
def test_what_is_ruled_out_is_not_drawn(out, drawn):
    logits = LOGITS.copy()
    logits[out] = -np.inf
    found = shares(logits, 0.8)
    assert found[out].tolist() == [0] * len(out) and found[drawn] > 0
