"""Forms: their lines, and what they refuse."""

import pytest

from gru_textgen.errors import InputError
from gru_textgen.verse.forms import FORMS, Form, named_form
from gru_textgen.verse.scheme import parse_scheme


# As handbooks of verse count them.
@pytest.mark.parametrize(
    "name, lines, stanzas, rhymes, refrains",
    [
        ("sonnet", 14, 4, 7, 0),
        ("sonnet-petrarchan", 14, 2, 5, 0),
        ("sonnet-spenserian", 14, 4, 5, 0),
        ("limerick", 5, 1, 2, 0),
        ("villanelle", 19, 6, 2, 6),
        ("triolet", 8, 1, 2, 3),
        ("rondel", 13, 3, 2, 3),
        ("terza-rima", 11, 4, 4, 0),
        ("haiku", 3, 1, 0, 0),
    ],
)
def test_a_form_has_the_lines_of_its_name(name, lines, stanzas, rhymes, refrains):
    plan = FORMS[name].plan()
    assert len(plan) == lines
    assert plan[-1].stanza + 1 == stanzas
    assert len({line.rhyme for line in plan} - {""}) == rhymes
    assert sum(line.repeats != line.index for line in plan) == refrains


def test_haiku_is_five_seven_five():
    measures = [line.measure.alternatives for line in FORMS["haiku"].plan()]
    assert [len(m[0]) for m in measures] == [5, 7, 5]


def test_options_override_a_named_form():
    form = named_form("quatrain", rhyme="abba", acrostic="lamp")
    assert [line.rhyme for line in form.plan()] == list("ABBA")
    assert [line.first_letter for line in form.plan()] == list("lamp")
    assert form.plan()[0].measure == FORMS["quatrain"].plan()[0].measure


def test_a_scheme_may_have_stanzas_free_lines_and_refrains():
    lines = parse_scheme("A1-a / b1B1")
    assert [line.rhyme for line in lines] == ["A", "", "A", "B", "B"]
    assert [line.stanza for line in lines] == [0, 0, 0, 1, 1]
    assert [line.refrain for line in lines] == ["A1", "", "", "B1", "B1"]


@pytest.mark.parametrize(
    "attributes, says",
    [
        ({"rhyme": "AB?B"}, "'?'"),
        ({"rhyme": "AABB", "lines": 5}, "4 letters"),
        ({"rhyme": "AA", "acrostic": "ABC"}, "3 letters"),
        ({"lines": 0}, "1 to 200"),
        ({}, "scheme"),
        ({"syllables": (5, 0)}, "1 to 20"),
        ({"lines": 2, "end": "9:sea"}, "names no line"),
        ({"lines": 2, "end": ("sea", "1:day")}, "two words"),
        ({"lines": 2, "end": "deep sea"}, "one word"),
        ({"lines": 2, "end": ""}, "one word"),
        ({"lines": 2, "avoid": " "}, "avoid takes words"),
        ({"lines": 2, "max_line_length": 0}, "1 or more"),
    ],
)
def test_what_makes_no_form_is_refused(attributes, says):
    with pytest.raises(InputError, match=says.replace("?", r"\?")):
        Form(**attributes)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'sonnet'"):
        named_form("sonet")
