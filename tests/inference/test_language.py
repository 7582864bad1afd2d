"""The words that a model writes forms with, in English and in other languages."""

from types import SimpleNamespace

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.language import other_words, writes_english
from gru_textgen.inference.words import WordLexicon
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.verse.forms import Form, named_form
from gru_textgen.verse.languages import LANGUAGES, OTHER
from gru_textgen.verse.metre import words_of
from tests.helpers.models import random_model

# "na" is a word of English as well.
CZECH = "přišel večer, žluté světlo hvězd padalo na mokré střechy domů\n"
ENGLISH = "the fiancée and the café were lovely, quick, warm, and bright by my box\n"
SPANISH = (
    "la luz de la luna, en el mar y en los ojos que se van con las olas; por su amor "
    "la ciudad callada, el día azul. ¿Quién canta? poeta, río, corazón, sombra y viento"
)
CHINESE = "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。\n"


class Writer:
    """What is asked of a generator: its characters, and to write."""

    arrays = SimpleNamespace(counts=None)

    def __init__(self, text):
        self.text, self.vocabulary = text, Vocabulary.from_text(text)

    def generate_batch(self, prompts, **options):
        return [self.text for _ in prompts]


def model(text):
    """A model of a text's characters, of random weights."""
    vocabulary = Vocabulary.from_text(text + "\n " + text.title())
    arrays = random_model((8,), len(vocabulary) - 1, True)
    return TextGenerator(arrays, ModelInfo(vocabulary))


@pytest.mark.parametrize(
    "text, english",
    [
        (ENGLISH, True),
        (ENGLISH.replace("é", "e"), True),
        (CZECH, False),
        (SPANISH, False),
        ("белеет парус одинокий в тумане моря голубом\n", False),
    ],
)
def test_english_is_told_from_what_a_model_writes(text, english):
    assert writes_english(Writer(text)) == english


@pytest.mark.parametrize("form", ["haiku", "tanka"])
def test_a_model_of_spanish_counts_syllables(form):
    poem = model(SPANISH).compose(form, words=SPANISH, seed=1, pool=6)
    spanish = next(language for language in LANGUAGES if language.name == "Spanish")
    known = set(words_of(SPANISH))
    wanted = [len(p.measure.alternatives[0]) for p in named_form(form).plan()]
    for line, syllables in zip(poem.lines, wanted, strict=True):
        words = words_of(line.text)
        assert set(words) <= known
        assert words[-1] not in ("la", "de", "los")
        assert sum(map(spanish.syllables, words)) == line.syllables == syllables
        assert not {"?", "!"} & set(line.text)  # their openings would be missing
        assert line.scansion is None and line.stresses == ""


def test_letters_and_words_are_asked_of_other_languages():
    form = Form(
        syllables=(9,),
        acrostic="La",
        include="poeta",
        avoid=("luz", "la luna"),
        avoid_letters="j",
        end="2:corazón",
        max_line_length=40,
    )
    poem = model(SPANISH).compose(form, words=SPANISH, seed=2, pool=8)
    lines = [words_of(line.text) for line in poem.lines]
    assert [line[0][0] for line in lines] == ["l", "a"]
    assert lines[1][-1] == "corazón" and "poeta" in lines[0] + lines[1]
    assert "luz" not in lines[0] + lines[1] and "la luna" not in str(poem).lower()
    begun = model(SPANISH).compose(form, prompt="Luna de o", words=SPANISH, seed=2)
    assert str(begun).startswith("Luna de o")


@pytest.mark.parametrize("syllables", [5, 7])
def test_chinese_lines_are_characters_and_a_mark(syllables):
    form = named_form("jueju", syllables=(syllables,), acrostic="春花夜雨")
    poem = model(CHINESE).compose(form, seed=1, pool=6)
    for line, first in zip(poem.lines, "春花夜雨", strict=True):
        bare = line.text.rstrip("，。")
        assert len(bare) == line.syllables == syllables
        assert len(line.text) <= syllables + 1 and bare[0] == first
        assert set(bare) <= set(CHINESE) - set("，。\n")
    assert poem.lines[-1].text.endswith("。")
    assert len({line.text for line in poem.lines}) == 4


def test_a_chinese_prompt_begins_the_poem():
    first = "春眠不覺曉，"
    poem = model(CHINESE).compose("jueju", prompt=first + "\n處處聞", seed=1, pool=6)
    assert poem.lines[0].text == first
    assert poem.lines[1].text.startswith("處處聞") and poem.lines[1].syllables == 5


@pytest.mark.parametrize(
    "form, says",
    [
        ("sonnet", "rhyme '---- ---- ---- --' and metre 'none'"),
        (Form("AA", syllables=8), "known for English words only"),
        (Form(lines=2, alliterate="s"), "Alliteration needs"),
        (Form(lines=2, include="weg"), "cannot spell 'weg'"),
        (Form(syllables=(2,), include="corazón"), "has 3 syllables"),
        (Form(lines=1, end="v"), "waits for the next word"),
        (Form(lines=1, acrostic="ж"), "begin with 'ж'"),
    ],
)
def test_what_cannot_be_met_is_said(form, says):
    with pytest.raises(InputError, match=says):
        model(SPANISH).compose(form, words=SPANISH, seed=1, pool=4)


def test_a_text_whose_words_the_model_cannot_write_is_refused():
    with pytest.raises(InputError, match="give a text in its language with --words"):
        model(SPANISH).compose("haiku", words="белеет парус", seed=1)
    with pytest.raises(InputError, match="of 'שלום' cannot be counted"):
        WordLexicon(["luz"], OTHER, tuple("luz שלום"), ["שלום"])


def test_without_a_text_the_words_are_those_that_the_model_writes():
    lexicon = other_words(Writer("río luz río luz, mañana\n"), None)([])
    assert lexicon.words.tolist() == ["luz", "mañana", "río"]
    assert np.array_equal(lexicon.trie.word[lexicon.trie.end], [0, 1, 2])
