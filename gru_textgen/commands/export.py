"""`gru-textgen export`: a model in another form."""

import click


@click.command()
@click.argument("model")
@click.option("--to", "form", type=click.Choice(["html"]), required=True)
@click.option("--output", type=click.Path(), required=True, help="The new file.")
@click.option(
    "--precision",
    type=click.Choice(["float32", "float16", "int8"]),
    help="Of the weights in a page. [default: int8]",
)
def export(model, form, output, precision):
    """Write MODEL, a file or the name of shipped weights, in another form.

    html: a page that writes poems, opened from disk by any browser.
    """
    from gru_textgen.generation import find_weights

    path = find_weights(model)
    if form == "html":
        from gru_textgen.export_html import export_html

        export_html(path, output, precision or "int8")
    click.echo(f"{output}")
