import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.splits import split_point
from gru_textgen.training.streams import (
    Streams,
    fitting_batch_size,
    validation_streams,
)


@st.composite
def texts_and_shapes(draw):
    """Ids that are their own places, a batch size and a window that fit."""
    batch_size, window = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    length = draw(st.integers(batch_size * window + 1, batch_size * window * 6))
    return np.arange(length), batch_size, window


def every_batch(streams, offset=0):
    """Inputs and targets of an epoch, each `(windows, batch_size, window)`."""
    batches = [streams.batch(k, offset) for k in range(streams.windows)]
    return tuple(np.array(part) for part in zip(*batches))


def assert_same(batches, others):
    assert len(batches) == len(others)
    for pair, other in zip(batches, others):
        np.testing.assert_array_equal(pair, other)


@given(texts_and_shapes())
@example((np.arange(13), 2, 3))
def test_batches_are_those_of_a_naive_construction(text):
    ids, batch_size, window = text
    length = (len(ids) - 1) // batch_size // window * window
    streams = [ids[s * length : (s + 1) * length + 1] for s in range(batch_size)]
    inputs = [
        [stream[at : at + window].tolist() for stream in streams]
        for at in range(0, length, window)
    ]
    assert every_batch(Streams(*text))[0].tolist() == inputs


@given(texts_and_shapes())
def test_every_character_is_predicted_once_but_for_the_remainder(text):
    ids, batch_size, window = text
    inputs, targets = every_batch(Streams(*text))
    np.testing.assert_array_equal(targets, inputs + 1)
    assert sorted(targets.flat) == list(range(1, targets.size + 1))
    assert len(ids) - 1 - targets.size < batch_size * window


@given(texts_and_shapes())
def test_each_batch_goes_on_where_the_one_before_stopped(text):
    inputs, targets = every_batch(Streams(*text))
    np.testing.assert_array_equal(inputs[1:, :, 0], targets[:-1, :, -1])


@given(texts_and_shapes(), st.integers(0, 400))
def test_an_offset_turns_the_text_as_a_ring(text, offset):
    ids, *shape = text
    turned = Streams(np.roll(ids, -offset), *shape)
    assert_same(every_batch(Streams(*text), offset), every_batch(turned))


def test_batches_are_int32_whatever_the_ids_are():
    inputs, targets = Streams(np.zeros(9, np.uint8), 2, 4).batch(0)
    assert inputs.dtype == targets.dtype == np.int32
    assert inputs.shape == targets.shape == (2, 4)


def test_a_seed_gives_each_epoch_its_own_offset():
    streams = Streams(np.zeros(10**6, np.uint8), 4, 8)
    offsets = [streams.offset(3, epoch) for epoch in range(20)]
    assert offsets == [streams.offset(3, epoch) for epoch in range(20)]
    assert len(set(offsets)) == 20
    assert streams.offset(4, 0) not in offsets


def test_a_dataset_gives_the_batches_of_each_epoch_in_turn():
    streams = Streams(np.arange(60), 3, 4)
    expected = [
        streams.batch(k, streams.offset(7, epoch))
        for epoch in range(3)
        for k in range(4)
    ]
    dataset = streams.dataset(seed=7, epochs=3)
    assert len(dataset) == 12
    assert_same(list(dataset.as_numpy_iterator()), expected)
    assert_same(list(dataset.as_numpy_iterator()), expected)


def test_a_dataset_that_starts_later_is_the_tail_of_the_whole():
    streams = Streams(np.arange(60), 3, 4)
    whole = list(streams.dataset(seed=1, epochs=4).as_numpy_iterator())
    for epoch in range(5):
        tail = streams.dataset(seed=1, first_epoch=epoch, epochs=4)
        assert_same(list(tail.as_numpy_iterator()), whole[4 * epoch :])


def test_a_dataset_without_a_seed_begins_where_the_text_does():
    streams = Streams(np.arange(60), 3, 4)
    batches = list(streams.dataset().as_numpy_iterator())
    assert_same(batches, [streams.batch(k) for k in range(4)])


@given(st.integers(1, 20_000), st.integers(1, 64), st.integers(1, 300))
def test_validation_predicts_nearly_every_character(more, batch_size, window):
    """A stream leaves out less than the square root of its length, and one."""
    length = batch_size + more
    streams = validation_streams(np.arange(length), batch_size, window)
    stream = (length - 1) // batch_size
    predicted = streams.windows * streams.window * batch_size
    assert 0 <= length - 1 - predicted < batch_size * (1 + stream**0.5)
    if stream >= window:
        assert window * 3 // 4 <= streams.window <= window * 1.5


@pytest.mark.parametrize("length", [0, 1, 6, 12])
def test_a_text_too_short_for_one_window_is_refused(length):
    with pytest.raises(InputError, match="too short"):
        Streams(np.zeros(length), batch_size=3, window=4)
    assert Streams(np.zeros(13), batch_size=3, window=4).windows == 1


@pytest.mark.parametrize("length", [0, 1, 3])
def test_a_held_out_part_too_short_for_its_streams_is_refused(length):
    with pytest.raises(InputError, match="too short"):
        validation_streams(np.zeros(length), batch_size=3, window=4)
    assert validation_streams(np.zeros(4), batch_size=3, window=4).windows == 1


@given(st.integers(0, 500), st.floats(0.001, 0.999))
def test_the_held_out_part_has_its_share(length, share):
    cut = split_point(length, share)
    assert 0 <= cut <= length
    assert abs((length - cut) - share * length) <= 1


@given(st.integers(2, 5000), st.integers(1, 80), st.integers(1, 60))
@example(characters=200 * 64, batch_size=64, window=64)
@example(characters=200 * 64 + 1, batch_size=64, window=64)
def test_a_fitting_batch_size_leaves_a_hundred_updates(characters, batch_size, window):
    updates = {b: (characters - 1) // b // window for b in range(1, batch_size + 1)}
    enough = [b for b, count in updates.items() if count >= 100]
    assert fitting_batch_size(characters, batch_size, window) == max(enough, default=1)
