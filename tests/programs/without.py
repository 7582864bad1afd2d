"""Run a command of gru-textgen that loads none of some modules.

without.py MODULE,MODULE,... COMMAND [ARGUMENT ...]
"""

import sys

from gru_textgen.cli import main

absent, *arguments = sys.argv[1:]
try:
    main(arguments)
except SystemExit as end:
    assert not end.code
loaded = set(sys.modules) & set(absent.split(","))
assert not loaded, loaded
