"""Where a run trains: in this process alone, or together with others.

`Alone` and `Together` answer the same questions, so that a run asks them without
knowing how many it is.
"""

import dataclasses
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.errors import InputError, check_type
from gru_textgen.training.checkpoint import restore, state_values
from gru_textgen.training.cluster import Cluster, cluster_of, wait_for_workers
from gru_textgen.training.device import choose_device
from gru_textgen.training.settings import MULTI_WORKER, TrainingSettings
from gru_textgen.training.streams import Streams

if TYPE_CHECKING:
    from gru_textgen.nn.replicas import Replicas


class Alone:
    """A run in one process, on one device."""

    worker = 0
    is_chief = True
    several = False  # processes

    @contextmanager
    def folder(self, settings: TrainingSettings) -> Iterator[TrainingSettings]:
        """The settings with the folder that this process may write into."""
        yield settings

    def fitting(self, streams: Streams) -> Streams:
        """Streams in a number that all can share."""
        return streams

    def rows(self, batch_size: int) -> slice:
        """Those of a batch that this process reads."""
        return slice(0, batch_size)

    def distribute(self, model) -> None:
        """Let the steps of a model run here."""

    def ask(self, stop: bool, save: bool) -> None:
        """Say, before a step, what this process wants after it."""

    def agreed(self, stop: bool, save: bool) -> tuple[bool, bool]:
        """Whether to stop and to save now, after a step."""
        return stop, save

    def any(self, wish: bool) -> bool:
        """Whether one of all has a wish."""
        return wish

    def figures(self, logs: dict[str, float]) -> dict[str, float]:
        """The chief's figures of an epoch."""
        return logs

    def state(self, model) -> list[np.ndarray]:
        """What a checkpoint keeps of a model in training, of all streams."""
        return state_values(model)

    def restore(self, model, state: list[np.ndarray]) -> None:
        """The inverse of `state`."""
        restore(model, state)

    def check_same(self, found: Mapping[str, object]) -> None:
        """Refuse to train with others that have something else.

        Args:
            found: what all must have alike, by name.

        Raises:
            InputError: with the worker and the name.
        """

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn the loss of another process into an InputError."""
        yield


class Together(Alone):
    """A run on several replicas, in this process or in several.

    Args:
        replicas: as the model's step has them.
        cluster: of the processes; None for one.
    """

    def __init__(self, replicas: "Replicas", cluster: Cluster | None = None):
        self.replicas = replicas
        self.cluster = cluster
        self.worker = cluster.index if cluster else 0
        self.workers = len(cluster.workers) if cluster else 1
        self.is_chief = self.worker == 0
        self.several = cluster is not None

    @contextmanager
    def folder(self, settings: TrainingSettings) -> Iterator[TrainingSettings]:
        if self.is_chief:
            yield settings
            return
        with tempfile.TemporaryDirectory(prefix="gru_textgen-") as output:
            yield dataclasses.replace(settings, output=output)

    def fitting(self, streams: Streams) -> Streams:
        size = streams.batch_size // self.replicas.count * self.replicas.count
        if not size:
            raise InputError(
                f"The text gives {streams.batch_size} streams, too few for "
                f"{self.replicas.count} replicas: give more text, a larger "
                "`batch_size`, a smaller `seq_length`, or fewer replicas."
            )
        return dataclasses.replace(streams, batch_size=size)

    def rows(self, batch_size: int) -> slice:
        size = batch_size // self.workers
        return slice(self.worker * size, (self.worker + 1) * size)

    def distribute(self, model) -> None:
        model.distribute(self.replicas)

    def ask(self, stop: bool, save: bool) -> None:
        self.replicas.asked.assign([float(stop), float(save)])

    def agreed(self, stop: bool, save: bool) -> tuple[bool, bool]:
        stop, save = self.replicas.agreed.numpy() > 0
        return bool(stop), bool(save)

    def any(self, wish: bool) -> bool:
        return bool(self.replicas.total(np.float32(wish)) > 0)

    def figures(self, logs: dict[str, float]) -> dict[str, float]:
        names = sorted(logs)
        own = np.array([float(logs[name]) for name in names])
        chiefs = self.replicas.total(own if self.is_chief else np.zeros_like(own))
        return dict(zip(names, map(float, chiefs)))

    def state(self, model) -> list[np.ndarray]:
        carried, values = len(model.carried_states()), state_values(model)
        return [*map(self._of_all, values[:carried]), *values[carried:]]

    def _of_all(self, rows: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(rows) * self.workers, *rows.shape[1:]), rows.dtype)
        whole[self.rows(len(whole))] = rows
        return self.replicas.total(whole).astype(rows.dtype)

    def restore(self, model, state: list[np.ndarray]) -> None:
        carried = len(model.carried_states())
        own = [value[self.rows(len(value))] for value in state[:carried]]
        restore(model, [*own, *state[carried:]])

    def check_same(self, found: Mapping[str, object]) -> None:
        own = [zlib.crc32(repr(value).encode()) for value in found.values()]
        sums = np.zeros((self.workers, len(own)))
        sums[self.worker] = own
        refuse_others(list(found), self.replicas.total(sums))

    @contextmanager
    def watched(self) -> Iterator[None]:
        import tensorflow as tf

        lost = (
            tf.errors.UnavailableError,
            tf.errors.AbortedError,
            tf.errors.CancelledError,
            tf.errors.DeadlineExceededError,
            tf.errors.FailedPreconditionError,
            tf.errors.InternalError,
        )
        try:
            yield
        except lost as error:
            if self.cluster is None:
                raise
            missing = self.cluster.missing()
            named = self.cluster.named(missing) if missing else "another worker"
            raise InputError(
                f"The connection to {named} is lost. Start all workers again with "
                "`resume`: the run continues from its last checkpoint."
            ) from error


def refuse_others(names: list[str], sums: np.ndarray) -> None:
    """Raise an InputError if a worker has something else than the chief.

    Args:
        names: of what is compared.
        sums: a checksum of each, shape `(workers, names)`.
    """
    for worker, own in enumerate(sums):
        other = [name for name, x, y in zip(names, own, sums[0]) if x != y]
        if other:
            raise InputError(
                f"Worker {worker} has another {' and another '.join(other)} than "
                "worker 0: start every worker with the same text, options and versions."
            )


def place_of(settings: TrainingSettings, cluster: Cluster | None = None) -> Alone:
    """Where a run with these settings trains; of several processes, all have come.

    Args:
        settings: with `strategy`.
        cluster: of several processes, by default as TF_CONFIG says.

    Raises:
        InputError: if there is no cluster, or one of its workers does not come.
    """
    check_type("cluster", cluster, Cluster, type(None))
    if settings.strategy != MULTI_WORKER and cluster:
        raise InputError("`workers` and `worker` belong to `strategy=multi-worker`.")
    if settings.device is not None:
        choose_device(settings.device)
    if settings.strategy is None:
        return Alone()
    if settings.strategy == MULTI_WORKER:
        cluster = cluster or cluster_of()
        wait_for_workers(cluster)
    import tensorflow as tf

    from gru_textgen.nn.replicas import Replicas

    if cluster is None:
        return Together(Replicas(tf.distribute.MirroredStrategy(_devices())))
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.workers)}),
        task_type="worker",
        task_id=cluster.index,
        rpc_layer="grpc",
    )
    strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    return Together(Replicas(strategy, len(cluster.workers)), cluster)


def _devices() -> list[str]:
    """The GPUs, or where there is none the CPU devices."""
    import tensorflow as tf

    found = [tf.config.list_logical_devices(kind) for kind in ("GPU", "CPU")]
    return [device.name for device in found[0] or found[1]]
