"""A file is whole or not there, and nothing else is left."""

import os
import stat

import pytest

from gru_textgen.files import written_whole


def test_the_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    with written_whole(path) as part:
        part.write_text("new")
        assert part.suffix == ".txt" and not path.exists()
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        with written_whole(path) as part:
            part.write_text("half")
            raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="this system has no file modes")
def test_the_file_has_the_mode_of_any_new_file(tmp_path):
    (tmp_path / "usual").touch()
    with written_whole(tmp_path / "ours"):
        pass
    modes = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("usual", "ours")]
    assert modes[0] == modes[1]
