"""`gru-textgen clean`: extract the clean verse of a text."""

import click

from gru_textgen.cli.options import (
    MAX_SEED,
    Integer,
    OutputFile,
    file_options,
    text_of,
)
from gru_textgen.errors import InputError, as_options


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
    help="File to write the removed lines to, each preceded by the rule's name.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="RULE",
    help="Skip this rule (the table that is printed names them); may be repeated.",
)
@click.option(
    "--poems",
    is_flag=True,
    help="Clean whole poems, one a record, in any language: remove repeated poems and "
    "the numbers and marks of editors.",
)
@click.option(
    "--plain",
    is_flag=True,
    help="With --poems, for English: write straight quotes, two hyphens for a dash, "
    "letters without accents, contractions without spaces, and small letters in "
    "titles and first words that are printed in capitals.",
)
@click.option(
    "--exclude",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="With --poems: plain text that models will be evaluated on; poems that share "
    "a line with it are left out.",
)
@click.option(
    "--group",
    metavar="FIELD",
    help="With --poems: field by which poems are held out, such as author.",
)
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="With --group: fraction of the characters to hold out, at most.",
)
@click.option(
    "--held-out",
    type=OutputFile(),
    metavar="FILE",
    help="With --group: file to write the poems of the groups held out to.",
)
@click.option(
    "--seed",
    type=Integer(0, MAX_SEED),
    default=0,
    show_default=True,
    help="With --group: decides which groups are held out.",
)
@file_options
def clean(
    files,
    output,
    dropped,
    without,
    poems,
    plain,
    exclude,
    group,
    hold_out,
    held_out,
    seed,
    encoding,
    field,
    delimiter,
):
    """Extract the verse of FILES (any that train reads) into one clean text.

    Prose, notes, tables of contents, other languages and repeated passages are removed,
    and typographic characters are replaced by plain ones. Outputs whose names end in
    .gz or .xz are compressed.
    """
    if poems:
        if dropped:
            raise InputError("--dropped lists lines: it cannot be given with --poems.")
        if bool(group) != bool(held_out):
            raise InputError("Give --group and --held-out together.")
        source = {"encoding": encoding, "field": field, "delimiter": delimiter}
        how = {"without": without, "plainly": plain}
        if exclude:
            how["excluded"] = text_of([exclude], None, None, encoding, None).text
        split = (group, hold_out, held_out, seed)
        _clean_poems(files, source, output, split, how)
        return
    if group or held_out or plain or exclude:
        raise InputError(
            "--plain, --exclude, --group and --held-out are options of --poems."
        )
    from gru_textgen.cli.tables import cleaning_table
    from gru_textgen.verse.cleaning import clean_file

    text = text_of(files, None, None, encoding, field, delimiter, separator="")
    report = clean_file(text.pieces(), output, dropped, without)
    for sentence in text.report.sentences():
        click.echo(as_options(sentence), err=True)
    click.echo(cleaning_table(report), err="-" in (output, dropped))


def _clean_poems(files, source, output, split, how):
    from gru_textgen.cli.tables import poems_table
    from gru_textgen.text.documents import MARK
    from gru_textgen.verse.poems import PoemReport, clean_poems, parted, write_poems

    group, share, held_out, seed = split
    if group:
        if not source["field"]:
            raise InputError("--group needs --field, the field that contains the poem.")
        source["field"] = f"{group},{source['field']}"
    text = text_of(files, None, None, **source, separator=MARK)
    documents = text.text.rstrip("\n").split(MARK)
    report = PoemReport()
    if group:
        kept, held = parted(documents, share, seed, report, **how)
        write_poems(held, held_out, MARK)
    else:
        kept = list(clean_poems(documents, report, **how))
    write_poems(kept, output, MARK)
    for sentence in text.report.sentences():
        click.echo(as_options(sentence), err=True)
    click.echo(poems_table(report), err="-" in (output, held_out))
