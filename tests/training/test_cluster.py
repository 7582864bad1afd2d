"""Workers: their addresses, waiting for them, and refusing one that differs."""

import json
import socket
import threading

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.training.cluster import Cluster, cluster_of, wait_for_workers
from gru_textgen.training.distribution import Alone, place_of, refuse_others
from gru_textgen.training.settings import TrainingSettings
from tests.helpers.addresses import addresses


def tf_config(cluster, kind="worker", index=0):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_workers_are_given_by_hand_or_as_managers_of_clusters_give_them():
    expected = Cluster(("a:1", "b:2"), 1)
    assert cluster_of("a:1, b:2", 1, environment={}) == expected
    two = tf_config({"worker": ["a:1", "b:2"]}, index=1)
    assert cluster_of(environment={"TF_CONFIG": two}) == expected
    chief = tf_config({"chief": ["a:1"], "worker": ["b:2"]}, index=0)
    assert cluster_of(environment={"TF_CONFIG": chief}) == expected
    chief = tf_config({"chief": ["a:1"], "worker": ["b:2"]}, "chief")
    assert cluster_of(environment={"TF_CONFIG": chief}).is_chief


@pytest.mark.parametrize(
    "config",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"cluster": {"worker": ["a:1"]}}',
        tf_config({"worker": "a:1"}),
        tf_config({"worker": [1, 2]}),
        tf_config({"worker": ["a:1", "a:1"]}),
        tf_config({"worker": ["a:1"]}, index=1),
        tf_config({"worker": ["a:1"]}, index=-1),
        tf_config({"worker": ["a:1"]}, index=None),
        tf_config({"worker": ["a"]}),
        tf_config({"worker": ["a:70000"]}),
        tf_config({"worker": ["http://a:1"]}),
        tf_config({"worker": ["a:1"]}, "chief"),
        tf_config({"ps": ["a:1"], "worker": ["b:1"]}),
    ],
)
def test_a_malformed_tf_config_is_a_sentence(config):
    with pytest.raises(InputError, match="TF_CONFIG|worker"):
        cluster_of(environment={"TF_CONFIG": config})


@pytest.mark.parametrize("given", [("a:1", None), (None, 0), ("a:1", 1), ("a", 0)])
def test_workers_that_are_half_given_are_refused(given):
    with pytest.raises(InputError, match="worker"):
        cluster_of(*given, environment={})


def test_all_workers_are_waited_for():
    three = addresses(3)
    errors = []

    def come(index):
        try:
            wait_for_workers(Cluster(three, index, 20))
        except InputError as error:
            errors.append(error)

    threads = [threading.Thread(target=come, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    assert all(thread.is_alive() for thread in threads)
    come(2)
    for thread in threads:
        thread.join()
    assert not errors


def test_a_worker_that_does_not_come_and_a_port_that_is_taken_are_named():
    here, nowhere = addresses(2)
    with pytest.raises(InputError, match=f"worker 1 .{nowhere}.*same addresses"):
        wait_for_workers(Cluster((here, nowhere), 0, 0.3))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=f"The port {port} of worker 0.*is taken"):
            wait_for_workers(Cluster((f"127.0.0.1:{port}", nowhere), 0, 0.3))


def test_the_worker_that_differs_and_what_differs_are_named():
    names = ["text", "units", "gru_textgen"]
    refuse_others(names, np.ones((3, 3)))
    with pytest.raises(InputError, match="Worker 2 has another text and another gru_"):
        refuse_others(names, np.array([[1, 1, 1], [1, 1, 1], [2, 1, 3]]))


def test_one_process_has_no_workers():
    settings = TrainingSettings("runs/x")
    assert type(place_of(settings)) is Alone
    with pytest.raises(InputError, match="strategy=multi-worker"):
        place_of(settings, Cluster(("a:1",), 0))
