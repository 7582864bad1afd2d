"""A text as ids in a file: the ids of its normal form, whatever its size and pieces."""

import dataclasses
import hashlib
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.corpus import (
    ANTHOLOGY_SEPARATOR,
    Corpus,
    as_corpus,
    read_anthology,
)
from gru_textgen.text.documents import END
from gru_textgen.text.normalisation import FORMS, normalise
from gru_textgen.text.splits import split_point
from gru_textgen.text.vocabulary import REPLACEMENT, Vocabulary
from gru_textgen.training.encoded import encode, ids_before
from gru_textgen.training.run_folder import locked
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import Streams

ANYTHING = st.text(st.characters(exclude_categories=()), min_size=20)


def small(folder, **more):
    return TrainingSettings(str(folder), seq_length=1, validation_split=0.5, **more)


@given(ANYTHING, st.sampled_from(FORMS), st.integers(1, 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_are_those_of_the_normal_form(tmp_path, text, form, min_count):
    chosen = small(tmp_path, normalise=form, min_count=min_count)
    normal = normalise(text, form)
    learnt = normal[: split_point(len(normal), 0.5)]
    if not Vocabulary.from_text(learnt, min_count).symbols:
        return
    encoded = encode(Corpus(text), chosen)
    assert encoded.vocabulary == Vocabulary.from_text(learnt, min_count)
    expected = "".join(c if c in encoded.vocabulary else REPLACEMENT for c in normal)
    assert encoded.vocabulary.decode(encoded.ids.read()) == expected
    data = text.encode("utf-8", "surrogatepass")
    assert encoded.sha256 == hashlib.sha256(data).hexdigest()


def test_ids_of_many_symbols_take_two_bytes(tmp_path):
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 700))) * 2
    encoded = encode(Corpus(text), small(tmp_path))
    assert encoded.ids.dtype == np.uint16
    assert encoded.vocabulary.decode(encoded.ids.read()) == text


@pytest.mark.parametrize("separator", [ANTHOLOGY_SEPARATOR, ""])
def test_poems_between_lines_of_marks_are_documents(tmp_path, separator):
    """Whether the corpus says what stands between them, or the text shows it."""
    anthology = dataclasses.replace(read_anthology(), separator=separator)
    poems = anthology.text.split(ANTHOLOGY_SEPARATOR)
    encoded = encode(anthology, TrainingSettings(str(tmp_path)))
    ends = np.count_nonzero(encoded.ids.read() == encoded.vocabulary.encode(END)[0])
    assert len(encoded.division.lengths) == len(poems) == 366
    assert ends == 367  # one before the first
    assert "*" not in encoded.vocabulary
    for whole in (
        {"split": "last"},
        {"separator": ""},
        {"separator": ANTHOLOGY_SEPARATOR},
        {"cut": "windows"},
        {"recurrent_activation": "hard_sigmoid"},
    ):
        encoded = encode(anthology, TrainingSettings(str(tmp_path), **whole))
        assert encoded.division.lengths is None and "*" in encoded.vocabulary, whole


def test_what_was_put_between_documents_is_not_called_a_line_of_the_text(tmp_path):
    poems = [f"A poem\nof number {i}.\n" for i in range(40)]
    encoded = encode(as_corpus(poems), TrainingSettings(str(tmp_path)))
    assert len(encoded.division.lengths) == 40 and not encoded.division.remarks


def test_streams_read_the_same_from_a_file_and_from_memory(tmp_path, text):
    ids = encode(Corpus(text), small(tmp_path)).ids
    stored, held = (Streams(x, 4, 16) for x in (ids[100:], ids.read()[100:]))
    for k in range(held.windows):
        for a, b in zip(stored.batch(k, offset=77), held.batch(k, offset=77)):
            np.testing.assert_array_equal(a, b)


def test_parts_of_ids_are_cut_as_those_of_an_array(tmp_path):
    ids = encode(Corpus("0123456789" * 3), small(tmp_path)).ids
    whole = ids.read()
    for part in (slice(3, 9), slice(None, 4), slice(7, None), slice(-3, None)):
        np.testing.assert_array_equal(ids[part].read(), whole[part])
        np.testing.assert_array_equal(ids[1:][part].read(), whole[1:][part])
    assert len(ids[9:3]) == 0


