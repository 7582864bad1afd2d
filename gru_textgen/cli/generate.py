"""`gru-textgen generate`: generate text with a model."""

import os

import click

from gru_textgen.cli.completion import a_model
from gru_textgen.cli.form_options import form_options, take_form
from gru_textgen.cli.options import (
    MAX_LENGTH,
    MAX_SAMPLES,
    MAX_SEED,
    Integer,
    OutputFile,
    json_text,
    one_model,
)
from gru_textgen.errors import InputError
from gru_textgen.files import text_output
from gru_textgen.text.escapes import read_escapes

# Control characters, which a terminal obeys: a stranger's model may generate them.
_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {*b"\t\n"}, "\ufffd")
_TEMPERATURE = (
    "Sampling temperature, 0 or more; 0 always takes the likeliest character. "
    "[default: 0.8]"
)
_TOP_P = (
    "Sample only from the smallest set of likeliest characters whose probabilities add "
    "up to at least P."
)
_MIN_P = (
    "Keep only characters at least P times as likely as the likeliest; 0 keeps all. "
    "[default: 0.1; 0.01 for a model of 1,000 symbols or more, such as words]"
)


@click.command()
@click.argument("model", required=False, shell_complete=a_model)
@click.option(
    "--model",
    "model_option",
    metavar="MODEL",
    shell_complete=a_model,
    help="Model file, or the name of a shipped model. [default: verse]",
)
@click.option("--weights", hidden=True, help="Former name of --model.")
@click.option("--prompt", help=r"Text to continue; \n, \t, \r\n and \\ are escapes.")
@click.option(
    "--prompt-file",
    metavar="FILE",
    help="File that contains the prompt; - reads standard input.",
)
@click.option("--encoding", help="Encoding of the prompt file. [default: utf-8]")
@click.option(
    "--length",
    type=Integer(1, MAX_LENGTH),
    metavar="N",
    help="Approximate number of characters to generate.",
)
@click.option(
    "--lines",
    type=Integer(1, MAX_LENGTH),
    metavar="N",
    help="Number of lines to generate.",
)
@click.option("--temperature", type=float, metavar="T", help=_TEMPERATURE)
@click.option(
    "--top-k",
    type=int,
    metavar="K",
    help="Sample only from the K likeliest characters.",
)
@click.option("--top-p", type=float, metavar="P", help=_TOP_P)
@click.option("--min-p", type=float, metavar="P", help=_MIN_P)
@click.option(
    "--stop",
    multiple=True,
    help=r"Stop before this text, such as '\n\n', or near 20,000 characters if it does "
    "not come and no --length is given; may be repeated.",
)
@click.option(
    "--count",
    type=Integer(1, MAX_SAMPLES),
    metavar="N",
    default=1,
    help="Number of texts to generate. [default: 1]",
)
@click.option("--unique", is_flag=True, help="Generate no two texts alike.")
@click.option(
    "--new",
    is_flag=True,
    help="Generate no document that occurs in the training text.",
)
@click.option(
    "--seed",
    type=Integer(0, MAX_SEED),
    metavar="N",
    help="Random seed; the same seed gives the same text. [default: random]",
)
@click.option(
    "--unknown",
    help="Text that stands for unknown characters. [default: none is generated]",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse a prompt that contains characters unknown to the model.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print prompts, texts and seed as JSON."
)
@click.option(
    "--output",
    type=OutputFile(),
    metavar="FILE",
    default="-",
    help="File to write to; - is standard output. [default: -]",
)
@form_options
def generate(
    model,
    model_option,
    weights,
    prompt,
    prompt_file,
    encoding,
    count,
    unique,
    new,
    seed,
    as_json,
    output,
    **options,
):
    """Generate text with a model, for example a poem if it was trained on poems.

    MODEL is a model file or the name of a shipped model; --model gives it as well.

    With --form, or options such as --rhyme and --syllables, the poem keeps that form.
    """
    from gru_textgen.inference.arguments import MAX_PROMPT
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.model_file.shipped import DEFAULT_WEIGHTS
    from gru_textgen.text.corpus import read_files

    model = one_model(model, model_option)
    if model is not None and weights is not None:
        raise InputError("--weights is the former name of --model: give only --model.")
    if prompt is not None and prompt_file is not None:
        raise InputError("Give --prompt or --prompt-file, not both.")
    if prompt_file is not None:
        read = read_files([prompt_file], encoding or "utf-8", separator="")
        prompt = read.beginning(MAX_PROMPT + 1)
    elif encoding is not None:
        raise InputError(
            "--encoding is the encoding of a --prompt-file: give a --prompt-file too."
        )
    else:
        prompt = read_escapes(prompt or "")
    options["stop"] = [read_escapes(text) for text in options["stop"]]
    form = take_form(options)
    if title := options.pop("title", ""):
        prompt = f"{title}\n\n{prompt}"  # as the titles of a text of poems stand
    generator = TextGenerator.load(_first(model, weights, DEFAULT_WEIGHTS))
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    options = {name: value for name, value in options.items() if value is not None}
    options["seed"] = seed
    if form is not None:
        if unique or new:
            raise InputError("--unique and --new apply to free text, not to a form.")
        _compose(generator, form, prompt, count, as_json, output, **options)
        return
    chosen = {"prompt": prompt, "unique": unique, "new": new}
    with text_output(output) as file:
        if as_json:
            texts = generator.documents(count, **chosen, **options)
            rows = [{"prompt": prompt, "text": t, "seed": seed} for t in texts]
            written = json_text(rows, ascii_only=not _is_utf_8(file))
            click.echo(_shown(written, file), file)
        elif count > 1 or unique or new:
            texts = generator.documents(count, **chosen, **options)
            written = generator.info.shown(generator.info.between.join(texts))
            click.echo(_shown(written, file), file)
        else:
            pieces = generator.stream(prompt, **options)
            watched = file.isatty()
            file.write(_shown(prompt, file))
            for piece in map(generator.info.shown, pieces):
                file.write(_shown(piece, file))
                if watched or piece == "\n":
                    file.flush()
            click.echo("", file)


def _first(*names):
    """The first that was given."""
    return next(name for name in names if name is not None)


def _compose(
    generator, form, prompt, count, as_json, output, seed, show_scansion, **options
):
    """Write poems in a form: all that was asked for holds, or nothing is written."""
    strict = options.pop("strict", False)
    if "words" in options:
        from gru_textgen.text.corpus import read_files

        options["words"] = read_files([options["words"]], "utf-8", separator="").text
    generator.prompt_ids(prompt, strict)  # says which characters it has never seen
    poems = generator.compose_many(form, count, prompt=prompt, seed=seed, **options)
    with text_output(output) as file:
        if as_json:
            rows = [{**poem.record(), "prompt": prompt, "seed": seed} for poem in poems]
            written = json_text(rows, ascii_only=not _is_utf_8(file))
        else:
            written = generator.info.between.join(
                poem.with_scansion() if show_scansion else str(poem) for poem in poems
            )
        click.echo(_shown(written, file), file)


def _is_utf_8(file) -> bool:
    """Whether all characters can be written to the file."""
    return (getattr(file, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _shown(text, file):
    """A text as it is, or for a terminal without control characters."""
    return text.translate(_CONTROLS) if file.isatty() else text
