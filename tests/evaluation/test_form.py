"""Judging verse: real lines, spoilt ones, and a source that the search has not used."""

import pytest

from gru_textgen.errors import InputError
from gru_textgen.evaluation import second_source
from gru_textgen.evaluation.form import evaluate_form, judge_lines
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.verse.forms import Form, named_form
from gru_textgen.verse.languages import LANGUAGES
from gru_textgen.verse.metre import template
from tests.inference.test_language import SPANISH, model

# Thomas Gray, "Elegy Written in a Country Churchyard", 1751.
GRAY = [
    "The curfew tolls the knell of parting day,",
    "The lowing herd winds slowly o'er the lea,",
    "The ploughman homeward plods his weary way,",
    "And leaves the world to darkness and to me.",
]
needs_espeak = pytest.mark.skipif(
    not second_source.installed(), reason="espeak-ng is not installed"
)


def test_a_quatrain_of_gray_is_one():
    found = judge_lines(named_form("quatrain"), [GRAY])
    assert (found["poems"], found["lines"], found["pairs"]) == (1, 4, 2)
    assert found["rhymed"] == 1
    # "darkness and to me" has "and" on a beat, which ours never write.
    assert found["in_metre"] == 0.75


def test_lines_in_another_order_rhyme_no_more():
    found = judge_lines(named_form("quatrain"), [[GRAY[i] for i in (0, 2, 1, 3)]])
    assert found["rhymed"] == 0


@needs_espeak
def test_the_second_source_hears_the_same():
    found = judge_lines(named_form("quatrain"), [GRAY])
    assert found["rhymed_second"] == 1
    said = second_source.say(
        ["lantern", "alone", "love", "move", "stone", "sea", "see"]
    )
    assert said["lantern"].stresses == "10" and said["alone"].stresses == "01"
    assert second_source.rhyme(said["alone"], said["stone"])
    assert not second_source.rhyme(said["love"], said["move"])
    assert not second_source.rhyme(said["sea"], said["see"])
    measure = template("iambic", 4)
    assert second_source.scans("alone, alone", measure, said)
    assert not second_source.scans("lantern lantern", measure, said)


def test_poems_are_measured():
    verse = TextGenerator.load("verse")
    form = Form("AA", syllables=6, metre="iambic")
    found = evaluate_form(verse, form, 2, seed=1, pool=4)
    assert (found.poems, found.lines, found.pairs) == (2, 4, 2)
    assert found.in_metre == found.rhymed == 1
    assert 0.5 < found.free_nats < 1.5 and 0.5 < found.nats < 2.5
    assert found.steps > 4 * 4 * 10
    with pytest.raises(InputError, match="samples"):
        evaluate_form(verse, form, 0)


def test_syllables_are_measured_of_another_language(monkeypatch):
    # An English voice must not judge Spanish, be it installed or not.
    monkeypatch.setattr(second_source, "installed", lambda: True)
    found = evaluate_form(
        model(SPANISH), named_form("haiku"), 2, seed=1, pool=4, words=SPANISH
    )
    assert (found.poems, found.lines, found.pairs) == (2, 6, 0)
    assert found.in_metre == 1 and not found.pronounced
    assert found.in_metre_second is found.rhymed is found.rhymed_second is None
    assert found.nats > 0 and found.steps > 0


def test_a_line_of_another_language_may_have_a_syllable_too_many():
    spanish = next(language for language in LANGUAGES if language.name == "Spanish")
    poem = ["la luz de la luna", "en los ojos que se van", "por la ciudad azul"]
    found = judge_lines(named_form("haiku"), [poem], spanish.patterns)
    # 6, 7 and 6 syllables: only the second line has its number.
    assert found["in_metre"] == pytest.approx(1 / 3)
    assert found["in_metre_second"] is None


def test_rhyme_is_refused_of_another_language():
    with pytest.raises(InputError, match="metre 'none'"):
        evaluate_form(model(SPANISH), named_form("sonnet"), 1, words=SPANISH)
