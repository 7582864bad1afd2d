"""Options that several commands share: training settings, and the text to read."""

import json
import math
import os
import sys
from typing import get_args

import click

from gru_textgen.cli.completion import Completer, a_corpus, a_model, completer
from gru_textgen.errors import InputError, as_options
from gru_textgen.files import check_output
from gru_textgen.machine import check_addresses
from gru_textgen.text.escapes import read_escapes
from gru_textgen.training.backend import check_backend
from gru_textgen.training.device import choose_device
from gru_textgen.training.limits import Description, descriptions
from gru_textgen.training.settings import TrainingSettings

# Settings that only Python code gives; those that are on, or that the recipe may switch
# on, so that there must be an option that switches them off.
_NOT_OPTIONS = ("name", "jit_compile")
_TWO_WAYS = ("counts", "reset_after", "one_hot")
_BY_RECIPE = ("init_from", "epochs", "learning_rate", "patience")
_ADDRESSES = 4_000_000_000  # bytes that TensorFlow aborts without
_METAVARS = {int: "N", float: "NUMBER", str: "TEXT"}


def training_settings(command):
    """An option for each training setting, made from its description. An option that is
    not given is None, and the setting keeps its default."""
    for name, (kind, default, of) in reversed(descriptions(TrainingSettings).items()):
        if name in _NOT_OPTIONS:
            continue
        option = "--" + name.replace("_", "-")
        if kind is bool:
            off = as_options(f"`{name}=False`")
            switch = f"{option}/{off}" if name in _TWO_WAYS else option
            help = " ".join([as_options(of.help), *_in_brackets(of, default or None)])
            command = click.option(switch, is_flag=True, default=None, help=help)(
                command
            )
            continue
        kind = next(x for x in _METAVARS if x in (kind, *get_args(kind)))
        shown = "chosen for the text" if name in _BY_RECIPE else default
        help = " ".join([as_options(of.help), *_in_brackets(of, shown)])
        metavar = "|".join(of.choices).join("[]") if of.choices else _METAVARS[kind]
        command = click.option(
            option,
            type=kind,
            metavar=metavar,
            help=help,
            shell_complete=_completer(name, of),
        )(command)
    return command


def _completer(name: str, of: Description) -> Completer | None:
    if name == "init_from":
        return a_model
    choices = [choice for choice in of.choices or () if isinstance(choice, str)]
    return completer(lambda: choices) if choices else None


def _in_brackets(of: Description, default) -> list[str]:
    parts = [of.range] if of.range else []
    parts += [] if default is None else [f"default: {default}"]
    return ["; ".join(parts).join("[]")] if parts else []


def text_of(files, corpus, corpus_dir, encoding, field, delimiter=None, separator=None):
    from gru_textgen.text import corpus as corpora

    if files and corpus:
        raise InputError("Give files or a --corpus, not both.")
    if corpus_dir and not corpus:
        raise InputError(
            "--corpus-dir is the folder of a --corpus: give a --corpus too."
        )
    of_files = {"encoding": encoding, "field": field, "delimiter": delimiter}
    for option, value in of_files.items():
        if value and not files:
            raise InputError(f"--{option} describes files: give files too.")
    if corpus:
        return corpora.read_named(corpus, corpus_dir)
    if not files:
        return None
    if delimiter is not None:
        delimiter = read_escapes(delimiter)
    return corpora.read_files(files, encoding or "utf-8", separator, field, delimiter)


def load_tensorflow(device: str | None = None, alone: bool = True) -> str:
    """Import TensorFlow without the lines about the machine that its C++ code writes to
    standard error before any setting could suppress them.

    Args:
        device: that it is to use, as for `choose_device`.
        alone: whether it is to find its devices at once; a worker of several finds them
            when it joins the others, and has a sentence of its own for their loss.

    Returns:
        The name of what it uses.
    """
    check_backend()
    check_addresses("TensorFlow", _ADDRESSES)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2" if alone else "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow

        name = choose_device(device)
        if alone:
            tensorflow.config.list_logical_devices()
        return name
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def one_model(argument: str | None, option: str | None) -> str | None:
    """The model that is given as MODEL or with --model, or None."""
    if argument is not None and option is not None:
        raise InputError("Give the model once: as MODEL, or with --model.")
    return option if argument is None else argument


