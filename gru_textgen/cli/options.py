"""What several commands share: options of settings, the text they are about."""

import os
import sys
from typing import get_args

import click

from gru_textgen.errors import InputError
from gru_textgen.text.escapes import read_escapes
from gru_textgen.training.backend import check_backend
from gru_textgen.training.limits import descriptions
from gru_textgen.training.settings import TrainingSettings

# Settings that a program gives; and those that a recipe may choose, to be switched off.
_NOT_OPTIONS = ("name", "jit_compile")
_TWO_WAYS = ("counts",)


def training_settings(command):
    """An option for each training setting, made from its description. An option that is
    not given is None, and the setting keeps its default."""
    for name, (kind, default, of) in reversed(descriptions(TrainingSettings).items()):
        if name in _NOT_OPTIONS:
            continue
        option = "--" + name.replace("_", "-")
        if kind is bool:
            switch = f"{option}/--no-{name}" if name in _TWO_WAYS else option
            command = click.option(switch, is_flag=True, default=None, help=of.help)(
                command
            )
            continue
        more = [of.range.join("[]")] if of.range else []
        more += [] if default is None else [f"[default: {default}]"]
        kind = next(x for x in (int, float, str) if x in (kind, *get_args(kind)))
        help = " ".join([of.help, *more])
        command = click.option(option, type=kind, help=help)(command)
    return command


def text_of(files, corpus, corpus_dir, encoding, field, delimiter=None, separator=None):
    from gru_textgen.text import corpus as corpora

    if files and corpus:
        raise InputError("Give files or a --corpus, not both.")
    if corpus_dir and not corpus:
        raise InputError("--corpus-dir is where a --corpus lies: give that too.")
    of_files = {"encoding": encoding, "field": field, "delimiter": delimiter}
    for option, value in of_files.items():
        if value and not files:
            raise InputError(f"--{option} is that of files, and there are none.")
    if corpus:
        return corpora.read_named(corpus, corpus_dir)
    if not files:
        return None
    if delimiter is not None:
        delimiter = read_escapes(delimiter)
    return corpora.read_files(files, encoding or "utf-8", separator, field, delimiter)


def load_tensorflow() -> None:
    """Import it without the lines that its C++ code writes to descriptor 2, about the
    machine, before any setting could stop them."""
    check_backend()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow

        tensorflow.config.list_logical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


TEXT_OPTIONS = ("corpus", "corpus_dir", "encoding", "field", "delimiter")
FIELD = "Of .jsonl, .json or .csv files: the one that holds the text, as messages.text."
DELIMITER = r"Between the cells of .csv files, as ';' or '\t'. [default: found out]"
_WINDOW = "Characters of a window. [default: 256]"


def of_a_text(command):
    """The options of what a model is measured on, and how."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="All figures, as JSON."),
        click.option("--window", type=int, help=_WINDOW),
        click.option("--delimiter", help=DELIMITER),
        click.option("--field", help=FIELD),
        click.option("--encoding", help="Of the files. [default: utf-8]"),
        click.option(
            "--corpus-dir", type=click.Path(), help="A folder that already holds it."
        ),
        click.option("--corpus", help="A named text, as for train."),
    ):
        command = option(command)
    return command


def measured_text(files, corpus, corpus_dir, encoding, field, delimiter):
    text = text_of(files, corpus, corpus_dir, encoding, field, delimiter)
    if text is None:
        raise InputError("No text: name files, or a --corpus such as anthology.")
    return text


def window_option(window) -> dict:
    return {} if window is None else {"window": window}


def one_thread_a_product() -> None:
    """The cores share the streams: OpenBLAS, when NumPy loads it, is to have no threads
    of its own, which would wait for one another."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
