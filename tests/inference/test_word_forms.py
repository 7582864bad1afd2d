"""Poems in a form, written by models of words whose weights are random."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.evaluation.form import evaluate_form, free_nats, judge_lines
from gru_textgen.inference.engine import log_softmax
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.layout import Layout
from gru_textgen.inference.levels import level_of
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.particles import Point
from gru_textgen.inference.pool import Pool, Sampling
from gru_textgen.inference.rows import LineDemand
from gru_textgen.inference.word_constraints import word_in
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.units import WHITESPACE, Words
from gru_textgen.text.words import WordVocabulary
from gru_textgen.verse.forms import FORMS, Form, named_form
from gru_textgen.verse.metre import Template, words_of
from gru_textgen.verse.pronunciation import dictionary
from tests.helpers.models import guesser, random_word_model
from tests.inference.test_composing import check

TEXT = """The day, the way; a play and the stay. By may to gray of ray in lay with pay!
A night? The light: of bright, white might - my flight in sight. And free is the sea,
To me the tree was he; with thee, she and we. The stone alone, my own; thrown, grown,
The golden lantern, o'er a silver river: the gentle morning mountain. Sweet little
Bird, a word heard. Alone upon the water, o'er the land; the hand, and sand, a grand
Band. The heart, apart; my part will start. The king will sing of spring, to bring a
Thing, a ring. The fire, desire, higher; the flower, a power, an hour, our tower.
Her song was long and strong among a throng; the star, afar, is far. We sing so
Slowly, softly; silent, sad, and still the sun is set, and some slow stream is seen.
The night: delight, and fight; the sea, a bee; the door, a shore, and more, before.
Round beauty, duty: "Zounds", said 1,000 KINGS of Nantucket - zymurgy's fizzgig.
"""
LINES = "\n".join(itertools.chain(*[[line] * 2 for line in TEXT.split("\n")]))
MEASURE = {"syllables": 8, "metre": "iambic"}
POOL = 8


def model(text=LINES, units=Words()):
    """Of a text's words, with random weights."""
    vocabulary = WordVocabulary.from_text(text, units=units)
    arrays = random_word_model((16,), len(vocabulary) - 1, 12)
    return TextGenerator(arrays, ModelInfo(vocabulary))


@pytest.fixture(scope="module")
def words():
    return model()


@pytest.mark.parametrize("name", ["haiku", "couplet", "limerick", "triolet"])
def test_a_named_form_is_kept(words, name):
    check(words.compose(name, seed=3, pool=POOL), FORMS[name])


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["AA", "A-A", "AB AB", "A1-A1", "---"]),
    st.sampled_from(
        [("iambic", 6), ("trochaic", 7), ("anapaestic", 6), ("none", 5), ("none", None)]
    ),
    st.booleans(),
    st.sampled_from([0.3, 1.0, 2.0]),
)
@settings(max_examples=12, deadline=None)
def test_every_line_keeps_its_form(words, seed, rhyme, measure, feminine, temperature):
    metre, syllables = measure
    form = Form(rhyme, metre=metre, syllables=syllables or (), feminine=feminine)
    poem = words.compose(form, seed=seed, pool=4, temperature=temperature)
    check(poem, form)
    texts = [line.text for line in poem.lines]
    found = judge_lines(form, [texts])
    assert found["in_metre"] == 1 and found["rhymed"] in (1, None)
    for token in words.vocabulary.units.split(str(poem)):
        # No number, no capital within a word, no mark that verse lacks.
        assert token in "\n,;:.!?-" or word_in(token), token
    assert words.vocabulary.encode(str(poem)).all()  # nothing is unknown


def test_demands_combine(words):
    form = Form(
        "AABB",
        **MEASURE,
        acrostic="most",
        end="sea",
        include=("lantern", "star"),
        avoid=("the moon", "song"),
        avoid_letters="z",
        title="The light",
    )
    poem = words.compose(form, seed=2, pool=POOL)
    check(poem, form)
    assert [line.text[0].lower() for line in poem.lines] == list("most")
    lines = [words_of(line.text) for line in poem.lines]
    assert lines[0][-1] == "sea"
    assert {"lantern", "star"} <= set(sum(lines, [])) and "song" not in sum(lines, [])
    assert str(poem).startswith("The light\n\n")


def test_letters_at_both_ends_and_beginnings_are_kept(words):
    form = Form(lines=3, syllables=6, acrostic="sat", telestich="dye")
    poem = words.compose(form, seed=1, pool=POOL)
    check(poem, form)
    assert [line.text[0].lower() for line in poem.lines] == list("sat")
    assert [words_of(line.text)[-1][-1] for line in poem.lines] == list("dye")
    form = Form("AA", alliterate="s", begin="The sea, ", max_line_length=30)
    poem = words.compose(form, seed=1, pool=POOL)
    check(poem, form)
    for line in poem.lines:
        assert line.text.startswith("The sea, ") and len(line.text) <= 30


