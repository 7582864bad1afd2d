"""A file is whole or not there, and nothing else is left."""

import errno
import os
import stat

import pytest

from gru_textgen.files import (
    atomic_write,
    folder_written_whole,
    remove_unfinished,
)


def test_the_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    with atomic_write(path) as part:
        part.write_text("new")
        assert part.suffix == ".txt" and not path.exists()
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        with atomic_write(path) as part:
            part.write_text("half")
            raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="this system has no file modes")
def test_the_file_has_the_mode_of_any_new_file(tmp_path):
    (tmp_path / "usual").touch()
    with atomic_write(tmp_path / "ours"):
        pass
    modes = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("usual", "ours")]
    assert modes[0] == modes[1]


def test_a_folder_appears_when_it_is_whole(tmp_path):
    (tmp_path / "usual").mkdir()
    path = tmp_path / "ours"
    path.mkdir()  # an empty one is replaced
    with folder_written_whole(path) as part:
        (part / "inner").mkdir()
        (part / "inner" / "a.txt").write_text("new")
        assert not any(path.iterdir())
    assert (path / "inner" / "a.txt").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ours", "usual"]
    modes = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("usual", "ours")]
    assert os.name == "nt" or modes[0] == modes[1]


@pytest.mark.parametrize("fill", ["before", "meanwhile"])
def test_a_folder_with_something_in_it_is_kept(tmp_path, fill):
    path = tmp_path / "a"
    path.mkdir()
    with pytest.raises(OSError):
        with folder_written_whole(path) as part:
            (part / "new.txt").touch()
            (path / "old.txt").write_text("old")
            if fill == "before":
                raise OSError
    assert [p.name for p in tmp_path.rglob("*")] == ["a", "old.txt"]


def test_what_a_killed_process_left_goes(tmp_path):
    kept = tmp_path / "kept.txt"
    kept.touch()
    killed = atomic_write(tmp_path / "a.txt"), folder_written_whole(tmp_path / "b")
    killed[0].__enter__().write_text("half")
    (killed[1].__enter__() / "half.txt").touch()
    assert len(list(tmp_path.iterdir())) == 3
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [kept]


def test_a_file_is_written_out_by_a_handle_that_may_write(tmp_path, monkeypatch):
    """Windows refuses to write out a file that was opened to read."""
    fcntl = pytest.importorskip("fcntl")
    synced, real = [], os.fsync

    def fsync(handle):
        mode = fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE
        if mode == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        synced.append(handle)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_write(tmp_path / "a.txt") as part:
        part.write_text("new")
    with folder_written_whole(tmp_path / "folder") as part:
        (part / "b.txt").write_text("new")
    assert len(synced) == 2 and (tmp_path / "folder" / "b.txt").read_text() == "new"
