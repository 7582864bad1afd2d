"""What a model, and counting, make of poems by authors that neither has read:
`python -m benchmarks.held_out_authors MODEL LEARNT HELD_OUT`, with the two texts that
`gru-textgen clean --poems --group author` writes.
"""

from pathlib import Path

import click
import numpy as np

from gru_textgen import TextGenerator
from gru_textgen.evaluation.ngram import baselines
from gru_textgen.text.documents import MARK
from gru_textgen.text.normalisation import normalise


def ids_of(path: str, generator: TextGenerator) -> np.ndarray:
    """The documents of a text as ids, each with its end."""
    text = (
        Path(path).read_text(encoding="utf-8").replace(MARK, generator.info.separator)
    )
    return generator.vocabulary.encode(normalise(text, **generator.normalisation))


@click.command()
@click.argument("model")
@click.argument("learnt", type=click.Path(exists=True))
@click.argument("held_out", type=click.Path(exists=True))
def main(model, learnt, held_out):
    """Print the losses in nats a character, and bits."""
    generator = TextGenerator.load(model)
    predicted = ids_of(held_out, generator)
    counted = baselines(ids_of(learnt, generator), predicted, len(generator.vocabulary))
    losses = {
        "the model": float(generator.predictor.losses(predicted).mean()),
        f"Kneser-Ney, order {counted.order}": counted.kneser_ney,
        "xz": counted.xz,
    }
    click.echo(f"{len(predicted):,} characters by authors not read")
    for name, nats in losses.items():
        click.echo(f"{name:21} {nats:.4f} nats {nats / np.log(2):.4f} bits")


if __name__ == "__main__":
    main()
