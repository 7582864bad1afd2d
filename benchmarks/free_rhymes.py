"""Whether poems that a model writes freely rhyme:
`python -m benchmarks.free_rhymes MODEL HUMAN`, with a text of poems such as
`gru-textgen clean --poems` writes.

A line rhymes if it rhymes, by the dictionary, with one of the next three of its poem.
The share of lines that do is printed for the model's poems, for the same lines in an
order of chance, and for as many poems of the text.
"""

import random
from pathlib import Path

import click

from gru_textgen import TextGenerator
from gru_textgen.text.documents import MARK
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.rhyme import rhymes

_NEXT = 3  # lines


def last_words(poem: str) -> list[str]:
    """The last word of each line below the title, "" of a line without words."""
    lines = poem.strip("\n").split("\n")
    titled = len(lines) > 1 and not lines[1].strip()
    verse = [line for line in lines[titled:] if line.strip()]
    return [(words_of(line) or [""])[-1] for line in verse]


def rhymed(poems: list[list[str]]) -> float:
    """The share of lines that rhyme with one of the next three.

    Args:
        poems: the last words of their lines.
    """
    lines = found = 0
    for ends in poems:
        for i, end in enumerate(ends):
            near = ends[i + 1 : i + 1 + _NEXT]
            lines += 1
            found += any(end and other and rhymes(end, other) for other in near)
    return found / max(1, lines)


def shuffled(poems: list[list[str]]) -> list[list[str]]:
    """The same, with all lines in an order of chance."""
    ends = [end for poem in poems for end in poem]
    random.Random(0).shuffle(ends)
    rest = iter(ends)
    return [[next(rest) for _ in poem] for poem in poems]


@click.command()
@click.argument("model")
@click.argument("human", type=click.Path(exists=True))
@click.option("--samples", default=200, show_default=True)
def main(model, human, samples):
    """Print the three shares."""
    generator = TextGenerator.load(model)
    texts = generator.generate_batch([""] * samples, seed=1)
    written = [last_words(text) for text in texts]
    poems = Path(human).read_text(encoding="utf-8").split(MARK)
    chosen = random.Random(0).sample(poems, min(samples, len(poems)))
    rows = {
        f"{model}, {samples} poems": written,
        "the same lines shuffled": shuffled(written),
        f"{human}, {len(chosen)} poems": [last_words(poem) for poem in chosen],
    }
    click.echo("lines that rhyme with one of the next three")
    for name, ends in rows.items():
        click.echo(f"{name:<40} {rhymed(ends):6.1%} of {sum(map(len, ends)):,}")


if __name__ == "__main__":
    main()
