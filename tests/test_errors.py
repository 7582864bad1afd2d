import pytest

from gru_textgen.errors import suggest

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
