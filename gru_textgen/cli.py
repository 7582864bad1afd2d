"""The commands: parse, call, print. Heavy imports happen inside the commands."""

import json
import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click

from gru_textgen.errors import InputError
from gru_textgen.files import written_whole
from gru_textgen.settings import TrainingSettings

_WINDOW = "Characters of a window. [default: 256]"
_INTERRUPTED = 130  # the status that shells give to Ctrl-C


class _Program(click.Group):
    """A group whose errors are one line each on standard error, and status 2."""

    def main(self, *args, **kwargs):
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # "?" for what a terminal cannot show
                stream.reconfigure(errors="replace")
        try:
            with _warnings_as_sentences():
                status = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.Abort:  # click's word for Ctrl-C
            sys.exit(_INTERRUPTED)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except (InputError, click.ClickException, OSError, ImportError) as error:
            click.echo(f"gru-textgen: {_sentence(error)}", err=True)
            sys.exit(2)
        sys.exit(status)


def _sentence(error: Exception) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}."
    if isinstance(error, ModuleNotFoundError):
        return (
            f"This needs {error.name}, which is not installed: "
            "in a clone of gru_textgen, pip install '.[train]'."
        )
    return str(error)


@contextmanager
def _warnings_as_sentences():
    """Our own warnings reach standard error as one line each."""
    show = warnings.showwarning

    def say(message, category, filename, lineno, file=None, line=None):
        if category is UserWarning:
            click.echo(f"gru-textgen: {message}", err=True)
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = say
    try:
        yield
    finally:
        warnings.showwarning = show


def _setting(option: str, kind, help: str):
    """An option of `train` that, when not given, keeps the default of its setting."""
    default = getattr(TrainingSettings, option[2:].replace("-", "_"), None)
    if default is not None:
        help += f" [default: {default}]"
    return click.option(option, type=kind, help=help)


def _switch(option: str, help: str):
    """The same for a setting that is off."""
    return click.option(option, is_flag=True, default=None, help=help)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gru_textgen")
def main():
    """Character-level text generation on a GRU written from its equations."""


@main.command()
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True))
@_setting("--corpus", str, "A named text: anthology, tinyshakespeare, sonnets, names.")
@_setting("--corpus-dir", click.Path(), "A folder that already holds named texts.")
@_setting("--encoding", str, "Of the files. [default: utf-8]")
@_setting("--field", str, "Of .jsonl or .csv files: the one that holds the text.")
@_setting("--output", click.Path(), "Folder of the run. [default: runs/NAME]")
@_setting("--resume", click.Path(), "Go on with the run in this folder.")
@click.option("--overwrite", is_flag=True, help="Replace the run in the folder.")
@_setting("--init-from", str, "Begin with this model file, or shipped weights.")
@_setting("--units", int, "Size of each GRU layer's state.")
@_setting("--layers", int, "GRU layers.")
@_setting("--dropout", float, "Share of outputs dropped in training.")
@_setting("--seq-length", int, "Steps of back-propagation.")
@_setting("--batch-size", int, "Streams read side by side.")
@_setting("--epochs", int, "Passes over the text.")
@_setting("--learning-rate", float, "The schedule's highest.")
@_setting("--schedule", str, "cosine, plateau or constant.")
@_setting("--optimizer", str, "adam, adamw, nadam, rmsprop, lion, sgd.")
@_setting("--clip-norm", float, "Largest norm of the gradients.")
@_setting("--validation-split", float, "Share held out, the last.")
@_setting("--patience", int, "Epochs without progress before a stop.")
@_setting("--save-every", float, "Minutes between checkpoints within an epoch.")
@_setting("--seed", int, "Decides the whole run.")
@_setting("--separator", str, r"Between documents, \n for a line's end.")
@_setting("--min-count", int, "Rarer characters are read as unknown.")
@_setting("--max-vocabulary", int, "So are all but so many of the commonest.")
@_setting("--normalise", str, "Unicode's form of the text: NFC, NFD, NFKC, NFKD, none.")
@_switch("--repair", "Mend text that was decoded wrongly once.")
@_switch("--lowercase", "Learn no capitals.")
@_switch("--strip-punctuation", "Learn no punctuation.")
@_switch("--join-lines", "Learn no line ends.")
@_setting("--sample-prompt", str, "What samples go on from. [default: held-out text]")
@_setting("--sample-length", int, "Characters a sample, 0 for none.")
def train(
    files, corpus, corpus_dir, encoding, field, output, resume, overwrite, **given
):
    """Learn from FILES: texts, .gz, .xz, .bz2, .zip or .zst of them, .jsonl or .csv,
    folders of .txt, or - for standard input.

    The last tenth is held out to measure. The run's folder gets the model (one file,
    of the best epoch), history.csv, loss.png and samples.txt.
    """
    from gru_textgen import training

    given = {name: value for name, value in given.items() if value is not None}
    if "separator" in given:
        given["separator"] = given["separator"].replace("\\n", "\n")
    text = _text(files, corpus, corpus_dir, encoding, field)
    if resume:
        if set(given) - {"epochs"} or output or overwrite:
            raise InputError(
                "--resume goes on with the run's own settings: only --epochs may "
                "be given with it."
            )
        _load_tensorflow()
        result = training.resume(resume, text, given.get("epochs"))
    elif text is None:
        raise InputError("No text: name files, or a --corpus such as anthology.")
    else:
        if "init_from" in given:
            given["init_from"] = _model_to_begin_with(given)
        settings = TrainingSettings(output or f"runs/{text.name}", **given)
        _load_tensorflow()
        result = training.train(settings, text, overwrite)
    return _report(result)


def _model_to_begin_with(given: dict) -> str:
    from gru_textgen.generation import find_weights

    if {"units", "layers"} & set(given):
        raise InputError(
            "The model of --init-from brings its own --units and --layers."
        )
    return str(find_weights(given["init_from"]))


