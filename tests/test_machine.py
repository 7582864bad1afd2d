"""What the process may use of the machine, and what is refused for want of it."""

import os
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from gru_textgen import InputError, TrainingSettings, machine, train
from gru_textgen.machine import (
    available_memory,
    check_memory,
    multiplies_bfloat16,
    one_thread_a_product,
    usable_cores,
)
from gru_textgen.training.memory import check_size, weights_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="of Linux's own files")


@linux
def test_no_more_cores_are_used_than_the_process_may_use():
    program = (
        "import os; from gru_textgen.machine import usable_cores;"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); print(usable_cores())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert run.stdout.strip() == b"1"
    assert 1 <= usable_cores() <= os.cpu_count()


@pytest.mark.parametrize(
    "flags, expected",
    [("fpu amx_bf16 amx_tile", True), ("fpu avx512_bf16", False), (None, False)],
)
def test_units_for_bfloat16_are_found(monkeypatch, tmp_path, flags, expected):
    if flags:
        cores = f"processor : 0\nflags\t\t: {flags}\nbugs : amx_bf16\n"
        (tmp_path / "cpuinfo").write_text(cores)
    monkeypatch.setattr(machine, "Path", lambda path: tmp_path / "cpuinfo")
    assert multiplies_bfloat16.__wrapped__() is expected


@linux
def test_memory_is_what_the_system_and_the_limit_of_the_process_leave():
    assert (
        0
        < available_memory()
        <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    )
    program = (
        "import resource; from gru_textgen.machine import available_memory;"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29));"
        "print(0 < available_memory() < 1 << 29)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert run.stdout.strip() == b"True"


@linux
def test_what_needs_more_memory_than_there_is_is_refused_with_the_way_out():
    check_memory("This", 1000, "try less")
    with pytest.raises(
        InputError, match=r"^This needs about [\d,.]+ GB .* try less\.$"
    ):
        check_memory("This", 2 * available_memory(), "try less")


@pytest.mark.parametrize("units, layers, symbols", [(3, 1, 5), (4, 3, 7)])
def test_the_number_of_weights_is_that_of_the_model(units, layers, symbols):
    from gru_textgen import Vocabulary
    from gru_textgen.model_file.reader import ModelInfo
    from gru_textgen.nn.model import build_model

    info = ModelInfo(Vocabulary("abcdefghij"[: symbols - 1]))
    settings = TrainingSettings("none", units=units, layers=layers)
    model = build_model(info, units, layers)
    assert weights_of(settings, symbols) == model.count_params()


def test_a_model_that_no_file_could_hold_is_refused_before_it_is_built(tmp_path):
    settings = TrainingSettings(tmp_path / "run", units=30_000)
    with pytest.raises(
        InputError, match=r"8,100,[\d,]+ weights, and a file holds at most"
    ):
        train(settings, "The sea.\n" * 900, force=True)
    assert not list(tmp_path.iterdir())


@linux
def test_a_run_that_is_too_large_for_the_memory_is_refused_unless_it_is_forced():
    most = {"batch_size": 100_000, "seq_length": 100_000}
    settings = TrainingSettings("none", **most)
    with pytest.raises(InputError, match="GB of memory.* `force=True` trains anyway"):
        check_size(settings, 100, 10**12, force=False)
    check_size(settings, 100, 10**12, force=True)


def test_products_have_one_thread_within_and_as_many_as_before_after():
    def threads():
        return [x["num_threads"] for x in threadpool_info() if x["user_api"] == "blas"]

    with threadpool_limits(2, user_api="blas"):
        with one_thread_a_product():
            within = threads()
        after = threads()
    assert within and set(within) == {1} and set(after) == {2}
