"""`gru-textgen inspect`: what goes on inside a model while it reads."""

import warnings
from pathlib import Path

import click

from gru_textgen.cli.options import DELIMITER, FIELD, text_of
from gru_textgen.errors import InputError
from gru_textgen.files import written_whole

_PICTURED = 80  # characters, as many as can be read side by side


@click.command()
@click.argument("model")
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@click.option("--text", help="The text itself, for FILES.")
@click.option("--corpus", help="A named text, as for train.")
@click.option("--corpus-dir", type=click.Path(), help="A folder that already holds it.")
@click.option("--encoding", help="Of the files. [default: utf-8]")
@click.option("--field", help=FIELD)
@click.option("--delimiter", help=DELIMITER)
@click.option("--layer", type=int, help="Of the picture. [default: the last]")
@click.option("--theme", help="Of the picture: light or dark. [default: light]")
@click.option(
    "--output", type=click.Path(), required=True, help="A .html page or a .png, .svg."
)
def inspect(model, files, text, layer, theme, output, **where):
    """Look inside MODEL while it reads a text: FILES as for train, --text or --corpus.

    A page (.html) shows, at each character, the gates, the expected next ones, what
    sways them and the state's change; a picture the gates over the first line or so.
    """
    from gru_textgen.inference.generator import TextGenerator

    page = Path(output).suffix.lower() in (".html", ".htm")
    if not page:
        from gru_textgen.plots.pictures import check_picture

        check_picture(output, or_else=", or in .html for a page")
    elif layer is not None or theme is not None:
        raise InputError("--layer and --theme are a picture's: a page shows them all.")
    read = _text(files, text, where)
    generator = TextGenerator.load(model)
    if page:
        _write_page(generator, read, Path(model).stem, output)
    else:
        _write_picture(generator, read, layer, theme or "light", output)


def _write_page(generator, text, name, output):
    from gru_textgen.inspection.page import LONGEST, inspection_page

    _cut(text, LONGEST, "page")
    html = inspection_page(generator, text, name)
    with written_whole(output) as part:
        part.write_text(html, encoding="utf-8", errors="replace", newline="\n")


def _write_picture(generator, text, layer, theme, output):
    from gru_textgen.inspection import gate_plots
    from gru_textgen.inspection import trace as inspection
    from gru_textgen.plots.pictures import save

    _cut(text, _PICTURED, "picture")
    found = inspection.trace(generator, text[:_PICTURED])
    layer = len(found.layers) - 1 if layer is None else layer
    save(gate_plots.gate_heat_map(found, layer, theme=theme), output)


def _cut(text, longest, what):
    if len(text) > longest:
        warnings.warn(
            f"The {what} shows the first {longest:,} of {len(text):,} characters.",
            stacklevel=3,
        )


def _text(files, text, where):
    if text is not None:
        if files or any(where.values()):
            raise InputError("Give --text, files or a --corpus, not two of them.")
        return text
    corpus = text_of(files, **where)
    if corpus is None:
        raise InputError("No text: give --text, files, or a --corpus as anthology.")
    return corpus.text
