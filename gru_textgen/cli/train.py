"""`gru-textgen train`: from a text to a model."""

import textwrap
from dataclasses import replace

import click

from gru_textgen.cli.options import (
    DELIMITER,
    FIELD,
    load_tensorflow,
    setting,
    switch,
    text_of,
)
from gru_textgen.errors import InputError, as_options
from gru_textgen.text.escapes import read_escapes
from gru_textgen.training.settings import TrainingSettings, preset


@click.command()
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@setting("--corpus", str, "A named text: anthology, tinyshakespeare, sonnets, names.")
@setting("--corpus-dir", click.Path(), "A folder that already holds named texts.")
@setting("--encoding", str, "Of the files. [default: utf-8]")
@setting("--field", str, FIELD)
@setting("--delimiter", str, DELIMITER)
@setting("--output", click.Path(), "Folder of the run. [default: runs/NAME]")
@setting("--resume", click.Path(), "Go on with the run in this folder.")
@click.option("--overwrite", is_flag=True, help="Replace the run in the folder.")
@setting("--init-from", str, "Begin with this model file, shipped weights, or none.")
@setting("--preset", str, "tiny, small, medium or large: settings that go together.")
@setting("--units", int, "Size of each GRU layer's state.")
@setting("--layers", int, "GRU layers.")
@setting("--dropout", float, "Share of outputs dropped in training.")
@setting("--weight-dropout", float, "Share of recurrent weights dropped in training.")
@setting("--input-scale", float, "The value of the one in one-hot characters.")
@setting("--state-reset", float, "Share of windows read from an empty state.")
@setting("--seq-length", int, "Steps of back-propagation.")
@setting("--batch-size", int, "Streams read side by side.")
@setting("--epochs", int, "Passes over the text.")
@setting("--learning-rate", float, "The schedule's highest.")
@setting("--schedule", str, "cosine, plateau or constant.")
@setting("--optimizer", str, "adam, adamw, nadam, rmsprop, lion, sgd.")
@setting("--clip-norm", float, "Largest norm of the gradients.")
@setting("--validation-split", float, "Share held out, the last.")
@setting("--calibration-split", float, "Share of the rest that tells how sure to be.")
@click.option(
    "--counts/--no-counts",
    default=None,
    help="Mix the counts of the text's n-grams into what is predicted.",
)
@setting("--patience", int, "Epochs without progress before a stop.")
@setting("--save-every", float, "Minutes between checkpoints within an epoch.")
@setting("--seed", int, "Decides the whole run.")
@setting("--separator", str, r"Between documents; \n, \t and \\ are read.")
@setting("--min-count", int, "Rarer characters are read as unknown.")
@setting("--max-vocabulary", int, "So are all but so many of the commonest.")
@setting("--normalise", str, "Unicode's form of the text: NFC, NFD, NFKC, NFKD, none.")
@switch("--repair", "Mend text that was decoded wrongly once.")
@switch("--lowercase", "Learn no capitals.")
@switch("--strip-punctuation", "Learn no punctuation.")
@switch("--join-lines", "Learn no line ends.")
@setting("--sample-prompt", str, "What samples go on from. [default: held-out text]")
@setting("--samples", str, "Samples on the screen: one an epoch, or all.")
@setting("--sample-length", int, "Characters a sample, 0 for none.")
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
    from gru_textgen.training import recipe

    if given.get("init_from") == "none":
        given["init_from"] = None
    elif "init_from" in given:
        given["init_from"] = _model_to_begin_with(given)
    if "preset" in given:
        return {**preset(given.pop("preset")), **given}, ()
    chosen = recipe.choose(recipe.measure(text, given), given)
    settings = {**chosen.settings, **given}
    if settings.get("init_from") is not None:
        settings["init_from"] = _model_to_begin_with(
            {"init_from": settings["init_from"]}
        )
    return settings, chosen.lines


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