TEXT_OPTIONS = ("corpus", "corpus_dir", "encoding", "field", "delimiter")
MAX_LENGTH = 1_000_000_000  # characters or lines to generate
MAX_SAMPLES = 10_000  # texts that are generated side by side, and kept in memory
MAX_SEED = 2**64 - 1
_CORPUS = (
    "Named text to read instead of files: anthology, tinyshakespeare, sonnets or names."
)
_FIELD = (
    "Field of .jsonl, .json, .csv or .tsv files that contains the text; use dots for "
    "nested fields, as in messages.text; of several, as in title,text, each begins a "
    "paragraph. [default: detected]"
)
_DELIMITER = (
    r"Character between the cells of .csv files, such as ';' or '\t'. "
    "[default: detected]"
)


class OutputFile(click.Path):
    """A file to write; one that cannot be written is refused before the work begins.

    Args:
        or_folder: Whether it may be a folder.
    """

    name = "output file"

    def __init__(self, or_folder: bool = False):
        super().__init__()
        self.or_folder = or_folder

    def convert(self, value, param, ctx):
        path = os.fsdecode(super().convert(value, param, ctx))
        if not (self.or_folder and os.path.isdir(path)):
            check_output(path)
        return path


class Integer(click.ParamType):
    """An integer within bounds.

    Args:
        low: The smallest.
        high: The largest.
    """

    name = "integer"

    def __init__(self, low: int, high: int):
        self.bounds = Description("", low=low, high=high)

    def convert(self, value, param, ctx):
        number = click.INT.convert(value, param, ctx)
        if not self.bounds.admits(number):
            self.fail(f"{value} is not {self.bounds.range}.", param, ctx)
        return number


def _with_options(command, *options):
    for option in reversed(options):
        command = option(command)
    return command


def file_options(command):
    """How files are read."""
    return _with_options(
        command,
        click.option("--encoding", help="Encoding of the files. [default: utf-8]"),
        click.option("--field", help=_FIELD),
        click.option("--delimiter", metavar="CHARACTER", help=_DELIMITER),
    )


def text_options(command):
    """Which text is read, and how its files are."""
    return _with_options(
        command,
        click.option("--corpus", metavar="NAME", help=_CORPUS, shell_complete=a_corpus),
        click.option(
            "--corpus-dir",
            type=click.Path(),
            metavar="FOLDER",
            help="Folder that contains the named text, so that it is not downloaded.",
        ),
        file_options,
    )


def evaluation_options(command):
    """The text that models are evaluated on, the windows, and the output format."""
    return _with_options(
        command,
        text_options,
        click.option(
            "--window",
            type=int,
            metavar="N",
            help="Number of characters of a window. [default: 256]",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="Print all figures as JSON."
        ),
    )


def theme_option(command):
    """The colours of a picture."""
    return click.option(
        "--theme",
        metavar="THEME",
        help="Theme of the picture: light or dark. [default: light]",
    )(command)


def measured_text(files, corpus, corpus_dir, encoding, field, delimiter):
    text = text_of(files, corpus, corpus_dir, encoding, field, delimiter)
    if text is None:
        raise InputError(
            "There is no text: give files, or a --corpus such as anthology."
        )
    return text


def json_text(value, ascii_only: bool = True) -> str:
    """A value as JSON; numbers that are not finite, which JSON has not, are null."""
    return json.dumps(
        _finite(value), ensure_ascii=ascii_only, indent=1, allow_nan=False
    )


def _finite(value):
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def window_option(window) -> dict:
    return {} if window is None else {"window": window}
