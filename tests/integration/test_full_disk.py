"""A disk that is full, or becomes read-only, in the middle of a run: a real one, small.

It is a tmpfs in a mount namespace of the test's own, which Linux lets any user make.
"""

import shutil
import subprocess
import sys

import pytest

RUN = """
import os, subprocess, sys, warnings
from pathlib import Path
import keras
from gru_textgen.model_file.reader import read_info
from gru_textgen.training.checkpoint import read_checkpoint
from gru_textgen.errors import InputError
from gru_textgen.training.run import Run
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import resume, train

disk, what = Path(sys.argv[1]), sys.argv[2]
text = "The cat sat on the mat,\\nand that was that.\\n" * 60
small = dict(units=8, seq_length=16, batch_size=4, sample_length=20, epochs=3)
small["jit_compile"] = False
whole = TrainingSettings(disk / "whole", **small)
train(whole, text)
filler = disk / "filler"

def fill():
    with open(filler, "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 1024):
                pass
        except OSError as error:
            assert error.errno == 28

def mount(options, command="mount"):
    subprocess.run([command, *(options or []), disk], check=True)

def read_only():  # (a mount of its own: the first has files open to write)
    mount(["--bind", disk])
    mount(["-o", "remount,bind,ro"])

spoil, mend = {
    "full": (fill, lambda: filler.unlink()),
    "read-only": (read_only, lambda: mount(None, "umount")),
}[what]

class Spoils(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            spoil()

real = Run._callbacks
Run._callbacks = lambda run, request: [Spoils(), *real(run, request)]
parts = TrainingSettings(disk / "parts", **small)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        train(parts, text)
    except InputError as error:
        print(error)
    else:
        sys.exit("it did not say that it could not save")
said = {str(w.message) for w in caught if "cannot be written" in str(w.message)}
print(*said, sep="\\n")
assert any("checkpoint.keras" in line for line in said)
if what == "full":  # nothing more can be begun, and nothing is left of trying
    try:
        train(TrainingSettings(disk / "more", **small), text * 99)
    except (InputError, OSError) as error:
        print(error)
    assert not (disk / "more").exists() or not any((disk / "more").glob("[!.]*"))
Run._callbacks = real
for path in (parts.folder.model, parts.folder.checkpoint):
    assert read_info(path).figures["epoch"] == 1
mend()
resume(parts.output, text)
for name in ("history.csv", "samples.txt"):
    a, b = ((disk / run / name).read_bytes() for run in ("whole", "parts"))
    assert a == b, name
one, other = (read_checkpoint(run) for run in (whole, parts))
assert all((a == b).all() for a, b in zip(one.state, other.state, strict=True))
"""


@pytest.fixture(scope="module")
def namespace():
    """The command that makes a namespace; skips where there is none to be had."""
    command = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare command to mount a small disk by")
    trial = "mount -t tmpfs -o size=1m tmpfs /tmp"
    if subprocess.run([*command, "sh", "-c", trial], capture_output=True).returncode:
        pytest.skip("this system lets no user mount a small disk")
    return command


@pytest.mark.slow
@pytest.mark.parametrize("what", ["full", "read-only"])
def test_a_run_says_it_goes_on_and_loses_nothing(namespace, tmp_path, what):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f'mount -t tmpfs -o size=1m tmpfs "{disk}" && exec "$@"'
    result = subprocess.run(
        [*namespace, "sh", "-c", mounted, "sh", sys.executable, "-c", RUN, disk, what],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    reason = {"full": "No space left", "read-only": "Read-only file system"}[what]
    assert reason in result.stdout
