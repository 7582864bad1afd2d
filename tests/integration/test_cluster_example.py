"""The files of `examples/cluster/`: they agree with each other and with the program.
No Docker and no Kubernetes are needed."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from gru_textgen.cli import main
from gru_textgen.training.cluster import cluster_of

yaml = pytest.importorskip("yaml", reason="needs PyYAML")
FOLDER = Path(__file__).parents[2] / "examples" / "cluster"
TWO = range(2)


@pytest.fixture
def entrypoint(tmp_path):
    """Runs the entry point of the image in an empty folder, where a program called
    gru-textgen writes down how it is called."""
    program = tmp_path / "bin" / "gru-textgen"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$TF_CONFIG" "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"

    def run(arguments, environment):
        """The cluster of a worker, and the words of its command."""
        found = subprocess.run(
            ["sh", FOLDER / "train.sh", *arguments],
            cwd=tmp_path,
            env={"PATH": path, **environment},
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
        config, *words = found.stdout.splitlines()
        return cluster_of(environment={"TF_CONFIG": config}), words

    return run


def workers_of_compose():
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    return [(x["command"], x["environment"]) for x in services.values()]


def workers_of_job():
    *_, job = yaml.safe_load_all((FOLDER / "job.yaml").read_text())
    [container] = job["spec"]["template"]["spec"]["containers"]
    given = {variable["name"]: variable["value"] for variable in container["env"]}
    index = "JOB_COMPLETION_INDEX"  # which Kubernetes sets
    return [(container["args"], {**given, index: str(i)}) for i in TWO]


@pytest.mark.parametrize("workers", [workers_of_compose, workers_of_job])
def test_each_worker_begins_and_resumes_the_run(workers, entrypoint, tmp_path):
    begun = [entrypoint(*worker) for worker in workers()]
    run = tmp_path / workers()[0][1]["RUN"]
    run.mkdir(parents=True)
    (run / "checkpoint.previous.keras").touch()
    resumed = [entrypoint(*worker) for worker in workers()]
    for found, option in ((begun, "output"), (resumed, "resume")):
        assert [cluster.index for cluster, _ in found] == list(TWO)
        assert len({cluster.workers for cluster, _ in found}) == 1
        for _, words in found:
            given = main.commands[words[0]].make_context("train", words[1:]).params
            assert given["strategy"] == "multi-worker"
            assert tmp_path / given[option] == run
            assert given["files"] == (("poems.txt",) if option == "output" else ())


def test_the_addresses_of_compose_are_its_services():
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    for service in services.values():
        found = json.loads(service["environment"]["TF_CONFIG"])["cluster"]["worker"]
        assert [address.split(":")[0] for address in found] == list(services)


def test_the_addresses_of_the_job_are_its_pods():
    service, job = yaml.safe_load_all((FOLDER / "job.yaml").read_text())
    assert (service["apiVersion"], service["kind"]) == ("v1", "Service")
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    name, spec = job["metadata"]["name"], job["spec"]
    pods, domain = spec["template"]["spec"], service["metadata"]["name"]
    [port] = service["spec"]["ports"]
    [container] = pods["containers"]
    assert container["ports"] == [{"containerPort": port["port"]}]
    assert service["spec"]["clusterIP"] == "None" and pods["subdomain"] == domain
    assert service["spec"]["selector"] == {"job-name": name}
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == spec["parallelism"] == len(TWO)
    given = {variable["name"]: variable["value"] for variable in container["env"]}
    expected = [f"{name}-{i}.{domain}:{port['port']}" for i in TWO]
    assert json.loads(given["WORKERS"]) == expected
    claimed = {volume["name"] for volume in pods["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == claimed
