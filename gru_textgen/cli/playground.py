"""`gru-textgen playground`: a page in which a network learns a text."""

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.options import OutputFile, one_model
from gru_textgen.errors import printable
from gru_textgen.files import is_stream


@click.command()
@click.argument("model", required=False, shell_complete=a_model)
@click.option(
    "--output",
    type=OutputFile(),
    metavar="FILE",
    required=True,
    help="HTML file to write; - is standard output.",
)
@click.option(
    "--model",
    "model_option",
    metavar="MODEL",
    shell_complete=a_model,
    help="Model file or name of a shipped model that the page offers to begin with.",
)
def playground(model, output, model_option):
    """Write a page in which a GRU learns a text, in any browser, without a network.

    MODEL, or --model, is one that the page offers to begin with.

    What it has learnt the page downloads, as a page that generates text or as a file
    for gru-textgen import.
    """
    from gru_textgen.export.playground import export_playground
    from gru_textgen.model_file.shipped import find_weights

    model = one_model(model, model_option)
    export_playground(output, None if model is None else find_weights(model))
    click.echo(printable(output), err=is_stream(output))
