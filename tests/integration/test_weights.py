"""The shipped weights are what their cards say."""

import csv
import dataclasses
import hashlib
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.cli.train import train
from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import read_info
from gru_textgen.model_file.shipped import SHIPPED, shipped_weights
from gru_textgen.text.escapes import read_escapes
from gru_textgen.training.settings import TrainingSettings

ROOT = Path(__file__).parent.parent.parent
WEIGHTS = {path.stem: path for path in shipped_weights()}
# A command in backticks, and the block with some of what it prints.
SHOWN = re.compile(r"`(gru-textgen evaluate\s[^`]+)`[^`]*```\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])\d+\.\d+")


def card(name):
    return (ROOT / "weights" / f"{name}.md").read_text(encoding="utf-8")


def row(name, what):
    """A row of the card's table."""
    return re.search(rf"^\| {what} \| (.*) \|$", card(name), re.MULTILINE)[1]


def shown():
    for name in WEIGHTS:
        for command, output in SHOWN.findall(card(name)):
            yield pytest.param(command, output, id=command)


def test_each_is_shipped_with_a_card():
    assert set(WEIGHTS) <= set(SHIPPED)
    cards = {path.stem for path in (ROOT / "weights").glob("*.md")}
    assert cards == set(WEIGHTS)


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_card_is_that_of_the_file(name):
    data, info = WEIGHTS[name].read_bytes(), read_info(WEIGHTS[name])
    assert hashlib.sha256(data).hexdigest() in row(name, "sha256 of the file")
    assert len(data) <= 8e6
    assert info.sha256 in row(name, "corpus")
    for version in info.versions.values():
        assert version in row(name, "versions")
    assert f"{info.settings['seed']}" == row(name, "seed")


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_command_on_a_card_gives_the_settings_in_the_file(name):
    command = re.search(r"`gru-textgen train ([^`]*)`", row(name, "command"))[1]
    options = train.make_context("train", shlex.split(command)).params
    names = {field.name for field in dataclasses.fields(TrainingSettings)}
    given = {k: v for k, v in options.items() if k in names and v is not None}
    given |= {k: read_escapes(given[k]) for k in {"documents"} & given.keys()}
    given = {k: v for k, v in given.items() if (k, v) != ("init_from", "none")}
    settings = TrainingSettings(**{"output": f"runs/{name}", **given})
    written = read_info(WEIGHTS[name]).settings
    if settings.split is None:  # the kind of text has decided
        settings = dataclasses.replace(settings, split=written.get("split"))
    if settings.init_from is not None:  # the model to begin with has decided
        sizes = {size: written[size] for size in ("units", "layers")}
        settings = dataclasses.replace(settings, **sizes)
    for key in written.keys() - {"output", "name"}:  # which is the folder's
        expected = getattr(settings, key)
        if key == "init_from" and expected is not None:
            expected = f"{expected}.keras"  # the file that was found by that name
        assert written[key] == expected, key


@pytest.mark.slow
@pytest.mark.parametrize("command, output", list(shown()))
def test_a_card_is_reproduced_to_four_decimals(command, output, monkeypatch):
    """Where the text is at hand; the last decimal may fall to either side."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("gru_textgen.text.corpus.download", _no_download)
    words = shlex.split(command)[1:]
    for word in words:
        if word.endswith(".txt") and not Path(word).exists():
            pytest.skip(f"{word} is not here: the card says how it is made.")
    result = CliRunner().invoke(main, words)
    if "downloaded" in result.stderr:
        pytest.skip(result.stderr)
    assert result.exit_code == 0, result.output
    found = {_label(line): line for line in result.output.splitlines()}
    compared = 0
    for line in output.splitlines():
        numbers = [float(n) for n in NUMBER.findall(line)]
        now = [float(n) for n in NUMBER.findall(found[_label(line)])]
        assert now == pytest.approx(numbers, abs=1.5e-2 if "%" in line else 1.5e-4)
        compared += len(numbers)
    assert compared >= 12  # two protocols, six figures each


@pytest.mark.parametrize("name", WEIGHTS)
def test_one_of_a_cards_evaluations_needs_no_other_text(name):
    """So that it runs wherever the suite does."""
    commands = [shlex.split(command) for command, _ in SHOWN.findall(card(name))]
    _, dash, language = name.partition("-")
    poems = f"tests/data/poems{dash}{language}.txt"
    assert ["gru-textgen", "evaluate", name, poems] in commands


@pytest.mark.parametrize("name", [name for name in WEIGHTS if name.startswith("verse")])
def test_the_epochs_of_a_run_stand_beside_the_card(name):
    with open(ROOT / "weights" / f"{name}.csv", encoding="utf-8") as file:
        epochs = list(csv.DictReader(file))
    losses = [float(epoch["val_loss"]) for epoch in epochs]
    figures = read_info(WEIGHTS[name]).figures
    assert len(losses) <= read_info(WEIGHTS[name]).settings["epochs"]
    assert losses[figures["epoch"] - 1] == pytest.approx(figures["val_loss"])
    assert losses[figures["epoch"] - 1] == min(losses)


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_card_tells_how_long_the_file_took(name):
    seconds = read_info(WEIGHTS[name]).figures["seconds"]
    assert row(name, "time").startswith(f"{seconds:,.0f} s")


def _label(line):
    return line.split("  ")[0]


def _no_download(*_):
    raise InputError("The corpus is not downloaded for a test.")
