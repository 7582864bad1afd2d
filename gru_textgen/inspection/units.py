"""Which units follow something that a person can read off the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.generator import TextGenerator

LONGEST = 20_000  # characters that scores are computed on, at most
_UNITS = 20_480_000  # times characters: some hundred megabytes
_SHORTEST = 40  # characters, below which a correlation says nothing


@dataclass(frozen=True)
class UnitScore:
    """A unit whose state follows a feature.

    Attributes:
        layer, unit: which.
        feature: its name in `features`.
        score: Pearson's correlation of the unit's state with the feature, on the half
            of the text that the unit was not chosen by.
    """

    layer: int
    unit: int
    feature: str
    score: float


def features(text: str) -> dict[str, np.ndarray]:
    """Readable features of each character of a text, numbers or 0 and 1.

    Returns:
        By name, shape `(len(text),)`. A feature "to come" is of the next character,
        which the model has not read yet.
    """
    space = _matching(r"\s", text)
    capital = np.array([c.isupper() for c in text], float)
    newline = _matching(r"\n", text)
    words = re.finditer(r"[\w'’-]+", text)
    names = re.compile(r"(?<=[\w,;'] )[A-Z][\w'’]+")  # not after a sentence's end
    return {
        "position in the line": _since(newline),
        "position in the word": _since(space),
        "since the last full stop": _since(_matching(r"[.!?]", text)),
        "line of the stanza": _line_of_stanza(text),
        "inside quotes": _inside_quotes(text),
        "first word of the line": _spans(re.finditer(r"(?m)^\S+", text), text),
        "last word of the line": _spans(re.finditer(r"(?m)\S+$", text), text),
        "inside a name": _spans(names.finditer(text), text),
        "word of seven letters or more": _spans(
            (m for m in words if len(m[0]) >= 7), text
        ),
        "vowel": _matching(r"[aeiouAEIOU]", text),
        "space or line end": space,
        "punctuation": _matching(r"[^\w\s]", text),
        "line end": newline,
        "blank line": _matching(r"(?<=\n)\n", text),
        "capital": capital,
        "capital to come": _next(capital),
        "space or line end to come": _next(space),
        "line end to come": _next(newline),
    }


def longest_scored(generator: TextGenerator) -> int:
    """How many characters scores are computed on: 20,000, or fewer of a model of more
    than 1,024 units."""
    units = sum(layer.units for layer in generator.engine.layers)
    return max(_SHORTEST, min(LONGEST, _UNITS // units))


def readable_units(generator: TextGenerator, text: str) -> list[UnitScore]:
    """For each feature the unit that follows it most closely.

    Among hundreds of units one correlates with anything by chance. So the unit is
    chosen on the first half of the text, and its score is that on the second.

    Args:
        generator: the model.
        text: its first 20,000 characters count; the longer the surer.

    Returns:
        The closest first. A feature that is the same everywhere in one of the halves
        is left out.

    Raises:
        InputError: if the text has fewer than 40 characters.
    """
    if len(text) < _SHORTEST:
        raise InputError(
            f"Scores of units need at least {_SHORTEST} characters, not {len(text)}."
        )
    engine, lead = generator.engine, len(generator.beginning)
    ids = generator.prompt_ids(text[: longest_scored(generator)])
    found = features(generator.vocabulary.decode(ids[lead:]))
    states = engine.states(ids, engine.initial_state())
    owners = [(i, unit) for i, s in enumerate(states) for unit in range(s.shape[1])]
    names, table = list(found), np.stack(list(found.values()), axis=1)
    half = len(table) // 2
    first, second = slice(lead, lead + half), slice(lead + half, None)
    chosen = np.hstack([correlations(table[:half], s[first]) for s in states])
    scores = []
    for name, column, row in zip(names, table.T, chosen):
        if np.isnan(row).all() or np.ptp(column[half:]) == 0:
            continue
        layer, unit = owners[int(np.nanargmax(np.abs(row)))]
        state = states[layer][second, unit, None]
        r = correlations(column[half:, None], state)[0, 0]
        if not np.isnan(r):
            scores.append(UnitScore(layer, unit, name, float(r)))
    return sorted(scores, key=lambda score: -abs(score.score))


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each column of `a` with each of `b`.

    Args:
        a: shape `(n, p)`.
        b: shape `(n, q)`.

    Returns:
        Shape `(p, q)`; NaN where a column is the same everywhere.
    """
    a, b = (x - x.mean(axis=0, dtype=np.float64) for x in (a, b))
    norms = np.outer(np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0))
    return np.divide(a.T @ b, norms, out=np.full(norms.shape, np.nan), where=norms > 0)


def _matching(pattern: str, text: str) -> np.ndarray:
    """1 where a character matches a pattern, else 0."""
    found = np.zeros(len(text))
    found[[match.start() for match in re.finditer(pattern, text)]] = 1
    return found


def _spans(matches: Iterator[re.Match], text: str) -> np.ndarray:
    """1 inside the matches, else 0."""
    found = np.zeros(len(text))
    for match in matches:
        found[match.start() : match.end()] = 1
    return found


def _since(marks: np.ndarray) -> np.ndarray:
    """How many characters ago the last mark was; the text begins after one."""
    places = np.arange(1, len(marks) + 1)
    return places - np.maximum.accumulate(np.where(marks > 0, places, 0)).astype(float)


def _next(marks: np.ndarray) -> np.ndarray:
    return np.append(marks[1:], 0.0)


def _line_of_stanza(text: str) -> np.ndarray:
    lines, line = [], 0
    for i, character in enumerate(text):
        lines.append(line)
        if character == "\n":
            line = 0 if text[i - 1 : i] in ("\n", "") else line + 1
    return np.array(lines, float)


def _inside_quotes(text: str) -> np.ndarray:
    """Between double quotation marks; a blank line ends a quotation left open."""
    found, inside = [], False
    for i, character in enumerate(text):
        if character in "“”":
            inside = character == "“"
        elif character == '"':
            inside = not inside
        elif text[i - 1 : i + 1] == "\n\n":
            inside = False
        found.append(float(inside))
    return np.array(found)
