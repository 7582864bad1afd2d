"""The README and docs/: what they name exists, and their examples run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gru_textgen.cli.reference import reference

ROOT = Path(__file__).parents[2]
REPOSITORY = re.compile(
    r"https://(?:github\.com|raw\.githubusercontent\.com)/gru-textgen/gru_textgen/"
    r"(?:blob/|tree/|raw/)?main/?"
)
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "weights").glob("*.md")),
]
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```python\n(.*?)```", re.DOTALL)
EXAMPLES = {
    name: code for page in PAGES for name, code in EXAMPLE.findall(page.read_text())
}


def prose(page):
    """A page without its blocks of code."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page):
    """As Markdown makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading).lower() for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_exists(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        inside = REPOSITORY.match(target)
        if target.startswith("http") and not inside:
            continue
        path, _, anchor = target[inside.end() if inside else 0 :].partition("#")
        file = (ROOT if inside else page.parent) / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    roots = "gru_textgen|tests|docs|notebooks|benchmarks|weights"
    for path in re.findall(rf"`((?:{roots})/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


def test_the_page_of_commands_is_that_of_the_program():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert page == reference(), "python -m gru_textgen.cli.reference says otherwise"


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("name", ["readme", "layer"])
def test_an_example_runs(name, tmp_path):
    run(EXAMPLES[name], tmp_path)


@pytest.mark.slow
def test_the_example_of_training_runs(tmp_path, text):
    (tmp_path / "mine.txt").write_text(text)
    run(EXAMPLES["library"], tmp_path)
    assert (tmp_path / "runs" / "mine" / "mine.keras").is_file()


def run(code, folder):
    program = folder / "example.py"
    program.write_text(code, encoding="utf-8")
    subprocess.run([sys.executable, program], cwd=folder, check=True)
