"""`gru-textgen pack`: a small copy of a model file."""

from pathlib import Path

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.options import OutputFile
from gru_textgen.errors import printable
from gru_textgen.files import is_stream


@click.command()
@click.argument("model", shell_complete=a_model)
@click.option(
    "--output",
    type=OutputFile(),
    metavar="FILE",
    required=True,
    help="File to write the copy to; - is standard output.",
)
@click.option(
    "--full", is_flag=True, help="Keep float32 weights instead of float16 weights."
)
def pack(model, output, full):
    """Write a small copy of MODEL, to keep or to share, at a sixth of its size.

    The copy leaves out the optimizer state. It generates text and can be evaluated as
    MODEL can; a training run cannot resume from it, but can start from its weights
    (train --init-from).
    """
    from gru_textgen.model_file.pack import pack
    from gru_textgen.model_file.shipped import find_weights

    path = find_weights(model)
    pack(path, output, half=not full)
    if not is_stream(output):  # which takes the file alone
        before, after = (Path(p).stat().st_size for p in (path, output))
        click.echo(f"{printable(output)}: {after:,} bytes; {model} has {before:,}.")
