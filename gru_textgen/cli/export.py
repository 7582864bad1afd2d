"""`gru-textgen export`: a model in another format."""

from pathlib import Path

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.options import OutputFile
from gru_textgen.errors import InputError, printable
from gru_textgen.files import is_stream


@click.command()
@click.argument("models", nargs=-1, required=True, shell_complete=a_model)
@click.option(
    "--to",
    "form",
    type=click.Choice(["html", "onnx", "savedmodel"]),
    required=True,
    help="Format to write.",
)
@click.option(
    "--output",
    type=OutputFile(or_folder=True),
    required=True,
    help="File to write, - for standard output; folder for savedmodel.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "float16", "int8"]),
    help="Precision of the weights in an HTML page. [default: int8]",
)
def export(models, form, output, precision):
    """Write MODELS in another format.

    A model is a model file or the name of a shipped model.

    html: a page that generates text in any browser, without a server. Of several models
    the page offers a choice; the other formats take one.

    onnx: a file for any program that runs ONNX models.

    savedmodel: a folder that TensorFlow loads without this package.
    """
    from gru_textgen.model_file.shipped import find_weights

    if precision and form != "html":
        raise InputError("--precision is for HTML pages only: use it with --to html.")
    if form != "html" and len(models) > 1:
        raise InputError(f"--to {form} takes one model: only --to html takes several.")
    paths = [find_weights(model) for model in models]
    if Path(output).resolve() in [Path(path).resolve() for path in paths]:
        raise InputError(f"{output} is the model file itself: give another --output.")
    if form == "html":
        from gru_textgen.export.html import export_html

        export_html(paths, output, precision or "int8")
    elif form == "onnx":
        from gru_textgen.export.onnx import export_onnx

        export_onnx(paths[0], output)
    else:
        from gru_textgen.cli.options import load_tensorflow
        from gru_textgen.export.savedmodel import check_output, export_savedmodel

        check_output(output)
        load_tensorflow()
        export_savedmodel(paths[0], output)
    click.echo(printable(output), err=is_stream(output))
