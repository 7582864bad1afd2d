"""The program: its commands, and its errors as one sentence each."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from gru_textgen.cli.clean import clean
from gru_textgen.cli.compare import compare
from gru_textgen.cli.evaluate import evaluate
from gru_textgen.cli.export import export
from gru_textgen.cli.forms import forms
from gru_textgen.cli.generate import generate
from gru_textgen.cli.import_model import import_model
from gru_textgen.cli.info import info
from gru_textgen.cli.inspect import inspect
from gru_textgen.cli.pack import pack
from gru_textgen.cli.playground import playground
from gru_textgen.cli.streams import prepare_streams, signals_as_exits
from gru_textgen.cli.train import train
from gru_textgen.errors import InputError, as_options, printable
from gru_textgen.text.download import OFFLINE_VARIABLE

_INTERRUPTED = 130  # the status that shells give to Ctrl-C
_REFUSALS = (InputError, click.ClickException, OSError, ImportError, MemoryError)


class _Program(click.Group):
    """A group whose errors are one line each on standard error, and status 2."""

    def main(self, *args, **kwargs):
        prepare_streams()
        try:
            with _warnings_as_sentences(), signals_as_exits():
                status = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.Abort:  # click's word for Ctrl-C
            sys.exit(_INTERRUPTED)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except _REFUSALS as error:
            with suppress(OSError):  # nobody may be listening
                click.echo(f"gru-textgen: {_sentence(error)}", err=True)
            sys.exit(2)
        sys.exit(status)


def _sentence(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError):
        place = f"{printable(error.filename)}: " if error.filename else ""
        return f"{place}{error.strerror or error}."
    if isinstance(error, ModuleNotFoundError):
        return (
            f"This command needs {_package(error.name)}, which is not installed: run "
            "pip install '.[train]' in a clone of gru_textgen."
        )
    return printable(as_options(str(error)))


def _package(module: str | None) -> str:
    """The name of the package that a missing module is of."""
    root = (module or "a package").split(".")[0]
    return {"tensorflow": "TensorFlow", "keras": "Keras"}.get(root, root)


@contextmanager
def _warnings_as_sentences():
    """Print warnings of this package to standard error, one line each."""
    show = warnings.showwarning

    def say(message, category, filename, lineno, file=None, line=None):
        if category is UserWarning:
            with suppress(OSError):  # nobody may be listening
                said = printable(as_options(str(message)))
                click.echo(f"gru-textgen: {said}", err=True)
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = say
    try:
        yield
    finally:
        warnings.showwarning = show


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gru_textgen")
@click.option(
    "--offline",
    is_flag=True,
    help="Download nothing, neither a model nor a text; as the environment variable "
    "GRU_TEXTGEN_OFFLINE=1 does for every command.",
)
@click.pass_context
def main(context, offline):
    """Train a character-level GRU on a text, and generate text with it."""
    if offline:
        context.with_resource(_offline())


@contextmanager
def _offline() -> Iterator[None]:
    """Forbid downloads until the command ends."""
    before = os.environ.get(OFFLINE_VARIABLE)
    os.environ[OFFLINE_VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[OFFLINE_VARIABLE]
        else:
            os.environ[OFFLINE_VARIABLE] = before


for command in (
    clean,
    train,
    generate,
    forms,
    info,
    evaluate,
    compare,
    inspect,
    pack,
    export,
    playground,
    import_model,
):
    main.add_command(command)
