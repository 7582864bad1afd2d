"""The weights that come with the package are found, and write."""

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file import shipped
from gru_textgen.model_file.shipped import IN_A_CLONE, find_weights


def test_a_folder_of_that_name_does_not_hide_shipped_weights(tmp_path, monkeypatch):
    (tmp_path / "anthology").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_weights("anthology").is_file()


def test_unknown_weights_name_the_known_ones():
    with pytest.raises(InputError, match="Did you mean 'anthology'"):
        find_weights("antology")


@pytest.mark.parametrize("name", IN_A_CLONE)
def test_weights_that_are_in_a_clone_only_are_not_called_unknown(name, monkeypatch):
    assert find_weights(name).is_file()  # here is a clone
    monkeypatch.setattr(shipped, "shipped_weights", list)
    with pytest.raises(InputError, match=f"{name}.keras in .* a clone"):
        find_weights(name)


def test_the_anthology_writes_poems_of_its_form():
    poems = TextGenerator.load("anthology").generate_batch([""] * 24, seed=1)
    whole = 0
    for poem in poems:
        title, *rest = poem.split("\n")
        assert title and "***" not in poem
        whole += len(rest) > 1 and not rest[0] and bool(rest[1])
    assert whole >= 23, whole  # a title, a blank line, verse
    assert sorted(poem.count("\n") for poem in poems)[12] >= 4


def test_the_default_writes_verse():
    poems = TextGenerator.load().generate_batch([""] * 12, seed=1)
    for poem in poems:  # about 24 lines, or 1,000 characters of longer ones
        assert 18 <= len(poem.splitlines()) <= 30 or 900 <= len(poem) <= 1500
        assert poem.rstrip("\"')")[-1] in ".!?"
    lines = [line for poem in poems for line in poem.splitlines()]
    capitals = sum(line.lstrip("\"'(-")[:1].isupper() for line in lines)
    assert capitals > 0.95 * len(lines)
    assert all(len(line) <= 90 for line in lines)
    assert 25 < np.median([len(line) for line in lines]) < 55
