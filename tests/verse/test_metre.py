"""Metre: lines whose scansion every handbook gives."""

import pytest

from gru_textgen.errors import InputError
from gru_textgen.verse.metre import scan, template, words_of


@pytest.mark.parametrize(
    "metre, syllables, line",
    [
        ("iambic", 10, "The curfew tolls the knell of parting day,"),
        ("iambic", 10, "The lowing herd winds slowly o'er the lea,"),
        ("iambic", 10, "Season of mists and mellow fruitfulness"),
        ("iambic", 8, "Had we but world enough, and time"),
        ("trochaic", 8, "Tell me not, in mournful numbers,"),
        ("trochaic", 7, "Tiger, tiger, burning bright"),
        ("anapaestic", 12, "And the sheen of their spears was like stars on the sea"),
        ("dactylic", 6, "Cannon to right of them"),
        ("none", 5, "An old silent pond"),
    ],
)
def test_a_line_scans(metre, syllables, line):
    found = scan(line, template(metre, syllables), lenient=20)
    assert found is not None and found.syllables == syllables
    assert found.words == tuple(words_of(line))


@pytest.mark.parametrize(
    "line",
    [
        "The curfew tolls the knell of day",  # too short
        "The beautiful knell of curfew tolls day",  # main stress off the beat
        "The knell and the of parting curfew day",  # an article on a beat
    ],
)
def test_a_line_does_not_scan(line):
    assert scan(line, template("iambic", 10)) is None


def test_marks_are_those_of_the_measure():
    found = scan("The curfew tolls the knell of parting day", template("iambic", 10))
    assert found.marks == ("x", "/x", "/", "x", "/", "x", "/x", "/")


def test_a_feminine_ending_is_allowed_only_if_asked_for():
    line = "The curfew tolls the knell of parting evening"
    assert scan(line, template("iambic", 10)) is None
    assert scan(line, template("iambic", 10, feminine=True)).syllables == 11


@pytest.mark.parametrize(
    "metre, syllables, name",
    [("spondaic", 4, "metre"), ("iambic", None, "syllables"), ("none", 21, "20")],
)
def test_a_measure_that_is_none_is_refused(metre, syllables, name):
    with pytest.raises(InputError, match=name):
        template(metre, syllables)
