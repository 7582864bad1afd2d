"""`gru-textgen generate`: write text."""

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import click

from gru_textgen.cli.form_options import form_options, take_form
from gru_textgen.errors import InputError
from gru_textgen.files import written_whole
from gru_textgen.text.escapes import read_escapes

# What a terminal would obey: a stranger's model may write it.
_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {*b"\t\n"}, "\ufffd")
_AS_TEXT: dict = dict(mode="w", encoding="utf-8", errors="replace", newline="\n")
_MIN_P = (
    "Only characters at least so likely as this share of the likeliest; 0 for all. "
    "[default: 0.1]"
)


@click.command()
@click.option(
    "--model", help="Model file, or the name of a shipped model. [default: verse]"
)
@click.option("--weights", hidden=True, help="Former name of --model.")
@click.option("--prompt", help=r"What the text begins with; \n, \t and \\ are read.")
@click.option("--prompt-file", help="A file that holds the prompt; - for input.")
@click.option("--encoding", help="Of the prompt's file. [default: utf-8]")
@click.option("--length", type=int, help="About so many characters.")
@click.option("--lines", type=int, help="So many lines.")
@click.option("--temperature", type=float, help="0 and up. [default: 0.8]")
@click.option("--top-k", type=int, help="Only the k likeliest characters.")
@click.option("--top-p", type=float, help="Only the likeliest that hold this share.")
@click.option("--min-p", type=float, help=_MIN_P)
@click.option(
    "--stop", multiple=True, help=r"End before this text, as '\n\n'; may be repeated."
)
@click.option("--count", type=click.IntRange(1), default=1, help="So many texts.")
@click.option("--seed", type=click.IntRange(0), help="The same seed, the same text.")
@click.option("--unknown", help="Write the unknown symbol as this. [default: never]")
@click.option("--strict", is_flag=True, help="Refuse unknown characters in the prompt.")
@form_options
@click.option("--json", "as_json", is_flag=True, help="A JSON list of the texts.")
@click.option("--output", type=click.Path(), help="Write into this file.")
def generate(
    model,
    weights,
    prompt,
    prompt_file,
    encoding,
    count,
    seed,
    as_json,
    output,
    **options,
):
    """Write text: a poem, if the model has learnt poems.

    With --form, or options such as --rhyme and --syllables, a poem in that form.
    """
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.model_file.shipped import DEFAULT_WEIGHTS
    from gru_textgen.text.corpus import read_files

    if model is not None and weights is not None:
        raise InputError("--weights is the former name of --model: give one of them.")
    if prompt is not None and prompt_file is not None:
        raise InputError("Give --prompt or --prompt-file, not both.")
    if prompt_file is not None:
        prompt = read_files([prompt_file], encoding or "utf-8", separator="").text
    elif encoding is not None:
        raise InputError("--encoding is that of a --prompt-file: give that too.")
    else:
        prompt = read_escapes(prompt or "")
    options["stop"] = [read_escapes(text) for text in options["stop"]]
    form = take_form(options)
    generator = TextGenerator.load(model or weights or DEFAULT_WEIGHTS)
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    options = {name: value for name, value in options.items() if value is not None}
    options["seed"] = seed
    if form is not None:
        _compose(generator, form, prompt, count, as_json, output, **options)
        return
    with _destination(output) as file:
        if as_json:
            texts = generator.generate_batch([prompt] * count, **options)
            rows = [{"prompt": prompt, "text": t, "seed": seed} for t in texts]
            written = json.dumps(rows, ensure_ascii=not _is_utf_8(file), indent=1)
            click.echo(_shown(written, file), file)
        elif count > 1:
            texts = generator.generate_batch([prompt] * count, **options)
            written = (generator.info.separator or "\n\n***\n\n").join(texts)
            click.echo(_shown(written, file), file)
        else:
            pieces = generator.stream(prompt, **options)
            watched = file.isatty()
            file.write(_shown(prompt, file))
            for piece in pieces:
                file.write(_shown(piece, file))
                if watched or piece == "\n":
                    file.flush()
            click.echo("", file)


def _compose(
    generator, form, prompt, count, as_json, output, seed, show_scansion, **options
):
    """Write poems in a form: all that was asked for holds, or nothing is written."""
    strict = options.pop("strict", False)
    generator.prompt_ids(prompt, strict)  # says which characters it has never seen
    poems = generator.compose_many(form, count, prompt=prompt, seed=seed, **options)
    with _destination(output) as file:
        if as_json:
            rows = [{**poem.record(), "prompt": prompt, "seed": seed} for poem in poems]
            written = json.dumps(rows, ensure_ascii=not _is_utf_8(file), indent=1)
        else:
            separator = generator.info.separator or "\n\n***\n\n"
            written = separator.join(
                poem.with_scansion() if show_scansion else str(poem) for poem in poems
            )
        click.echo(_shown(written, file), file)


def _is_utf_8(file) -> bool:
    """Whether all characters can be written there."""
    return (getattr(file, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _shown(text, file):
    """A text as it is, or for a terminal without what that would obey."""
    return text.translate(_CONTROLS) if file.isatty() else text


@contextmanager
def _destination(path):
    """Standard output, or a file that appears when all is written."""
    if path is None:
        yield sys.stdout
    elif Path(path).exists() and not Path(path).is_file():  # a pipe, a device
        with open(path, **_AS_TEXT) as file:
            yield file
    else:
        with written_whole(path) as part:
            with open(part, **_AS_TEXT) as file:
                yield file
