"""Which settings suit a text: a few measurements, and a choice made from them.

A model that begins with nothing needs a megabyte to learn what a language is. A text of
a few kilobytes is learnt better by a model that has read another one: English at once,
and another language in Latin letters too, if it may learn fast. Which of them a text
is, is measured: what a shipped model makes of a part of it, beside what counting makes
of the same part. The part is the end of the text that is learnt from, never of the
held-out one. The figures behind the numbers below stand in docs/small_texts.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gru_textgen.inference.engine import Engine
from gru_textgen.inference.kneser_ney import best_order, losses
from gru_textgen.model_file.reader import read_model
from gru_textgen.model_file.shipped import find_weights
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.normalisation import OPTIONS, normalise, normalised
from gru_textgen.text.splits import split_point
from gru_textgen.text.vocabulary import UNKNOWN_ID, Vocabulary
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import fitting_batch_size

STARTS = ("verse", "shakespeare")  # shipped weights to begin with
_READ = 1 << 20  # characters that are measured on, at most
_FEWEST = 1000  # characters to learn from, for a measurement to mean anything
_PREDICTED = 4000  # characters that models predict, at most
_LARGEST = 500_000  # characters; from there on a model begun with nothing learns enough
_SHORT = 60_000  # characters; of fewer more epochs are learnt from
_MOST_UNKNOWN = 0.5  # share of characters that a model to begin with may not know
# Nats: below, a shipped model knows texts of the kind, or at least their language.
_KNOWN_KIND, _KNOWN_LANGUAGE = 1.9, 2.75
_CLEARLY = 0.1  # nats
_SIZES = ("units", "layers")  # which a model to begin with brings along


@dataclass(frozen=True)
class Start:
    """A model to begin with.

    Attributes:
        name: of shipped weights, or a model file.
        loss: of a part of the text, in nats a character, before it has learnt any of
            it; a character that it does not know costs what guessing costs.
        unknown: share of characters that it does not know.
        units, layers: its size.
    """

    name: str
    loss: float
    unknown: float
    units: int
    layers: int


@dataclass(frozen=True)
class Facts:
    """What was measured of a text.

    Attributes:
        characters: of the text.
        learnt: of them, to learn from.
        distinct: different characters among those measured on.
        kneser_ney: loss of a part of what is learnt from, in nats a character, by the
            n-grams of the text before that part; None for a text too short to tell.
        starts: models to begin with, measured on the same part.
    """

    characters: int
    learnt: int
    distinct: int
    kneser_ney: float | None
    starts: tuple[Start, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """Settings that suit a text.

    Attributes:
        settings: arguments of `TrainingSettings`.
        lines: what was chosen and why, the options that change it and the time that it
            takes, for people to read; none for a text too short to tell.
    """

    settings: dict
    lines: tuple[str, ...]


def recipe(text: str | Corpus, **given) -> dict:
    """Settings that suit a text, measured in a few seconds.

    Args:
        text: to learn from.
        given: settings that are decided already, as arguments of `TrainingSettings`.
            `init_from=None` begins with nothing.

    Returns:
        Arguments of `TrainingSettings`, those given among them.

    Raises:
        InputError: if the text cannot be read, or there is no model `init_from`.

    Example:
        >>> settings = TrainingSettings("runs/songs", **recipe(text))
        >>> train(settings, text)
    """
    corpus = text if isinstance(text, Corpus) else Corpus(text)
    found = choose(measure(corpus, given), given)
    return {**found.settings, **{n: x for n, x in given.items() if x is not None}}


def measure(corpus: Corpus, given: Mapping = {}) -> Facts:
    """Look at a text: how long it is, and what it costs those who do not know it.

    Args:
        corpus: the text.
        given: settings that are decided already.

    Raises:
        InputError: if the text cannot be read, or there is no model `init_from`.
    """
    options = {name: given[name] for name in OPTIONS if name in given}
    length, head = _beginning(normalised(corpus.pieces(), **options))
    split = given.get("validation_split", TrainingSettings.validation_split)
    if not 0 < split < 1:
        split = TrainingSettings.validation_split  # the settings refuse it in time
    learnt = split_point(length, split)
    head = head[:learnt]
    if learnt < _FEWEST:
        return Facts(length, learnt, len(set(head)), None)
    size = min(_PREDICTED, len(head) // 10)
    before, part = head[:-size], head[-size:]
    vocabulary = Vocabulary.from_text([head])
    starts = tuple(
        _start(name, part, len(vocabulary)) for name in _candidates(given, learnt)
    )
    return Facts(
        length, learnt, len(set(head)), _counted(before, part, vocabulary), starts
    )


def _beginning(pieces: Iterable[str]) -> tuple[int, str]:
    """The length of a text, and as much of its beginning as is measured on."""
    length, kept = 0, []
    for piece in pieces:
        if length < _READ:
            kept.append(piece[: _READ - length])
        length += len(piece)
    return length, "".join(kept)


def _candidates(given: Mapping, learnt: int) -> tuple[str, ...]:
    """The models that may be begun with."""
    if "init_from" in given:
        return () if given["init_from"] is None else (str(given["init_from"]),)
    if learnt > _LARGEST or any(name in given for name in _SIZES):
        return ()
    return STARTS


def _counted(before: str, part: str, vocabulary: Vocabulary) -> float:
    """What a part costs the n-grams of the text before it, of the best order."""
    learnt, ids = vocabulary.encode(before), vocabulary.encode(part)
    order = best_order(learnt, len(vocabulary))
    *_, of_order = losses(learnt, ids, len(vocabulary), order)
    return float(of_order.mean())


def _start(name: str, part: str, symbols: int) -> Start:
    info, arrays = read_model(find_weights(name))
    reading = info.vocabulary.read_prompt(normalise(part, **info.normalisation))
    ids = info.vocabulary.encode(reading.text)
    unknown = ids[1:] == UNKNOWN_ID
    own = np.where(unknown, np.log(symbols), Engine(arrays).losses(ids))
    units = len(arrays.layers[0].recurrent_kernel)
    return Start(
        name, float(own.mean()), float(unknown.mean()), units, len(arrays.layers)
    )


def choose(facts: Facts, given: Mapping = {}) -> Recipe:
    """The settings for a text of which so much is known. Nothing is measured here.

    Args:
        facts: of the text.
        given: settings that are decided already: they are not chosen, and what is
            chosen goes with them.
    """
    if facts.kneser_ney is None:
        return Recipe({}, ())  # the defaults; there is too little to say why
    start = _best_start(facts, given)
    chosen = _from_nothing(facts) if start is None else _tuned(facts, start)
    chosen = {name: value for name, value in chosen.items() if name not in given}
    sizes = {} if start is None else {"units": start.units, "layers": start.layers}
    settings = TrainingSettings("recipe", **{**chosen, **_plain(given), **sizes})
    return Recipe(chosen, (_why(facts, start), _how(facts, settings)))


def _plain(given: Mapping) -> dict:
    return {name: value for name, value in given.items() if value is not None}


def _best_start(facts: Facts, given: Mapping) -> Start | None:
    """The model to begin with: one that knows the text's language, the clearly better;
    for another language the first, which has read the most; for another script none."""
    if given.get("init_from") is not None:
        return facts.starts[0]
    first, *others = [s for s in facts.starts if s.unknown <= _MOST_UNKNOWN] or [None]
    better = [s for s in others if s.loss < min(first.loss - _CLEARLY, _KNOWN_LANGUAGE)]
    return min(better, key=lambda start: start.loss, default=first)


def _from_nothing(facts: Facts) -> dict:
    return {"counts": facts.learnt <= _LARGEST}


def _tuned(facts: Facts, start: Start) -> dict:
    """Settings of a run that goes on from a model: the better it knows the text, the
    less it is to forget, and the lower is the rate."""
    if start.loss < _KNOWN_LANGUAGE:
        rate = 7e-4 if start.loss < _KNOWN_KIND else 1.5e-3
        epochs = 5 if facts.learnt > _SHORT else 8
    else:
        rate, epochs = 3e-3, 10
    return {
        "init_from": start.name,
        "learning_rate": rate,
        "epochs": epochs,
        "patience": 3,
        "counts": facts.learnt <= _LARGEST,
    }


def _why(facts: Facts, start: Start | None) -> str:
    counting = f"{facts.kneser_ney:.2f}"
    if start is None:
        return (
            f"Beginning with nothing; counting: {counting} nats. Else: --init-from NAME"
        )
    return (
        f"Beginning with {Path(start.name).stem}: {start.loss:.2f} nats unlearnt, "
        f"counting {counting}. Else: --init-from none"
    )


def _how(facts: Facts, settings: TrainingSettings) -> str:
    counts = ", with counts" if settings.counts else ""
    options = "--epochs, --no-counts" if settings.counts else "--epochs, --counts"
    return (
        f"{settings.epochs} epochs at {settings.learning_rate:g}{counts}: "
        f"{_duration(expected_seconds(facts.learnt, settings))} on two idle cores. "
        f"Else: {options}"
    )


def expected_seconds(characters: int, settings: TrainingSettings) -> float:
    """About how long a run takes on two idle cores.

    A step of one layer is a product of matrices, which takes time by the number of
    streams, and the reading of its weights, which does not: of 256 units 0.36 ms and
    0.008 ms a stream, forward and backward. The measurements are those of the presets.

    Args:
        characters: to learn from.
        settings: of the run.
    """
    window = settings.seq_length
    streams = fitting_batch_size(characters, settings.batch_size, window)
    windows = max(1, (characters - 1) // streams // window)
    size = settings.units / 256
    step = settings.layers * (0.36e-3 * size**1.5 + 8e-6 * size**1.6 * streams)
    return 20 + settings.epochs * windows * window * step


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"about {minutes} minutes" if minutes > 1 else "about a minute"
