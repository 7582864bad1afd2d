"""What samples have from a text, against a search of every span in it."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gru_textgen.evaluation import memorisation
from gru_textgen.evaluation.memorisation import SPANS, Copied, Samples, hashes, standing

PARTS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 120), st.text("abc", max_size=30)),
    min_size=1,
    max_size=4,
)


@pytest.fixture(params=["strong", "weak"])
def small_blocks(request, monkeypatch):
    """Many blocks for a short text; and, once, hashes of which there are but four."""
    monkeypatch.setattr(memorisation, "BLOCK", 17)
    monkeypatch.setattr(memorisation, "CHUNK", 50)
    monkeypatch.setattr(memorisation, "COMPARED", 64)
    if request.param == "weak":
        weak = np.uint64(3 << 62)
        monkeypatch.setattr(memorisation, "hashes", lambda *x: hashes(*x) & weak)


def by_search(sample, text):
    """`Copied`, found out by looking for each span in the text."""
    longest, passage = 0, ""
    for i in range(len(sample)):
        while i + longest < len(sample) and sample[i : i + longest + 1] in text:
            longest, passage = longest + 1, sample[i : i + longest + 1]
    shares = []
    for k in SPANS:
        spans = [sample[i : i + k] for i in range(len(sample) - k + 1)]
        shares.append(sum(s in text for s in spans) / len(spans) if spans else None)
    label = "partly seen" if longest >= 40 else "new"
    label = "seen" if sample in text else label
    return Copied(label, longest, passage, *shares)


def copied(samples, text):
    compared = Samples(samples)
    return compared.copied(compared.vocabulary.encode(text))


@given(st.text("ab", max_size=400), st.lists(PARTS, min_size=1, max_size=4))
@example("a" * 300, [[(0, 100, "")], [(0, 0, "a" * 30), (0, 60, "b")]])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_copies_are_those_that_a_search_finds(small_blocks, text, plans):
    samples = [
        "".join(text[start : start + n] + own for start, n, own in plan) or "b"
        for plan in plans
    ]
    for found, sample in zip(copied(samples, text), samples):
        assert found == by_search(sample, text)


def test_an_example_worked_by_hand():
    text = "Shall I compare thee to a summer's day?\nThou art more lovely"
    whole, part, none = copied(
        ["compare thee", "Who to a summer's day? Thou art", "\u4e00"], text
    )
    assert whole == Copied("seen", 12, "compare thee", None, None, None)
    assert (part.label, part.longest, part.passage) == (
        "new",
        19,
        " to a summer's day?",
    )
    assert (part.spans_20, part.spans_40) == (0, None)
    assert none == Copied("new", 0, "", None, None, None)


@pytest.mark.parametrize("extra, label", [(0, "partly seen"), (1, "new")])
def test_forty_characters_running_make_a_sample_partly_seen(extra, label):
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 60)))
    found = copied([text[extra:40] + "!"], text)[0]
    assert (found.label, found.longest) == (label, 40 - extra)
    assert found.spans_20 == (21 - extra) / (22 - extra)


def test_samples_of_many_characters_take_two_bytes():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 700)))
    samples = [text[i : i + 100] + text[0] for i in range(0, 600, 100)]
    found = copied(samples, text)
    assert found == [by_search(sample, text) for sample in samples]


def test_the_first_of_several_longest_passages_is_given():
    assert copied(["xxab--cdyy"], "cd ab")[0].passage == "ab"


def test_hashes_of_equal_spans_are_equal_and_of_others_differ():
    # No polynomial modulo 2^64 tells the spans of this sequence apart.
    thue_morse = np.array([i.bit_count() % 2 for i in range(1 << 13)], np.uint8)
    for k in (1, 2, 3, 20, 1000, 2048):
        values = hashes(thue_morse, k)
        spans = [thue_morse[i : i + k].tobytes() for i in range(len(values))]
        assert len(values) == len(thue_morse) - k + 1
        assert len(set(zip(spans, values.tolist()))) == len(set(spans))
        assert len(set(values.tolist())) == len(set(spans))


def test_no_span_stands_in_a_shorter_text():
    ids = np.arange(1, 9, dtype=np.uint8)
    assert standing(ids[:3], ids, np.arange(5), 4).tolist() == [False] * 5
    assert standing(ids[:4], ids, np.arange(5), 4).tolist() == [True] + [False] * 4
