"""Poems in a form, written by the model that comes with the package."""

import itertools

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rhyming import Rhymer
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.verse.forms import FORMS, Form, named_form
from gru_textgen.verse.metre import scan, words_of
from gru_textgen.verse.pronunciation import dictionary
from gru_textgen.verse.rhyme import rhymes
from tests.helpers.models import guesser

POOL = 12  # lines side by side: fewer than by default, for speed
MEASURE = {"syllables": 8, "metre": "iambic"}


@pytest.fixture(scope="module")
def verse():
    return TextGenerator.load("verse")


def check(poem, form, lenient=0):
    """Every line keeps its measure, its rhyme and its refrain."""
    plans = form.plan()
    assert len(poem.lines) == len(plans)
    bare = [line.text.rstrip(".,;:!?-") for line in poem.lines]
    for i, (line, plan) in enumerate(zip(poem.lines, plans)):
        assert scan(line.text, plan.measure, 0 if i else lenient) == line.scansion
        assert bare[i] == bare[plan.repeats]
        assert line.scansion == poem.lines[plan.repeats].scansion
        if plan.measure.alternatives:
            assert line.syllables in map(len, plan.measure.alternatives)
    new = [i for i, plan in enumerate(plans) if plan.repeats == i]
    ends = [words_of(poem.lines[i].text)[-1] for i in new]
    assert len(set(ends)) == len(ends)
    for (i, one), (j, other) in itertools.combinations(zip(new, ends), 2):
        if plans[i].rhyme and plans[i].rhyme == plans[j].rhyme:
            assert rhymes(one, other, form.near_rhyme), (one, other)
    assert len({bare[i] for i in new}) == len(new)


@pytest.mark.parametrize("name", ["haiku", "limerick", "quatrain", "triolet"])
def test_a_named_form_is_kept(verse, name):
    check(verse.compose(name, seed=3, pool=POOL), FORMS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FORMS) - {"haiku", "limerick", "quatrain"}))
def test_every_form_is_kept(verse, name):
    for seed in range(2):
        check(verse.compose(name, seed=seed, pool=POOL), FORMS[name])


@pytest.mark.slow
def test_a_model_of_titled_poems_gives_a_form_a_title_of_its_own():
    """That of the text that it writes freely, if that has one, else of another."""
    french = TextGenerator.load("verse-fr")
    poems = french.compose_many("haiku", 3, seed=1, pool=POOL)
    free = french.generate_batch([""] * 3, seed=1)
    for poem, text in zip(poems, free):
        title, gap, _ = text.split("\n", 2)
        assert poem.title and (gap or poem.title == title)
        assert str(poem).startswith(f"{poem.title}\n\n")
        assert [line.syllables for line in poem.lines] == [5, 7, 5]
    again = french.compose("haiku", seed=1, pool=POOL)
    assert str(poems[0]) == str(again)
    own = french.compose(Form(syllables=(5, 7, 5), title="Soir"), seed=1, pool=POOL)
    assert own.title == "Soir"
    bare = french.compose(Form(syllables=(5, 7, 5), title=""), seed=1, pool=POOL)
    assert bare.title == "" and len(str(bare).split("\n")) == 3


def test_a_seed_decides_the_poem(verse):
    poems = [str(verse.compose("haiku", seed=s, pool=POOL)) for s in (1, 1, 2)]
    assert poems[0] == poems[1] != poems[2]
    many = verse.compose_many("haiku", 2, seed=1, pool=POOL)
    assert str(many[0]) == poems[0] != str(many[1])


def test_forms_of_one_metre_do_not_begin_alike(verse):
    poems = [verse.compose(Form(r, **MEASURE), seed=1, pool=4) for r in ("AA", "ABAB")]
    assert poems[0].lines[0].text != poems[1].lines[0].text


def test_a_line_ends_with_a_word_that_ends_lines_of_verse(verse):
    symbols = verse.vocabulary.symbols
    lexicon = Lexicon(dictionary(), symbols)
    usable = np.unique(lexicon.end_word[Rhymer(lexicon).usable])
    ends = set(lexicon.words[usable].tolist())
    assert {"sea", "night", "lea", "gold", "sorrow", "god"} <= ends
    # Scots, an adjective, a name, Latin, a note among the verse.
    assert not {"dee", "hae", "wintry", "sicily", "mundi", "publishers"} & ends
    asked = Lexicon(dictionary(), symbols, ["dee"])
    usable = np.unique(asked.end_word[Rhymer(asked).usable])
    assert set(asked.words[usable].tolist()) == ends | {"dee"}
    poem = verse.compose(Form("AA", **MEASURE, end="dee"), seed=1, pool=POOL)
    assert words_of(poem.lines[0].text)[-1] == "dee"


def test_demands_combine(verse):
    form = Form(
        "AABB",
        **MEASURE,
        acrostic="lamp",
        end="sea",
        include=("lantern", "star"),
        avoid=("the moon", "love"),
        title="A Light",
    )
    poem = verse.compose(form, seed=2, pool=POOL)
    check(poem, form)
    assert [line.text[0].lower() for line in poem.lines] == list("lamp")
    words = [words_of(line.text) for line in poem.lines]
    assert words[0][-1] == "sea"
    assert {"lantern", "star"} <= set(sum(words, []))
    assert "love" not in sum(words, [])
    assert "the moon" not in str(poem).lower()
    assert str(poem).startswith("A Light\n\n")


