"""The workers of a run on several machines: their addresses, and waiting for them.

Nothing here needs TensorFlow. `TF_CONFIG` is the variable that every manager of
clusters sets for TensorFlow; `--workers` and `--worker` say the same by hand.
"""

import errno
import json
import os
import re
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from gru_textgen.errors import InputError, shortened

WAIT = 300.0  # seconds for all workers to come
_ADDRESS = re.compile(r"(?P<host>[^\s:/]+):(?P<port>\d{1,5})")
_EVERY = 0.2  # seconds between two looks for a worker that has not come
_LOOK = 2.0  # seconds that a look takes at most


@dataclass(frozen=True)
class Cluster:
    """The workers of a run, and which of them this process is.

    Attributes:
        workers: their addresses, "host:port", the chief's first.
        index: of this process among them.
        wait: seconds for all to come.

    Raises:
        InputError: for an address that is none, one that stands twice, or an index of
            no worker.
    """

    workers: tuple[str, ...]
    index: int
    wait: float = WAIT

    def __post_init__(self) -> None:
        for address in self.workers:
            found = _ADDRESS.fullmatch(address)
            if not found or not 0 < int(found["port"]) < 65536:
                raise InputError(
                    f"The worker {shortened(address)} is not an address host:port."
                )
        if len(set(self.workers)) < len(self.workers):
            raise InputError("Two workers have the same address.")
        if not 0 <= self.index < len(self.workers):
            raise InputError(
                f"There is no worker {self.index} among {len(self.workers)}: workers "
                "are counted from 0."
            )

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the files and prints."""
        return self.index == 0

    def missing(self) -> list[int]:
        """The other workers at whose address nobody answers now."""
        others = [i for i in range(len(self.workers)) if i != self.index]
        return [i for i in others if not _answers(self.workers[i])]

    def named(self, workers: Sequence[int]) -> str:
        """Workers with their addresses, for a sentence."""
        return " and ".join(f"worker {i} ({self.workers[i]})" for i in workers)


def cluster_of(
    workers: str | None = None,
    worker: int | None = None,
    wait: float = WAIT,
    environment: Mapping[str, str] = os.environ,
) -> Cluster:
    """The cluster that is given, or else the one in the variable `TF_CONFIG`.

    Args:
        workers: addresses host:port, with commas between them, the chief's first.
        worker: index of this process among them.
        wait: seconds for all to come.
        environment: variables, by name.

    Raises:
        InputError: if neither says which workers there are, or says it wrongly.
    """
    if workers is not None and worker is not None:
        return Cluster(tuple(x.strip() for x in workers.split(",")), worker, wait)
    if workers is not None or worker is not None:
        raise InputError("Give `workers` and `worker` together.")
    config = environment.get("TF_CONFIG")
    if not config:
        raise InputError(
            "`strategy=multi-worker` needs the workers: give `workers` and `worker`, "
            "or set TF_CONFIG."
        )
    return _of_tf_config(config, wait)


def _of_tf_config(config: str, wait: float) -> Cluster:
    try:
        found = json.loads(config)
        addresses: Mapping[str, Any] = found["cluster"]
        kind, index = found["task"]["type"], int(found["task"]["index"])
        chief = list(addresses.get("chief", []))
        workers = (*chief, *addresses.get("worker", []))
        if addresses.keys() - {"chief", "worker"} or kind not in addresses:
            raise KeyError(kind)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "TF_CONFIG must be JSON such as "
            '{"cluster": {"worker": ["host:port", "host:port"]}, '
            '"task": {"type": "worker", "index": 0}}, not '
            f"{shortened(config)}."
        ) from error
    if not all(isinstance(address, str) for address in workers):
        raise InputError("The addresses in TF_CONFIG are not strings.")
    return Cluster(workers, index + len(chief) * (kind == "worker"), wait)


def wait_for_workers(cluster: Cluster) -> None:
    """Return when this worker has reached every other one, and they have reached it.

    Raises:
        InputError: if the port of this worker is taken, or another does not come.
    """
    others = set(range(len(cluster.workers))) - {cluster.index}
    reached: set[int] = set()
    came: set[int] = set()
    with closing(_listening(cluster)) as listener:
        end = time.monotonic() + cluster.wait
        while (missing := others - (reached & came)) and time.monotonic() < end:
            reached |= {i for i in missing - reached if _greets(cluster, i)}
            came |= _guests(listener)
    if missing:
        raise InputError(
            f"After {cluster.wait:g} seconds there is no answer from "
            f"{cluster.named(sorted(missing))}: start every worker, with the same "
            "addresses."
        )


def _greets(cluster: Cluster, other: int) -> bool:
    """Tell another worker that this one has come; whether it listens."""
    address = _parts(cluster.workers[other])
    with suppress(OSError), socket.create_connection(address, _LOOK) as connection:
        connection.sendall(b"%d\n" % cluster.index)
        return True
    return False


def _guests(listener: socket.socket) -> set[int]:
    """The workers that greet this one in the next moment."""
    found = set()
    with suppress(OSError, ValueError):  # a time-out is one; others may call here too
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(_LOOK)
                found.add(int(connection.makefile("rb").readline(20)))
    return found


def _listening(cluster: Cluster) -> socket.socket:
    """A socket on the port of this worker."""
    host, port = _parts(cluster.workers[cluster.index])
    listener = socket.socket()
    listener.settimeout(_EVERY)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("", port))  # its own name for itself may be another
        listener.listen(len(cluster.workers))
    except OSError as error:
        listener.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else "cannot be used"
        raise InputError(
            f"The port {port} of worker {cluster.index} ({host}) {why}: end the "
            "process that uses it, or give another port."
        ) from error
    return listener


def _answers(address: str) -> bool:
    with suppress(OSError), socket.create_connection(_parts(address), _LOOK):
        return True
    return False


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)
