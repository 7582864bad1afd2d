"""The pool: what it draws is what the model would write, given the demand."""

import itertools

import numpy as np

from gru_textgen.inference.constraints import LineAutomaton, Spelling
from gru_textgen.inference.engine import log_softmax
from gru_textgen.inference.layout import Layout
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.particles import Point
from gru_textgen.inference.pool import Pool, Sampling
from gru_textgen.inference.rows import LineDemand
from gru_textgen.verse.metre import Template
from gru_textgen.verse.pronunciation import dictionary
from tests.helpers.models import SYMBOLS, guesser

WORDS = "a gentle lantern moon most sea rest star stone".split()


def demand(lexicon):
    """Two syllables of some words, the last of them no article."""
    allowed = np.isin(lexicon.words, WORDS)
    everything = np.ones(len(lexicon.words), bool)
    ends = (allowed & ~lexicon.never_last)[lexicon.end_word]
    layout = Layout(Template(("--",)))
    return LineDemand(layout, allowed, allowed, everything, ends)


def exact(generator, start):
    """The probability of every line that meets it, by going through all of them."""
    one = [word for word in WORDS if word not in ("gentle", "lantern")]
    lines = [f"{a} {b}" for a, b in itertools.product(one, one[1:])]
    lines += ["gentle", "lantern"]
    found = {}
    for line in lines:
        ids = generator.vocabulary.encode(line + "\n").astype(int)
        logits, _ = generator.engine.run(ids[None, :-1], start.state)
        logits = np.concatenate([start.logits, logits[0]])
        # The unknown symbol is never written.
        found[line] = log_softmax(logits[:, 1:])[np.arange(len(ids)), ids - 1].sum()
    p = np.exp(np.array(list(found.values())))
    return dict(zip(found, p / p.sum()))


def test_lines_are_drawn_with_the_probabilities_of_the_model():
    generator = guesser(4)
    lexicon = Lexicon(dictionary(), SYMBOLS)
    spelling = Spelling(lexicon, generator.vocabulary.symbols)
    automaton = LineAutomaton(spelling, demand(lexicon))
    logits, state = generator.engine.read(
        np.array([[1]]), generator.engine.initial_state()
    )
    start = Point(state, logits)
    pool = Pool(generator.engine, 64, Sampling(1.0))
    rng, draws = np.random.default_rng(0), 300
    counts = dict.fromkeys(exact(generator, start), 0)
    for _ in range(draws):
        line = pool.write(automaton, automaton.start(1), start, rng, lambda *_: 0.0)
        counts[generator.vocabulary.decode(line.ids[:-1])] += 1
    expected = exact(generator, start)
    distance = sum(abs(counts[x] / draws - expected[x]) for x in expected) / 2
    # Of 300 draws from the very distribution the distance is about 0.11.
    assert distance < 0.17


def test_what_no_line_can_meet_gives_none():
    generator = guesser(4)
    lexicon = Lexicon(dictionary(), SYMBOLS)
    nothing = demand(lexicon)
    nothing = LineDemand(
        nothing.layout, nothing.inner, nothing.last, nothing.first, nothing.ends & False
    )
    spelling = Spelling(lexicon, generator.vocabulary.symbols)
    automaton = LineAutomaton(spelling, nothing)
    assert not automaton.possible
    pool = Pool(generator.engine, 4, Sampling(1.0))
    logits, state = generator.engine.read(
        np.array([[1]]), generator.engine.initial_state()
    )
    rng = np.random.default_rng(0)
    start = automaton.start(1)
    assert pool.write(automaton, start, Point(state, logits), rng, lambda *_: 0) is None
