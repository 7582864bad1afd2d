"""Documents: how a text divides into them, and how they are told again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.documents import END, end_symbol, split_documents, with_ends
from gru_textgen.text.fingerprints import fingerprints, recorded
from gru_textgen.text.splits import split_by_document

LINES = st.text("ab ,", min_size=1)
CUTS = st.lists(st.integers(0, 60), max_size=4)


def pieces_of(text, cuts):
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    return [text[a:b] for a, b in zip(edges, edges[1:])]


@given(st.lists(LINES, max_size=8), CUTS)
def test_lines_are_documents_wherever_the_text_is_cut(lines, cuts):
    pieces = pieces_of("\n".join(lines) + "\n\n", cuts)
    assert list(split_documents(pieces, "line")) == lines
    told = "".join(with_ends(lines, end_symbol("line")))
    assert told == "\n" + "".join(line + "\n" for line in lines)


@given(st.lists(st.lists(st.text("ab", min_size=1), min_size=1), max_size=6), CUTS)
def test_paragraphs_are_documents(paragraphs, cuts):
    texts = ["\n".join(lines) for lines in paragraphs]
    pieces = pieces_of("\n  \n\n".join(texts), cuts)
    assert list(split_documents(pieces, "paragraph")) == texts


@given(st.lists(LINES, max_size=6), CUTS, st.sampled_from(["%", "\n--\n", "\n\n\n"]))
def test_a_text_may_stand_between_documents(texts, cuts, separator):
    pieces = pieces_of(separator.join(texts), cuts)
    assert list(split_documents(pieces, separator)) == texts


def test_a_symbol_of_one_character_ends_a_document():
    units = ["line", "%", "paragraph", "file", "\n--\n"]
    assert [end_symbol(unit) for unit in units] == ["\n", "%", END, END, END]
    with pytest.raises(InputError, match=r"contains the character U\+001E"):
        list(split_documents([f"a{END}b\n\nc"], "paragraph"))


@given(st.integers(0, 500), st.integers(0, 9), st.sampled_from([0, 0.1, 0.25]))
def test_each_document_is_drawn_into_one_part(count, seed, test_split):
    parts = split_by_document(count, seed, 0.1, test_split)
    drawn = np.concatenate([parts.learnt, parts.held_out, parts.test])
    assert sorted(drawn.tolist()) == list(range(count))
    again = split_by_document(count, seed, 0.1, test_split)
    np.testing.assert_array_equal(parts.held_out, again.held_out)


def test_a_sorted_list_holds_out_every_part_of_it():
    held_out = split_by_document(2600, 0, 0.1).held_out // 100
    assert set(held_out.tolist()) == set(range(26))


@given(st.sets(st.text("abc\n"), max_size=30), st.text("abcd"))
def test_documents_are_recognised(documents, other):
    record = fingerprints(documents)
    assert all(recorded(f" {document}\n", record) for document in documents)
    known = {document.strip() for document in documents}
    assert recorded(other, record) == (other.strip() in known)
