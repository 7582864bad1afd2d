"""Several replicas train as one: real processes, and two devices of a CPU."""

import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.nn.loading import load_model
from tests.helpers.addresses import addresses

pytestmark = pytest.mark.slow
SETTINGS = dict(
    jit_compile=False,
    units=8,
    layers=1,
    seq_length=5,
    batch_size=4,
    epochs=2,
    sample_length=15,
    dropout=0.0,
    weight_dropout=0.2,  # the same weights for all streams, whoever reads them
    state_reset=0.2,
    save_every=0.002,  # minutes: several times an epoch
)
LIMIT = 120  # seconds for a process to end
LOST = 3  # batches after which a worker is lost


def to_file(path):
    """Let the process write there what it prints."""
    file = open(path, "w")
    for stream in (1, 2):
        os.dup2(file.fileno(), stream)
    sys.stdout = sys.stderr = file


def work(index, workers, folder, text, lost):
    """One worker, which begins or resumes a run; with status 2 and a sentence if that
    is refused or ends early."""
    to_file(folder / f"said-{index}.txt")
    from keras.callbacks import Callback

    from gru_textgen.training.cluster import Cluster
    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import resume, train

    class Lose(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if lost and index == 1 and batch == LOST:
                os.kill(os.getpid(), signal.SIGKILL)

    cluster = Cluster(workers, index, LIMIT)
    settings = TrainingSettings(folder / "run", strategy="multi-worker", **SETTINGS)
    try:
        if settings.folder.checkpoint.exists():
            resume(settings.output, strategy="multi-worker", cluster=cluster)
        else:
            train(settings, text, cluster=cluster, callbacks=[Lose()])
    except InputError as error:
        print(error)
        sys.exit(2)


def on_the_command_line(index, workers, folder, files):
    """A worker as a user starts it, with a text and settings of its own."""
    to_file(folder / f"said-{index}.txt")
    from gru_textgen.cli import main

    task = {"type": "worker", "index": index}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": task})
    output = ["--output", str(folder / f"run-{index}")]
    size = ["--preset", "tiny", "--units", str(8 + index)]
    main(["train", files[index], *size, *output, "--strategy", "multi-worker"])


def on_two_devices(folder, text):
    """The same run on one device, and on two that mirror each other."""
    to_file(folder / "said.txt")
    import tensorflow as tf

    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import train

    [cpu] = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    more = {**SETTINGS, "epochs": 1, "weight_dropout": 0.0}
    for strategy in ("mirrored", None):
        train(TrainingSettings(folder / str(strategy), strategy=strategy, **more), text)


@pytest.fixture(scope="module")
def processes():
    """Begins processes in which TensorFlow is imported, and ends what does not end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tensorflow", "keras", "gru_textgen.training.train", "gru_textgen.cli"]
    )
    begun = []

    def begin(target, *arguments):
        """Exit statuses of two workers, or of one process without workers."""
        own = [()]
        if target is not on_two_devices:
            own = [(index, addresses(2)) for index in range(2)]
            own[1] = (1, own[0][1])
        running = [context.Process(target=target, args=(*o, *arguments)) for o in own]
        begun.extend(running)
        for process in running:
            process.start()
        for process in running:
            process.join(LIMIT)
        return [process.exitcode for process in running]

    yield begin
    for process in begun:
        process.kill()


def history(folder):
    return np.loadtxt(folder / "history.csv", delimiter=",", skiprows=1)


def weights(folder):
    model = load_model(folder / "checkpoint.keras")
    return [*model.get_weights(), *map(np.asarray, model.optimizer.variables)]


@pytest.fixture(scope="module")
def whole(processes, tmp_path_factory, text):
    """A run of two workers that nothing broke."""
    folder = tmp_path_factory.mktemp("whole")
    assert processes(work, folder, text, False) == [0, 0]
    return folder


def test_two_workers_train_as_one_with_the_whole_batch(whole, tmp_path, text):
    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import train

    train(TrainingSettings(tmp_path / "run", **SETTINGS), text)
    for a, b in zip(weights(whole / "run"), weights(tmp_path / "run"), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        history(whole / "run"), history(tmp_path / "run"), rtol=1e-4
    )
    names = {path.name for path in (whole / "run").iterdir()}
    assert names == {path.name for path in (tmp_path / "run").iterdir()}
    assert "epoch 2 of 2" in (whole / "said-0.txt").read_text()
    assert "epoch" not in (whole / "said-1.txt").read_text()


def test_a_lost_worker_ends_the_other_and_the_run_resumes(
    whole, processes, tmp_path, text
):
    """`LIMIT` bounds the time; what is resumed comes to the same, to the bit."""
    assert processes(work, tmp_path, text, True) == [2, -signal.SIGKILL]
    said = (tmp_path / "said-0.txt").read_text()
    assert "The connection to worker 1 (127.0.0.1:" in said and "resume" in said
    assert not (tmp_path / "run" / "history.csv").exists()  # lost in the first epoch
    assert processes(work, tmp_path, text, False) == [0, 0]
    for a, b in zip(weights(whole / "run"), weights(tmp_path / "run"), strict=True):
        np.testing.assert_array_equal(a, b)
    for name in ("history.csv", "samples.txt"):
        one, other = (folder / "run" / name for folder in (whole, tmp_path))
        assert one.read_bytes() == other.read_bytes()


def test_a_worker_with_another_text_or_setting_is_refused_by_name(
    processes, tmp_path, text
):
    files = [str(tmp_path / name) for name in ("one.txt", "other.txt")]
    for file, content in zip(files, (text, text[:-40])):
        Path(file).write_text(content)
    assert processes(on_the_command_line, tmp_path, files) == [2, 2]
    for index in range(2):
        first, *_, last = (tmp_path / f"said-{index}.txt").read_text().splitlines()
        assert first.startswith(f"Worker {index} of 2: Training on ")
        assert "Worker 1 has another text and another units than worker 0" in last


def test_two_devices_train_as_one(processes, tmp_path, text):
    assert processes(on_two_devices, tmp_path, text) == [0]
    runs = tmp_path / "mirrored", tmp_path / "None"
    np.testing.assert_allclose(*map(history, runs), rtol=1e-4)
    for a, b in zip(*map(weights, runs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
