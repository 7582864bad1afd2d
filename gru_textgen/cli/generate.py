"""`gru-textgen generate`: write text."""

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import click

from gru_textgen.errors import InputError
from gru_textgen.files import written_whole

# What a terminal would obey: a stranger's model may write it.
_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {*b"\t\n"}, "\ufffd")


@click.command()
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
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.model_file.shipped import DEFAULT_WEIGHTS
    from gru_textgen.text.corpus import read_files

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
            written = json.dumps(rows, ensure_ascii=False, indent=1)
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


def _shown(text, file):
    """A text as it is, or for a terminal without what that would obey."""
    return text.translate(_CONTROLS) if file.isatty() else text


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
