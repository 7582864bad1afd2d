"""What a model's figures are held against: models that only count, on the same text,
and the text that it has learnt from."""

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.evaluation.held_out import HELD_OUT, LEARNT, TextParts
from gru_textgen.evaluation.ngram import Baselines, baselines
from gru_textgen.evaluation.novelty import Novelty, novelty
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.sampling import DEFAULT_TEMPERATURE
from gru_textgen.text.corpus import Corpus, read_as_learnt


def baselines_of(
    generator: TextGenerator, corpus: Corpus, part: str = HELD_OUT
) -> Baselines:
    """What models that count make of the part of a model's text that was held out.

    They learn from the part that the model has learnt from, in its vocabulary. Both are
    in memory as ids.

    Args:
        generator: the model.
        corpus: the text that it was trained on.
        part: the part: `HELD_OUT`, or `TEST`.

    Raises:
        InputError: if it is another text, or is read from standard input.
    """
    corpus = read_as_learnt(corpus, generator.info.source)
    parts = TextParts(generator.info, corpus, generator.normalisation)
    vocabulary = generator.vocabulary
    whole = vocabulary.units.whole
    learnt, held_out = (
        np.concatenate([vocabulary.encode(piece) for piece in whole(parts.pieces(of))])
        for of in (LEARNT, part)
    )
    return baselines(learnt, held_out, len(vocabulary))


def novelty_of(
    generator: TextGenerator,
    corpus: Corpus,
    samples: int,
    *,
    length: int = 1000,
    temperature: float = DEFAULT_TEMPERATURE,
    seed: int | None = None,
) -> Novelty:
    """What a model writes, against the text that it has learnt from.

    Args:
        generator: the model.
        corpus: the text that it was trained on, of any size.
        samples: how many texts to write, each from an empty prompt.
        length: as for `TextGenerator.generate_batch`.
        temperature: as for `TextGenerator.generate_batch`.
        seed: as for `TextGenerator.generate_batch`.

    Raises:
        InputError: if it is another text, or is read from standard input; for no
            samples, or options out of their range.
    """
    if samples < 1:
        raise InputError(f"`samples` must be at least 1, not {samples}.")
    corpus = read_as_learnt(corpus, generator.info.source)
    parts = TextParts(generator.info, corpus, generator.normalisation)
    texts = generator.generate_batch(
        [""] * samples, length=length, temperature=temperature, seed=seed
    )
    return novelty(parts.pieces(LEARNT), texts, generator.info.separator)
