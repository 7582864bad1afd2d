"""`gru-textgen import`: a model that was learnt in the playground, as a model file."""

import os

import click

from gru_textgen.cli.options import OutputFile
from gru_textgen.errors import printable
from gru_textgen.files import is_stream


@click.command("import")
@click.argument("file", type=click.Path())
@click.option(
    "--output",
    type=OutputFile(),
    metavar="MODEL",
    help="Model file to write; - is standard output. [default: FILE with .keras]",
)
def import_model(file, output):
    """Turn FILE, which the playground has downloaded, into a model file."""
    from gru_textgen.model_file.from_page import import_page_model

    output = output or f"{os.path.splitext(file)[0]}.keras"
    import_page_model(file, output)
    click.echo(printable(output), err=is_stream(output))
