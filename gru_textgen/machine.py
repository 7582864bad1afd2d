"""What the process may use of the machine: cores, and memory."""

import functools
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gru_textgen.errors import InputError

_CGROUPS = Path("/sys/fs/cgroup")
_KEPT = 0.9  # of the available memory; the rest is for what is not counted


def usable_cores() -> int:
    """How many cores the process may use: those that the system allows it, and no more
    than a container's share of processor time."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min([cores, *_cores_of_container()]))


@functools.cache
def multiplies_bfloat16() -> bool:
    """Whether the processor has units that multiply matrices in bfloat16 (AMX), by what
    Linux tells of it."""
    with suppress(OSError):
        flags = re.search("^flags.*", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        return flags is not None and "amx_bf16" in flags[0].split()
    return False


@contextmanager
def one_thread_a_product() -> Iterator[None]:
    """Within it, NumPy multiplies matrices with one thread.

    For work whose rows the cores share already, or whose products are small: the
    threads of one product wait for the last of them, which takes long where the cores
    are busy.
    """
    from threadpoolctl import threadpool_limits  # (30 ms that writing does not need)

    with threadpool_limits(1, user_api="blas"):
        yield


def available_memory() -> int | None:
    """Bytes of memory that the process may still take: what the system has available,
    and no more than the limits of a container and of the process. None if the system
    does not tell."""
    return min([*_of_system(), *_of_container(), *_of_process()], default=None)


def check_memory(what: str, needed: int, way_out: str) -> None:
    """Refuse, before the work begins, what needs more memory than there is.

    Args:
        what: The subject of the sentence, such as "This run".
        needed: Estimated bytes.
        way_out: What the user can do, as the end of a sentence.

    Raises:
        InputError: If `needed` is more than the process may take.
    """
    available = available_memory()
    if available is not None and needed > _KEPT * available:
        raise InputError(
            f"{what} needs about {_gigabytes(needed)} of memory, and "
            f"{_gigabytes(available)} are available: {way_out}."
        )


def check_addresses(what: str, needed: int) -> None:
    """Refuse what the limit of the process, `ulimit -v`, has no room for.

    Args:
        what: The subject of the sentence.
        needed: Bytes of addresses.

    Raises:
        InputError: If the limit leaves fewer.
    """
    left = min(_of_process(), default=needed)
    if left < needed:
        raise InputError(
            f"{what} needs about {_gigabytes(needed)} of addresses, and the limit of "
            f"the process (ulimit -v) leaves {_gigabytes(left)}: raise it."
        )


def _cores_of_container() -> Iterator[int]:
    """Of cgroups, version 2 or 1."""
    old = "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"
    for names in (("cpu.max",), old):
        with suppress(OSError, ValueError):
            words = " ".join((_CGROUPS / name).read_text() for name in names).split()
            quota, period = map(int, words)  # ("max" is no number)
            if quota > 0:
                yield math.ceil(quota / period)


def _of_system() -> Iterator[int]:
    for kilobytes in _figures(Path("/proc/meminfo"), "MemAvailable:"):
        yield 1024 * kilobytes


def _of_container() -> Iterator[int]:
    """Of cgroups, version 2 or 1. Files that were read count as taken, but give way."""
    names = ("memory.max", "memory.current"), (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
    )
    for limit, taken in names:
        with suppress(OSError, ValueError):
            most = int((_CGROUPS / limit).read_text())  # ("max" is no number)
            now = int((_CGROUPS / taken).read_text())
            statistics = (_CGROUPS / limit).with_name("memory.stat")
            yield most - now + sum(_figures(statistics, "inactive_file"))


def _figures(statistics: Path, name: str) -> Iterator[int]:
    """The number after a name in a file of names and numbers; none if it has none."""
    with suppress(OSError, ValueError, IndexError):
        for line in statistics.read_text().splitlines():
            if line.split()[:1] == [name]:
                yield int(line.split()[1])


def _of_process() -> Iterator[int]:
    """Of `ulimit -v`, which counts addresses."""
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            yield limit - pages * resource.getpagesize()


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
