"""What the command line reads and writes: prompts, stops, encodings, own texts."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from gru_textgen.cli.program import main
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo, read_info
from gru_textgen.nn.model import build_model
from gru_textgen.text.documents import END, MARK
from gru_textgen.text.vocabulary import Vocabulary

SMALL = "--units 8 --seq-length 16 --batch-size 4 --sample-length 0 --epochs 1".split()


def run(*arguments, input=None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=input)


@pytest.mark.filterwarnings("ignore:In the prompt")
def test_escapes_are_read_in_prompts_and_stops(trained):
    generator = TextGenerator.load(trained.path)
    options = ["--weights", trained.path, "--seed", "1"]
    result = run("generate", "--prompt", r"The cat\n", "--lines", 3, *options)
    assert result.stdout == generator.generate("The cat\n", lines=3, seed=1) + "\n"
    result = run("generate", "--stop", r",\n", *options)
    assert result.stdout == generator.generate(stop=",\n", seed=1) + "\n"
    result = run("generate", "--prompt", r"a\\nb", "--lines", 1, "--json", *options)
    assert json.loads(result.stdout)[0]["prompt"] == "a\\nb"


def test_escapes_are_read_in_the_text_of_an_inspection(trained, tmp_path):
    for name, text in ("escaped", r"The cat\n"), ("as it is", "The cat\n"):
        page = tmp_path / f"{name}.html"
        result = run("inspect", trained.path, "--text", text, "--output", page)
        assert result.exit_code == 0
    escaped, as_it_is = (path.read_text("utf-8") for path in tmp_path.iterdir())
    assert escaped == as_it_is


def test_an_empty_name_is_no_model():
    result = run("generate", "--model", "", "--lines", 1)
    assert result.exit_code == 2 and "There is no model ''" in result.stderr


@pytest.mark.filterwarnings("ignore:In the prompt")
def test_a_prompt_s_file_may_have_another_encoding(trained, tmp_path):
    (tmp_path / "p.txt").write_bytes("Thé cat".encode("latin-1"))
    options = ["--weights", trained.path, "--seed", "1", "--lines", "1"]
    result = run("generate", "--prompt-file", tmp_path / "p.txt", *options)
    assert result.exit_code == 2 and "not utf-8" in result.stderr
    where = ["--prompt-file", tmp_path / "p.txt", "--encoding", "latin-1"]
    assert run("generate", *where, *options).stdout.startswith("Thé cat")
    result = run("generate", "--encoding", "latin-1", *options)
    assert result.exit_code == 2 and "--prompt-file" in result.stderr


@pytest.mark.parametrize("extra", [[], ["--json"], ["--count", "2"]])
def test_a_pipe_gets_utf_8_whatever_the_locale_says(tmp_path, extra):
    path = tmp_path / "ru.keras"
    build_model(ModelInfo(Vocabulary("ветр \n")), 4).save(path)
    arguments = ["generate", "--weights", path, "--prompt", "ветер", "--length", "20"]
    found = subprocess.run(
        [sys.executable, "-m", "gru_textgen", *map(str, arguments), *extra],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert "ветер" in found.stdout.decode("utf-8")


@pytest.mark.slow
def test_a_table_is_learnt_by_one_command_and_measured_by_another(tmp_path, text):
    """Its text is chosen, its records are documents, and what was held out is found."""
    poems = text.strip().split("\n\n")
    table = tmp_path / "poems.csv"
    rows = [f'{i},"{poem}"' for i, poem in enumerate(poems)]
    table.write_text("\n".join(["id,poem", *rows]) + "\n", encoding="utf-8")
    result = run("train", table, *SMALL, "--output", tmp_path / "r")
    assert result.exit_code == 0, result.output
    assert (
        "has the fields id, poem; 'poem' is read as the text (--field" in result.output
    )
    model = tmp_path / "r" / "r.keras"
    info = read_info(model)
    assert info.separator == END and info.settings["documents"] == MARK
    assert run("evaluate", model, table, "--held-out").exit_code == 0
    other = ["--separator", r"\n--\n", "--output", tmp_path / "s"]
    assert run("train", table, *SMALL, *other).exit_code == 0
    model = tmp_path / "s" / "s.keras"
    info = read_info(model)
    assert info.separator == END and info.settings["documents"] == "\n--\n"
    assert run("evaluate", model, table, "--held-out").exit_code == 0
    assert run("train", "--resume", tmp_path / "s", table, "--epochs", 2).exit_code == 0


@pytest.mark.slow
def test_the_delimiter_may_be_given(tmp_path, text):
    table = tmp_path / "a.csv"
    lines = [line.replace(",", " ") for line in text.split("\n") if line]
    table.write_text("id#text\n" + "".join(f"1#{line}\n" for line in lines))
    result = run("train", table, "--delimiter", "#", *SMALL, "--output", tmp_path / "r")
    assert result.exit_code == 0, result.output
    result = run("train", "--corpus", "anthology", "--delimiter", ";")
    assert result.exit_code == 2 and "--delimiter describes files" in result.stderr


@pytest.mark.slow
def test_a_folder_is_learnt_twice_alike(tmp_path, text, monkeypatch):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "one.txt").write_text(text)
    monkeypatch.chdir(tmp_path)
    first = run("train", ".", *SMALL)
    assert first.exit_code == 0, first.output
    again = run("train", ".", *SMALL, "--overwrite")
    assert again.exit_code == 0, again.output
    assert "Skipped 1 (file of a training run): " in again.output
    said = first.output.split(" characters of training text")[0].split("\n")[-1]
    assert f"{said} characters of training text" in again.output


def test_the_output_may_not_be_where_the_text_stands(tmp_path, text, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("samples.txt", "history.csv", "loss.png"):
        (tmp_path / name).write_text(text)
    for arguments in (["samples.txt", "--output", "."], [".", "--output", "."]):
        for overwrite in ([], ["--overwrite"]):
            result = run("train", *arguments, *SMALL, *overwrite)
            assert result.exit_code == 2 and "--output" in result.stderr
    for name in ("samples.txt", "history.csv", "loss.png"):
        assert (tmp_path / name).read_text() == text


def test_another_backend_of_keras_is_one_sentence(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    found = subprocess.run(
        [sys.executable, "-m", "gru_textgen", "train", tmp_path / "a.txt", *SMALL],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1 and "KERAS_BACKEND=tensorflow" in found.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.filterwarnings("ignore:In the prompt")
def test_half_of_a_surrogate_pair_reaches_no_page(tmp_path):
    """Of a model of an earlier version, whose text had one, and in a prompt."""
    path, page = tmp_path / "m.keras", tmp_path / "page.html"
    build_model(ModelInfo(Vocabulary("ab\ud83d\n")), 4).save(path)
    result = run("export", path, "--to", "html", "--output", page)
    assert result.exit_code == 0, result.output
    result = run("inspect", path, "--text", "a\udcff b", "--output", page)
    assert result.exit_code == 0, result.output
    page.read_text(encoding="utf-8")
