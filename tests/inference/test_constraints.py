"""The automaton of a line: whatever is written under it meets the demand."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.inference.constraints import END, LineAutomaton, Spelling
from gru_textgen.inference.demands import Demands
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.prefix import begin
from gru_textgen.inference.rhyming import RhymeSet
from gru_textgen.inference.trie import Trie
from gru_textgen.verse.forms import Form
from gru_textgen.verse.metre import scan, words_of
from gru_textgen.verse.pronunciation import dictionary
from gru_textgen.verse.rhyme import rhymes

SYMBOLS = tuple("\n " + "!',-.:;?" + string.ascii_letters)


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon(dictionary(), SYMBOLS)


def automaton(form, line=0, required="", end="", begun=""):
    """Of a line of a form, which may have to rhyme with a word."""
    demands = Demands(form, SYMBOLS)
    plan = demands.plans[line]
    sets = demands.rhyme_sets()
    if end:
        sets[plan.rhyme].words.append(demands.number(end))
    demand = demands.line(plan, sets, [], required)
    return LineAutomaton(Spelling(demands.lexicon, SYMBOLS), demand)


def written(made, seed, begun="", lines=8):
    """Lines of symbols drawn at random from those allowed."""
    rng, texts = np.random.default_rng(seed), []
    for _ in range(lines):
        state, text = begin(made, begun), begun
        while state.kind[0] != END:
            allowed = np.flatnonzero(made.allowed(state)[0])
            if not len(allowed):  # only where characters are limited
                break
            ids = rng.choice(allowed, 1)
            state, _ = made.advance(state, ids)
            text += SYMBOLS[ids[0] - 1]
        else:
            texts.append(text[:-1])
    return texts


def test_a_trie_holds_its_words_and_no_others(lexicon):
    words = np.array(["a", "ab", "abc", "b", "bc"])
    trie = Trie(words)
    assert len(trie.word) == 7  # the root, five beginnings, and none
    bits = np.array([1, 2, 4, 8, 16], np.uint64)
    beneath = trie.beneath(bits)
    assert beneath[0] == 31
    [children] = trie.children(np.array([0]))
    assert beneath[children].tolist() == [7, 24, 0, 0]
    assert [trie.word[node] for node in trie.end] == [0, 1, 2, 3, 4]
    assert lexicon.trie.beneath(np.ones(len(lexicon.words), np.uint64))[0] == 1


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(
        [
            ("iambic", 10),
            ("iambic", 8),
            ("trochaic", 7),
            ("anapaestic", 9),
            ("dactylic", 10),
            ("none", 5),
        ]
    ),
    st.booleans(),
    st.sampled_from(["", "lantern", "sea"]),
)
@settings(max_examples=12)
def test_every_line_scans_and_holds_its_word(seed, measure, feminine, required):
    metre, syllables = measure
    include = (required,) if required else ()
    form = Form(
        lines=2, metre=metre, syllables=syllables, feminine=feminine, include=include
    )
    made = automaton(form, required=required)
    texts = written(made, seed)
    assert len(texts) == 8  # a line that was begun can always be ended
    for text in texts:
        assert scan(text, form.plan()[0].measure) is not None, text
        assert not required or required in words_of(text)


def test_lines_keep_the_letters_words_and_lengths_asked_for():
    form = Form(
        lines=2,
        syllables=8,
        metre="iambic",
        acrostic="wi",
        avoid=("the", "moon"),
        avoid_letters="zq",
        max_line_length=40,
    )
    texts = written(automaton(form), 1, lines=30)
    assert len(texts) > 10
    for text in texts:
        assert text[0] in "wW" and len(text) <= 40
        assert not {"the", "moon"} & set(words_of(text))
        assert not set("zqZQ") & set(text)


def test_a_line_rhymes_with_the_one_before():
    made = automaton(Form("AA", syllables=8, metre="iambic"), 1, end="light")
    for text in written(made, 2, lines=30):
        assert rhymes(words_of(text)[-1], "light"), text
        assert text[-1] in ".!?"  # the last line ends its sentence


def test_a_beginning_is_read_into_the_state():
    made = automaton(Form(lines=2, syllables=8, metre="iambic"))
    begins = "The lant", "The lantern", "The lantern ", "O sea, the "
    for begun in (*begins, "O sea,", "O sea!", "O sea-", "O sea--", "O xqzj", ""):
        for text in written(made, 3, begun, lines=4):
            assert text.startswith(begun)
            found = scan(text, made.layout.measure, len(words_of(begun)))
            assert found is not None, text
    assert begin(made, "Beautifully unmistakable ") is None


def test_the_first_of_a_rhyme_has_partners():
    demands = Demands(Form("AA", syllables=8, metre="iambic"), SYMBOLS)
    ends = demands.rhymer.ends(RhymeSet(needed=4), [], [])
    words = {str(demands.lexicon.words[i]) for i in demands.lexicon.end_word[ends]}
    assert "light" in words and not {"orange", "silver", "month"} & words
