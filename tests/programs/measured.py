"""Run a command of gru-textgen, and print how many megabytes of memory it took."""

import re
import sys

import gru_textgen.cli
import gru_textgen.inference.generator  # noqa: F401 (its memory is not counted)


def peak():
    """The most memory that the process has had so far, in megabytes."""
    with open("/proc/self/status") as file:
        return int(re.search(r"VmHWM:\s*(\d+)", file.read())[1]) // 1024


before = peak()
try:
    gru_textgen.cli.main(sys.argv[1:])
finally:
    print("megabytes:", peak() - before)
