"""Which settings suit a text: a choice made from a few measurements.

A model of words begins with nothing; how many tokens there are says how large it is. A
model of characters that begins with nothing needs a megabyte to learn what a language
is. A text of a few kilobytes is learnt better by a model that has read another one: one
in its language at once, and one in another language in Latin letters too, if it may
learn fast. Which of them a text is, is measured (see `facts`): what the shipped models
make of a part of it, beside what counting makes of the same part. The figures behind
the numbers below stand in docs/small_texts.md and docs/words.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gru_textgen.model_file.schema import MAX_COUNTED
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.units import TEXT, WORD, Words
from gru_textgen.training.facts import LARGEST_TUNED, Facts, measure, pieces_of
from gru_textgen.training.settings import WINDOWS, TrainingSettings, preset
from gru_textgen.training.starts import (
    KNOWN_LANGUAGE,
    MANY_CHARACTERS,
    MAX_UNKNOWN,
    Start,
    base_of,
    is_foreign,
    scaled,
)
from gru_textgen.training.streams import fitting_batch_size
from gru_textgen.training.windows import count_windows

_SHORT = 60_000  # characters; of fewer more epochs are learnt from
_KNOWN_KIND = 1.9  # nats: below, a shipped model knows texts of the kind
_CLEARLY, _MUCH_BETTER, _FAR = 0.1, 0.5, 0.7  # nats
_WORSE_THAN_GUESSING = 1.0  # nats above it
_MANY_TOKENS = 500_000  # to learn from, for a larger model of words
_MANY_WORDS = {
    "units": 320,
    "layers": 2,
    "embedding": 320,
    "embedding_dropout": 0.1,
    "dropout": 0.4,
    "learning_rate": 3e-3,
    "epochs": 15,
}
_AS_VECTORS = {
    "one_hot": False,
    "embedding": 128,
    "embedding_dropout": 0.3,
    "dropout": 0.5,
    "epochs": 15,
}
_SIZES = ("units", "layers", "embedding")


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
        >>> from gru_textgen import TrainingSettings, read_anthology, recipe
        >>> chosen = recipe(read_anthology().text[:20_000])
        >>> chosen["init_from"], chosen["epochs"]
        ('verse', 8)
        >>> settings = TrainingSettings("runs/songs", **chosen)
    """
    corpus = text if isinstance(text, Corpus) else Corpus(text)
    return {**find(corpus, given).settings, **_plain(given)}


def find(corpus: Corpus, given: Mapping = {}) -> Recipe:
    """The settings that suit a text, and what is said of them.

    Args:
        corpus: the text.
        given: settings that are decided already; `init_from=None` begins with nothing.

    Raises:
        InputError: if the text cannot be read, or there is no model `init_from`.
    """
    if given.get("level") == WORD:
        return _of_words(corpus, given)
    return choose(measure(corpus, given), given)


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
    chosen = _from_nothing(facts, given) if start is None else _tuned(facts, start)
    chosen = {name: value for name, value in chosen.items() if name not in given}
    sizes = {} if start is None else {"units": start.units, "layers": start.layers}
    settings = TrainingSettings("recipe", **{**chosen, **_plain(given), **sizes})
    lines = (*facts.remarks, _why(facts, start), _how(facts, settings))
    return Recipe(chosen, lines)


def _of_words(corpus: Corpus, given: Mapping) -> Recipe:
    """The preset, with counts; many tokens get a larger model."""
    split = given.get("validation_split", TrainingSettings.validation_split)
    units, learnt = Words(given.get("tokens", TEXT)), 0.0
    for piece in units.whole(pieces_of(corpus, given)):
        learnt += (1 - split) * units.count(piece)
        if learnt > MAX_COUNTED:
            break
    chosen = preset("words") | (_MANY_WORDS if learnt >= _MANY_TOKENS else {})
    chosen["counts"] = learnt <= MAX_COUNTED
    if given.get("init_from") is not None:
        chosen = {n: x for n, x in chosen.items() if n not in _SIZES}
    chosen = {name: value for name, value in chosen.items() if name not in given}
    settings = TrainingSettings("recipe", **{**chosen, **_plain(given)})
    return Recipe(chosen, (_how_words(settings),))


def _how_words(settings: TrainingSettings) -> str:
    size = f"{_number(settings.layers, 'layer')} of {settings.units} units"
    if settings.init_from is not None:
        size = f"starting from {Path(settings.init_from).stem}"
    return f"A model of words: {size}, {_course(settings)}. {_change(settings)}"


