"""What figures are held against: what the model has learnt from, and no more."""

import dataclasses
import math

import pytest

from gru_textgen.cli.tables import baselines_table, novelty_table
from gru_textgen.errors import InputError
from gru_textgen.evaluation.baselines import baselines_of, novelty_of
from gru_textgen.evaluation.ngram import baselines
from gru_textgen.evaluation.novelty import Lengths
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.splits import split_point


def test_baselines_learn_what_the_model_learnt_and_predict_what_it_did_not(
    generator, text
):
    ids = generator.vocabulary.encode(text)
    cut = split_point(len(text), 0.1)
    expected = baselines(ids[:cut], ids[cut:], len(generator.vocabulary))
    assert baselines_of(generator, Corpus(text)) == expected
    assert expected.kneser_ney < expected.unigram < expected.uniform


@pytest.mark.parametrize(
    "begin, end, counts", [(100, 700, (1, 0, 0)), (-290, None, (0, 1, 0))]
)
def test_samples_are_held_against_what_the_model_learnt_from(
    generator, text, monkeypatch, begin, end, counts
):
    """What stands there is seen; the held-out end, all dogs, but partly."""
    sample = text[begin:end]
    monkeypatch.setattr(
        generator, "generate_batch", lambda prompts, **options: [sample]
    )
    found = novelty_of(generator, Corpus(text), 1)
    assert (found.seen, found.partly_seen, found.new) == counts
    assert (found.longest == len(sample)) == bool(counts[0])


def test_samples_are_those_of_the_seed(generator, text):
    options = {"length": 60, "temperature": 0.7, "seed": 3}
    one, other = (novelty_of(generator, Corpus(text), 4, **options) for _ in range(2))
    assert one == other and len(one.samples) == 4
    with pytest.raises(InputError, match="`samples` must be at least 1"):
        novelty_of(generator, Corpus(text), 0)


def test_the_tables_say_what_was_measured(generator, text):
    found = baselines_of(generator, Corpus(text))
    shown = dict(line.split("  ", 1) for line in baselines_table(found).splitlines())
    nats, bits = map(float, shown[f"Kneser-Ney, order {found.order}"].split())
    assert nats == pytest.approx(found.kneser_ney, abs=5e-5)
    assert 2**bits == pytest.approx(math.exp(found.kneser_ney), rel=1e-4)
    novelty = novelty_of(generator, Corpus(text), 2, length=60)
    shape = dataclasses.replace(novelty.text_shape, stanzas=Lengths(1, 50.0, (50,)))
    of_one_stanza = dataclasses.replace(novelty, text_shape=shape)
    assert "lines per stanza" in novelty_table(novelty)
    assert "lines per stanza" not in novelty_table(of_one_stanza)
    assert "characters per line" in novelty_table(of_one_stanza)


def test_another_text_is_refused(generator, text):
    for measure in (baselines_of, lambda *given: novelty_of(*given, 2)):
        with pytest.raises(InputError, match="sha256"):
            measure(generator, Corpus(text + "x"))
