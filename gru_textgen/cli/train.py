"""`gru-textgen train`: from a text to a model."""

import click

from gru_textgen.cli.options import load_tensorflow, setting, switch, text_of
from gru_textgen.errors import InputError
from gru_textgen.training.settings import TrainingSettings, preset


@click.command()
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@setting("--corpus", str, "A named text: anthology, tinyshakespeare, sonnets, names.")
@setting("--corpus-dir", click.Path(), "A folder that already holds named texts.")
@setting("--encoding", str, "Of the files. [default: utf-8]")
@setting("--field", str, "Of .jsonl or .csv files: the one that holds the text.")
@setting("--output", click.Path(), "Folder of the run. [default: runs/NAME]")
@setting("--resume", click.Path(), "Go on with the run in this folder.")
@click.option("--overwrite", is_flag=True, help="Replace the run in the folder.")
@setting("--init-from", str, "Begin with this model file, or shipped weights.")
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
@setting("--patience", int, "Epochs without progress before a stop.")
@setting("--save-every", float, "Minutes between checkpoints within an epoch.")
@setting("--seed", int, "Decides the whole run.")
@setting("--separator", str, r"Between documents, \n for a line's end.")
@setting("--min-count", int, "Rarer characters are read as unknown.")
@setting("--max-vocabulary", int, "So are all but so many of the commonest.")
@setting("--normalise", str, "Unicode's form of the text: NFC, NFD, NFKC, NFKD, none.")
@switch("--repair", "Mend text that was decoded wrongly once.")
@switch("--lowercase", "Learn no capitals.")
@switch("--strip-punctuation", "Learn no punctuation.")
@switch("--join-lines", "Learn no line ends.")
@setting("--sample-prompt", str, "What samples go on from. [default: held-out text]")
@setting("--sample-length", int, "Characters a sample, 0 for none.")
def train(
    files, corpus, corpus_dir, encoding, field, output, resume, overwrite, **given
):
    """Learn from FILES: texts, .gz, .xz, .bz2, .zip or .zst of them, .jsonl or .csv,
    folders of .txt, or - for standard input.

    The last tenth is held out to measure. The run's folder gets the model (one file,
    of the best epoch), history.csv, loss.png and samples.txt.
    """
    from gru_textgen.training import train as training

    given = {name: value for name, value in given.items() if value is not None}
    if "separator" in given:
        given["separator"] = given["separator"].replace("\\n", "\n")
    text = text_of(files, corpus, corpus_dir, encoding, field)
    if resume:
        if set(given) - {"epochs"} or output or overwrite:
            raise InputError(
                "--resume goes on with the run's own settings: only --epochs may "
                "be given with it."
            )
        load_tensorflow()
        result = training.resume(resume, text, given.get("epochs"))
    elif text is None:
        raise InputError("No text: name files, or a --corpus such as anthology.")
    else:
        if "init_from" in given:
            given["init_from"] = _model_to_begin_with(given)
        if "preset" in given:
            given = {**preset(given.pop("preset")), **given}
        settings = TrainingSettings(output or f"runs/{text.name}", **given)
        load_tensorflow()
        result = training.train(settings, text, overwrite)
    return _report(result)


def _model_to_begin_with(given: dict) -> str:
    from gru_textgen.model_file.shipped import find_weights

    if {"units", "layers", "preset"} & set(given):
        raise InputError(
            "The model of --init-from brings its own --units and --layers: give "
            "neither, nor a --preset."
        )
    return str(find_weights(given["init_from"]))


def _report(result) -> int:
    """Say what a run left; the exit status."""
    folder, f = result.path.parent, result.figures
    if f:
        click.echo(
            f"\nBest epoch {f['epoch']}: validation loss {f['val_loss']:.4f} nats, "
            f"{f['val_bits_per_character']:.3f} bits per character, after "
            f"{f['seconds']:.0f} s.\nModel: {result.path}\n"
            f"Write from it: gru-textgen generate --weights {result.path}"
        )
    if not result.interrupted:
        return 0
    if result.resumable:
        advice = f"go on with: gru-textgen train --resume {folder}"
        click.echo(f"\nStopped and saved; {advice}", err=True)
    else:
        click.echo("\nStopped before the first step ended: nothing saved.", err=True)
    return 128 + result.stopped_by  # as shells say it
