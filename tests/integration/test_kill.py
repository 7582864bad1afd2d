"""A run that is killed goes on as if it had not been: real processes, real kills."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from gru_textgen.nn.loading import load_model
from gru_textgen.training.settings import TrainingSettings

KILLS = int(os.environ.get("GRU_TEXTGEN_KILLS", "5"))  # each is a life of some seconds
SETTINGS = dict(
    jit_compile=False,  # a life is to be more than compiling
    units=12,
    layers=1,
    seq_length=12,
    batch_size=4,
    epochs=5,
    sample_length=15,
    dropout=0.3,
    weight_dropout=0.2,
    state_reset=0.2,
    calibration_split=0.1,
    save_every=0.001,  # minutes: several times an epoch
    patience=9,
)


def begin_or_resume(output: str, text: str, life: float) -> None:
    """What a user types after each kill.

    The system kills the process when it has worked for `life` seconds, on a busy
    machine too: as after kill -9, nothing of it runs any more.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, life)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    from gru_textgen.errors import InputError
    from gru_textgen.training.train import resume, train

    settings = TrainingSettings(output, **SETTINGS)
    if settings.folder.checkpoint.exists() or settings.folder.previous.exists():
        try:
            resume(output, text)
        except InputError as error:  # it was killed between its last save and its end
            assert "has finished its 5 epochs" in str(error)
    else:
        train(settings, text, overwrite=True)
    Path(output, "life").write_text(str(time.process_time()))


def files(folder: Path) -> dict[str, bytes]:
    names = ("history.csv", "samples.txt")
    return {name: (folder / name).read_bytes() for name in names}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
@pytest.mark.timeout(900)  # some seven runs, one after the other
def test_a_run_killed_at_any_moment_ends_as_the_one_that_was_not(tmp_path, text):
    text = text[:4000]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tensorflow", "keras", "gru_textgen.training.train"]
    )

    def live(name, life):
        """Whether it came to its end before that of its life."""
        process = context.Process(
            target=begin_or_resume, args=(str(tmp_path / name), text, life)
        )
        process.start()
        process.join()
        assert process.exitcode in (0, -signal.SIGPROF)
        return process.exitcode == 0

    assert live("whole", 0)  # no end is set
    whole_life = float((tmp_path / "whole" / "life").read_text())
    rng, kills, rounds = random.Random(0), 0, 0
    while kills < KILLS:
        rounds += 1
        name = f"killed{rounds}"
        # Much of a life is the start; later kills fall into epochs and savings.
        before = kills
        while not live(name, whole_life * rng.uniform(0.3, 1)):
            kills += 1
        if kills == before:  # on a busy machine, the first may have worked for longer
            whole_life = float((tmp_path / name / "life").read_text())
        assert files(tmp_path / name) == files(tmp_path / "whole")
        for kind in ("checkpoint", "{}"):
            one, other = (
                load_model(tmp_path / n / f"{kind.format(n)}.keras")
                for n in ("whole", name)
            )
            for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(a, b)
            pairs = zip(one.optimizer.variables, other.optimizer.variables, strict=True)
            for a, b in pairs:
                np.testing.assert_array_equal(a, b)
