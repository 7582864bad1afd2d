"""The README, docs/ and the cards: what they name exists, and what they show runs."""

import dataclasses
import json
import re
import runpy
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

import gru_textgen
from gru_textgen.cli import main
from gru_textgen.cli.reference import reference
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import read_info
from gru_textgen.text.units import CHARACTER

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
TOP = [ROOT / f"{name}.md" for name in ("CONTRIBUTING", "SECURITY", "CHANGELOG")]
CARDS = sorted((ROOT / "weights").glob("*.md"))
PAGES = [README, *TOP, *DOCS, *CARDS]
ADDRESS = re.search(r"^url = (\S+)$", (ROOT / "setup.cfg").read_text(), re.M)[1]
RAW = ADDRESS.replace("github.com", "raw.githubusercontent.com")
IN_REPOSITORY = re.compile(
    rf"{ADDRESS}/(?:blob|tree|raw)/main/|{RAW}/main/|{ADDRESS}(?=#|$)"
)
MARKED = re.compile(r"<!-- (\w+): (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def contents(page):
    return page.read_text(encoding="utf-8")


def prose(page):
    """A page without its blocks of code."""
    return BLOCK.sub("", contents(page))


def marked(kind):
    """The blocks under a comment such as `<!-- example: layer -->`, by name."""
    found = [x for page in PAGES for x in MARKED.findall(contents(page))]
    return {name: block for k, name, block in found if k == kind}


def targets(page):
    """What a page links to, in the line or below the text."""
    text = prose(page)
    below = re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.MULTILINE)
    return [*re.findall(r"\]\(([^)\s]+)\)", text), *below]


