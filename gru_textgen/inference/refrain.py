"""A line that stands again: its words are given, its last mark is the model's."""

from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.inference.automaton import MARKS, STOPS
from gru_textgen.inference.engine import log_softmax
from gru_textgen.inference.particles import Point
from gru_textgen.inference.reading import read_on

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator


def ending(
    generator: "TextGenerator",
    text: str,
    point: Point,
    closing: bool,
    rng: np.random.Generator,
) -> tuple[str, Point, float]:
    """Write a line again.

    Args:
        generator: the model.
        text: the line.
        point: of the model before it.
        closing: whether it must end a sentence.
        rng: decides its last mark.

    Returns:
        The line, the model after its end, and its surprise in nats.
    """
    symbols = generator.vocabulary.symbols
    bare = text.rstrip(MARKS + STOPS + "- ")
    marks = [mark for mark in (STOPS if closing else STOPS + MARKS) if mark in symbols]
    choices = marks if closing and marks else [*marks, "\n"]
    ids = generator.vocabulary.encode(generator.vocabulary.read_prompt(bare).text)
    after, nats = read_on(generator.predictor, point, ids)
    places = [symbols.index(choice) + 1 for choice in choices]
    p = np.exp(log_softmax(after.logits)[0, places])
    mark = choices[int(rng.choice(len(p), p=p / p.sum()))]
    tail = mark if mark == "\n" else mark + "\n"
    last = generator.vocabulary.encode(tail)
    point, more = read_on(generator.predictor, after, last)
    text = bare + generator.vocabulary.decoder(bare)(last)
    return text.rstrip("\n"), point, nats + more
