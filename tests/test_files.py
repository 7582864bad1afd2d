"""A file is whole or not there, and nothing else is left."""

import errno
import os
import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.files import (
    atomic_write,
    check_output,
    check_room,
    folder_written_whole,
    text_output,
)
from gru_textgen.unfinished import remove_unfinished, unfinished

posix = pytest.mark.skipif(os.name == "nt", reason="this system has no such files")
KILLED = """
import os, signal, sys
from pathlib import Path
from gru_textgen.unfinished import unfinished
place = Path(sys.argv[1])
writing = unfinished(place / "a.txt"), unfinished(place / "b", folder=True)
parts = [each.__enter__() for each in writing]
os.kill(os.getpid(), signal.SIGKILL)
"""


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


@posix
def test_what_a_killed_process_left_goes_when_something_is_written_there(tmp_path):
    """What another process is writing, and what only looks alike, stays."""
    (tmp_path / ".mine.unfinished-notes.txt").touch()
    kept = {".mine.unfinished-notes.txt", "new.txt"}
    subprocess.run([sys.executable, "-c", KILLED, tmp_path])
    assert len(list(tmp_path.iterdir())) == 3
    with unfinished(tmp_path / "held.txt") as held:
        kept.add(held.name)
        with atomic_write(tmp_path / "new.txt"):
            pass
        assert {path.name for path in tmp_path.iterdir()} == kept
        remove_unfinished(tmp_path)
        assert held.exists()
    assert not held.exists()


@posix
def test_a_link_is_followed(tmp_path):
    for name in ("target", "missing"):
        (tmp_path / f"{name} link").symlink_to(tmp_path / name)
    (tmp_path / "target").write_text("old")
    for name in ("target", "missing"):
        with atomic_write(tmp_path / f"{name} link") as part:
            part.write_text("new")
        assert (tmp_path / f"{name} link").is_symlink()
        assert (tmp_path / name).read_text() == "new"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_an_existing_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "a.txt"
    path.touch()
    path.chmod(mode)
    with atomic_write(path) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600  # until it is whole
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="needs root")
def test_an_existing_file_keeps_its_owner(tmp_path):
    path = tmp_path / "a.txt"
    path.touch()
    os.chown(path, 1234, 2345)
    with atomic_write(path) as part:
        part.write_text("new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, path.read_text()) == (1234, 2345, "new")


@posix
@pytest.mark.parametrize("write", [atomic_write, text_output])
def test_a_pipe_is_written_into(tmp_path, write):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    with write(pipe) as output:
        output.write_text("new") if write is atomic_write else output.write("new")
    reader.join()
    assert got == ["new"] and stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


@posix
def test_an_open_file_is_written_on_from_where_it_is(tmp_path):
    """As the shell's >> opens it."""
    path = tmp_path / "log"
    path.write_text("old\n")
    code = (
        "from gru_textgen.files import atomic_write, text_output\n"
        "print('first')\n"
        "with atomic_write('/dev/stdout') as part: part.write_text('second\\n')\n"
        "with text_output('/dev/stdout') as file: file.write('third\\n')\n"
        "with atomic_write('-') as part: part.write_text('fourth\\n')\n"
    )
    with open(path, "a") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True)
    assert path.read_text() == "old\nfirst\nsecond\nthird\nfourth\n"


def test_standard_output_is_a_hyphen(capsysbinary):
    with text_output("-") as file:
        file.write("text, ")
    with atomic_write("-") as part:
        part.write_bytes(b"bytes")
    assert capsysbinary.readouterr().out == b"text, bytes"


@given(name=st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=255))
def test_a_file_of_any_name_is_written(tmp_path_factory, name):
    name = os.fsdecode(name.encode("utf-8", "surrogatepass")[:255])
    assume(name not in (".", ".."))
    path = tmp_path_factory.mktemp("names") / name
    try:
        path.touch()
    except (OSError, ValueError):
        assume(False)  # this system has no such name
    with atomic_write(path) as part:
        part.write_text("new")
    assert path.read_text() == "new" and len(list(path.parent.iterdir())) == 1


@pytest.mark.parametrize(
    "name", ["folder", "missing/a.txt", "file/a.txt", "loop", "x" * 256, "a\0b"]
)
def test_what_cannot_be_written_is_a_sentence_before_the_work(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    if os.name != "nt":
        (tmp_path / "loop").symlink_to("loop")
    path = tmp_path / name
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"cannot be written: .+\. Give another file"):
        check_output(None, path)
    with pytest.raises((OSError, ValueError)) as caught:
        with atomic_write(path):
            raise AssertionError("the work has begun")
    assert getattr(caught.value, "filename", str(path)) == str(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_disk_that_is_too_small_is_a_sentence_with_what_is_missing(tmp_path):
    check_room(tmp_path / "a.txt", 1000)
    with pytest.raises(InputError, match=r"make room for [\d,.]+ MB more"):
        check_room(tmp_path / "a.txt", 10**18)


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
