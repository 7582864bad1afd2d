import pytest

from gru_textgen.errors import as_options, suggest

NAMES = ["anthology", "sonnets", "names"]


@pytest.mark.parametrize(
    "typed, meant",
    [("sonets", "sonnets"), ("name", "names"), ("antology", "anthology")],
)
def test_suggest_names_the_closest_and_all_known(typed, meant):
    sentence = suggest(typed, iter(NAMES))
    assert f"Did you mean {meant!r}?" in sentence
    assert "anthology, sonnets, names" in sentence


def test_suggest_makes_no_guess_where_nothing_is_close():
    sentence = suggest("xyzzy", NAMES)
    assert "Did you mean" not in sentence
    assert "anthology, sonnets, names" in sentence


@pytest.mark.parametrize(
    "sentence, expected",
    [
        ("replace it (`overwrite=True`)", "replace it (--overwrite)"),
        ("leave out `one_hot=False`", "leave out --no-one-hot"),
        ("give `epochs=12`.", "give --epochs 12."),
        ("go on (`resume('runs/a')`)", "go on (--resume runs/a)"),
        ("go on (`resume('my runs')`)", "go on (--resume 'my runs')"),
        ("`separator=''` does", "--separator '' does"),
        ("try `encoding='cp1251'`.", "try --encoding cp1251."),
        ("a smaller `seq_length`", "a smaller --seq-length"),
        ("no ` such `thing", "no ` such `thing"),
    ],
)
def test_the_command_line_speaks_of_options(sentence, expected):
    assert as_options(sentence) == expected
