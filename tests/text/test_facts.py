"""What a text shows of itself, and whether it is a list."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.text.corpus import read_named
from gru_textgen.text.facts import TextFacts


def facts_of(text, size=1000, separator=""):
    facts = TextFacts()
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert "".join(facts.seen(pieces, separator)) == text
    return facts


@given(st.text("ab\n", max_size=60), st.integers(1, 9), st.text("ab\n", min_size=1))
def test_facts_are_those_of_the_whole_text_wherever_it_is_cut(text, size, separator):
    facts, lines = facts_of(text, size, separator), text.split("\n")
    full = [line for line in lines if line.strip()]
    assert facts.longest_line == max(map(len, lines))
    assert facts.lines == len(full)
    assert facts.duplicates == len(full) - len(set(full))
    # Cut anywhere, separators that overlap may be counted otherwise than by `count`.
    assert bool(facts.separators) == (separator in text)


def names(rng, count):
    syllables = ["ba", "lor", "kim", "ne", "ta", "ri", "os", "en", "du", "vi"]
    made = {"".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(count)}
    return sorted(name.capitalize() for name in made)


def companies(rng, count):
    kinds = ["Systems", "Foods", "Holding GmbH", "& Sons", "Inc.", "Group", "Ltd."]
    return [f"{name} {rng.choice(kinds)}" for name in names(rng, count)]


def titles(rng, count):
    words = "the night of a long river and its last lamp without any wind".split()
    made = {" ".join(rng.choices(words, k=rng.randint(3, 11))) for _ in range(count)}
    return [title.capitalize() for title in sorted(made, key=hash)]


@pytest.mark.parametrize("make", [names, companies, titles])
@pytest.mark.parametrize("shuffled", [False, True])
def test_names_and_titles_are_lists(make, shuffled):
    rng = random.Random(2)
    lines = make(rng, 500)
    if shuffled:
        rng.shuffle(lines)
    assert facts_of("\n".join(lines) + "\n").is_list()
    assert not facts_of("\n".join(lines[:20])).is_list()  # too few to tell


def test_verse_prose_code_and_aphorisms_are_no_lists():
    verse = read_named("anthology").text
    assert not facts_of(verse).is_list()
    flat = "\n".join(line for line in verse.split("\n") if line.strip())
    assert not facts_of(flat).is_list()
    rng = random.Random(3)
    code = "".join(
        f"def {name.lower()}(x):\n    return x + {i}\n\n\n"
        for i, name in enumerate(names(rng, 200))
    )
    assert not facts_of(code).is_list()
    characters = "光石火草舟冬風月道海"
    tang = ["".join(rng.choices(characters, k=7)) for _ in range(500)]
    assert not facts_of("\n".join(tang)).is_list()  # lines of one length: verse
    aphorisms = [f"{title}, and so it will be for ever." for title in titles(rng, 300)]
    assert not facts_of("\n".join(aphorisms)).is_list()
    assert not facts_of("one poem\n" * 900).is_list()


@pytest.mark.parametrize(
    "divider",
    [
        "%",
        "***",
        "* * *",
        "-----",
        "= = =",
        "§",
        "~",
        "###",
        "⁂",
        "  *   *   *",
        "--- ",
    ],
)
def test_a_line_of_marks_stands_between_documents(divider):
    rng = random.Random(4)
    sayings = [f"{title},\nand so it goes." for title in titles(rng, 200)]
    assert facts_of(f"\n{divider}\n".join(sayings)).divider == divider
    assert facts_of(f"\n\n{divider}\n\n".join(sayings)).divider == divider
    assert not facts_of(f"\n{divider}\n".join(sayings[:20])).divider  # too few to tell


@pytest.mark.parametrize(
    "text",
    [
        "the lamp\n}\n",
        'the lamp\n"""\n',
        "the lamp\n//\n",
        "the lamp\n* a\n",
        "the lamp\n|---|\n",
        "the lamp\n%-%\n",
        "+the lamp\n+\n+it went out\n",  # a difference of two files
        "** the lamp\n**\n** it went out\n",  # a comment
        "# the lamp\n#\n# it went out\n",
        "% the lamp\n%\n% it went out\n",
        "Lamps\n-----\n\nThey went out.\n\n",  # headings
        "The lamp went out.\n\nLamps\n=====\nThey went out.\n",
        "-----\n2.14\n-----\n\nThey went out.\n\n",
        "==== ====\nlamp out\n==== ====\n",
    ],
)
def test_marks_of_code_headings_and_tables_stand_between_no_documents(text):
    assert not facts_of(text * 200).divider


def test_the_marks_between_the_chapters_of_a_novel_do_not_divide_it():
    chapter = "".join(f"It was the night of the {i}th ship.\n" for i in range(150))
    assert not facts_of((chapter + "* * *\n") * 40).divider
