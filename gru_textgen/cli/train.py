"""`gru-textgen train`: train a model on a text."""

import math
import textwrap
from contextlib import suppress
from dataclasses import replace
from typing import Any

import click

from gru_textgen.cli.completion import completer
from gru_textgen.cli.options import (
    load_tensorflow,
    text_of,
    text_options,
    training_settings,
)
from gru_textgen.errors import InputError, as_options, printable
from gru_textgen.text.escapes import read_escapes
from gru_textgen.text.units import WORD
from gru_textgen.training.cluster import WAIT, Cluster, cluster_of
from gru_textgen.training.settings import (
    MULTI_WORKER,
    PRESETS,
    TrainingSettings,
    preset,
)

_PLACE = ("device", "strategy")  # settings that say where a run trains


@click.command()
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@text_options
@click.option(
    "--output",
    type=click.Path(),
    metavar="FOLDER",
    help="Folder for the model and the other files of the run. [default: runs/NAME]",
)
@click.option(
    "--resume",
    type=click.Path(),
    metavar="FOLDER",
    help="Resume the run in this folder with its own settings.",
)
@click.option("--overwrite", is_flag=True, help="Replace the run in the output folder.")
@click.option(
    "--force",
    is_flag=True,
    help="Train even if the run needs more memory than the machine has available, by "
    "an estimate.",
)
@click.option(
    "--preset",
    metavar="|".join(PRESETS).join("[]"),
    shell_complete=completer(lambda: PRESETS),
    help="Fixed settings for any text: tiny is the fastest, large the best; windows is "
    "the setting of Keras's early character models.",
)
@click.option(
    "--workers",
    metavar="HOST:PORT,...",
    help="Addresses of all workers of --strategy multi-worker; the first is the chief, "
    "which writes the files. [default: those in the variable TF_CONFIG]",
)
@click.option(
    "--worker",
    type=int,
    metavar="N",
    help="Index of this worker among --workers, counted from 0.",
)
@click.option(
    "--wait",
    type=float,
    metavar="SECONDS",
    help=f"Seconds to wait for the other workers. [default: {WAIT:g}]",
)
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
    force,
    workers,
    worker,
    wait,
    **given,
):
    """Train a model on FILES.

    FILES are texts, plain or compressed or in archives; records (.jsonl, .json, .csv,
    .tsv); folders of them; or - for standard input.

    A tenth of the text is held out to measure the loss: its end or, of a list, of
    records or of texts between lines of marks, some of the documents. The output folder
    receives the model of the best epoch (one .keras file), history.csv, loss.png and
    samples.txt.

    By default --init-from, --learning-rate, --epochs, --patience and --counts are
    chosen for the text, and so is the size of a model of words. An option or a --preset
    overrides the choice.
    """
    from gru_textgen.training import train as training
    from gru_textgen.training.memory import check_size

    given = {name: value for name, value in given.items() if value is not None}
    for name in {"separator", "documents", "sample_prompt"} & given.keys():
        given[name] = read_escapes(given[name])
    cluster = _cluster(given.get("strategy"), workers, worker, wait)
    between = _checked(given).between
    text = text_of(files, corpus, corpus_dir, encoding, field, delimiter, between)
    if text is not None and "-" in files:  # standard input can be read only once
        text = replace(text, content=text.text)
    if resume:
        if set(given) - {"epochs", *_PLACE} or output or overwrite or force:
            raise InputError(
                "--resume keeps the settings of the run: of the other options, only "
                "--epochs and those that say where it trains can be given with it."
            )
        training.check_run(resume)
        place: dict[str, Any] = {name: given.get(name) for name in _PLACE}
        say = _start_tensorflow(place["device"], cluster)
        result = training.resume(
            resume, text, given.get("epochs"), say, **place, cluster=cluster
        )
    elif text is None:
        raise InputError(
            "There is no text: give files, or a --corpus such as anthology."
        )
    else:
        given, notes = _with_recipe(given, text)
        settings = TrainingSettings(output or f"runs/{text.name}", **given)
        check_size(settings, 1, 1, force)
        say = _start_tensorflow(settings.device, cluster)
        result = training.train(
            settings, text, overwrite, say, notes, force=force, cluster=cluster
        )
    if cluster and not cluster.is_chief:
        return 128 + result.stopped_by if result.stopped_by else 0
    return _report(result, text)