@given(st.integers(0, 1000), st.integers(12, 24))
@settings(max_examples=6, deadline=None)
def test_lines_are_no_longer_than_asked(words, seed, longest):
    form = Form("AA", max_line_length=longest)
    poem = words.compose(form, seed=seed, pool=4)
    assert all(len(line.text) <= longest for line in poem.lines)


def test_a_word_stands_twice_and_a_phrase_never(words):
    pairs = [("the", "sea"), ("the", "day"), ("the", "light")]
    avoid = tuple(" ".join(pair) for pair in pairs)
    form = Form("----", **MEASURE, include="river:2", avoid=avoid)
    poem = words.compose(form, seed=1, pool=POOL)
    lines = [words_of(line.text) for line in poem.lines]
    assert sum(lines, []).count("river") == 2
    assert not any(pair in zip(line, line[1:]) for line in lines for pair in pairs)


def test_a_seed_decides_the_poem(words):
    poems = [str(words.compose("haiku", seed=s, pool=POOL)) for s in (1, 1, 2)]
    assert poems[0] == poems[1] != poems[2]
    many = words.compose_many("haiku", 2, seed=1, pool=POOL)
    assert str(many[0]) == poems[0] != str(many[1])


def test_a_prompt_is_the_first_lines_beginning(words):
    poem = words.compose("couplet", prompt="The golden morning", seed=1, pool=POOL)
    assert poem.lines[0].text.startswith("The golden morning")
    check(poem, named_form("couplet"), lenient=3)
    # A word that is none yet is completed, and one that the model lacks is counted.
    poem = words.compose(Form("AA", **MEASURE), prompt="My morni", seed=1, pool=POOL)
    assert poem.lines[0].text.startswith("My morning")
    poem = words.compose(Form("AA", **MEASURE), prompt="Zanzibar", seed=1, pool=POOL)
    assert poem.lines[0].text.startswith("Zanzibar")
    first = "The curfew tolls the knell of parting day,"
    poem = words.compose("couplet", prompt=first + "\nMy", seed=1, pool=POOL)
    assert poem.lines[0].text == first and poem.lines[1].text.startswith("My")
    check(poem, named_form("couplet"))


def test_no_mark_stands_before_a_lines_last_word(words):
    poem = words.compose(Form("AABBCC", **MEASURE), seed=4, pool=POOL, temperature=2.0)
    tokens = [words.vocabulary.units.split(line.text) for line in poem.lines]
    assert any(len(line) > len(list(filter(word_in, line))) for line in tokens)
    for line in tokens:
        places = [i for i, token in enumerate(line) if word_in(token)]
        assert places[-1] == 0 or places[-2] == places[-1] - 1


def test_common_words_have_one_syllable(words):
    text = LINES + "\nI am of us; our day am us our, us am our\n" * 9
    for seed in range(4):
        poem = model(text).compose("haiku", seed=seed, pool=4, temperature=2.0)
        for line in poem.lines:
            pairs = zip(line.scansion.words, line.scansion.marks)
            assert all(len(m) == 1 for w, m in pairs if w in ("am", "our", "us"))


def test_the_surprise_is_that_of_the_text(words):
    poem = words.compose("haiku", seed=1, pool=POOL)
    ids = words.vocabulary.encode(f"\n{poem}\n")
    nats = sum(line.nats for line in poem.lines)
    assert nats == pytest.approx(words.engine.losses(ids).sum(), rel=1e-5)
    found = evaluate_form(words, named_form("haiku"), 2, seed=1, pool=4)
    assert found.in_metre == 1 and found.lines == 6 and found.steps > 0
    free = {"length": 400, "seed": 5, "temperature": 0.5, "min_p": 0}
    text = words.generate("", **free, whole=False)
    ids = words.vocabulary.encode("\n" + text)
    own = words.engine.losses(ids).sum() / len(text)
    assert free_nats(words, 1, 5, 0.5) == pytest.approx(own, rel=1e-6)


def test_a_poem_says_how_it_scans(words):
    poem = words.compose("haiku", seed=1, pool=POOL)
    assert [line["syllables"] for line in poem.record()["lines"]] == [5, 7, 5]
    text, marks = poem.with_scansion().split("\n")[:2]
    assert text == poem.lines[0].text
    assert marks.replace(" ", "") == poem.lines[0].stresses


def test_tokens_between_spaces_are_written_so():
    spaced = LINES.lower().replace(",", " ,").replace(".", " .").replace("!", " !")
    news = model(spaced, Words(WHITESPACE))
    form = Form("A1-A1", **MEASURE, max_line_length=48)
    poem = news.compose(form, seed=2, pool=POOL)
    check(poem, form)
    assert str(poem) == str(poem).lower() and str(poem).endswith((" .", " !"))
    assert all(len(line.text) <= 48 for line in poem.lines)


