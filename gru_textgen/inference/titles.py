"""The titles that a model of titled poems gives to poems in a form."""

from typing import TYPE_CHECKING

from gru_textgen.inference.reading import begin_text, likeliest
from gru_textgen.verse.forms import Form

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator

_LONGEST = 80  # characters of a title
_TRIES, _APART = 5, 1 << 20  # texts, and how far apart they are in a seed's numbers


def own_titles(
    generator: "TextGenerator", form: Form, count: int, seed: int
) -> list[str]:
    """The first line of each text that the model writes freely from a seed, where an
    empty line is the likeliest to follow; else of another text; at last "".

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
    return [_own_title(generator, form, seed, i) for i in range(count)]


def _own_title(generator: "TextGenerator", form: Form, seed: int, number: int) -> str:
    for first in range(number, number + _TRIES * _APART, _APART):
        [line] = generator.generate_batch(
            [""], stop="\n", length=_LONGEST, whole=False, seed=seed, first=first
        )
        if _is_title(generator, line) and _is_allowed(line, form):
            return line
    return ""


def _is_title(generator: "TextGenerator", line: str) -> bool:
    ended = generator.info.separator in line  # the poem, with its first line
    if ended or not line.strip() or len(line) >= _LONGEST:
        return False
    point = begin_text(generator.predictor, generator.prompt_ids(line + "\n"))
    return likeliest(point) == int(generator.vocabulary.encode("\n")[0])


def _is_allowed(line: str, form: Form) -> bool:
    folded = line.casefold()
    if any(letter.casefold() in folded for letter in form.avoid_letters):
        return False
    if any(text.casefold() in folded for text in form.avoid):
        return False
    return form.max_line_length is None or len(line) <= form.max_line_length
