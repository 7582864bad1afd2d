"""`gru-textgen pack`: a model file made small."""

from pathlib import Path

import click


@click.command()
@click.argument("model")
@click.option("--output", type=click.Path(), required=True, help="File of the copy.")
@click.option("--full", is_flag=True, help="Weights of single precision, not of half.")
def pack(model, output, full):
    """Write a small copy of MODEL: a sixth of the size, to keep or to share.

    It writes and measures as the model does; only training cannot go on from it, but
    may begin with it (train --init-from).
    """
    from gru_textgen.model_file.pack import pack
    from gru_textgen.model_file.shipped import find_weights

    path = find_weights(model)
    pack(path, output, half=not full)
    before, after = (Path(p).stat().st_size for p in (path, output))
    click.echo(f"{output}: {after:,} bytes, of {before:,}.")
