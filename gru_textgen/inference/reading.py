"""What a model makes of text that is given: of a prompt, a title, a refrain."""

import numpy as np

from gru_textgen.inference.engine import Engine, log_softmax
from gru_textgen.inference.particles import Point

_KNOWN = 1e-3  # the probability of a second line's end that shows a model of stanzas


def begin_text(engine: Engine, ids: np.ndarray) -> Point:
    """The model at the beginning of a text, after some symbols."""
    logits, state = engine.read(ids[None], engine.initial_state())
    return Point(state, logits)


def read_on(engine: Engine, point: Point, ids: np.ndarray) -> tuple[Point, float]:
    """The model after some symbols more.

    Returns:
        Where the text is then, and how much they surprised the model, in nats.
    """
    if not len(ids):
        return point, 0.0
    logits, state = engine.run(np.asarray(ids)[None], point.state)
    before = np.concatenate([point.logits, logits[0, :-1]])
    nats = -log_softmax(before)[np.arange(len(ids)), ids].sum()
    return Point(state, logits[0, -1:]), float(nats)


def likeliest(point: Point) -> int:
    """The id that the model expects next."""
    return int(point.logits[0, 1:].argmax()) + 1


def knows_stanzas(engine: Engine, point: Point, newline: int) -> bool:
    """Whether a model that has read a line's end may go on with another one."""
    return bool(np.exp(log_softmax(point.logits)[0, newline]) > _KNOWN)
