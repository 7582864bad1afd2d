"""Whole poems: what an editor added goes, repeats go, authors are held out."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.cli.program import main
from gru_textgen.errors import InputError
from gru_textgen.verse.plain_poems import plain_poem
from gru_textgen.verse.poems import (
    POEM_RULES,
    PoemReport,
    chosen_groups,
    clean_poem,
    clean_poems,
    parted,
    write_poems,
)

STANZA = "The gulls came in across the bar,\nand none of them was white."


@pytest.mark.parametrize(
    "rule, dirty, clean",
    [
        (
            "entities",
            "Der L&#228;rm &amp; &#x2014; die N&auml;he",
            "Der Lärm & — die Nähe",
        ),
        ("spaces", "Title\n\nThe  sea\u00a0was\tstill,", "Title\n\nThe sea was still,"),
        ("hyphens", "The light\xadhouse kee\u200bper", "The lighthouse keeper"),
        ("notes", "The lamp [12] went out (3), and² we† slept.", None),
        (
            "asides",
            "夜泊（二首〖1〗）\n\n小舟依古岸（一作「渡」（見《全集》\n卷二）），燈火隔江明[一]。",
            "夜泊\n\n小舟依古岸，燈火隔江明。",
        ),
        ("line-numbers", "First line\nfifth line   5\n10 tenth line", None),
        (
            "stanza-numbers",
            "Night\n\nI.\nIt fell.\n\n- 2 -\nIt rose.\n\nIV\nEnd.",
            None,
        ),
        ("elisions", "J' ai vu l' âme qu’ on aime", "J'ai vu l'âme qu’on aime"),
        ("edges", "  one\ntwo  \n  three", "one\ntwo\nthree"),
        ("blank-lines", "one\n\n\n\ntwo", "one\n\ntwo"),
    ],
)
def test_each_rule_removes_what_an_editor_added(rule, dirty, clean):
    expected = {
        "notes": "The lamp went out, and we slept.",
        "line-numbers": "First line\nfifth line\ntenth line",
        "stanza-numbers": "Night\n\nIt fell.\n\nIt rose.\n\nEnd.",
    }
    clean = clean or expected[rule]
    report = PoemReport()
    assert clean_poem(dirty, report) == clean
    assert report.changed[rule] == 1
    assert clean_poem(dirty, PoemReport(), {rule}) != clean
    assert clean_poem(clean, PoemReport()) == clean


@pytest.mark.parametrize(
    "printed, plain",
    [
        (
            "THE MAID OF THE MILL 'S TALE, PART IV\n\nAWAY, thou witch!",
            "The Maid of the Mill's Tale, Part IV\n\nAway, thou witch!",
        ),
        ("Night\n\n“OH, when I was…", 'Night\n\n"Oh, when I was...'),
        ("A COBBLER I am—a good\nONE", "A cobbler I am--a good\nONE"),
        ("X\n\nO MISTRESS mine, O’ER\nall", "X\n\nO mistress mine, O'ER\nall"),
        ("It’ s late; he’ d come o’ er", "It's late; he'd come o'er"),
        ("I know not if’ twas he", "I know not if 'twas he"),
        ("The lovers’ delight, so’ ever", "The lovers' delight, so' ever"),
        ("I was THE man, à la", "I was THE man, a la"),
        ('"THE SUN RISES"\n\nIt did', '"The Sun Rises"\n\nIt did'),
        ("II. THE SEA\n\nII. Thou", "II. The Sea\n\nII. Thou"),
        ("SONG: TO THE SEA, AND IT\n\nX", "Song: To the Sea, and It\n\nX"),
        ("X\n\nTHERE WAS A Boy", "X\n\nThere was a Boy"),
        ("X\n\nAND IN A dream", "X\n\nAnd in a dream"),
        ("O'BRIEN O'ER M'GREGOR\n\nX", "O'Brien O'er M'Gregor\n\nX"),
        ("the waves’ re-echoed cry", "the waves' re-echoed cry"),
        ("_\n\nfoo\n_\n\n_\nbar", "foo\n\nbar"),
        ("ALL IN CAPITALS", "ALL IN CAPITALS"),
        ("STOP\n\nGO", "Stop\n\nGO"),
    ],
)
def test_an_english_poem_is_written_plainly(printed, plain):
    assert plain_poem(printed) == plain
    assert plain_poem(plain) == plain


@given(st.text(alphabet="AbI o'’\n—“X", max_size=40).filter(str.strip))
def test_writing_plainly_keeps_the_lines_and_is_done_once(text):
    poem = clean_poem(text, PoemReport())
    plain = plain_poem(poem) if poem else ""
    assert plain_poem(plain) == plain
    assert plain.casefold().split() == plain_poem(poem.casefold()).split()


def test_poems_that_share_a_line_with_a_text_to_evaluate_on_are_left_out():
    other = "The lamp was lit\nand nobody came up the stairs at all."
    report = PoemReport()
    kept = clean_poems([STANZA, other], report, excluded="x\n" + STANZA.upper())
    assert list(kept) == [other]
    assert (report.excluded, report.kept, report.poems) == (1, 1, 2)
    shared = "The lamp was lit"  # of 13 letters: anybody's
    longer = other + "\nThe sea was high."
    assert list(clean_poems([longer], PoemReport(), excluded=shared)) == [longer]
    assert not list(clean_poems([shared], PoemReport(), excluded="x\n" + longer))


@pytest.mark.parametrize("plainly", [False, True])
def test_a_line_is_the_same_however_it_is_printed(plainly):
    poem = "O belovèd and enchantèd, my naïve heart"
    for text in ("O beloved and enchanted, my naive heart", poem, poem.upper()):
        assert not list(clean_poems([poem], PoemReport(), (), plainly, text))
    entities = poem.replace("è", "&egrave;").replace("ï", "&#239;")
    assert not list(clean_poems([poem], PoemReport(), (), plainly, entities))


@pytest.mark.parametrize(
    "verse",
    [
        "I\u2019ll go, and o' the sea I'll sing",  # English elisions stay
        "Sonnet 15\n\nIn 1914 the ships\nwere 40, or 43",
        "Ich weiß nicht, was soll es bedeuten",
        "春眠不覺曉，\n處處聞啼鳥。",
        "¿Qué es poesía?, dices mientras clavas",
    ],
)
def test_verse_stays_as_it_is(verse):
    assert clean_poem(verse, PoemReport()) == verse


@given(st.text(st.sampled_from("aI1 .\n[]'éV\xad"), max_size=60))
def test_a_clean_poem_has_no_empty_edges_and_single_blank_lines(text):
    poem = clean_poem(text, PoemReport())
    assert "\n\n\n" not in poem
    assert all(line == line.strip(" ") for line in poem.split("\n"))


def test_a_poem_that_has_stood_before_goes_whatever_its_title_and_capitals():
    other = "A ship put out at morning,\nand nobody stood there to wave."
    again = f"Another title\n\n{STANZA.upper()}\n\nShort end."
    poems = [f"Gulls\n\n{STANZA}", f"Ship\n\n{other}", again, STANZA]
    report = PoemReport()
    assert list(clean_poems(poems, report)) == poems[:2]
    assert (report.poems, report.kept, report.changed["repeats"]) == (4, 2, 2)
    assert list(clean_poems(poems, PoemReport(), {"repeats"})) == poems


def test_a_refrain_makes_no_repeat():
    poems = [
        f"And the rain fell on every roof.\nThe {i} of them was never seen again,\n"
        f"nor was the {i}fold lantern in the window of the inn."
        for i in ("first", "second", "third")
    ]
    assert list(clean_poems(poems, PoemReport())) == poems


def test_an_unknown_rule_is_named():
    with pytest.raises(InputError, match="no rule 'repeat'.*repeats"):
        list(clean_poems([STANZA], PoemReport(), {"repeat"}))
    assert "repeats" in POEM_RULES


@given(
    st.dictionaries(st.text(min_size=1), st.integers(1, 1000), min_size=1),
    st.floats(0.01, 0.99),
    st.integers(0, 99),
)
def test_groups_are_held_out_up_to_the_share(sizes, share, seed):
    chosen = chosen_groups(sizes, share, seed)
    held = sum(sizes[name] for name in chosen)
    left = share * sum(sizes.values()) - held
    assert left >= -1e-6
    assert all(sizes[name] > left for name in sizes if name not in chosen)
    assert chosen == chosen_groups(dict(reversed(sizes.items())), share, seed)


def test_whole_authors_are_held_out_and_no_repeat_of_them_is_learnt():
    poems = [
        f"Author {a}\n\nPoem {a} {i}\n\nThe words of author {'abcdefghij'[a]} are"
        f"\nnumber {'klmnopqrst'[i]} of the many that were written."
        for a in range(10)
        for i in range(5)
    ]
    kept, held = parted(poems, 0.3, 1, report := PoemReport())
    assert len(report.groups) == 3 and report.held_out == len(held)
    names = Counter(f"Author {poem.split()[1]}" for poem in held)
    assert set(names) == set(report.groups)
    assert not any(f"Author {poem.split()[1]}" in names for poem in kept)


def test_a_repeat_is_dropped_from_what_is_held_out():
    poems = [f"{name}\n\n{STANZA}" for name in ("A", "B", "C", "D")]
    kept, held = parted(poems, 0.5, 0, PoemReport())
    assert (kept, held) == ([STANZA], [])


def test_nothing_is_written_where_nothing_is_left(tmp_path):
    with pytest.raises(InputError, match="No poem is left"):
        write_poems([], tmp_path / "a.txt", "\n")
    assert not list(tmp_path.iterdir())
    write_poems(["one", "two"], tmp_path / "a.txt", "\n--\n")
    assert (tmp_path / "a.txt").read_text() == "one\n--\ntwo\n"


def test_the_command_cleans_records_and_holds_out_authors(tmp_path):
    records = [
        {
            "author": f"A{i % 5}",
            "title": f"No. {i}",
            "text": f"{i}.\nLine {w}\n\n\nof it",
        }
        for i, w in enumerate("one two three four five six seven eight".split())
    ]
    source = tmp_path / "p.jsonl"
    source.write_text("\n".join(map(json.dumps, records)))
    kept, held = tmp_path / "kept.txt", tmp_path / "held.txt"
    options = ["--poems", "--field", "title,text", "--output", str(kept)]
    split = ["--group", "author", "--hold-out", "0.3", "--held-out", str(held)]

    def run(*more):
        return CliRunner().invoke(main, ["clean", str(source), *options, *more])

    result = run(*split)
    assert result.exit_code == 0 and "1 group is held out." in result.stdout
    parts = [path.read_text().strip("\n").split("\n\n***\n\n") for path in (kept, held)]
    assert len(parts[0]) + len(parts[1]) == 8 and 1 <= len(parts[1]) <= 2
    assert "No. 0\n\nLine one\n\nof it" in parts[0] + parts[1]
    result = run()
    assert (
        "kept              8  100.00%" in result.stdout
        and "groups" not in result.stdout
    )
    for wrong, words in (
        (["--group", "author"], "--group and --held-out together"),
        ([*split, "--dropped", "d.txt"], "--dropped lists lines"),
        (["--without", "repeat"], "no rule 'repeat'"),
    ):
        result = run(*wrong)
        assert result.exit_code == 2 and words in result.stderr
    options.remove("--poems")
    assert "options of --poems" in run(*split).stderr
