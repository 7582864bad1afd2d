"""Train on a disk that is spoilt in the second epoch, mend it, and go on.

full_disk.py DISK full|read-only
"""

import subprocess
import sys
import warnings
from pathlib import Path

import keras

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import read_info
from gru_textgen.training.checkpoint import read_checkpoint
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import resume, train

disk, what = Path(sys.argv[1]), sys.argv[2]
text = "The cat sat on the mat,\nand that was that.\n" * 60
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


parts = TrainingSettings(disk / "parts", **small)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        train(parts, text, callbacks=[Spoils()])
    except InputError as error:
        print(error)
    else:
        sys.exit("it did not say that it could not save")
said = {str(w.message) for w in caught if "cannot be written" in str(w.message)}
print(*said, sep="\n")
assert any("checkpoint.keras" in line for line in said)
if what == "full":  # nothing more can be begun, and nothing is left of trying
    try:
        train(TrainingSettings(disk / "more", **small), text * 99)
    except (InputError, OSError) as error:
        print(error)
    assert not (disk / "more").exists() or not any((disk / "more").glob("[!.]*"))
for path in (parts.folder.model, parts.folder.checkpoint):
    assert read_info(path).figures["epoch"] == 1
mend()
resume(parts.output, text)
for name in ("history.csv", "samples.txt"):
    a, b = ((disk / run / name).read_bytes() for run in ("whole", "parts"))
    assert a == b, name
one, other = (read_checkpoint(run) for run in (whole, parts))
assert all((a == b).all() for a, b in zip(one.state, other.state, strict=True))