def anchors(page):
    """As Markdown makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading).lower() for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def named(path):
    return pytest.mark.parametrize("page", path, ids=lambda page: page.name)


@named(PAGES)
def test_what_a_page_links_to_exists(page):
    for target in targets(page):
        inside = IN_REPOSITORY.match(target)
        if target.startswith("http") and not inside:
            continue
        if target == "playground.html":  # which `docs/hooks.py` makes
            continue
        if poet := re.fullmatch(r"poets/(.*)\.html", target):  # and these
            assert (ROOT / "weights" / f"{poet[1]}.keras").exists(), target
            continue
        path, _, anchor = target[inside.end() if inside else 0 :].partition("#")
        whole = README if inside and not path else page
        file = (ROOT if inside else page.parent) / path if path else whole
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), target


@named([*PAGES, ROOT / "mkdocs.yml", ROOT / "CITATION.cff"])
def test_no_mark_of_a_merge_is_left(page):
    assert not re.search(r"^(<<<<<<<|>>>>>>>) ", contents(page), re.MULTILINE)


def test_each_reference_of_the_readme_is_defined_and_each_definition_used():
    text = prose(README)
    defined = set(re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE))
    assert defined == set(re.findall(r"\]\[([^\]]+)\]", text))


def test_the_readme_resolves_anywhere():
    """A package index has the text alone: no link and no picture of it is relative."""
    assert all(target.startswith("https://") for target in targets(README))


def test_there_is_one_address():
    """That of setup.cfg: pages, settings of the site and the citation agree with it."""
    others = ["mkdocs.yml", "CITATION.cff", "setup.cfg"]
    for file in [*PAGES, *(ROOT / name for name in others)]:
        for found in re.findall(r"https://[\w./-]*gru_textgen[\w./-]*", contents(file)):
            assert found.startswith((ADDRESS, RAW)), f"{file.name}: {found}"


@named(PAGES)
def test_files_that_a_page_names_exist(page):
    roots = "gru_textgen|tests|docs|notebooks|benchmarks|weights"
    for path in re.findall(rf"`((?:{roots})/[\w./-]+)`", contents(page)):
        assert (ROOT / path).exists(), path


@named([page for page in DOCS if page.name != "index.md"])
def test_a_page_is_found(page):
    """From the site's navigation and first page, and from the README's table."""
    assert f": {page.name}\n" in contents(ROOT / "mkdocs.yml")
    assert f"]({page.name})" in contents(ROOT / "docs" / "index.md")
    if page.name != "api.md":  # which only the site can show
        assert f"{ADDRESS}/blob/main/docs/{page.name}" in targets(README)


def test_the_reference_has_each_public_name_once():
    found = re.findall(
        r"{heading: gru_textgen\.(\w+)[,}]", contents(ROOT / "docs/api.md")
    )
    assert sorted(found) == sorted(gru_textgen.__all__)


def test_the_readme_is_short():
    assert len(contents(README).splitlines()) <= 150


def test_the_page_of_commands_is_that_of_the_program():
    page = contents(ROOT / "docs" / "command-line.md")
    assert page == reference(), "python -m gru_textgen.cli.reference says otherwise"


def commands(page):
    """The words of each `gru-textgen …` in a page's blocks and lines."""
    text = contents(page)
    blocks = [block for kind, block in BLOCK.findall(text) if kind in ("sh", "text")]
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(gru-textgen\s[^`]+)`", prose(page))
    for line in lines:
        if line.startswith("gru-textgen ") and "OPTIONS" not in line:
            words = shlex.split(line.replace("\n", " "), comments=True)[1:]
            yield words[1:] if words[0] == "--offline" else words


@named([README, *DOCS])
def test_a_command_that_a_page_shows_is_one_of_the_program(page):
    for name, *words in commands(page):
        if words and "…" not in words:  # else the command is only named
            try:
                main.commands[name].make_context(name, words)
            except click.UsageError as error:
                pytest.fail(f"gru-textgen {name} {shlex.join(words)}: {error}")


def outputs():
    """Each command of a block, and what stands under it."""
    for name, block in marked("output").items():
        slow = [pytest.mark.slow] if name == "evaluate" else []
        for one in re.split(r"^\$ gru-textgen ", block, flags=re.MULTILINE)[1:]:
            command, _, output = one.partition("\n")
            output = output.rstrip("\n") + "\n"
            words = shlex.split(command)
            yield pytest.param(words, output, id=f"{name}: {command}", marks=slow)


@pytest.mark.parametrize("words, output", list(outputs()))
def test_a_command_prints_what_a_page_says(words, output):
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    numbers = re.compile(r"\d+\.\d+")
    shown, printed = (numbers.findall(x) for x in (output, result.stdout))
    assert numbers.sub("", result.stdout).startswith(numbers.sub("", output))
    for ours, theirs in zip(shown, printed):  # the last digit may fall to either side
        assert float(ours) == pytest.approx(float(theirs), abs=1.01e-4), ours


def run(code, folder, *options):
    program = folder / "example.py"
    program.write_text(code, encoding="utf-8")
    command = [sys.executable, *options, program]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_each_example_is_marked():
    """So that it is one of those that the tests run: here, and of ONNX's export."""
    known = {"readme", "layer", "inspect", "forms", "reader", "library", "recipe"}
    known |= {"onnx"}
    assert set(marked("example")) == known
    blocks = [k for page in PAGES for k, _ in BLOCK.findall(contents(page))]
    assert blocks.count("python") == len(known)


@pytest.mark.parametrize("name", ["readme", "layer", "inspect", "forms"])
def test_an_example_runs(name, tmp_path):
    run(marked("example")[name], tmp_path, "-W", "error")


def test_the_readme_example_needs_no_tensorflow(tmp_path):
    blocked = "import sys; sys.modules.update(tensorflow=None, keras=None)\n"
    run(blocked + marked("example")["readme"], tmp_path, "-W", "error")


@pytest.mark.slow
def test_the_example_of_training_runs(tmp_path, text):
    (tmp_path / "mine.txt").write_text(text)
    run(marked("example")["library"], tmp_path)
    assert (tmp_path / "runs" / "mine" / "mine.keras").is_file()


def test_the_example_of_the_recipe_gives_settings(tmp_path, text):
    """Printed, not trained with: a model begun with verse takes minutes."""
    (tmp_path / "songs.txt").write_text(text)
    code = marked("example")["recipe"].replace("\ntrain(", "\nprint(")
    printed = run(code, tmp_path).stdout.decode()
    assert printed.startswith("TrainingSettings(") and "verse" in printed


FILES = sorted((ROOT / "tests" / "data").glob("version-*.keras"))
FILES += sorted((ROOT / "weights").glob("*.keras"))
FILES = [file for file in FILES if read_info(file).level == CHARACTER]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_reader_on_the_page_of_the_format_reads(file, tmp_path, monkeypatch):
    """The page's reader, which knows nothing of ours, has the probabilities of ours."""
    monkeypatch.chdir(tmp_path)
    Path("model.keras").symlink_to(file)
    Path("reader.py").write_text(marked("example")["reader"], encoding="utf-8")
    logits = runpy.run_path("reader.py")["logits"][1:]  # without the unknown symbol
    generator = TextGenerator.load("model.keras")
    network = dataclasses.replace(generator.arrays, counts=None)
    generator = TextGenerator(network, generator.info)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the small ones do not know these letters
        ours = generator.probabilities("The sea")
    theirs = np.exp(logits - logits.max())
    theirs = dict(zip(generator.vocabulary.symbols, theirs / theirs.sum()))
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_the_commands_of_the_readme_run(tmp_path, text, trained, monkeypatch):
    """All but those that train, on the model that the tests share and its text."""
    monkeypatch.chdir(tmp_path)
    Path("my_poems.txt").write_text(text)
    Path("runs/my_poems").mkdir(parents=True)
    Path("runs/my_poems/my_poems.keras").symlink_to(trained.path)
    for words in list(commands(README))[3:]:  # the first three are those of the poems
        if words[0] != "train":
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, (words, result.output)
    made = {path.name for path in Path().iterdir()}
    assert made == {"my_poems.txt", "runs", "gates.html", "poet.html"}


def shown(row, files):
    """The cells of the section that a row of the table names; its test is there."""
    _, test, notebook = re.split(r"\s*\|\s*", row)[1:-1]
    if test:
        name, label = re.fullmatch(r"\[`(\w+)`\]\[(\w+)\]", test).groups()
        assert f"\ndef {name}(" in contents(files[label]), name
    label, section = re.fullmatch(r"\[\d+\]\[(\w+)\], (.*)", notebook).groups()
    cells = json.loads(contents(files[label]))["cells"]
    begins = [headings(cell) for cell in cells]
    (first,) = (k for k, found in enumerate(begins) if section in found)
    last = next((k for k in range(first + 1, len(cells)) if begins[k]), len(cells))
    return cells[first:last]


def headings(cell):
    """Those of a cell of a notebook, without their numbers."""
    if cell["cell_type"] != "markdown":
        return []
    return re.findall(r"^#+ (?:\d+\. )?(.*)$", "".join(cell["source"]), re.MULTILINE)


def test_what_shows_each_statement_on_the_gates_exists():
    """The test by its name; in the notebook's section, a cell that printed or drew."""
    page = contents(ROOT / "docs" / "founding.md")
    part = page[page.index("## What the gates do") :]
    links = re.findall(rf"^\[(\w+)\]: {ADDRESS}/blob/main/(\S+)$", part, re.MULTILINE)
    files = {label: ROOT / path for label, path in links}
    rows = re.findall(r"^\| [A-Z].*\|$", part, re.MULTILINE)
    assert len(rows) >= 12
    for row in rows:
        assert any(cell.get("outputs") for cell in shown(row, files)), row
