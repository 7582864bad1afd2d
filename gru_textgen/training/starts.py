"""The models that a text may be begun with, and what they make of a part of it.

A pass of a large model over a few thousand characters takes a second or two, so few are
measured on the whole part: for English the models of English; for another language that
is recognised, its own; otherwise the first, and of the others the one that is best at
the part's beginning.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Engine
from gru_textgen.model_file.reader import ModelInfo, read_model
from gru_textgen.model_file.shipped import (
    SHIPPED,
    at_hand,
    can_be_fetched,
    find_weights,
)
from gru_textgen.text.normalisation import normalise
from gru_textgen.text.units import CHARACTER
from gru_textgen.text.vocabulary import UNKNOWN_ID
from gru_textgen.verse.languages import ENGLISH, OTHER, recognised
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.syllables import is_han

# Of English; the first is for texts of every kind, and in the package itself.
STARTS = ("verse", "shakespeare")
MAX_UNKNOWN = 0.5  # share of characters that a model to begin with may not know
KNOWN_LANGUAGE = 2.75  # nats: below, a model knows the text's language
MANY_CHARACTERS = 1000  # different ones, as Chinese has
CHINESE = "Chinese"
_LOOKED_AT = 100_000  # characters by which a language is recognised, at most
_GLANCE = 500  # characters


@dataclass(frozen=True)
class Start:
    """A model to begin with.

    Attributes:
        name: of shipped weights, or a model file.
        loss: of a part of the text, in nats a character, before it has learnt any of
            it; a character that it does not know costs what guessing costs. Infinite
            for a shipped model that knows too few of them to be begun with.
        unknown: share of characters that it does not know.
        units, layers: its size.
    """

    name: str
    loss: float
    unknown: float
    units: int
    layers: int


@dataclass(frozen=True)
class Starts:
    """What was found.

    Attributes:
        measured: models to begin with, each measured on the same part.
        language: of the text, in English; "other" for one that is not recognised.
        remarks: why a model could not be fetched, for people to read.
    """

    measured: tuple[Start, ...] = ()
    language: str = OTHER.name
    remarks: tuple[str, ...] = ()


def language_of(text: str) -> str:
    """The language of a text, in English, or "other".

    Args:
        text: its beginning is looked at.

    Example:
        >>> language_of("Der Mond ist aufgegangen, die goldnen Sternlein prangen")
        'German'
    """
    text = text[:_LOOKED_AT]
    if sum(map(is_han, text)) > len(text) / 2:
        return CHINESE
    return recognised(Counter(words_of(text))).name


def scaled(limit: float, symbols: int) -> float:
    """A limit for a text of so many symbols. Limits are given for 66 symbols; a
    character among thousands says as much as several letters.

    Args:
        limit: in nats a character.
        symbols: different characters of the text.
    """
    return limit if symbols < MANY_CHARACTERS else limit * math.log(symbols, 66)


def base_of(language: str) -> str | None:
    """The shipped model that has learnt a language other than English, or None.

    Args:
        language: in English.
    """
    if language == ENGLISH.name:
        return None
    return next((n for n, of in SHIPPED.items() if of.language == language), None)


def is_foreign(name: str) -> bool:
    """Whether a model is a shipped one of another language than English."""
    return name in SHIPPED and SHIPPED[name].language != ENGLISH.name


def measure_starts(text: str, part: str, vocab_size: int) -> Starts:
    """The shipped models that suit a text, measured on a part of it.

    Args:
        text: the text, or its beginning.
        part: of the text, which models predict.
        vocab_size: of a model of the text, among which guessing chooses.
    """
    language = language_of(text)
    if language == ENGLISH.name:
        models = _read(STARTS, part, vocab_size)
        return Starts(tuple(model.start() for model in models), language)
    base = base_of(language)
    remarks = _fetch(base) if base else ()
    own = [model.start() for model in _read([base] if base else [], part, vocab_size)]
    if not own or own[0].loss >= scaled(KNOWN_LANGUAGE, vocab_size):
        own = _best(_read(_all(), part, vocab_size))
    return Starts(tuple(own), language, remarks)


def _fetch(base: str) -> tuple[str, ...]:
    """Download a model that is not at hand, if that is possible; or say why not."""
    if at_hand(base) is None and can_be_fetched(base):
        try:
            find_weights(base)
        except (InputError, OSError) as error:
            return (f"{base} is not among the models to start from: {error}",)
    return ()


def measure_start(name: str, part: str, vocab_size: int) -> Start:
    """A model that is to be begun with, measured.

    Args:
        name: of a shipped model, or a model file.
        part: of the text.
        vocab_size: as for `measure_starts`.

    Raises:
        InputError: if there is no such model of characters.
    """
    return _Model(name, find_weights(name), part, vocab_size).start()


def check_level(info: ModelInfo, level: str, name: str) -> None:
    """Raise an InputError unless a model to begin with predicts what a run learns."""
    if info.level != level:
        raise InputError(
            f"Training cannot start from {name}, a model of {info.level}s, with "
            f"`level={level}`."
        )


def _all() -> list[str]:
    """The models for a text of any kind: of English those that have read much."""
    others = [n for n, of in SHIPPED.items() if of.language != ENGLISH.name]
    return [*STARTS, *others]


def _read(names: Iterable[str], part: str, vocab_size: int) -> list["_Model"]:
    """Those that are at hand."""
    paths = {name: at_hand(name) for name in names}
    return [_Model(n, path, part, vocab_size) for n, path in paths.items() if path]


def _best(models: Sequence["_Model"]) -> list[Start]:
    """The first, and of the others the best at the beginning of the part."""
    fitting = [model for model in models if model.unknown <= MAX_UNKNOWN]
    if not fitting:
        return [model.unmeasured() for model in models]
    first, *others = fitting
    if others:
        others = [min(others, key=lambda model: model.start(_GLANCE).loss)]
    return [model.start() for model in (first, *others)]


class _Model:
    """A model, and a part of a text in its ids."""

    def __init__(self, name: str, path: Path, part: str, vocab_size: int):
        info, self.arrays = read_model(path)
        check_level(info, CHARACTER, name)
        reading = info.vocabulary.read_prompt(normalise(part, **info.normalisation))
        self.name, self.guess = name, np.log(vocab_size)
        self.ids = info.vocabulary.encode(reading.text)
        self.unknown = float((self.ids[1:] == UNKNOWN_ID).mean())

    def start(self, length: int | None = None) -> Start:
        """The part, or its first characters, measured."""
        ids = self.ids[:length]
        own = Engine(self.arrays).losses(ids)
        own = np.where(ids[1:] == UNKNOWN_ID, self.guess, own)
        return replace(self.unmeasured(), loss=float(own.mean()))

    def unmeasured(self) -> Start:
        layers = self.arrays.layers
        units = len(layers[0].recurrent_kernel)
        return Start(self.name, math.inf, self.unknown, units, len(layers))
