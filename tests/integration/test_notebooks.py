"""The notebooks run from top to bottom, and are committed as they ran."""

import importlib.util
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_BYTES = 500_000

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def outputs_text(path):
    """All that the outputs say, pictures left out."""
    texts = []
    for cell in code_cells(path):
        for output in cell.outputs:
            texts += [output.get("text", "")]
            texts += [t for kind, t in output.get("data", {}).items() if "text" in kind]
    return "".join(texts)


def test_all_five_are_there():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05"]


@every_notebook
def test_it_is_committed_as_it_ran(path):
    """Every cell has its outputs, from one run, from top to bottom."""
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert cell.outputs, cell.source
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


@every_notebook
def test_it_says_nothing_of_the_machine(path):
    text = outputs_text(path)
    homes = {str(Path.home()), str(FOLDER.resolve().parent)}
    for place in ("/home/", "/root/", "/tmp/", "/usr/", "/Users/", *homes):
        assert place not in text


@every_notebook
def test_it_is_small(path):
    assert path.stat().st_size < MAX_BYTES


@every_notebook
def test_its_first_code_cell_reads_the_switch(path):
    assert "GRU_TEXTGEN_SHORT" in code_cells(path)[0].source


@pytest.mark.slow
@every_notebook
def test_it_runs(path):
    """Under the short switch, in a fresh kernel; an error in a cell is raised here."""
    spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    execute = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(execute)
    cells = execute.executed(path, short=True).cells
    ran = [cell for cell in cells if cell.cell_type == "code"]
    assert len(ran) == len(code_cells(path))
    for cell in ran:
        assert cell.outputs, cell.source
        for output in cell.outputs:
            assert output.get("name") != "stderr", output.text