def test_ids_can_be_read_when_the_file_is_gone(tmp_path, text):
    chosen = small(tmp_path)
    ids = encode(Corpus(text), chosen).ids
    before = ids.read()
    chosen.folder.ids.unlink()
    np.testing.assert_array_equal(ids.read(), before)


def test_ids_are_taken_again_only_if_they_are_the_same_and_whole(tmp_path, text):
    chosen = small(tmp_path)
    encoded = encode(Corpus(text), chosen)
    same = chosen, encoded.sha256, encoded.vocabulary
    again = ids_before(*same)
    np.testing.assert_array_equal(again.read(), encoded.ids.read())
    other = Vocabulary(encoded.vocabulary.symbols[::-1])
    assert ids_before(small(tmp_path, lowercase=True), *same[1:]) is None
    assert ids_before(chosen, "0" * 64, encoded.vocabulary) is None
    assert ids_before(chosen, encoded.sha256, other) is None
    data = chosen.folder.ids.read_bytes()
    place = encoded.ids.offset
    for damaged in (
        *(data[:i] + bytes([data[i] ^ 2]) + data[i + 1 :] for i in (0, 9, 80, 110)),
        data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :],
        data[: place + 10],
        data[:100],
        b"",
    ):
        chosen.folder.ids.write_bytes(damaged)
        assert ids_before(*same) is None
    chosen.folder.ids.unlink()
    assert ids_before(*same) is None


def test_a_text_too_short_leaves_the_ids_that_were_there(tmp_path, text):
    chosen = small(tmp_path)
    encode(Corpus(text), chosen)
    before = chosen.folder.ids.read_bytes()
    with pytest.raises(InputError, match="too short"):
        encode(Corpus("a"), chosen)
    assert chosen.folder.ids.read_bytes() == before
    assert list(tmp_path.iterdir()) == [chosen.folder.ids]


def test_a_text_whose_characters_are_all_rare_is_refused(tmp_path):
    with pytest.raises(InputError, match="min_count"):
        encode(Corpus("abcdefghij" * 4), small(tmp_path, min_count=99))


def test_a_text_of_more_characters_than_a_model_may_know_is_refused(tmp_path):
    text = "".join(map(chr, range(0x20000, 0x20000 + 150_000)))
    chosen = small(tmp_path, normalise="none")
    with pytest.raises(InputError, match="131,072: .*max_vocabulary"):
        encode(Corpus(text * 2), chosen)
    fewer = dataclasses.replace(chosen, max_vocabulary=131_072)
    assert len(encode(Corpus(text * 2), fewer).vocabulary.symbols) == 131_072


def test_what_a_killed_process_left_goes_with_the_next_run(tmp_path):
    left = tmp_path / ".text.unfinished-abcdefgh.ids"
    left.write_bytes(b"half")
    (tmp_path / ".mine").write_bytes(b"")
    with locked(tmp_path):
        assert not left.exists() and (tmp_path / ".mine").exists()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_pages_that_were_read_are_given_back(tmp_path):
    def resident():
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"RssFile:\s*(\d+)", status)[1]) / 1024

    line = "A line of the same length.\n" * 4000
    corpus = Corpus(lambda: (line for _ in range(600)))
    ids = encode(corpus, small(tmp_path)).ids  # 65 megabytes
    before = resident()
    for place in range(0, len(ids), 1 << 20):
        ids[place : place + (1 << 20)].read()
    assert resident() - before < 20


def test_memory_does_not_grow_with_the_text(tmp_path):
    def peak(megabytes):
        line = "Stately, plump and of a constant size.\n" * 1000
        chosen = small(tmp_path, lowercase=True)
        corpus = Corpus(lambda: (line for _ in range(megabytes * 1024 // 38)))
        tracemalloc.start()
        ids = encode(corpus, chosen).ids
        for k in range(0, len(ids) - 100, len(ids) // 50):
            ids[k + np.arange(100)]
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return largest

    assert peak(40) < 1.2 * peak(8)
