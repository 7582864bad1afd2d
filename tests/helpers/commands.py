"""Calls of the program, made from what its commands say of themselves."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from gru_textgen.cli import main
from gru_textgen.cli.options import OutputFile
from tests.helpers.downloads import download

MODEL = Path(__file__).parent.parent / "data" / "version-4.keras"
TEXT = (MODEL.parent / "poems.txt").read_text(encoding="utf-8")[:1900]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its name."""
    yield from main.commands.items()


def outputs() -> Iterator[tuple[str, str]]:
    """The name of each command that writes a file, and the option that names it."""
    for name, command in commands():
        for parameter in command.params:
            if isinstance(parameter.type, OutputFile):
                yield name, parameter.opts[0]


def ending(name: str, option: str) -> str:
    """The ending of a file's name that an option asks for."""
    [parameter] = [p for p in main.commands[name].params if option in p.opts]
    return next((e for e in (".html", ".png") if e in (parameter.help or "")), ".txt")


def call(name: str, folder: Path, **given: str | None) -> list[str]:
    """Words of the shortest call of a command that does something.

    Args:
        name: Of the command.
        folder: Where a text and outputs may lie.
        **given: Values of parameters, by their names in Python; None leaves one out.
    """
    text = folder / "text.txt"
    if not text.exists():
        text.write_text(TEXT)
    if given.get("held_out"):
        given = {**_of_poems(folder), **given}
    words, options = [], []
    for parameter in main.commands[name].params:
        value = given.get(parameter.name, _needed(name, parameter, folder))
        if value is None:
            continue
        if isinstance(parameter, click.Argument):
            words.append(value)
        elif getattr(parameter, "is_flag", False):
            options.append(value)
        else:
            options += [parameter.opts[0], value]
    return [name, *options, "--", *words] if words else [name, *options]


def _of_poems(folder: Path) -> dict[str, str]:
    """Parameters with which `clean` holds out authors of poems."""
    poems = [{"author": f"A{i}", "text": f"Of {i}\nlines"} for i in range(40)]
    records = folder / "poems.jsonl"
    records.write_text("\n".join(map(json.dumps, poems)))
    return {
        "files": str(records),
        "poems": "--poems",
        "field": "text",
        "group": "author",
    }


def _needed(name: str, parameter: click.Parameter, folder: Path) -> str | None:
    """A value for a parameter that a command does nothing without."""
    if parameter.name in ("model", "models"):
        return str(MODEL)
    if (name, parameter.name) == ("import", "file"):
        learnt = folder / "learnt.json"
        learnt.write_text(json.dumps(download()))
        return str(learnt)
    if parameter.name == "files" or (name, parameter.name) == ("compare", "files"):
        return str(folder / "text.txt")
    if isinstance(parameter.type, OutputFile) and parameter.required:
        return str(folder / f"output{ending(name, parameter.opts[0])}")
    if parameter.required and isinstance(parameter.type, click.Choice):
        return parameter.type.choices[0]
    return None
