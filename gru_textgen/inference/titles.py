"""The titles that a model of titled poems gives to poems in a form."""

from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.inference.reading import begin_text, likeliest
from gru_textgen.verse.forms import Form

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator

_LONGEST = 80  # characters of a title


def own_titles(
    generator: "TextGenerator", form: Form, count: int, seed: int
) -> list[str]:
    """The first line of each text that the model writes freely from a seed, where an
    empty line is the likeliest to follow; otherwise "".

    Args:
        generator: the model; one that has not learnt documents of several lines writes
            no titles.
        form: which may forbid words, letters and long lines.
        count: number of poems.
        seed: decides them.
    """
    info = generator.info
    if info.reset_id is None or info.separator == "\n":
        return [""] * count
    lines = generator.generate_batch(
        [""] * count, stop="\n", length=_LONGEST, whole=False, seed=seed
    )
    return [
        line if _is_title(generator, line) and _is_allowed(line, form) else ""
        for line in lines
    ]


def _is_title(generator: "TextGenerator", line: str) -> bool:
    ended = generator.info.separator in line  # the poem, with its first line
    if ended or not line.strip() or len(line) >= _LONGEST:
        return False
    point = begin_text(generator.predictor, generator.prompt_ids(line + "\n"))
    newline = generator.vocabulary.encode("\n")
    return bool(np.array_equal(newline, [likeliest(point)]))


def _is_allowed(line: str, form: Form) -> bool:
    folded = line.casefold()
    if any(letter.casefold() in folded for letter in form.avoid_letters):
        return False
    if any(text.casefold() in folded for text in form.avoid):
        return False
    return form.max_line_length is None or len(line) <= form.max_line_length
