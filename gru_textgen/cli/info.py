"""`gru-textgen info`: the metadata of a model file."""

import textwrap

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.options import json_text
from gru_textgen.errors import printable
from gru_textgen.text.units import WORD

_LISTED = 8  # values of a list that are shown


@click.command()
@click.argument("model", shell_complete=a_model)
@click.option("--json", "as_json", is_flag=True, help="Print the metadata as JSON.")
def info(model, as_json):
    """Show what MODEL is: its vocabulary, its training settings and its figures.

    MODEL is a model file or the name of a shipped model.
    """
    from gru_textgen.evaluation.report import paragraph
    from gru_textgen.model_file.reader import read_stored
    from gru_textgen.model_file.shipped import find_weights

    path = find_weights(model)
    found = read_stored(path).info  # reads all of the file: damage is reported here too
    if as_json:
        click.echo(json_text(found.to_config(), ascii_only=False))
        return
    click.echo(f"{printable(path)}, {path.stat().st_size:,} bytes")
    if said := paragraph(found):
        click.echo(textwrap.fill(said, 80))
    click.echo(f"level: {found.level}")
    for name, value in found.to_config().items():
        if value in ({}, None, ""):
            continue
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for key, inner in value.items():
                click.echo(
                    f"  {key.encode('unicode_escape').decode()}: {_shown(inner)}"
                )
        elif name == "vocabulary":
            if found.level == WORD:
                click.echo(f"vocabulary: {len(value)} tokens, {_shown(value)}")
            else:
                click.echo(f"vocabulary: {len(value)} characters, {''.join(value)!r}")
        else:
            click.echo(f"{name}: {value!r}")


def _shown(value):
    """A value, of a long list the beginning."""
    if isinstance(value, list) and len(value) > _LISTED:
        return f"[{', '.join(map(repr, value[:_LISTED]))}, …] ({len(value)} values)"
    return repr(value)
