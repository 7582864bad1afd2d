"""Titles of a model's own, for poems in a form."""

import dataclasses

import pytest

from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.titles import own_titles
from gru_textgen.text.documents import END
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.verse.forms import Form
from tests.helpers.models import guesser

FREE = Form("AA")
TITLED = {END: "a", "a": "b", "b": "\n", "\n": "\n"}


def chain(follows, separator=END, documents=40):
    """A model in which one symbol is all but sure to follow each."""
    vocabulary = Vocabulary.from_text("ab \n" + END)
    model = guesser(1, vocabulary)
    model.arrays.kernel[:] = 0
    for one, other in follows.items():
        model.arrays.kernel[vocabulary.encode(one), vocabulary.encode(other)] = 50
    record = {"documents": documents} if documents else {}
    info = dataclasses.replace(model.info, separator=separator, text=record)
    return TextGenerator(model.arrays, info)


def test_a_title_is_a_line_before_an_empty_one():
    assert own_titles(chain(TITLED), FREE, 2, seed=1) == ["ab", "ab"]


@pytest.mark.parametrize(
    "follows",
    [
        {"\n": "a"},  # verse goes on: no empty line is expected
        {"b": "a"},  # the line has no end
        {END: " ", " ": "\n"},  # of blanks
        {END: "\n"},  # empty
        {"b": END},  # the document ends with it
    ],
)
def test_what_is_no_title_is_none(follows):
    assert own_titles(chain(TITLED | follows), FREE, 2, seed=1) == ["", ""]


def test_models_of_lines_and_of_running_text_have_no_titles():
    assert own_titles(chain(TITLED, separator="\n"), FREE, 1, seed=1) == [""]
    assert own_titles(chain(TITLED, documents=0), FREE, 1, seed=1) == [""]


@pytest.mark.parametrize(
    "demand", [{"avoid_letters": "B"}, {"avoid": ("AB",)}, {"max_line_length": 1}]
)
def test_a_title_is_not_what_the_poem_must_not_have(demand):
    assert own_titles(chain(TITLED), Form("AA", **demand), 1, seed=1) == [""]
