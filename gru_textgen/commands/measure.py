"""`gru-textgen evaluate`, `compare` and `benchmark`: how good a model is, how fast."""

import json
import os
from dataclasses import asdict, replace

import click

from gru_textgen.commands.shared import load_tensorflow, setting, text_of
from gru_textgen.errors import InputError
from gru_textgen.files import written_whole

_WINDOW = "Characters of a window. [default: 256]"
_WHERE = ("corpus", "corpus_dir", "encoding", "field")


def _of_text(command):
    """The options of what a model is measured on, and how."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="All figures, as JSON."),
        click.option("--window", type=int, help=_WINDOW),
        setting("--field", str, "Of .jsonl or .csv files: the one with the text."),
        setting("--encoding", str, "Of the files. [default: utf-8]"),
        setting("--corpus-dir", click.Path(), "A folder that already holds it."),
        setting("--corpus", str, "A named text, as for train."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("model")
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@_of_text
@click.option("--held-out", is_flag=True, help="Only what the training held out.")
@click.option("--baselines", is_flag=True, help="And how well models that only count.")
@click.option("--samples", type=int, help="Write so many; how much of them is copied?")
@click.option("--length", type=int, help="Characters a sample. [default: 1000]")
@click.option("--temperature", type=float, help="Of the samples. [default: 0.5]")
@click.option("--seed", type=click.IntRange(0), help="Of the samples. [default: 0]")
@click.option("--plot", type=click.Path(), help="A picture: .png, .svg or .pdf.")
def evaluate(
    model, files, held_out, baselines, samples, plot, as_json, window, **options
):
    """Measure how well MODEL predicts a text: FILES as for train, or a --corpus.

    Two protocols: stateful, one pass with the state carried, and windows, with the
    state empty again at the beginning of each. For --held-out, --baselines and
    --samples it must be the text that the model was trained on.
    """
    _one_thread_a_product()
    from gru_textgen import plots, references, tables
    from gru_textgen.generation import TextGenerator

    if plot is not None:
        plots.check_picture(plot)
    if baselines and not held_out:
        raise InputError("--baselines are those of what is --held-out: give that too.")
    where = {name: options.pop(name) for name in _WHERE}
    text, generator = _measured_text(files, **where), TextGenerator.load(model)
    options = {name: x for name, x in options.items() if x is not None}
    novelty = None
    if samples is not None:
        options = {"length": 1000, "seed": 0, **options}
        novelty = references.novelty_of(generator, text, samples, **options)
    elif options:
        raise InputError(f"--{min(options)} is that of --samples, and there are none.")
    counted = references.baselines_of(generator, text) if baselines else None
    found = generator.evaluate(text, held_out=held_out, **_window(window))
    if plot is not None:
        bins = found.stateful.reliability
        confidence, accuracy = [b.confidence for b in bins], [b.accuracy for b in bins]
        with written_whole(plot) as part:
            plots.save_evaluation(confidence, accuracy, found.loss_by_context, part)
    if as_json:
        more = {"baselines": counted, "novelty": novelty}
        plain = {name: asdict(part) for name, part in more.items() if part}
        click.echo(json.dumps({**asdict(found), **plain}, indent=1))
        return
    click.echo(tables.evaluation_table(found))
    if counted is not None:
        click.echo("\n" + tables.baselines_table(counted))
    if novelty is not None:
        click.echo("\n" + tables.novelty_table(novelty))


@click.command()
@click.argument("models", nargs=-1, required=True)
@click.option("--text", "files", multiple=True, help="A file; may be repeated.")
@_of_text
def compare(models, files, as_json, window, **where):
    """Measure how well several MODELS predict one text."""
    _one_thread_a_product()
    from gru_textgen.generation import TextGenerator
    from gru_textgen.tables import comparison_table

    text, options = _measured_text(files, **where), _window(window)
    if "-" in files:  # standard input can be read but once
        text = replace(text, content=text.text)
    generators = {model: TextGenerator.load(model) for model in models}
    found = {m: g.evaluate(text, **options) for m, g in generators.items()}
    if as_json:
        plain = {model: asdict(evaluation) for model, evaluation in found.items()}
        click.echo(json.dumps(plain, indent=1))
    else:
        click.echo(comparison_table(found))


def _measured_text(files, corpus, corpus_dir, encoding, field):
    text = text_of(files, corpus, corpus_dir, encoding, field)
    if text is None:
        raise InputError("No text: name files, or a --corpus such as anthology.")
    return text


def _window(window) -> dict:
    return {} if window is None else {"window": window}


def _one_thread_a_product() -> None:
    """The cores share the streams: OpenBLAS, when NumPy loads it, is to have no threads
    of its own, which would wait for one another."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@click.command()
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    type=click.Choice(["128", "256", "512", "2x256"]),
    help="Units of the model to train; may be repeated. [default: all]",
)
@click.option("--rounds", type=click.IntRange(1), default=11, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="All figures, as JSON.")
def benchmark(shapes, rounds, as_json):
    """Time training and writing here, beside Keras's GRU and PyTorch's.

    All take turns, and medians of so many rounds count.
    """
    load_tensorflow()
    from gru_textgen.benchmark import measure, table

    results = measure(shapes, rounds, lambda what: click.echo(what, err=True))
    click.echo(json.dumps(results, indent=1) if as_json else table(results), nl=as_json)
