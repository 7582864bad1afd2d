"""The paragraph at a run's end: its figures against other measures, its words."""

import dataclasses
import json
import math
import zipfile

import pytest

from gru_textgen.evaluation.ngram import baselines
from gru_textgen.evaluation.novelty import novelty
from gru_textgen.evaluation.report import choosing_among, end_figures, paragraph
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.pack import add_figures
from gru_textgen.model_file.reader import ModelInfo, read_info
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.vocabulary import Vocabulary

FIGURES = {
    "epoch": 4,
    "val_loss": math.log(5),
    "epochs_run": 9.0,
    "learnt_characters": 27000.0,
    "kneser_ney": math.log(6),
    "sample_known_words": 0.93,
    "sample_spans_40": 0.001,
    "sample_longest_copy": 31.0,
    "sample_loops": 0.0,
}


def said(settings={"epochs": 20, "patience": 5}, **changes):
    figures = {n: x for n, x in {**FIGURES, **changes}.items() if x is not None}
    return paragraph(ModelInfo(Vocabulary("ab"), settings=settings, figures=figures))


def test_figures_are_those_of_the_measures_they_come_from(generator, text):
    corpus = Corpus(text)
    found = end_figures(generator, corpus, 12)
    cut = int(len(text) * 0.9)
    ids = generator.vocabulary.encode(text)
    expected = baselines(ids[:cut], ids[cut:], len(generator.vocabulary))
    assert found["kneser_ney"] == pytest.approx(expected.kneser_ney)
    samples = generator.generate_batch([""] * 8, length=500, seed=0)
    copied = novelty([text[:cut]], samples)
    assert found["sample_longest_copy"] == copied.longest
    assert found["sample_spans_40"] == copied.spans_40
    assert found["sample_known_words"] == copied.known_words
    assert found["epochs_run"] == 12 and found["learnt_characters"] == cut


def test_the_paragraph_says_each_figure_in_words():
    words = said()
    assert "choosing among 5.0 characters (1.609 nats)" in words
    assert "chooses among 6.0 (1.792)" in words and "as good" not in words
    assert "93% of the words" in words and "31 characters" in words
    assert "stopped early, after epoch 9 of 20" in words and "since epoch 4" in words
    assert "27,000 characters are a short text" in words


def test_beside_the_model_that_it_started_from_and_a_dictionary():
    settings = {"epochs": 20, "patience": 5, "init_from": "weights/verse.keras"}
    words = said(settings, loss_before=2.0, sample_dictionary_words=0.97)
    assert "where verse without training has 2.000" in words
    assert "occur in the text, 97% there or in a dictionary of English" in words


def test_words_count_as_known_if_a_dictionary_has_them(generator, text):
    found = end_figures(generator, Corpus(text), 1)
    assert found["sample_known_words"] <= found["sample_dictionary_words"] <= 1
    assert "loss_before" not in found  # begun with random weights


def test_the_loss_before_training_is_that_of_the_model_it_started_from(generator, text):
    """Of a model that says it started from the poet `anthology`."""
    settings = {**generator.info.settings, "init_from": "anthology"}
    info = dataclasses.replace(generator.info, settings=settings)
    found = end_figures(TextGenerator(generator.arrays, info), Corpus(text), 1)
    anthology = TextGenerator.load("anthology")
    held_out = text[int(len(text) * 0.9) :]
    assert found["loss_before"] == pytest.approx(
        math.log(anthology.perplexity(held_out))
    )


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"kneser_ney": math.log(4)}, "counting is as good"),
        ({"kneser_ney": math.log(4)}, "--counts"),
        ({"sample_spans_40": 0.05}, "--temperature"),
        ({"sample_loops": 0.5}, "50% of the samples repeat themselves"),
        ({"epochs_run": 20.0, "epoch": 12}, "Of 20 epochs the 12th was the best"),
        ({"epochs_run": 20.0, "epoch": 20}, "The last of 20 epochs was the best"),
        ({"epochs_run": 30.0, "epoch": 22, "learnt_characters": 2e6}, "the 22nd"),
        (
            {"epochs_run": 20.0, "epoch": 20, "learnt_characters": 2e6},
            "--preset medium",
        ),
        ({"val_loss_with_counts": math.log(3)}, "among 3.0 characters"),
        ({"kneser_ney": None}, "(1.609 nats)."),
        ({"sample_known_words": None}, "0.1% of the 40-character passages"),
    ],
)
def test_what_is_remarkable_is_said(changes, expected):
    assert expected in said(**changes)


def test_a_model_that_was_not_measured_has_no_paragraph(generator):
    assert paragraph(generator.info) is None
    assert choosing_among(0.0) == "like choosing among 1.0 characters"


def test_adding_figures_changes_nothing_else(trained, tmp_path):
    path = tmp_path / "copy.keras"
    path.write_bytes(trained.path.read_bytes())
    add_figures(path, {"kneser_ney": 1.5})
    before, after = read_info(trained.path), read_info(path)
    assert after.figures == {**before.figures, "kneser_ney": 1.5}
    assert dataclasses.replace(after, figures=before.figures) == before
    with zipfile.ZipFile(trained.path) as one, zipfile.ZipFile(path) as other:
        assert one.namelist() == other.namelist()
        for name in one.namelist():
            if name != "config.json":
                assert one.read(name) == other.read(name)
        assert json.loads(other.read("config.json"))["class_name"] == "TextModel"
