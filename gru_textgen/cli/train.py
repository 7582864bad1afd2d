"""`gru-textgen train`: from a text to a model."""

import textwrap
from dataclasses import replace

import click

from gru_textgen.cli.options import (
    DELIMITER,
    FIELD,
    load_tensorflow,
    text_of,
    training_settings,
)
from gru_textgen.errors import InputError, as_options
from gru_textgen.text.escapes import read_escapes
from gru_textgen.training.settings import TrainingSettings, preset


@click.command()
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@click.option(
    "--corpus", help="Named text: anthology, tinyshakespeare, sonnets, names."
)
@click.option(
    "--corpus-dir", type=click.Path(), help="Folder that has the named texts."
)
@click.option("--encoding", help="Encoding of the files. [default: utf-8]")
@click.option("--field", help=FIELD)
@click.option("--delimiter", help=DELIMITER)
@click.option(
    "--output", type=click.Path(), help="Folder of the run. [default: runs/NAME]"
)
@click.option("--resume", type=click.Path(), help="Continue the run in this folder.")
@click.option("--overwrite", is_flag=True, help="Replace the run in the output folder.")
@click.option("--preset", help="Settings that go together: tiny, small, medium, large.")
@training_settings
def train(
    files,
    corpus,
    corpus_dir,
    encoding,
    field,
    delimiter,
    output,
    resume,
    overwrite,
    **given,
):
    """Learn from FILES: texts, compressed or in archives, records (.jsonl, .json, .csv,
    .tsv), folders of texts, or - for standard input.

    The last tenth is held out to measure. The run's folder gets the model (one file,
    of the best epoch), history.csv, loss.png and samples.txt.
    """
    from gru_textgen.training import train as training

    given = {name: value for name, value in given.items() if value is not None}
    if "separator" in given:
        given["separator"] = read_escapes(given["separator"])
    text = text_of(
        files, corpus, corpus_dir, encoding, field, delimiter, given.get("separator")
    )
    if text is not None and "-" in files:  # standard input can be read but once
        text = replace(text, content=text.text)
    if resume:
        if set(given) - {"epochs"} or output or overwrite:
            raise InputError(
                "--resume goes on with the run's own settings: only --epochs may "
                "be given with it."
            )
        load_tensorflow()
        result = training.resume(resume, text, given.get("epochs"), _say)
    elif text is None:
        raise InputError("No text: name files, or a --corpus such as anthology.")
    else:
        given, notes = _with_recipe(given, text)
        settings = TrainingSettings(output or f"runs/{text.name}", **given)
        load_tensorflow()
        result = training.train(settings, text, overwrite, _say, notes)
    return _report(result, text)


def _with_recipe(given: dict, text) -> tuple[dict, tuple[str, ...]]:
    """What was given, and what suits the text where nothing was; what there is to say
    of it. A preset is a choice of its own."""
    from gru_textgen.training import facts, recipe

    if given.get("init_from") == "none":
        given["init_from"] = None
    elif "init_from" in given:
        given["init_from"] = _model_to_begin_with(given)
    if "preset" in given:
        return {**preset(given.pop("preset")), **given}, ()
    chosen = recipe.choose(facts.measure(text, given), given)
    return {**chosen.settings, **given}, chosen.lines


def _text_again(path):
    """The text that a model was trained on, or None if it is no longer there."""
    from gru_textgen.model_file.reader import read_info
    from gru_textgen.text.corpus import read_source

    info = read_info(path)
    try:
        corpus = read_source(info.source)
        return corpus if corpus.sha256 == info.sha256 else None
    except InputError:
        return None


def _say_what_it_came_to(result, text) -> None:
    """Measure the model that a run has come to, keep the figures in its file, and say
    in words what they mean."""
    from gru_textgen.evaluation import report
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.model_file.pack import add_figures
    from gru_textgen.model_file.reader import read_info
    from gru_textgen.training.run_folder import going_on

    if text is None:
        return
    generator = TextGenerator.load(result.path)
    figures = report.end_figures(generator, text, result.epochs)
    with going_on(result.path):
        add_figures(result.path, figures)
    click.echo("\n" + textwrap.fill(report.paragraph(read_info(result.path)) or "", 80))


def _model_to_begin_with(given: dict) -> str:
    from gru_textgen.model_file.shipped import find_weights

    if {"units", "layers", "preset"} & set(given):
        raise InputError(
            "The model of --init-from brings its own --units and --layers: give "
            "neither, nor a --preset."
        )
    return str(find_weights(given["init_from"]))


def _say(sentence: str) -> None:
    click.echo(as_options(sentence))


def _report(result, text) -> int:
    """Say what a run left; the exit status."""
    folder, f = result.path.parent, result.figures
    if f and not result.interrupted:
        _say_what_it_came_to(result, text or _text_again(result.path))
    if f:
        with_counts = ""
        if f.get("counts_share"):
            with_counts = f"{f['val_loss_with_counts']:.4f} nats with the counts, "
        click.echo(
            f"\nBest epoch {f['epoch']}: validation loss {f['val_loss']:.4f} nats, "
            f"{f['val_bits_per_character']:.3f} bits per character, {with_counts}after "
            f"{f['seconds']:.0f} s.\nModel: {result.path}\n"
            f"Write from it: gru-textgen generate --model {result.path}"
        )
    if not result.interrupted:
        return 0
    if result.resumable:
        advice = f"go on with: gru-textgen train --resume {folder}"
        click.echo(f"\nStopped and saved; {advice}", err=True)
    else:
        click.echo("\nStopped before the first step ended: nothing saved.", err=True)
    return 128 + result.stopped_by  # as shells say it
