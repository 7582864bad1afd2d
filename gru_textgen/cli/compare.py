"""`gru-textgen compare`: evaluate several models on one text."""

from dataclasses import asdict, replace

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.options import (
    evaluation_options,
    json_text,
    measured_text,
    window_option,
)


@click.command()
@click.argument("models", nargs=-1, required=True, shell_complete=a_model)
@click.option(
    "--file", "files", multiple=True, help="File with the text; may be repeated."
)
@click.option("--text", "former", multiple=True, hidden=True, help="Former --file.")
@evaluation_options
def compare(models, files, former, as_json, window, **where):
    """Evaluate several MODELS on the same text and print one table.

    Each of MODELS is a model file or the name of a shipped model. The text is given
    with --file or --corpus. It reports both measurements that evaluate --help
    describes.
    """
    files += former
    from gru_textgen.cli.tables import comparison_table
    from gru_textgen.evaluation.evaluation import evaluate as evaluate_text
    from gru_textgen.inference.generator import TextGenerator

    text, options = measured_text(files, **where), window_option(window)
    if "-" in files:  # standard input can be read only once
        text = replace(text, content=text.text)
    generators = {model: TextGenerator.load(model) for model in models}
    found = {m: evaluate_text(g, text, **options) for m, g in generators.items()}
    if as_json:
        plain = {model: asdict(evaluation) for model, evaluation in found.items()}
        click.echo(json_text(plain))
    else:
        click.echo(comparison_table(found))
