"""What several commands share: options of settings, the text they are about."""

import os
import sys

import click

from gru_textgen.errors import InputError
from gru_textgen.text.escapes import read_escapes
from gru_textgen.training.backend import check_backend
from gru_textgen.training.settings import TrainingSettings


def setting(option: str, kind, help: str):
    """An option of `train` that, when not given, keeps the default of its setting."""
    default = getattr(TrainingSettings, option[2:].replace("-", "_"), None)
    if default is not None:
        help += f" [default: {default}]"
    return click.option(option, type=kind, help=help)


def switch(option: str, help: str):
    """The same for a setting that is off."""
    return click.option(option, is_flag=True, default=None, help=help)


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
        setting("--delimiter", str, DELIMITER),
        setting("--field", str, FIELD),
        setting("--encoding", str, "Of the files. [default: utf-8]"),
        setting("--corpus-dir", click.Path(), "A folder that already holds it."),
        setting("--corpus", str, "A named text, as for train."),
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
