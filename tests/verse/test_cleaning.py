"""Cleaning: each rule on lines made for it, and what holds for every text."""

import gzip
import io
import json
import lzma
import tracemalloc

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.cli import main
from gru_textgen.verse import passages
from gru_textgen.verse.cleaning import RULES, clean
from gru_textgen.verse.line_rules import plain
from gru_textgen.verse.passages import common_words, judged, without_repeats

SUBJECTS = ["The heron", "The miller", "My brother", "An old man", "Her shadow"]
VERBS = ["waited", "went", "rested", "wandered", "lingered", "stood", "remained"]
PLACES = ["by the weir;", "in the rain.", "at the gate,", "on the hill!", "at home:"]
VERSE = [f"{s} {v} {p}" for s in SUBJECTS for p in PLACES for v in VERBS]


def verse(count, start=0):
    """Lines that no rule is for, none of them twice among 175."""
    return [VERSE[(start + 11 * i) % len(VERSE)] for i in range(count)]


def cleaned(lines, **options):
    output = io.StringIO()
    report = clean(["\n".join(lines) + "\n"], output, **options)
    assert report.kept + sum(report.dropped.values()) == report.lines
    return output.getvalue().splitlines(), report


def reasons(lines, common=None, without=()):
    text = [line + "\n" for line in lines]
    return [line.reason for line in judged(text, common, without)]


@pytest.mark.parametrize(
    "rule, line",
    [
        ("length", "Oh no."),
        ("length", "and ".join(["The road went on "] * 5)),
        ("small", "of the river that he had come to see"),
        ("small", '"tis late, he said'),
        ("digits", "He came to us in 1804, by the mail"),
        ("digits", "The song of the ferry, 18"),
        ("notes", "The ferry.[B]"),
        ("notes", "Cf. the ferry of the other song"),
        ("notes", "See note on the ferry of this song"),
        ("notes", "And so we crossed the river.--MILLER."),
        ("characters", "He & I went over"),
        ("characters", "Ἀνδρα for the man"),
        ("characters", "A star* beside the word"),
        ("columns", "The ferry       A. Miller"),
        ("columns", "The ferry\tA. Miller"),
        ("columns", "The ferry . . . . . . . . Miller"),
        ("speaker", "_Miller._ The river is in flood."),
        ("speaker", "MILLER. The river is in flood."),
        ("speaker", "MILLER, aside to the ferryman."),
        ("capitals", "THE FERRY SONGS"),
        ("title", "The Songs of the Ferry and the Miller's Daughter"),
    ],
)
def test_the_lines_that_a_rule_is_for(rule, line):
    lines = verse(30)
    lines.insert(15, line)
    expected = [""] * 31
    expected[15] = rule
    assert reasons(lines) == expected
    assert reasons(lines, without=[rule])[15] != rule


@pytest.mark.parametrize(
    "line",
    [
        "'Tis late, and I must go.",
        '"And who," she said, "is there?"',
        "The Miller's Daughter came from Ely town.",
        "WEEP not for me, but for the day that went.",
        "_And so we crossed the river._",
        "He waited.... But nobody came . . .",
        "O river--river! (so he called)",
        "My blessèd Phœbe walks the naïve field",
        "“I go,” he said—‘I go.’",
    ],
)
def test_verse_falls_under_no_rule(line):
    lines = verse(30)
    lines.insert(15, line)
    assert reasons(lines) == [""] * 31


@pytest.mark.parametrize(
    "line, form",
    [
        ("“I go,” he said—‘I go.’", "\"I go,\" he said--'I go.'"),
        ("My _blessèd_ Phœbe, Ælla;   }", "My blessed Phoebe, Aella;"),
        ("Well . . . and so .... on…", "Well ... and so ... on..."),
        ("Gone -- or – no — gone", "Gone--or - no--gone"),
        ("  two  spaces\tand a tab ", "two spaces and a tab"),
        ("þorn & Ω keep their form", "þorn & Ω keep their form"),
    ],
)
def test_plain_characters(line, form):
    assert plain(line) == form


