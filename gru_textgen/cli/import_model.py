"""`gru-textgen import`: a model that was learnt in the playground, as a model file."""

import os

import click

from gru_textgen.cli.options import OutputFile
from gru_textgen.errors import InputError, printable
from gru_textgen.files import is_stream


@click.command("import")
@click.argument("file", type=click.Path())
@click.option(
    "--output",
    type=OutputFile(),
    metavar="MODEL",
    help="Model file to write; - is standard output. [default: FILE with .keras]",
)
@click.option("--overwrite", is_flag=True, help="Replace the model file beside FILE.")
def import_model(file, output, overwrite):
    """Turn FILE, which the playground has downloaded, into a model file."""
    from gru_textgen.model_file.from_page import import_page_model

    if output is None:
        output = f"{os.path.splitext(file)[0]}.keras"
        if os.path.lexists(output) and not overwrite:
            raise InputError(
                f"{output} exists already: replace it (`overwrite=True`), or give "
                "another file (`output`)."
            )
    import_page_model(file, output)
    click.echo(printable(output), err=is_stream(output))
