"""The notebooks run from top to bottom, and are committed as they ran."""

import importlib.util
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_OUTPUT = 200_000  # bytes
SENTENCE = re.compile(
    r"Not yet: .*[^.]\.\n", re.DOTALL
)  # what a check says of a mistake

spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
execute = importlib.util.module_from_spec(spec)
spec.loader.exec_module(execute)

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def says_nothing(cell):
    """Whether it is an exercise, or the function that checks them."""
    return "exercise" in cell.metadata.get("tags", ()) or "def check(" in cell.source


def outputs_text(path):
    """All that the outputs say, pictures left out."""
    texts = []
    for cell in code_cells(path):
        for output in cell.outputs:
            texts += [output.get("text", "")]
            texts += [t for kind, t in output.get("data", {}).items() if "text" in kind]
    return "".join(texts)


def pictures(path):
    """The pictures that are stored, each with its metadata."""
    kinds = ("image/svg+xml", "image/png")
    for cell in code_cells(path):
        for output in cell.outputs:
            for kind in set(kinds) & set(output.get("data", {})):
                yield output.data[kind], kind, output.metadata.get(kind, {})


def test_they_are_there():
    numbers = {path.stem[:2] for path in NOTEBOOKS}
    assert numbers >= {"01", "02", "03", "04", "05", "06", "07"}


@pytest.mark.parametrize("page", ["mkdocs.yml", "docs/exercises.md"])
@every_notebook
def test_it_is_listed(path, page):
    assert f"notebooks/{path.name}" in (ROOT / page).read_text("utf-8")


@every_notebook
def test_it_is_committed_as_it_ran(path):
    """Every cell has its outputs, from one run, from top to bottom."""
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert cell.outputs or says_nothing(cell), cell.source
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
def test_no_output_is_large(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            for value in (output.get("text", ""), *output.get("data", {}).values()):
                stored = value if isinstance(value, str) else json.dumps(value)
                assert len(stored.encode()) <= MAX_OUTPUT, cell.source


@every_notebook
def test_pictures_are_sharp_on_their_own_background_and_have_a_text(path):
    """SVG that begins with an opaque white sheet; its title says what is seen."""
    for picture, kind, metadata in pictures(path):
        assert kind == "image/svg+xml"
        title = ElementTree.fromstring(picture).findtext("{*}title")
        assert title == metadata["alt"]
        assert len(title.split()) > 3
        sheet = re.search(r"<(path|rect) [^>]*>", picture[picture.index("</title>") :])
        assert re.search(r"fill(: |=\")#ffffff", sheet[0]), sheet[0]


@every_notebook
def test_it_begins_with_buttons_for_colab_and_binder(path):
    first = nbformat.read(path, as_version=4).cells[0].source
    assert first.startswith("# ")
    place = f"gru-textgen/gru_textgen/blob/main/notebooks/{path.name}"
    assert f"(https://colab.research.google.com/github/{place})" in first
    place = f"gru-textgen/gru_textgen/main?labpath=notebooks%2F{path.name}"
    assert f"(https://mybinder.org/v2/gh/{place})" in first


@every_notebook
def test_its_first_code_cell_installs_the_package_where_it_is_missing(path):
    (said,) = execution(code_cells(path)[0].source, installed=True)
    assert said == "gru_textgen is installed."
    said, clone, install = execution(code_cells(path)[0].source, installed=False)
    assert "not installed" in said
    assert "https://github.com/gru-textgen/gru_textgen clone" in clone
    assert install == 'pip install --quiet -e "./clone[train,notebooks]"'


def execution(source, installed):
    """What a cell prints, and the commands that it would run on another machine."""
    from IPython.core.inputtransformer2 import TransformerManager

    done = []

    class Shell:
        def system(self, command):
            done.append(command)

        def run_line_magic(self, name, rest):
            done.append(f"{name} {rest}")

    code = TransformerManager().transform_cell(source)
    missing = "" if installed else "_that_is_missing"
    code = code.replace(
        'find_spec("gru_textgen")', f'find_spec("gru_textgen{missing}")'
    )
    path_before = list(sys.path)
    try:
        exec(code, {"get_ipython": Shell, "print": done.append})
    finally:
        sys.path[:] = path_before
    return done


@every_notebook
def test_its_second_code_cell_reads_the_switch(path):
    assert "GRU_TEXTGEN_SHORT" in code_cells(path)[1].source


@every_notebook
def test_sliders_are_stills_where_no_kernel_runs(path):
    """A stored view without its kernel would show an error."""
    for cell in code_cells(path):
        for output in cell.outputs:
            assert "application/vnd.jupyter.widget-view+json" not in output.get(
                "data", {}
            )
        if "widgets.interactive(" in cell.source:
            alt = cell.outputs[0].data["text/plain"]
            assert re.search(r"slider.*: \w from [\d.]+ to [\d.]+, at [\d.]+", alt)


@every_notebook
def test_each_exercise_has_a_check_and_a_solution(path):
    cells = nbformat.read(path, as_version=4).cells
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", ())]
    assert tags == ["exercise", "check", "solution"] * (len(tags) // 3)
    assert 3 <= len(tags) // 3 <= 5
    for cell in cells:
        if "exercise" in cell.metadata.get("tags", ()):
            assert "..." in cell.source
        if "check" in cell.metadata.get("tags", ()):
            assert SENTENCE.fullmatch(execute.said(cell)), execute.said(cell)
        if "solution" in cell.metadata.get("tags", ()):
            assert cell.source.startswith("<details><summary>Solution</summary>\n")
            assert cell.source.endswith("</details>")


@every_notebook
def test_exercises_are_checked_by_the_same_function(path):
    helper = {cell.source for cell in code_cells(path) if "def check(" in cell.source}
    first = [cell for cell in code_cells(NOTEBOOKS[0]) if "def check(" in cell.source]
    assert helper == {first[0].source}


@every_notebook
def test_the_page_of_exercises_counts_them(path):
    count = len(execute.tagged(nbformat.read(path, as_version=4), "exercise"))
    page = (ROOT / "docs/exercises.md").read_text("utf-8")
    label = re.search(rf"^\[(\w+)\]: .*{re.escape(path.name)}$", page, re.MULTILINE)[1]
    row = re.search(rf"^\| \[.*\]\[{label}\] \|.*\| (\d+) \|$", page, re.MULTILINE)
    assert int(row[1]) == count
    listed = re.findall(rf"\[{label}\], exercise (\d+) ", page)
    assert sorted(map(int, listed)) == list(range(1, count + 1))


@pytest.mark.slow
@every_notebook
def test_it_runs(path):
    """Under the short switch, in a fresh kernel; an error in a cell is raised here.

    Each check refuses the empty exercise in a sentence, and passes the solution."""
    notebook, checks, solved = execute.executed(path, short=True)
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(ran) == len(code_cells(path))
    for cell in ran:
        assert cell.outputs or says_nothing(cell), cell.source
        for output in cell.outputs:
            assert output.get("name") != "stderr", output.text
    assert len(solved) == len(checks) >= 3
    for before, after in zip(checks, solved):
        assert SENTENCE.fullmatch(execute.said(before)), execute.said(before)
        assert execute.said(after) == "Right.\n", before.source
