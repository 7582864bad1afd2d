"""A disk that is full, or becomes read-only, in the middle of a run: a real one, small.

It is a tmpfs in a mount namespace of the test's own, which Linux lets any user make.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = str(Path(__file__).parents[1] / "programs" / "full_disk.py")


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
        [*namespace, "sh", "-c", mounted, "sh", sys.executable, RUN, disk, what],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    reason = {"full": "No space left", "read-only": "Read-only file system"}[what]
    assert reason in result.stdout