def _course(settings: TrainingSettings) -> str:
    counts = ", mixing in n-gram counts" if settings.counts else ""
    epochs = _number(settings.epochs, "epoch")
    return f"{epochs}, learning rate {settings.learning_rate:g}{counts}"


def _change(settings: TrainingSettings) -> str:
    return f"To change: --epochs, {'--no-counts' if settings.counts else '--counts'}"


def _number(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def _plain(given: Mapping) -> dict:
    return {name: value for name, value in given.items() if value is not None}


def _best_start(facts: Facts, given: Mapping) -> Start | None:
    """The model to begin with: that of the text's language; one that knows the
    language, the clearly better; one of another language that is much better than the
    first and than guessing, as for names in it; else the first, which has read the
    most. None for another script, or if the model of the language is worse than
    guessing, as for Chinese names."""
    if given.get("init_from") is not None:
        return facts.starts[0]
    base, guessing = base_of(facts.language), math.log(facts.distinct)
    fitting = [
        start
        for start in facts.starts
        if start.unknown <= MAX_UNKNOWN
        and not (start.name == base and start.loss > guessing + _WORSE_THAN_GUESSING)
    ]
    if not fitting:
        return None
    first, *others = fitting
    limit = min(first.loss - _CLEARLY, KNOWN_LANGUAGE)
    foreign = min(first.loss, guessing) - _MUCH_BETTER

    def is_better(start: Start) -> bool:
        if start.name == base:
            return start.loss < first.loss
        return start.loss < (max(limit, foreign) if is_foreign(start.name) else limit)

    better = filter(is_better, others)
    return min(better, key=lambda start: start.loss, default=first)


def _from_nothing(facts: Facts, given: Mapping) -> dict:
    """Settings of a run from random weights. Thousands of characters, as of Chinese,
    are learnt sooner and better as vectors."""
    chosen = {"counts": facts.learnt <= LARGEST_TUNED}
    if facts.distinct < MANY_CHARACTERS or given.get("one_hot"):
        return chosen
    return chosen | _AS_VECTORS


def _tuned(facts: Facts, start: Start) -> dict:
    """Settings of a run that goes on from a model: the better it knows the text, the
    less it is to forget, and the lower is the rate. A model of the text's language
    knows little of a text whose own n-grams are far ahead of it, such as a manual."""
    own = start.name == base_of(facts.language)
    known_language = start.loss < scaled(KNOWN_LANGUAGE, facts.distinct)
    behind_counting = start.loss - cast(float, facts.kneser_ney)
    if known_language and not (own and behind_counting > _FAR):
        known = start.loss < scaled(_KNOWN_KIND, facts.distinct)
        rate = 7e-4 if known else 1.5e-3
        epochs = 5 if facts.learnt > _SHORT else 8
    else:
        rate, epochs = 3e-3, 16 if own else 10
    return {
        "init_from": start.name,
        "learning_rate": rate,
        "epochs": epochs,
        "patience": 3,
        "counts": facts.learnt <= LARGEST_TUNED,
    }


def _why(facts: Facts, start: Start | None) -> str:
    counting = f"{facts.kneser_ney:.2f}"
    if start is None:
        readable = any(start.unknown <= MAX_UNKNOWN for start in facts.starts)
        fails = (
            "predicts this text better than guessing"
            if readable
            else "knows the characters of this text"
        )
        refused = f"No model {fails}. " if facts.starts else ""
        return (
            f"{refused}Starting from random weights (n-grams: {counting} nats). "
            "To change: --init-from NAME"
        )
    return (
        f"Starting from {Path(start.name).stem} (loss before training: "
        f"{start.loss:.2f} nats, n-grams: {counting}). To change: --init-from none"
    )


def _how(facts: Facts, settings: TrainingSettings) -> str:
    duration = _duration(expected_seconds(facts.learnt, settings))
    return f"{_course(settings)}: {duration} on two idle cores. {_change(settings)}"


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
    if settings.cut == WINDOWS:  # each costs what a window of a stream does
        count = count_windows(characters, window, settings.window_step)
        characters = count * window
    streams = fitting_batch_size(characters, settings.batch_size, window)
    windows = max(1, (characters - 1) // streams // window)
    size = settings.units / 256
    step = settings.layers * (0.36e-3 * size**1.5 + 8e-6 * size**1.6 * streams)
    return 20 + settings.epochs * windows * window * step


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"about {minutes} minutes" if minutes > 1 else "about a minute"
