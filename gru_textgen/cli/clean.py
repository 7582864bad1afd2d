"""`gru-textgen clean`: the verse of a dirty text."""

import click

from gru_textgen.cli.options import DELIMITER, FIELD, text_of


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--output", required=True, type=click.Path(), help="The clean text.")
@click.option("--dropped", type=click.Path(), help="The other lines, each by its rule.")
@click.option("--without", multiple=True, help="Leave a rule out; may be repeated.")
@click.option("--encoding", default="utf-8", help="Of the files. [default: utf-8]")
@click.option("--field", help=FIELD)
@click.option("--delimiter", help=DELIMITER)
def clean(files, output, dropped, without, encoding, field, delimiter):
    """Write the clean verse of FILES, as for train, to one text: without prose, notes,
    tables of contents, other languages and repeats, and in plain characters.

    Outputs that end in .gz or .xz are compressed.
    """
    from gru_textgen.cli.tables import cleaning_table
    from gru_textgen.verse.cleaning import clean_file

    text = text_of(files, None, None, encoding, field, delimiter, separator="")
    report = clean_file(text.pieces(), output, dropped, without)
    click.echo(cleaning_table(report))
