"""Baselines: the n-gram model against dictionaries, an example worked by hand, and the
laws of probability."""

import lzma
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.evaluation.ngram import baselines, xz_loss
from gru_textgen.inference import kneser_ney
from gru_textgen.inference.kneser_ney import choose_order, losses
from gru_textgen.text.vocabulary import Vocabulary

IDS = st.lists(st.integers(0, 3), max_size=120).map(lambda x: np.array(x, np.uint8))


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(kneser_ney, "CHUNK", 7)
    monkeypatch.setattr(kneser_ney, "QUERIES", 5)


class ByDictionary:
    """The n-gram model, one probability at a time, from dictionaries of tuples."""

    def __init__(self, ids, n, symbols):
        self.symbols = symbols
        self.counts = {n: Counter(self.grams(ids, n))}
        for k in range(n - 1, 0, -1):
            longer = set(self.grams(ids, k + 1))
            self.counts[k] = Counter(gram[1:] for gram in longer)

    @staticmethod
    def grams(ids, n):
        return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]

    def discount(self, n, count):
        of = Counter(self.counts[n].values())
        if 0 in (of[1], of[2], of[3], of[4]):
            found = [0.5, 1, 1.5]
        else:
            y = of[1] / (of[1] + 2 * of[2])
            found = [1 - 2 * y * of[2] / of[1], 2 - 3 * y * of[3] / of[2]]
            found.append(3 - 4 * y * of[4] / of[3])
            if min(found) <= 0:
                found = [0.5, 1, 1.5]
        return 0 if count == 0 else found[min(count, 3) - 1]

    def probability(self, context, symbol, n):
        if n == 0:
            return 1 / self.symbols
        lower = self.probability(context[1:], symbol, n - 1)
        if len(context) < n - 1:
            return self.probability(context, symbol, n - 1)
        follow = {g: c for g, c in self.counts[n].items() if g[:-1] == context}
        total = sum(follow.values())
        if not total:
            return lower
        count = follow.get((*context, symbol), 0)
        gamma = sum(self.discount(n, c) for c in follow.values()) / total
        return (count - self.discount(n, count)) / total + gamma * lower


