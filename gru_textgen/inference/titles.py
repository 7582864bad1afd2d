"""The titles that a model of titled poems gives to poems in a form."""

from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.inference.reading import begin_text, likeliest

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator

_LONGEST = 80  # characters of a title


def own_titles(generator: "TextGenerator", count: int, seed: int) -> list[str]:
    """A title for each of some poems: the line that the text begins with which the
    model writes freely from the same seed, if it expects an empty line after it.

    Args:
        generator: the model.
        count: number of poems.
        seed: decides them.

    Returns:
        The titles; "" where the model begins a poem without one, and for every model
        that has not learnt documents of several lines.
    """
    info = generator.info
    if info.reset_id is None or info.separator == "\n":
        return [""] * count
    lines = generator.generate_batch(
        [""] * count, stop="\n", length=_LONGEST, whole=False, seed=seed
    )
    return [line if _is_title(generator, line) else "" for line in lines]


def _is_title(generator: "TextGenerator", line: str) -> bool:
    ended = generator.info.separator in line  # the poem, with its first line
    if ended or not line.strip() or len(line) >= _LONGEST:
        return False
    point = begin_text(generator.predictor, generator.prompt_ids(line + "\n"))
    newline = generator.vocabulary.encode("\n")
    return bool(np.array_equal(newline, [likeliest(point)]))
