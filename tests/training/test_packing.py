"""Documents in streams: each symbol of each document after those before it, alone."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.nn.model import build_model
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.packing import (
    DocumentIds,
    PackedStreams,
    document_lengths,
    split_packed,
)
from gru_textgen.training.settings import TrainingSettings

END = 1
DOCUMENTS = st.lists(st.lists(st.integers(2, 9), max_size=6), min_size=1, max_size=12)


def packed(documents):
    """Their ids in one text, and the lengths."""
    ids = np.array([*itertools.chain(*([END, *x] for x in documents)), END])
    return ids, np.array([len(x) + 1 for x in documents])


def view(documents):
    ids, lengths = packed(documents)
    return DocumentIds(ids, np.cumsum(lengths) - lengths, lengths)


@given(DOCUMENTS, st.randoms(use_true_random=False), st.data())
def test_documents_in_any_order_are_those_documents(documents, random, data):
    order = random.sample(range(len(documents)), len(documents))
    found = view(documents).ordered(np.array(order))
    expected, _ = packed([documents[i] for i in order])
    np.testing.assert_array_equal(found.read(), expected)
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(expected))] * 2)))
    np.testing.assert_array_equal(found[begin:end].read(), expected[begin:end])


@given(DOCUMENTS, st.integers(1, 4), st.integers(1, 5), st.integers(0, 3))
def test_streams_read_documents_one_after_the_other(
    documents, batch_size, window, seed
):
    """After the ending symbol stands the beginning of a document, and its end."""
    streams = PackedStreams(view(documents), min(batch_size, len(documents)), window)
    order = streams.arranged(seed, 2)
    batches = [streams.batch(k, order) for k in range(streams.windows)]
    inputs, targets = (np.concatenate(part, axis=1) for part in zip(*batches))
    assert (targets[:, :-1] == inputs[:, 1:]).all()
    total = sum(len(x) + 1 for x in documents)
    assert total <= inputs.size < total + streams.batch_size * window
    if max(map(len, documents)) + 1 < total / streams.batch_size:
        assert (inputs[:, 0] == END).all()
        assert len(set(order.begins)) == streams.batch_size
    for row, following in zip(inputs, targets):
        begins = np.flatnonzero(row == END)
        for begin, end in zip(begins, begins[1:]):
            assert row[begin + 1 : end].tolist() in documents
            assert following[end - 1] == END


@pytest.mark.parametrize("seed", range(9))
def test_a_short_document_between_long_ones_is_not_read_over_and_over(seed):
    """A stream of its own would repeat it, and leave out the ends of the long ones."""
    lengths = np.array([3000] * 12 + [10] * 1200)
    places = np.arange(lengths.sum() + 1)  # as ids: each is one of the text's places
    ids = DocumentIds(places, np.cumsum(lengths) - lengths, lengths)
    streams = PackedStreams(ids, 32, 25)
    order = streams.arranged(seed, 0)
    read = np.concatenate([streams.batch(k, order)[0] for k in range(streams.windows)])
    times = np.bincount(read.ravel(), minlength=len(places))[:-1]
    assert times.max() <= 2 and (times == 0).mean() < 0.15


def test_all_documents_are_read_in_an_epoch_but_for_the_ends_of_streams():
    documents = [[2 + i % 8] * (1 + i % 5) for i in range(500)]
    streams = PackedStreams(view(documents), 4, 8)
    batches = [streams.batch(k, streams.arranged(0, 0)) for k in range(streams.windows)]
    ends = sum(int((targets == END).sum()) for _, targets in batches)
    assert abs(ends - 500) <= 3 * streams.batch_size


def test_packing_gives_the_loss_and_gradients_of_one_document_at_a_time():
    """A batch holds every document of both streams, cut into two windows."""
    documents = [[2, 3, 4], [5, 2], [6, 7, 3, 2], [4], [3, 3, 5, 6, 2], [7, 2, 6]]
    streams = PackedStreams(view(documents), 2, 6)
    assert streams.windows == 2 and streams.arranged(None, 0).begins.tolist() == [0, 12]
    info = ModelInfo(Vocabulary("\nabcdefg"), "\n", text={"documents": 6})
    keras.utils.set_random_seed(0)
    model = build_model(info, 5, 2, batch_size=2)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def loss_and_gradients(model, batches, window):
        with tf.GradientTape() as tape:
            loss = 0.0
            for inputs, targets in batches:
                # Within a batch too: gradients end at the window, as in training.
                loss += loss_of(targets, model(inputs)) * inputs.size
        return loss, tape.gradient(loss, model.trainable_variables)

    whole = PackedStreams(streams.ids, 2, 12)
    together = loss_and_gradients(model, [whole.batch(0)], 12)
    model.reset_states()
    windows = [streams.batch(k) for k in range(2)]
    carried = sum(
        float(loss_of(targets, model(inputs))) * inputs.size
        for inputs, targets in windows
    )
    single = build_model(info, 5, 2)
    single.set_weights(model.get_weights())
    alone = loss_and_gradients(
        single,
        [(np.array([[END, *x]]), np.array([[*x, END]])) for x in documents],
        1,
    )
    assert float(together[0]) == pytest.approx(float(alone[0]), rel=1e-5)
    assert carried == pytest.approx(float(alone[0]), rel=1e-5)
    for found, expected in zip(together[1], alone[1]):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    engine = Engine(model.arrays())
    ids, _ = packed(documents)
    assert engine.losses(ids).sum() == pytest.approx(float(alone[0]), rel=1e-5)
    session = engine.session(engine.initial_state(2))
    steps = [session.step(np.array([i, i])).copy() for i in ids[:-1]]
    logits, _ = engine.run(np.array([ids[:-1]]), engine.initial_state())
    for row in (0, 1):
        np.testing.assert_allclose(
            np.stack(steps)[:, row], logits[0], rtol=1e-4, atol=1e-5
        )


@settings(max_examples=30)
@given(st.integers(80, 200), st.integers(0, 5), st.sampled_from([0, 0.1, 0.3]))
def test_parts_are_disjoint_and_together_everything(count, seed, calibration):
    documents = [[2 + i % 7] * 20 for i in range(count)]
    ids, lengths = packed(documents)
    chosen = TrainingSettings(
        "r",
        seed=seed,
        test_split=0.1,
        calibration_split=calibration,
        seq_length=4,
        batch_size=3,
    )
    parts = split_packed(ids, lengths, chosen)
    starts = [x.ids.starts for x in parts[:2]] + [parts[2].starts]
    together = np.concatenate(starts)
    assert len(np.unique(together)) == len(together) == count - round(count * 0.1)
    assert len(starts[1]) == round(count * 0.1)
    assert bool(len(starts[2])) == bool(calibration)
    other = split_packed(ids, lengths, TrainingSettings("r", seed=seed + 1))
    assert set(other[1].ids.starts) != set(starts[1])


def test_too_few_documents_are_a_sentence():
    ids, lengths = packed([[2, 3]])
    with pytest.raises(InputError, match="too few documents, 1"):
        split_packed(ids, lengths, TrainingSettings("r"))


def test_lengths_are_found_again_in_the_ids(tmp_path):
    class Stored:
        def __init__(self, ids):
            self.ids = ids

        def __len__(self):
            return len(self.ids)

        def __getitem__(self, places):
            return Stored(self.ids[places])

        def read(self):
            return self.ids

    ids, lengths = packed([[2, 3], [4], [5, 6, 7]])
    np.testing.assert_array_equal(document_lengths(Stored(ids), END), lengths)