def _start_tensorflow(device, cluster: Cluster | None):
    """Load TensorFlow; a way to say something, before which it is said where the run
    trains. (A run that is refused says nothing else.)"""
    name = load_tensorflow(device, alone=cluster is None)
    if cluster:
        _say(f"Worker {cluster.index} of {len(cluster.workers)}: Training on {name}.")
        return _say
    first = [f"Training on {name}."]

    def say(sentence: str) -> None:
        while first:
            _say(first.pop())
        _say(sentence)

    return say


def _cluster(strategy, workers, worker, wait) -> Cluster | None:
    """The workers of a run on several machines."""
    if strategy == MULTI_WORKER:
        return cluster_of(workers, worker, WAIT if wait is None else wait)
    if {workers, worker, wait} != {None}:
        raise InputError(
            "--workers, --worker and --wait belong to --strategy multi-worker."
        )
    return None


def _checked(given: dict) -> TrainingSettings:
    """The settings given. A wrong one is refused at once, not after the seconds that
    the recipe takes."""
    return TrainingSettings(
        "given", **{n: x for n, x in given.items() if n != "preset"}
    )


def _with_recipe(given: dict, text) -> tuple[dict, tuple[str, ...]]:
    """The settings given, completed by those that suit the text, and the lines that
    explain them. A preset replaces the recipe."""
    from gru_textgen.training import recipe

    if given.get("init_from") == "none":
        given["init_from"] = None
    elif "init_from" in given:
        given["init_from"] = _initial_model(given)
    if "preset" in given:
        return {**preset(given.pop("preset")), **given}, ()
    chosen = recipe.find(text, given)
    return {**chosen.settings, **given}, chosen.lines


def _training_text(folder):
    """The text that a run has learnt from, or None if it has gone or changed."""
    from gru_textgen.model_file.reader import read_info
    from gru_textgen.text.corpus import read_source
    from gru_textgen.training.paths import RunFolder

    try:  # (the model file keeps no folders)
        info = read_info(RunFolder(folder, "").checkpoint)
        corpus = read_source(info.source)
        return corpus if corpus.sha256 == info.sha256 else None
    except InputError:
        return None


def _report_figures(result, text) -> None:
    """Evaluate the model of a run, store the figures in its file, and print what they
    mean."""
    from gru_textgen.evaluation import report
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.model_file.pack import add_figures
    from gru_textgen.model_file.reader import read_info
    from gru_textgen.training.output import put
    from gru_textgen.training.run_folder import going_on

    if text is None:
        return
    generator = TextGenerator.load(result.path)
    figures = report.end_figures(generator, text, result.epochs)
    with going_on(result.path):
        add_figures(result.path, figures)
    said = textwrap.fill(report.paragraph(read_info(result.path)) or "", 80)
    put(f"\n{said}\n")


def _initial_model(given: dict) -> str:
    from gru_textgen.model_file.shipped import find_weights

    if {"units", "layers", "preset"} & set(given):
        raise InputError(
            "--units, --layers and --preset cannot be combined with --init-from: the "
            "model has its own sizes."
        )
    return str(find_weights(given["init_from"]))


def _warn(sentence: str) -> None:
    with suppress(OSError):  # the terminal may have gone
        click.echo(sentence, err=True)


def _say(sentence: str) -> None:
    from gru_textgen.training.output import say

    say(printable(as_options(sentence)))


def _report(result, text) -> int:
    """Print what a run produced; return the exit status."""
    from gru_textgen.evaluation.report import final_loss
    from gru_textgen.model_file.reader import read_info
    from gru_textgen.training.output import put

    folder, f = result.path.parent, result.figures
    if f and not result.interrupted:
        _report_figures(result, text or _training_text(folder))
    if f:
        loss, info = final_loss(f), read_info(result.path)
        bits = loss * info.per_character / math.log(2)
        among = f"perplexity {math.exp(loss):.2f}, " if info.level == WORD else ""
        put(
            f"\nBest epoch {f['epoch']}: validation loss {loss:.4f} nats, {among}"
            f"{bits:.3f} bits per character, after {f['seconds']:.0f} s."
            f"\nModel: {result.path}\n"
            f"Generate text: gru-textgen generate --model {result.path}\n"
        )
    if not result.interrupted:
        return 0
    if result.resumable:
        advice = f"resume with: gru-textgen train --resume {folder}"
        _warn(f"\nStopped and saved; {advice}")
    else:
        _warn("\nStopped before the end of the first step: nothing was saved.")
    return 128 + result.stopped_by  # as shells say it
