"""How well poems in a form keep it, and what the form costs.

The search keeps the form by the package's dictionary, so that dictionary cannot judge
it: a second source does, where it is installed (see `second_source`). Real verse, given
as lines, is measured in the same way, so that the figures can be read. Of other
languages than English there is no dictionary, and the second source is not asked: the
syllables of a line are those that the search counts by spelling.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from gru_textgen.errors import InputError
from gru_textgen.evaluation import second_source
from gru_textgen.inference.engine import log_softmax
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.language import other_words
from gru_textgen.verse.forms import Form, LinePlan
from gru_textgen.verse.metre import scan, words_of
from gru_textgen.verse.pronunciation import stress_patterns
from gru_textgen.verse.rhyme import rhymes

_FREE_LENGTH = 400  # characters of the free writing that is set beside each poem


@dataclass(frozen=True)
class FormFigures:
    """What poems in a form are.

    Attributes:
        poems: how many.
        lines: how many, refrains counted once.
        in_metre: share of the lines that keep their measure by the dictionary, or, of
            another language than English, their syllables by spelling.
        in_metre_second: by the second source; None where it is not installed, or where
            the form has no measure.
        pairs: pairs of lines that have to rhyme.
        rhymed: share of the pairs that do, by the dictionary; None if there are none.
        rhymed_second: by the second source.
        nats: the model's own surprise, in nats a character.
        free_nats: of as many texts that it wrote freely, at the same temperature.
        distinct_words: share of the words that are distinct.
        seconds: a poem.
        steps: characters, or words and marks, stepped for a poem.
        pronounced: whether the lines are English, whose sounds the dictionary knows.
        unit: what is stepped: "characters" or, by a model of words, "tokens".
    """

    poems: int
    lines: int
    in_metre: float
    in_metre_second: float | None
    pairs: int
    rhymed: float | None
    rhymed_second: float | None
    nats: float | None = None
    free_nats: float | None = None
    distinct_words: float | None = None
    seconds: float | None = None
    steps: float | None = None
    pronounced: bool = True
    unit: str = "characters"


def evaluate_form(
    generator: TextGenerator, form: Form, samples: int, *, seed: int = 0, **options
) -> FormFigures:
    """Write poems in a form, and measure them.

    Args:
        generator: the model.
        form: the form.
        samples: how many poems, 1 or more.
        seed: of the first.
        options: as for `TextGenerator.compose`.

    Raises:
        InputError: for a form that cannot be met, or no samples.
    """
    if samples < 1:
        raise InputError(f"samples must be 1 or more, not {samples}.")
    began = time.perf_counter()
    poems = generator.compose_many(form, samples, seed=seed, **options)
    seconds = (time.perf_counter() - began) / samples
    source = other_words(generator, options.get("words"))
    patterns_of = source([]).patterns_of if source else None
    texts = [[line.text for line in poem.lines] for poem in poems]
    kept = judge_lines(form, texts, patterns_of)
    lines = [line for poem in poems for line in poem.lines]
    words = [word for line in lines for word in words_of(line.text)]
    temperature = options.get("temperature", 0.5)
    return FormFigures(
        **kept,
        nats=sum(line.nats for line in lines) / sum(len(x.text) + 1 for x in lines),
        free_nats=free_nats(generator, samples, seed, temperature),
        distinct_words=len(set(words)) / len(words),
        seconds=seconds,
        steps=sum(poem.steps for poem in poems) / samples,
        pronounced=source is None,
        unit=generator.vocabulary.units.noun,
    )


def judge_lines(
    form: Form,
    poems: Sequence[Sequence[str]],
    patterns_of: Callable[[str], tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """How well poems keep a form.

    Args:
        form: whose lines they should be.
        poems: each with as many lines as the form.
        patterns_of: the syllables of a word in another language than English, as for
            `scan`; the second source is not asked then.

    Returns:
        The figures of `FormFigures` that speak of lines and rhymes.
    """
    plans = form.plan()
    new = [plan for plan in plans if plan.repeats == plan.index]
    lines = [(plan, poem[plan.index]) for poem in poems for plan in new]
    pairs = [pair for poem in poems for pair in _pairs(new, poem)]
    measured = [(plan, text) for plan, text in lines if plan.measure.alternatives]
    stresses = patterns_of or stress_patterns
    found = {
        "poems": len(poems),
        "lines": len(lines),
        "in_metre": _share(
            scan(text, p.measure, 0, stresses) is not None for p, text in lines
        ),
        "in_metre_second": None,
        "pairs": len(pairs),
        "rhymed": _share(rhymes(*pair, form.near_rhyme) for pair in pairs),
        "rhymed_second": None,
    }
    if patterns_of is None and second_source.installed():
        said = second_source.say([w for _, text in lines for w in words_of(text)])
        found["in_metre_second"] = _share(
            second_source.scans(text, plan.measure, said) for plan, text in measured
        )
        found["rhymed_second"] = _share(
            second_source.rhyme(said[a], said[b]) for a, b in pairs
        )
    return found


def _pairs(plans: Sequence[LinePlan], poem: Sequence[str]) -> list[tuple[str, str]]:
    """The last words of the lines that have to rhyme, two by two."""
    ends = [(p.rhyme, words_of(poem[p.index])[-1]) for p in plans if p.rhyme]
    return [(a, b) for (x, a), (y, b) in combinations(ends, 2) if x == y]


def _share(kept) -> float | None:
    kept = list(kept)
    return sum(kept) / len(kept) if kept else None


def free_nats(
    generator: TextGenerator, samples: int, seed: int, temperature: float
) -> float:
    """Nats a character that a model gives what it writes freely."""
    texts = generator.generate_batch(
        [""] * samples,
        length=_FREE_LENGTH,
        seed=seed,
        temperature=temperature,
        min_p=0,
        whole=False,
    )
    total = characters = 0.0
    engine, vocabulary = generator.predictor, generator.vocabulary
    for text in texts:
        ids = vocabulary.encode(generator.beginning + text)
        logits, _ = engine.run(ids[None, :-1], engine.initial_state())
        start = vocabulary.units.count(generator.beginning) - 1
        losses = -log_softmax(logits[0])[range(len(ids) - 1), ids[1:]]
        total += losses[start:].sum()
        characters += len(text)
    return float(total / characters)