@given(st.text())
def test_what_is_plain_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)


def test_a_page_of_prose_goes_with_the_lines_in_it_that_could_be_verse():
    prose = [
        "the miller had not been seen since the",
        "flood, and people began to say that he was gone.",
        "Nobody asked his brother. The brother, who",
        "lived at the weir, said nothing to anyone,",
    ] * 6
    found = reasons(verse(30) + prose + verse(30, 30))
    assert set(found[:26]) == set(found[-26:]) == {""}
    assert found[30:54] == ["small", "small", "page", "small"] * 6


def test_a_few_turned_over_lines_do_not_make_a_page_of_prose():
    lines = verse(40)
    lines[10] = lines[24] = "and all the rest of it,"
    assert [r for r in reasons(lines) if r] == ["small", "small"]


def test_a_table_of_contents_has_no_marks_at_the_ends_of_its_lines():
    contents = [line.rstrip(";.,!:") for line in verse(30)]
    found = reasons(verse(30, 60) + contents + verse(30, 100))
    assert set(found[37:53]) == {"contents"}
    assert set(found[:29]) == set(found[-29:]) == {""}


def test_an_index_runs_in_alphabetical_order():
    index = [f"{letter} song of the river, and more;" for letter in "ABCDEFGH"]
    assert reasons(verse(20) + index + verse(20))[20:28] == ["index"] * 8
    assert set(reasons(verse(20) + index[:4] + verse(20))) == {""}


def common_english():
    return {word for line in VERSE for word in line.lower().strip(";.,!:").split()}


def test_a_passage_whose_words_are_rare_is_of_another_language():
    latin = ["Flumen et pons, molaque vetus sub imbre;"] * 20
    found = reasons(verse(30) + latin + verse(30), common_english())
    assert set(found[30:50]) == {"language"}
    assert set(found[:24]) == set(found[-24:]) == {""}
    assert "language" not in reasons(verse(30) + latin, None)


def test_a_word_of_one_book_is_not_common():
    pages = [[f"{line}\n" for line in verse(passages.PAGE, 11 * i)] for i in range(40)]
    pages[17] = ["Thilke sone schal sche wol.\n"] * passages.PAGE
    common = common_words(line for page in pages for line in page)
    assert {"heron", "the", "gate"} <= common and "schal" not in common
    assert common_words(pages[0]) is None


def test_what_was_seen_is_not_kept_again():
    poem = verse(6)
    others = verse(20, 1)
    kept, report = cleaned(poem + others + [f"“{line}”" for line in poem])
    assert kept == poem + others and report.dropped["seen"] == 6
    kept, report = cleaned(poem + others + poem, without=["seen"])
    assert kept == poem + others + poem
    pair = poem + others + poem[:2]  # a refrain of two lines may come again
    assert cleaned(pair)[0] == pair


def test_blank_lines_are_kept_one_at_a_time():
    a, b, c, d = verse(4)
    lines = ["", a, "", "", b, "12", "", c, "_", d, "", ""]
    assert cleaned(lines)[0] == [a, "", b, "", c, "", d]


LINES = st.lists(
    st.one_of(
        st.sampled_from(VERSE),
        st.sampled_from(
            ["", "  ", "of the river", "p. 12", "THE END", "Oh", "“Ah—no,”"]
        ),
        st.text(max_size=20).map(lambda text: " ".join(text.splitlines())),
    ),
    max_size=80,
)


@given(LINES)
def test_no_line_is_made_up_and_all_keep_their_order(lines):
    try:
        kept, report = cleaned(lines)
    except ValueError as error:
        assert "--without" in str(error)
        return
    remaining = iter([plain(line) for line in lines])
    assert all(line in remaining for line in kept)
    assert report.characters <= set(
        " !\"'(),-.:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )


@given(st.lists(st.sampled_from(VERSE), min_size=1, max_size=60, unique=True))
def test_a_clean_text_stays_as_it_is(lines):
    without = ["index", "contents"]  # which chance can fill the conditions of
    assert cleaned(lines, without=without)[0] == lines


@given(LINES, st.integers(1, 30))
def test_how_many_lines_are_judged_at_a_time_does_not_matter(lines, batch):
    whole = reasons(lines, common_english())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passages, "BATCH", batch)
        assert reasons(lines, common_english()) == whole


