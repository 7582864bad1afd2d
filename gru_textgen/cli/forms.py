"""`gru-textgen forms`: the named forms of verse."""

from dataclasses import asdict

import click

from gru_textgen.cli.options import json_text


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="Print all properties of each form as JSON."
)
def forms(as_json):
    """List the forms of verse for generate --form, with their lines."""
    from gru_textgen.verse.forms import FORMS

    if as_json:
        plain = {name: asdict(form) for name, form in FORMS.items()}
        click.echo(json_text(plain))
        return
    width = max(map(len, FORMS))
    for name, form in FORMS.items():
        syllables = ",".join(map(str, form.syllables)) or "any"
        metre = "" if form.metre == "none" else f", {form.metre}"
        scheme = form.rhyme or f"{len(form.plan())} lines without rhyme"
        click.echo(f"{name:<{width}}  {form.about}")
        click.echo(f"{'':<{width}}  {scheme}; syllables {syllables}{metre}")
    click.echo("\nFor an example: gru-textgen generate --form NAME --seed 1")
