"""`gru-textgen clean`: extract the clean verse of a text."""

import click

from gru_textgen.cli.options import OutputFile, file_options, text_of
from gru_textgen.errors import as_options


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--output",
    required=True,
    type=OutputFile(),
    metavar="FILE",
    help="File to write the clean text to; - is standard output.",
)
@click.option(
    "--dropped",
    type=OutputFile(),
    metavar="FILE",
    help="File to write each removed line to, after the rule that removed it.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="RULE",
    help="Do not apply this rule of the printed table; may be repeated.",
)
@file_options
def clean(files, output, dropped, without, encoding, field, delimiter):
    """Extract the clean verse of FILES, as for train, into one text.

    Prose, notes, tables of contents, other languages and repeated passages are removed,
    and typographic characters are replaced by plain ones. Outputs whose names end in
    .gz or .xz are compressed.
    """
    from gru_textgen.cli.tables import cleaning_table
    from gru_textgen.verse.cleaning import clean_file

    text = text_of(files, None, None, encoding, field, delimiter, separator="")
    report = clean_file(text.pieces(), output, dropped, without)
    for sentence in text.report.sentences():
        click.echo(as_options(sentence), err=True)
    click.echo(cleaning_table(report), err="-" in (output, dropped))
