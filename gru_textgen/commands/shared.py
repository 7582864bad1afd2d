"""What several commands share: options of settings, the text they are about."""

import os
import sys

import click

from gru_textgen.errors import InputError
from gru_textgen.settings import TrainingSettings


def setting(option: str, kind, help: str):
    """An option of `train` that, when not given, keeps the default of its setting."""
    default = getattr(TrainingSettings, option[2:].replace("-", "_"), None)
    if default is not None:
        help += f" [default: {default}]"
    return click.option(option, type=kind, help=help)


def switch(option: str, help: str):
    """The same for a setting that is off."""
    return click.option(option, is_flag=True, default=None, help=help)


def text_of(files, corpus, corpus_dir, encoding, field):
    from gru_textgen import corpus as corpora

    if files and corpus:
        raise InputError("Give files or a --corpus, not both.")
    if corpus_dir and not corpus:
        raise InputError("--corpus-dir is where a --corpus lies: give that too.")
    for option, value in (("--encoding", encoding), ("--field", field)):
        if value and not files:
            raise InputError(f"{option} is that of files, and there are none.")
    if corpus:
        return corpora.read_named(corpus, corpus_dir)
    if not files:
        return None
    return corpora.read_files(files, encoding or "utf-8", field=field)


def load_tensorflow() -> None:
    """Import it without the lines that its C++ code writes to descriptor 2, about the
    machine, before any setting could stop them."""
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
