"""How long the documents of a model are, and how many end by themselves.

    python -m benchmarks.document_lengths weights/verse-de.keras [--count N]

writes N documents, at the default settings and at temperature 1, each of at most 4,000
characters, and prints the shares that end before and the median lengths, beside the
median length of the documents that the model has learnt from, which its file records.
"""

import argparse

import numpy as np

from gru_textgen import TextGenerator

MOST = 4000  # characters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    generator = TextGenerator.load(given.model)
    end = generator.info.separator
    print(f"learnt from: median length {generator.info.document_length:,.0f}")
    for options in ({}, {"temperature": 1.0, "min_p": 0.0}):
        texts = generator.generate_batch(
            [""] * given.count, length=MOST, stop=end, whole=False, seed=1, **options
        )
        lengths = np.array([len(text) for text in texts])
        named = ", ".join(f"{k} {v:g}" for k, v in options.items()) or "default"
        ended = f"{(lengths < MOST).mean():.0%} end by themselves"
        print(f"{named}: {ended}, median length {np.median(lengths):,.0f}")


if __name__ == "__main__":
    main()
