"""What a run prints where nobody reads any more."""

import os
import subprocess
import sys

import pytest

from gru_textgen.training.output import put

CODE = """
from gru_textgen.training.output import put, say
say("first")
while not input():
    say("unread")
print("and on")
"""


def test_a_run_goes_on_when_its_reader_has_gone():
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "first\n"
    process.stdout.close()
    process.stdin.write("\n\nend\n")
    process.stdin.close()
    assert (process.wait(timeout=60), process.stderr.read()) == (0, "")
    process.stderr.close()


def test_a_closed_stream_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    put("nothing")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1252"])
def test_any_character_can_be_written(tmp_path, encoding):
    with open(tmp_path / "a.txt", "w", encoding=encoding) as file:
        put("a\udce9\u2603\n", file)
    assert (tmp_path / "a.txt").read_bytes().startswith(b"a")
    assert os.path.getsize(tmp_path / "a.txt") >= 4
