"""The command line of forms."""

import json

import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.verse.forms import FORMS
from gru_textgen.verse.metre import words_of

FAST = ["--pool", "4", "--seed", "1"]


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_forms_are_listed():
    found = run("forms")
    assert found.exit_code == 0
    assert all(f"\n{name} " in "\n" + found.output for name in FORMS)
    listed = json.loads(run("forms", "--json").output)
    assert listed["haiku"]["syllables"] == [5, 7, 5]


def test_a_form_is_written():
    found = run("generate", "--form", "haiku", "--title", "", *FAST)
    assert found.exit_code == 0 and len(found.output.splitlines()) == 3
    found = run("generate", "--form", "haiku", "--title", "Snow", *FAST)
    assert found.output.startswith("Snow\n\n") and len(found.output.splitlines()) == 5
    options = ("--rhyme", "aa", "--metre", "iambic", "--syllables", "6", *FAST)
    found = run(
        "generate", *options, "--title", "", "--acrostic", "So", "--show-scansion"
    )
    lines = found.output.splitlines()
    assert [line[0].lower() for line in lines[::2]] == ["s", "o"]
    assert [line[-1] for line in lines[::2]] == ["A", "A"]
    assert set(lines[1]) == {" ", "x", "/"}


def test_a_file_gives_the_words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("o luna e mare di notte, sola e bella; onde e luce di stella\n")
    found = run("generate", "--form", "haiku", "--words", path, "--title", "", *FAST)
    assert found.exit_code == 0, found.output
    assert set(words_of(found.output)) <= set(words_of(path.read_text()))
    found = run("generate", "--rhyme", "aa", "--words", path, *FAST)
    assert found.exit_code == 2 and "rhyme '--' and metre 'none'" in found.output


def test_several_poems_as_json():
    found = run("generate", "--form", "haiku", "--count", "2", "--json", *FAST)
    poems = json.loads(found.output)
    assert len(poems) == 2 and poems[0]["text"] != poems[1]["text"]
    assert [line["syllables"] for line in poems[0]["lines"]] == [5, 7, 5]
    assert poems[0]["seed"] == 1


def test_a_form_is_measured():
    found = run("evaluate", "verse", "--form", "haiku", "--samples", "1", "--json")
    figures = json.loads(found.output)
    assert figures["poems"] == 1 and figures["in_metre"] == 1
    assert figures["rhymed"] is None
    table = run("evaluate", "verse", "--form", "haiku", "--samples", "1").output
    assert "3 lines and 0 pairs" in table and "100.0%" in table
    assert "not measured" in table  # a haiku has no rhymes


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["generate", "--form", "sonet"], "Did you mean 'sonnet'"),
        (
            ["generate", "--form", "haiku", "--length", "9"],
            "--length cannot be combined",
        ),
        (["generate", "--show-scansion"], "--show-scansion is an option of a form"),
        (["generate", "--words", "a.txt"], "--words is an option of a form"),
        (["generate", "--form", "haiku", "--words", "no.txt"], "no file no.txt"),
        (["generate", "--syllables", "ten"], "--syllables takes numbers"),
        (["generate", "--rhyme", "AB?B"], "no '?'"),
        (["generate", "--rhyme", "AA", "--end", "orange"], "rhyme with 'orange'"),
        (["evaluate", "verse", "a.txt", "--form", "haiku"], "no text"),
    ],
)
def test_mistakes_are_sentences(arguments, says):
    found = run(*arguments)
    assert found.exit_code == 2
    assert says in found.output and len(found.output.strip().splitlines()) == 1


def test_a_title_alone_stands_above_a_free_text(trained):
    options = ["--model", str(trained.path), "--seed", "1", "--lines", "4"]
    titled = run("generate", "--title", "The cat", *options)
    assert titled.exit_code == 0
    assert titled.stdout.startswith("The cat\n\n")
    prompted = run("generate", "--prompt", r"The cat\n\n", *options)
    assert titled.stdout == prompted.stdout
    both = run("generate", "--title", "The cat", "--prompt", "The rat", *options)
    assert both.stdout.startswith("The cat\n\nThe rat")