def _load_tensorflow() -> None:
    """Import it without the lines that its C++ code writes to descriptor 2, about the
    machine, before any setting could stop them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow

        tensorflow.config.list_logical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _text(files, corpus, corpus_dir, encoding, field):
    from gru_textgen import corpus as corpora

    if files and corpus:
        raise InputError("Give files or a --corpus, not both.")
    if corpus_dir and not corpus:
        raise InputError("--corpus-dir is where a --corpus lies: give that too.")
    for option, value in (("--encoding", encoding), ("--field", field)):
        if value and not files:
            raise InputError(f"{option} is that of files, and there are none.")
    if corpus:
        return corpora.read_named(corpus, corpus_dir)
    if not files:
        return None
    return corpora.read_files(files, encoding or "utf-8", field=field)


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


@main.command()
@click.option("--weights", help="A model file, or the name of shipped weights.")
@click.option("--prompt", help="What the text begins with.")
@click.option("--prompt-file", help="A file that holds the prompt; - for input.")
@click.option("--length", type=int, help="At most so many characters.")
@click.option("--lines", type=int, help="So many lines.")
@click.option("--temperature", type=float, help="0 and up. [default: 0.5]")
@click.option("--top-k", type=int, help="Only the k likeliest characters.")
@click.option("--top-p", type=float, help="Only the likeliest that hold this share.")
@click.option("--min-p", type=float, help="Only those at least so likely, relatively.")
@click.option("--stop", multiple=True, help="End before this text; may be repeated.")
@click.option("--count", type=click.IntRange(1), default=1, help="So many texts.")
@click.option("--seed", type=click.IntRange(0), help="The same seed, the same text.")
@click.option("--unknown", help="Write the unknown symbol as this. [default: never]")
@click.option("--strict", is_flag=True, help="Refuse unknown characters in the prompt.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of the texts.")
@click.option("--output", type=click.Path(), help="Write into this file.")
def generate(weights, prompt, prompt_file, count, seed, as_json, output, **options):
    """Write text: a poem, if the model has learnt poems."""
    from gru_textgen.corpus import read_files
    from gru_textgen.generation import DEFAULT_WEIGHTS, TextGenerator

    if prompt is not None and prompt_file is not None:
        raise InputError("Give --prompt or --prompt-file, not both.")
    if prompt_file is not None:
        prompt = read_files([prompt_file]).text
    prompt = prompt or ""
    generator = TextGenerator.load(weights or DEFAULT_WEIGHTS)
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    options = {name: value for name, value in options.items() if value is not None}
    options["seed"] = seed
    with _destination(output) as file:
        if as_json:
            texts = generator.generate_batch([prompt] * count, **options)
            rows = [{"prompt": prompt, "text": t, "seed": seed} for t in texts]
            click.echo(json.dumps(rows, ensure_ascii=False, indent=1), file)
        elif count > 1:
            texts = generator.generate_batch([prompt] * count, **options)
            click.echo((generator.info.separator or "\n\n***\n\n").join(texts), file)
        else:
            pieces = generator.stream(prompt, **options)
            watched = file.isatty()
            file.write(prompt)
            for piece in pieces:
                file.write(piece)
                if watched or piece == "\n":
                    file.flush()
            click.echo("", file)


@contextmanager
def _destination(path):
    """Standard output, or a file that appears when all is written."""
    if path is None:
        yield sys.stdout
    elif Path(path).exists() and not Path(path).is_file():  # a pipe, a device
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            yield file
    else:
        with written_whole(path) as part:
            with open(part, "w", encoding="utf-8", errors="replace") as file:
                yield file


@main.command()
@click.argument("weights")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON.")
def info(weights, as_json):
    """What a model file says of itself."""
    from gru_textgen.archive import read_info
    from gru_textgen.generation import find_weights

    path = find_weights(weights)
    found = read_info(path)
    if as_json:
        click.echo(json.dumps(found.to_config(), ensure_ascii=False, indent=1))
        return
    click.echo(f"{path}, {path.stat().st_size:,} bytes")
    for name, value in found.to_config().items():
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for key, inner in value.items():
                click.echo(f"  {key.encode('unicode_escape').decode()}: {inner!r}")
        elif name == "vocabulary":
            click.echo(f"vocabulary: {len(value)} characters, {''.join(value)!r}")
        else:
            click.echo(f"{name}: {value!r}")


_WHERE = ("corpus", "corpus_dir", "encoding", "field")


def _of_text(command):
    """The options of what a model is measured on, and how."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="All figures, as JSON."),
        click.option("--window", type=int, help=_WINDOW),
        _setting("--field", str, "Of .jsonl or .csv files: the one with the text."),
        _setting("--encoding", str, "Of the files. [default: utf-8]"),
        _setting("--corpus-dir", click.Path(), "A folder that already holds it."),
        _setting("--corpus", str, "A named text, as for train."),
    ):
        command = option(command)
    return command


@main.command()
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


@main.command()
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
    text = _text(files, corpus, corpus_dir, encoding, field)
    if text is None:
        raise InputError("No text: name files, or a --corpus such as anthology.")
    return text


def _window(window) -> dict:
    return {} if window is None else {"window": window}


def _one_thread_a_product() -> None:
    """The cores share the streams: OpenBLAS, when NumPy loads it, is to have no threads
    of its own, which would wait for one another."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@main.command()
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
    _load_tensorflow()
    from gru_textgen.benchmark import measure, table

    results = measure(shapes, rounds, lambda what: click.echo(what, err=True))
    click.echo(json.dumps(results, indent=1) if as_json else table(results), nl=as_json)


if __name__ == "__main__":
    main()