@given(IDS, st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_losses_are_those_of_dictionaries(small_chunks, train, text, n):
    plain = ByDictionary(train.tolist(), n, 4)
    *_, found = losses(train, np.array(text), 4, n)
    expected = [
        plain.probability(tuple(text[max(0, i - n + 1) : i]), text[i], n)
        for i in range(len(text))
    ]
    np.testing.assert_allclose(found, -np.log(expected), rtol=1e-9)


@given(IDS, st.lists(st.integers(0, 3), max_size=4), st.integers(1, 5))
def test_probabilities_sum_to_one(train, context, n):
    p = [
        np.exp([-of_n[-1] for of_n in losses(train, np.array([*context, w]), 4, n)])
        for w in range(4)
    ]
    np.testing.assert_allclose(np.sum(p, axis=0), 1)
    assert np.min(p) > 0


def test_an_example_worked_by_hand():
    vocabulary = Vocabulary("ab")
    train, text = vocabulary.encode("abaab"), vocabulary.encode("ab?")
    zero, one, two = (np.exp(-x) for x in losses(train, text, len(vocabulary), 2))
    np.testing.assert_allclose(zero, 1 / 3)
    # Order 1: a three times, b twice; too few to estimate D, so it is (0.5, 1, 1.5).
    left = (1.5 + 1) / 5 / 3
    np.testing.assert_allclose(one, [1.5 / 5 + left, 1 / 5 + left, left])
    # Order 2: ab twice, ba, aa. Before a stand two different characters, before b one.
    left = (1 + 0.5) / 3 / 3
    a, b, unknown = 1 / 3 + left, 0.5 / 3 + left, left
    after_a_b = (2 - 1) / 3 + (1 + 0.5) / 3 * b
    after_b_unknown = 0.5 * unknown
    np.testing.assert_allclose(two, [a, after_a_b, after_b_unknown])


def test_discounts_are_chen_and_goodmans():
    # n1, n2, n3, n4 = 8, 4, 2, 1, and so Y = 8 / 16.
    counts = np.repeat([1, 2, 3, 4, 9], [8, 4, 2, 1, 3])
    np.testing.assert_allclose(
        kneser_ney._discounts(counts), [0, 1 - 2 / 4, 2 - 3 / 4, 3 - 4 / 4]
    )


def test_the_order_is_chosen_by_the_training_text_alone():
    rng = np.random.default_rng(0)
    noise = rng.integers(1, 5, 3000)
    # Each symbol is the sum of the two before it, of which one alone tells nothing.
    sums = [1, 2]
    while len(sums) < 3000:
        sums.append((sums[-1] + sums[-2] + (rng.random() < 0.1)) % 5)
    assert choose_order(np.array(sums), 5, 6) == 3
    found = baselines(np.array(sums), noise, 5, 6)
    assert found.order == 3
    assert len(found.by_order) == 4
    assert (found.uniform, found.unigram) == found.by_order[:2]
    assert found.kneser_ney == found.by_order[3]
    assert found.uniform == pytest.approx(np.log(5))


def test_a_longer_context_helps_on_verse(text):
    vocabulary = Vocabulary.from_text(text)
    ids = vocabulary.encode(text)
    found = baselines(ids[:2500], ids[2500:], len(vocabulary))
    assert found.kneser_ney < 0.5 < 2 < found.unigram < found.uniform


@pytest.mark.parametrize(
    "symbols, order, most", [(2, 65, 64), (414, 8, 7), (66, 0, 10)]
)
def test_orders_that_cannot_be_counted_are_refused(symbols, order, most):
    ids = np.zeros(3, np.uint16)
    with pytest.raises(InputError, match=f"from 1 to {most}, not {order}"):
        next(losses(ids, ids, symbols, order))
    assert len(list(losses(ids, ids, symbols, min(most, 12)))) == min(most, 12) + 1


@pytest.mark.parametrize("wrong", [4, -1])
def test_ids_of_no_symbol_are_refused(wrong):
    ids = np.array([0, 3])
    with pytest.raises(InputError, match="from 0 to 3"):
        next(losses(ids, np.array([0, wrong]), 4, 1))


def test_sixty_four_bits_are_enough_for_the_longest_ngrams():
    rng = np.random.default_rng(1)
    ids = rng.integers(0, 2, 300)
    *_, found = losses(np.ones(70, np.uint8), ids, 2, 64)
    assert np.isfinite(found).all()
    *_, found = losses(np.ones(700, np.uint8), np.ones(70, np.uint8), 2, 64)
    assert found[-1] < 0.01


@pytest.mark.parametrize("train, text", [([], [1]), ([1], [1]), ([1, 1], [])])
def test_nothing_to_count_is_refused(train, text):
    with pytest.raises(InputError, match="Baselines need"):
        baselines(np.array(train, int), np.array(text, int), 2)


def test_xz_takes_what_its_file_grows_by():
    sea, other = (np.frombuffer(t * 40, np.uint8) for t in (b"The sea. ", b"A hill. "))
    assert xz_loss(np.append(other, sea), sea) < xz_loss(other, sea)
    noise = np.random.default_rng(0).integers(0, 256, 20_000)
    of_noise = xz_loss(noise[:5000], noise[5000:].astype(np.uint8))
    assert of_noise == pytest.approx(np.log(256), rel=0.01)
    other, poem = b"Kein Zehnzeiler.\n" * 40, b"Ein Zwoelf-Zeiler\n" * 40
    alone, grown = (
        len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
        for data in (other, other + poem)
    )
    found = xz_loss(*(np.frombuffer(data, np.uint8) for data in (other, poem)))
    assert found == pytest.approx(8 * np.log(2) * (grown - alone) / len(poem))
    wide = xz_loss(noise[:5000], noise[5000:].astype(np.uint16))
    assert np.log(256) < wide < 1.3 * np.log(256)  # zeros between cost little


def test_baselines_know_what_xz_takes():
    ids = np.tile(np.arange(5), 200)
    assert baselines(ids, ids[:100], 5).xz == xz_loss(ids, ids[:100].astype(np.uint8))
