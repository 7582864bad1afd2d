"""`gru-textgen evaluate`: measure how well a model predicts a text."""

import math
from dataclasses import asdict

import click

from gru_textgen.cli.completion import a_form, a_model
from gru_textgen.cli.options import (
    MAX_LENGTH,
    MAX_SAMPLES,
    MAX_SEED,
    TEXT_OPTIONS,
    Integer,
    OutputFile,
    evaluation_options,
    json_text,
    measured_text,
    theme_option,
    window_option,
)
from gru_textgen.errors import InputError
from gru_textgen.text.units import WORD


@click.command()
@click.argument("model", shell_complete=a_model)
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@evaluation_options
@click.option(
    "--held-out",
    is_flag=True,
    help="Evaluate only the part of the text that training held out.",
)
@click.option(
    "--test",
    is_flag=True,
    help="Evaluate only the documents that --test-split reserved.",
)
@click.option(
    "--baselines",
    is_flag=True,
    help="Also evaluate n-gram, unigram, uniform and xz baselines; needs --held-out or "
    "--test.",
)
@click.option(
    "--samples",
    type=Integer(1, MAX_SAMPLES),
    metavar="N",
    help="Generate N samples and report how much is copied from the training text.",
)
@click.option(
    "--length",
    type=Integer(1, MAX_LENGTH),
    metavar="N",
    help="Number of characters of each sample. [default: 1000]",
)
@click.option(
    "--temperature",
    type=float,
    metavar="T",
    help="Sampling temperature of the samples. [default: 0.8]",
)
@click.option(
    "--seed",
    type=Integer(0, MAX_SEED),
    metavar="N",
    help="Random seed of the samples. [default: 0]",
)
@click.option(
    "--form",
    metavar="NAME",
    shell_complete=a_form,
    help="Generate poems in this form (their number: --samples) and measure how well "
    "they keep it.",
)
@click.option(
    "--plot",
    type=OutputFile(),
    metavar="FILE",
    help="Save calibration and loss by context as a picture: .png, .svg or .pdf.",
)
@theme_option
def evaluate(
    model,
    files,
    held_out,
    test,
    baselines,
    samples,
    form,
    plot,
    theme,
    as_json,
    window,
    **options,
):
    """Measure how well MODEL predicts a text.

    MODEL is a model file or the name of a shipped model. Give the text as
    FILES, as for train, or with --corpus.

    There are two protocols: "stateful" reads the text in one pass and carries the
    state; "windows" begins each window of the text with an empty state. --held-out,
    --baselines and --samples need the text that the model was trained on.

    --form needs no text: it writes poems and measures how well they keep the form, by
    the dictionary and, where it is installed, by eSpeak NG. Of a model of another
    language than English it measures syllables, counted by spelling.
    """
    _check_picture(plot, theme)
    if form is not None:
        if files or held_out or test or baselines or plot or options["corpus"]:
            raise InputError("--form measures poems alone: give no text beside it.")
        _evaluate_form(model, form, samples, as_json, options)
        return
    from gru_textgen.cli import tables
    from gru_textgen.evaluation import baselines as references
    from gru_textgen.evaluation import evaluation
    from gru_textgen.evaluation.held_out import HELD_OUT, TEST
    from gru_textgen.inference.generator import TextGenerator

    if baselines and not (held_out or test):
        raise InputError(
            "--baselines are evaluated on the held-out part: give --held-out or --test."
        )
    where = {name: options.pop(name) for name in TEXT_OPTIONS}
    text, generator = measured_text(files, **where), TextGenerator.load(model)
    options = {name: x for name, x in options.items() if x is not None}
    novelty = None
    if samples is not None:
        options = {"length": 1000, "seed": 0, **options}
        novelty = references.novelty_of(generator, text, samples, **options)
    elif options:
        raise InputError(
            f"--{min(options)} is an option of the samples: give --samples too."
        )
    part = TEST if test else HELD_OUT
    counted = references.baselines_of(generator, text, part) if baselines else None
    found = evaluation.evaluate(
        generator, text, held_out=held_out, test=test, **window_option(window)
    )
    if plot is not None:
        _draw(found, plot, theme or "light")
    if as_json:
        more = {"baselines": counted, "novelty": novelty}
        plain = {name: asdict(part) for name, part in more.items() if part}
        click.echo(json_text({**asdict(found), **plain}))
        return
    click.echo(tables.evaluation_table(found))
    if counted is not None:
        figures = found.stateful  # of the same text
        share = figures.bits_per_character * math.log(2) / figures.loss
        tokens = share if generator.info.level == WORD else None
        click.echo("\n" + tables.baselines_table(counted, tokens))
    if novelty is not None:
        click.echo("\n" + tables.novelty_table(novelty))


def _check_picture(plot, theme) -> None:
    """Refuse a wrong name before the evaluation, which may take minutes."""
    if plot is not None:
        from gru_textgen.plots.pictures import check_picture
        from gru_textgen.plots.themes import theme_named

        check_picture(plot)
        theme_named(theme or "light")
    elif theme is not None:
        raise InputError("--theme is an option of the picture: give --plot too.")


def _draw(found, plot, theme) -> None:
    from gru_textgen.plots.curves import evaluation_curves
    from gru_textgen.plots.pictures import save

    bins = found.stateful.reliability
    confidence, accuracy = [b.confidence for b in bins], [b.accuracy for b in bins]
    save(evaluation_curves(confidence, accuracy, found.loss_by_context, theme), plot)


def _evaluate_form(model, form, samples, as_json, options) -> None:
    """Poems in a form: how well they keep it, and what it costs."""
    from gru_textgen.cli import tables
    from gru_textgen.evaluation.form import evaluate_form
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.verse.forms import named_form

    if options["length"] is not None:
        raise InputError("--length is that of a text: a form has its own.")
    chosen = {name: options[name] for name in ("temperature", "seed")}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    wanted = named_form(form)
    found = evaluate_form(TextGenerator.load(model), wanted, samples or 10, **chosen)
    if as_json:
        click.echo(json_text(asdict(found)))
    else:
        click.echo(tables.form_table(form, found))