def test_memory_does_not_grow_with_the_text(monkeypatch):
    monkeypatch.setattr(passages, "BATCH", 500)
    monkeypatch.setattr(passages, "SLOTS", 1 << 10)
    monkeypatch.setattr(passages, "WAITING", 100)

    def peak(repeats):
        pieces = ("\n".join(verse(175)) + "\n12\n" * 200 for _ in range(repeats))
        tracemalloc.start()
        clean(pieces, open_nowhere())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(10) < 1.3 * peak(3)


def open_nowhere():
    class Nowhere(io.StringIO):
        def write(self, text):
            return len(text)

    return Nowhere()


def test_long_runs_of_dropped_lines_do_not_wait(monkeypatch):
    monkeypatch.setattr(passages, "WAITING", 5)
    lines = verse(3) + ["12 13 14"] * 40 + verse(3, 1)
    found = list(without_repeats(judged([f"{line}\n" for line in lines], None)))
    assert [line.text for line in found] == lines


def run(*arguments, input=None):
    return CliRunner().invoke(main, ["clean", *map(str, arguments)], input=input)


def test_the_command_writes_what_is_clean_and_says_what_went(tmp_path):
    dirty, output, dropped = (tmp_path / n for n in ("dirty.txt", "c.txt", "d.txt"))
    lines = verse(20)
    dirty.write_text("\n".join([*lines, "See p. 12", "THE END OF IT"]) + "\n")
    result = run(dirty, "--output", output, "--dropped", dropped)
    assert result.exit_code == 0, result.output
    assert output.read_text() == "\n".join(lines) + "\n"
    assert dropped.read_text() == "digits\tSee p. 12\ncapitals\tTHE END OF IT\n"
    table = [line.split() for line in result.output.splitlines()]
    assert ["lines", "22", "100.00%"] in table and ["kept", "20", "90.91%"] in table
    assert ["digits", "1", "4.55%"] in table and ["small", "0", "0.00%"] in table
    assert [row[0] for row in table[3 : 3 + len(RULES)]] == list(RULES)
    assert "too short" in result.output


@pytest.mark.parametrize("ending, opener", [(".gz", gzip.open), (".xz", lzma.open)])
def test_outputs_are_compressed_and_records_are_read(tmp_path, ending, opener):
    records, output = tmp_path / "poems.jsonl", tmp_path / f"clean.txt{ending}"
    records.write_text("".join(json.dumps({"s": line}) + "\n" for line in verse(9)))
    assert run(records, "--field", "s", "--output", output).exit_code == 0
    with opener(output, "rt") as file:
        assert file.read().splitlines() == verse(9)


def test_standard_input_is_read(tmp_path):
    output = tmp_path / "clean.txt"
    result = run("-", "--output", output, input="\n".join(verse(9)))
    assert result.exit_code == 0 and output.read_text().splitlines() == verse(9)


def test_bad_input_is_a_sentence_and_leaves_nothing(tmp_path):
    dirty, output = tmp_path / "dirty.txt", tmp_path / "clean.txt"
    dirty.write_text("12\n13\n")
    for arguments, words in (
        ([dirty], "No line is left"),
        ([dirty, "--without", "digit"], "Did you mean 'digits'?"),
        ([dirty, "--dropped", output], "cannot be both"),
        ([tmp_path / "none.txt"], "There is no file"),
        ([dirty, "--encoding", "utf-99"], "There is no encoding"),
    ):
        result = run(*arguments, "--output", output)
        assert result.exit_code == 2 and words in result.stderr, result.output
        assert result.stderr.count("\n") == 1
    result = run(dirty, "--output", tmp_path / "nowhere" / "clean.txt")
    assert result.exit_code == 2 and "No such file" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["dirty.txt"]
