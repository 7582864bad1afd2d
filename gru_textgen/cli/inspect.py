"""`gru-textgen inspect`: the gates and states of a model while it reads a text."""

import warnings
from contextlib import suppress
from pathlib import Path

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.options import (
    OutputFile,
    text_of,
    text_options,
    theme_option,
)
from gru_textgen.errors import InputError, printable
from gru_textgen.files import is_stream, text_output
from gru_textgen.text.escapes import read_escapes

_PICTURED = 80  # characters or tokens, as many as are legible side by side


@click.command()
@click.argument("model", shell_complete=a_model)
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--text",
    help=r"The text itself, instead of FILES; \n, \t, \r\n and \\ are escapes.",
)
@text_options
@click.option(
    "--layer",
    type=click.IntRange(min=1),
    metavar="N",
    help="Layer of the picture, counted from 1. [default: the last]",
)
@theme_option
@click.option(
    "--output",
    type=OutputFile(),
    metavar="FILE",
    required=True,
    help="File to write: an .html page, or a .png, .svg or .pdf picture; - writes a "
    "page to standard output.",
)
def inspect(model, files, text, layer, theme, output, **where):
    """Show the gates and states of MODEL while it reads a text.

    MODEL is a model file or the name of a shipped model. Give the text as
    FILES, as for train, or with --text or --corpus.

    An .html page shows, for each character, the predictions, the gates, the influence
    of earlier characters and the change of the state. A picture shows the gates of one
    layer over the first 80 characters or, for a model of words, the first 80 words. A
    page serves models of characters only.
    """
    from gru_textgen.inference.generator import TextGenerator

    page = output == "-" or Path(output).suffix.lower() in (".html", ".htm")
    if not page:
        from gru_textgen.plots.pictures import check_picture

        check_picture(output, or_else=", or in .html for a page")
    elif layer is not None or theme is not None:
        raise InputError(
            "--layer and --theme are for pictures only: a page shows all layers."
        )
    read = _text(files, text, where)
    generator = TextGenerator.load(model)
    if page:
        generator.info.require_characters("The inspection page")
        _write_page(generator, read, Path(model).stem, output)
    else:
        _write_picture(generator, read, layer, theme or "light", output)
    click.echo(printable(output), err=is_stream(output))


def _write_page(generator, text, name, output):
    from gru_textgen.export.html import engine
    from gru_textgen.inspection.page import LONGEST, inspection_page, longest_text

    longest, own = longest_text(generator), None
    _cut(text, longest, "page", f"{longest:,} characters")
    if longest == LONGEST:  # a very large model would be a very large page
        with suppress(InputError):  # of a weight beyond half precision
            own = engine(generator.info, generator.arrays, "float16")
    html = inspection_page(generator, text, name, own)
    with text_output(output) as file:
        file.write(html)


def _write_picture(generator, text, layer, theme, output):
    from gru_textgen.inspection import gate_plots
    from gru_textgen.inspection import trace as inspection
    from gru_textgen.plots.pictures import save

    units = generator.vocabulary.units
    shown = text[: units.offset(text, _PICTURED)]
    _cut(text, len(shown), "picture", f"{_PICTURED} {units.noun}")
    found = inspection.trace(generator, shown)
    count = len(found.layers)
    if layer is not None and layer > count:
        raise InputError(f"There is no layer {layer}: give one from 1 to {count}.")
    save(gate_plots.gate_heat_map(found, (layer or count) - 1, theme=theme), output)


def _cut(text, longest, what, how_much):
    if len(text) > longest:
        warnings.warn(
            f"The {what} shows the first {how_much} of the text.",
            stacklevel=3,
        )


def _text(files, text, where):
    if text is not None:
        if files or any(where.values()):
            raise InputError("Give only one of --text, files and --corpus.")
        return read_escapes(text)
    corpus = text_of(files, **where)
    if corpus is None:
        raise InputError(
            "There is no text: give files, --text, or a --corpus such as anthology."
        )
    from gru_textgen.inspection.units import LONGEST

    return corpus.beginning(LONGEST)
