"""What Windows does otherwise with files, played on Linux: nothing that is open or
mapped is renamed, replaced or removed; no folder replaces another; nothing that is
only open to read is written out; there are no locks of POSIX and no SIGHUP."""

import errno
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gru_textgen import unfinished as unfinished_module
from gru_textgen.cli import main
from gru_textgen.files import atomic_write, folder_written_whole
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.signals import stop_signals
from gru_textgen.training.train import resume, train
from gru_textgen.unfinished import remove_unfinished

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/maps").exists(), reason="what is open is not known here"
)
SMALL = dict(
    units=8,
    layers=1,
    seq_length=16,
    batch_size=8,
    sample_length=8,
    counts=True,
    jit_compile=False,
)


def in_use():
    """The files that this process has open or mapped."""
    found = set()
    for entry in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{entry}"))
        except OSError:
            pass
    with open("/proc/self/maps") as maps:
        found |= {line.split(maxsplit=5)[-1].strip() for line in maps}
    return found


def refuse(path):
    raise PermissionError(errno.EACCES, "The file is in use by a process", str(path))


@pytest.fixture
def windows(monkeypatch):
    """Files as Windows has them."""
    fcntl = pytest.importorskip("fcntl")
    real = {name: getattr(os, name) for name in ("replace", "rename", "unlink")}

    def checked(name):
        def call(*paths, **more):
            places = [os.path.realpath(path) for path in paths]
            used = in_use()
            for place in places:
                if any(file == place or file.startswith(f"{place}/") for file in used):
                    refuse(place)
            if len(places) == 2 and os.path.isdir(places[1]):
                refuse(places[1])
            return real[name](*paths, **more)

        return call

    def fsync(handle, real=os.fsync):
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        real(handle)

    for name in real:
        monkeypatch.setattr(os, name, checked(name))
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(unfinished_module, "fcntl", None)
    monkeypatch.delattr(signal, "SIGHUP")


def test_the_play_refuses_what_windows_refuses(tmp_path, windows):
    (tmp_path / "a.txt").touch()
    (tmp_path / "folder").mkdir()
    with open(tmp_path / "a.txt"):
        for call in (lambda path: path.rename(tmp_path / "b.txt"), Path.unlink):
            with pytest.raises(PermissionError):
                call(tmp_path / "a.txt")
    with pytest.raises(PermissionError):
        os.replace(tmp_path / "a.txt", tmp_path / "folder")


@pytest.mark.slow
def test_a_run_and_what_is_made_of_its_model(tmp_path, windows, text, trained):
    """Train, train over it, resume, write, pack and export: no error, and no file that
    was being written is left."""
    settings = TrainingSettings(str(tmp_path / "run"), epochs=1, **SMALL)
    train(settings, text)
    train(settings, text, overwrite=True)
    assert resume(settings.output, epochs=2).epochs == 2
    model = tmp_path / "model.keras"
    shutil.copyfile(trained.path, model)
    for words in (
        ["generate", "--model", model, "--output", tmp_path / "a.txt"],
        ["pack", model, "--output", model],
        ["export", model, "--to", "html", "--output", tmp_path / "a.html"],
    ):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == 0, (words, result.output)
    assert not list(tmp_path.rglob(".*.unfinished-*"))


def test_a_folder_is_written_whole(tmp_path, windows):
    (tmp_path / "a").mkdir()
    with folder_written_whole(tmp_path / "a") as part:
        (part / "new.txt").write_text("new")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "new.txt"]


def test_without_locks_only_what_is_a_day_old_is_taken_for_a_remnant(tmp_path, windows):
    new, old = (tmp_path / f".a.unfinished-{mark * 8}.txt" for mark in "no")
    for path, age in ((new, 0), (old, 2 * 24 * 3600)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [new]
    with atomic_write(tmp_path / "b.txt"), atomic_write(tmp_path / "c.txt"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {new.name, "b.txt", "c.txt"}


def test_a_terminal_that_closes_asks_for_a_stop(windows, monkeypatch):
    """Windows calls that signal SIGBREAK."""
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    before = signal.getsignal(signal.SIGUSR1)
    with stop_signals() as request:
        signal.raise_signal(signal.SIGUSR1)
        assert request.signal == signal.SIGUSR1
    assert signal.getsignal(signal.SIGUSR1) == before