def test_another_language_has_its_syllables():
    spanish = (
        "la luz de la luna en el mar y en los ojos que se van con las olas por su amor "
        "la ciudad callada el día azul canta el poeta río corazón sombra y viento\n"
    )
    poem = model(spanish).compose("haiku", seed=1, pool=POOL)
    assert [line.syllables for line in poem.lines] == [5, 7, 5]
    with pytest.raises(InputError, match="metre 'none'"):
        model(spanish).compose("sonnet", seed=1)
    with pytest.raises(InputError, match="model of characters"):
        model("春眠 不覺 曉 ， 處處 聞 啼鳥\n", Words(WHITESPACE)).compose("jueju")


@pytest.mark.parametrize(
    "form, says",
    [
        (dict(rhyme="AA", end="zebra"), "cannot write 'zebra'"),
        (dict(rhyme="AA", end="mornings"), "Did you mean 'morning'"),
        (dict(rhyme="AA", end="fizzgig"), "rhyme with 'fizzgig'"),
        (dict(rhyme="AA", end="silver"), "rhyme with 'silver'"),
        (dict(lines=2, include="kings"), "cannot write 'kings'"),
        (dict(rhyme="AA", end="sea", avoid="sea"), "asked for and avoided"),
        (dict(lines=2, end="the"), "'the'"),
        (dict(lines=2, include="lantern", avoid_letters="N"), "letter 'n'"),
        (dict(lines=2, acrostic="1a"), "begin with '1'"),
        (dict(lines=2, acrostic="xa", **MEASURE), "begin with 'x'"),
        (dict(lines=2, acrostic="ka", avoid="king", **MEASURE), "first letter 'k'"),
        (dict(lines=2, telestich="qv", **MEASURE), "can end with 'q'"),
        (dict(lines=2, telestich="bv", **MEASURE), "Line 1 cannot end with 'b'"),
        (dict(lines=2, max_line_length=6, **MEASURE), "with more characters"),
        (dict(lines=2, begin="7 days", **MEASURE), "syllables of '7'"),
        (dict(lines=2, acrostic="ab", begin="The", **MEASURE), "begin with 'a'"),
        (dict(lines=1, include=("sea", "star")), "2 words"),
    ],
)
def test_what_cannot_be_met_is_said(words, form, says):
    with pytest.raises(InputError, match=says):
        words.compose(Form(**form), seed=1, pool=2)


def test_models_that_have_no_lines_or_no_words_are_refused():
    with pytest.raises(InputError, match="end of a line"):
        model(LINES.replace("\n", " ")).compose("haiku")
    with pytest.raises(InputError, match="letters of English"):
        model("a b c\n" * 3).compose("haiku")


def test_a_pool_that_needs_gigabytes_is_refused():
    vocabulary = WordVocabulary(["\n", *(f"word{i}" for i in range(50_000))])
    arrays = random_word_model((2,), len(vocabulary) - 1, 2)
    large = TextGenerator(arrays, ModelInfo(vocabulary))
    with pytest.raises(InputError, match="at most 671 for a model of 50,002 tokens"):
        large.compose("haiku", pool=672)


def test_lines_are_drawn_with_the_probabilities_of_the_model():
    one, two = ["a", "moon", "sea", "star", "stone"], ["gentle", "lantern"]
    generator = guesser(4, WordVocabulary(["\n", *one, *two, "Nantucket"]))
    level = level_of(generator.vocabulary)
    lexicon = Lexicon(dictionary(), level.letters, among=level.words)
    assert lexicon.words.tolist() == sorted([*one, *two])
    everything = np.ones(len(lexicon.words), bool)
    ends = ~lexicon.never_last[lexicon.end_word]
    layout = Layout(Template(("---",)))
    demand = LineDemand(layout, everything, everything, everything, ends)
    automaton = level.symbols(lexicon).automaton(demand)
    logits, state = generator.engine.read(
        np.array([[1]]), generator.engine.initial_state()
    )
    # All lines of three syllables, and how likely each is.
    last = one[1:]
    lines = [*itertools.product(one, one, last), *itertools.product(two, last)]
    lines += itertools.product(one, two)
    expected = {}
    for line in lines:
        ids = generator.vocabulary.encode(" ".join(line) + "\n").astype(int)
        run, _ = generator.engine.run(ids[None, :-1], state)
        p = log_softmax(np.concatenate([logits, run[0]])[:, 1:])
        expected[" ".join(line)] = np.exp(p[np.arange(len(ids)), ids - 1].sum())
    total, draws = sum(expected.values()), 150
    pool = Pool(generator.engine, 48, Sampling(1.0))
    rng = np.random.default_rng(0)
    counts = dict.fromkeys(expected, 0)
    for _ in range(draws):
        point, start = Point(state, logits), automaton.start(1)
        line = pool.write(automaton, start, point, rng, lambda *_: 0.0)
        counts[generator.vocabulary.decode(line.ids[:-1])] += 1
    near = rng.multinomial(draws, np.array(list(expected.values())) / total, 200)
    shares = np.array([expected[x] / total for x in expected])

    def distance(found):
        return np.abs(np.array(found) / draws - shares).sum() / 2

    chance = np.mean([distance(found) for found in near])
    assert distance(list(counts.values())) < 1.4 * chance