def test_a_prompt_is_the_first_lines_beginning(verse):
    form = named_form("limerick", title="")
    poem = verse.compose(form, prompt="There was a young", seed=1, pool=POOL)
    assert str(poem).startswith("There was a young")
    check(poem, form, lenient=4)
    first = "The curfew tolls the knell of parting day,"
    poem = verse.compose("couplet", prompt=first + "\nThe lant", seed=1, pool=POOL)
    assert poem.lines[0].text == first
    assert poem.lines[1].text.startswith("The lant")


def test_lines_without_a_measure_rhyme(verse):
    form = Form("AA", alliterate="s", begin="O ", max_line_length=40)
    poem = verse.compose(form, seed=1, pool=POOL)
    check(poem, form)
    assert all(line.text.startswith("O ") for line in poem.lines)
    assert all(len(line.text) <= 40 for line in poem.lines)


def test_lines_of_any_length_hold_all_that_is_asked(verse):
    form = Form("AABB", end="sea", include="lantern", avoid="the moon")
    poem = verse.compose(form, seed=1, pool=POOL)
    check(poem, form)
    words = [words_of(line.text) for line in poem.lines]
    assert words[0][-1] == "sea" and "lantern" in sum(words, [])
    begun = "Shall I compare thee to a summer's day? Thou art"
    poem = verse.compose(Form("AA"), prompt=begun, seed=2, pool=POOL)
    check(poem, Form("AA"))
    assert poem.lines[0].text.startswith(begun)


def test_a_poem_says_how_it_scans(verse):
    poem = verse.compose(named_form("haiku", title=""), seed=1, pool=POOL)
    assert [line.syllables for line in poem.lines] == [5, 7, 5]
    text, marks = poem.with_scansion().split("\n")[:2]
    assert text.startswith(poem.lines[0].text)
    assert marks.replace(" ", "") == poem.lines[0].stresses
    for place, mark in enumerate(marks):
        assert mark == " " or text[place].lower() in "aeiouy"
    record = poem.record()
    assert record["lines"][1]["syllables"] == 7 and record["text"] == str(poem)


@pytest.mark.parametrize(
    "form, says",
    [
        (dict(rhyme="AA", end="orange"), "rhyme with 'orange'.*'rang' instead"),
        (dict(rhyme="AA", end="month"), "rhyme with 'month'.*'young' instead"),
        (dict(rhyme="AA", end="zzyx"), "not known"),
        (dict(rhyme="AA", end="fizzgig"), "rhyme with 'fizzgig'"),
        (dict(rhyme="AA", end=("night", "2:day")), "do not rhyme"),
        (dict(rhyme="AA", end="sea", avoid="sea"), "asked for and avoided"),
        (dict(lines=2, end="the"), "'the'"),
        (dict(lines=2, include="lantern", avoid_letters="N"), "letter 'n'"),
        (dict(lines=2, syllables=5, include="unimaginatively:1"), "7 syllables"),
        (dict(lines=1, include=("sea", "star")), "2 words"),
        (dict(lines=2, include="two words"), "one word"),
        (dict(lines=2, include="se\u00f1or"), "cannot spell"),
        (dict(lines=2, acrostic="1a"), "begin with '1'"),
        (dict(lines=2, alliterate="st"), "one letter"),
        (dict(lines=2, max_line_length=6, **MEASURE), "with more characters"),
        (dict(lines=2, telestich="qv", **MEASURE), "Line 1 cannot end with 'q'"),
        (dict(lines=2, begin="7 days", **MEASURE), "syllables of '7'"),
        (dict(lines=2, acrostic="ab", begin="The", **MEASURE), "begin with 'a'"),
    ],
)
def test_what_cannot_be_met_is_said(verse, form, says):
    with pytest.raises(InputError, match=says):
        verse.compose(Form(**form), seed=1, pool=2)


@pytest.mark.parametrize("option", [{"pool": 0}, {"pool": 1025}, {"temperature": -1.0}])
def test_settings_out_of_range_are_refused(verse, option):
    with pytest.raises(InputError, match=next(iter(option))):
        verse.compose("haiku", **option)


def test_prompts_that_do_not_fit_are_refused(verse):
    for prompt, says in [
        ("Beautifully unmistakable elephants wander", "cannot begin"),
        ("Too short,\nThe", "does not fit"),
        ("a\nb\nc\nd", "more lines"),
    ]:
        with pytest.raises(InputError, match=says):
            verse.compose("couplet", prompt=prompt, seed=1, pool=2)


def test_a_model_of_another_script_is_refused():
    with pytest.raises(InputError, match="English"):
        guesser(1).compose("haiku")


def test_a_model_that_has_no_lines_is_refused(verse):
    info = type(verse.info)(Vocabulary(verse.vocabulary.symbols))
    kept = info.vocabulary.symbols[1:] + ("\u00e9",)
    other = TextGenerator(verse.arrays, type(verse.info)(Vocabulary(kept)))
    assert not np.isin(["\n"], list(kept)).any()
    with pytest.raises(InputError, match="end of a line"):
        other.compose("haiku")
