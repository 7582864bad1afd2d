"""`python -m gru_textgen.training`: `gru-textgen train` as a script."""

import runpy
import sys

if __name__ == "__main__":
    sys.argv.insert(1, "train")
    runpy.run_module("gru_textgen", run_name="__main__", alter_sys=True)
