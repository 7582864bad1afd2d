"""The README's plan of the package is that of its imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOM = re.compile(r"^\| `(\w+)\.py` \| .* \| (.*) \|$", re.MULTILINE)
PLAN = dict(ROOM.findall((ROOT / "README.md").read_text(encoding="utf-8")))
MODULES = {path.stem: path for path in (ROOT / "gru_textgen").glob("*.py")}
# The package's own, which imports names when they are asked for, and the programs'.
DOORS = {"__init__", "__main__", "_keras", "cli"}


def imports(path):
    """Rooms that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = node.module.split(".")
            if names == ["gru_textgen"]:
                found |= {alias.name for alias in node.names} & MODULES.keys()
            elif names[0] == "gru_textgen":
                found.add(names[1])
    return found


def test_each_room_stands_in_the_plan():
    assert PLAN.keys() | DOORS == MODULES.keys() | DOORS


@pytest.mark.parametrize("room", sorted(MODULES.keys() - DOORS))
def test_a_room_imports_what_the_plan_says(room):
    planned = set(re.split(", |; as a script, ", PLAN[room])) - {"–"}
    assert imports(MODULES[room]) == planned
