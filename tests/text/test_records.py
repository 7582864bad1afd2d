"""Texts of records: tables as they are found, JSON as programs export it."""

import csv
import gzip
import io
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text.corpus import read_files
from gru_textgen.text.delimited import Rows
from gru_textgen.text.documents import MARK


def read(tmp_path, name, text, field=None, **options):
    """The text of a file, and what was said while it was read."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    corpus = read_files([path], field=field, **options)
    return corpus.text, " ".join(corpus.report.sentences())


CELLS = st.text(st.sampled_from('ab",\n; \\'), max_size=6)


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=4)
    )
)
def test_what_csv_has_written_is_read_as_csv_reads_it(rows):
    """A backslash escapes nothing in a file that doubles its quotation marks."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([f"name {i}" for i in range(len(rows[0]) if rows else 2)])
    writer.writerow(['"doubled"'] * (len(rows[0]) if rows else 2))
    writer.writerows(rows)
    expected = list(csv.reader(io.StringIO(file.getvalue())))
    found = Rows(io.StringIO(file.getvalue()), ",", delimiter=",")
    assert [found.header, *(row.cells for row in found)] == expected


def test_cells_beyond_the_header_belong_to_the_text_if_it_is_the_last_field(tmp_path):
    table = (
        'time,who,text\n10:00,A,yes\n10:01,B,no, not at all, A\n10:02,A,"so, then"\n'
    )
    text, said = read(tmp_path, "chat.csv", table, "text")
    assert text == "yes\nno, not at all, A\nso, then\n"
    assert "1 record with more cells than the header" in said
    assert "chat.csv, line 3" in said


def test_a_row_whose_cells_cannot_be_told_apart_is_skipped_and_counted(tmp_path):
    table = "text,who\nyes,A\nno, not at all,B\nso,A,,\n"
    text, said = read(tmp_path, "chat.csv", table, "text")
    assert text == "yes\nso\n"  # delimiters at a line's end are nothing
    assert "1 record skipped, because the row has more cells" in said
    assert "line 3" in said


def test_a_quotation_mark_that_nothing_closes_is_a_character(tmp_path):
    rows = "".join(
        f'{i}\t"Well, said the cook\ten\n{i}\tThe kettle\ten\n' for i in "123"
    )
    text, said = read(tmp_path, "a.tsv", f"id\ttext\tlang\n{rows}", "text")
    assert text == '"Well, said the cook\nThe kettle\n' * 3
    assert "3 records with an unclosed quotation mark" in said
    rows = "".join(f"{i},the river turns\n" for i in range(2, 600))
    text, said = read(tmp_path, "a.csv", f'id,text\n1,"the lamp is lit\n{rows}', "text")
    assert text == '"the lamp is lit\n' + "the river turns\n" * 598
    assert "a.csv, line 2" in said


def test_an_open_quotation_mark_does_not_swallow_rows_up_to_the_next(tmp_path):
    for last in ('3,"a, b"\n', "3,5' 6\"\n", '3,say "so"\n', '3,"x"\n'):
        table = f'id,text\n1,"open\n2,two\n{last}4,four\n'
        text, _ = read(tmp_path, "a.csv", table, "text")
        assert text.startswith('"open\ntwo\n') and text.endswith("\nfour\n")


def test_a_table_that_is_cut_off_in_a_cell_is_read_to_its_end(tmp_path):
    table = 'id,title,text\n1,a,"one\ntwo"\n2,b,"three\nfour, five\n'
    text, said = read(tmp_path, "a.csv", table, "text")
    assert text == f"one\ntwo{MARK}three\nfour, five\n"
    assert "1 record with an unclosed quotation mark" in said
    assert "line 4" in said


@pytest.mark.parametrize(
    "cell, expected",
    [
        (r'"he said \"no\" to me"', 'he said "no" to me'),
        (r'"so, \"no\""', 'so, "no"'),
        (r'"a \\ b \"c\" d"', 'a \\ b "c" d'),
    ],
)
def test_quotation_marks_may_be_escaped_by_a_backslash(tmp_path, cell, expected):
    text, _ = read(tmp_path, "a.csv", f"id,text\n1,{cell}\n2,two\n", "text")
    assert text == f"{expected}\ntwo\n"


def test_a_backslash_before_a_closing_mark_is_a_character(tmp_path):
    table = 'path,text\n"C:\\","one"\n"D:\\","two ""x"""\n'
    assert read(tmp_path, "a.csv", table, "text")[0] == 'one\ntwo "x"\n'


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_out_or_given(tmp_path, delimiter):
    table = "id;text\n1;one, two\n2;three\n".replace(";", delimiter)
    assert read(tmp_path, "a.csv", table, "text")[0] == "one, two\nthree\n"
    assert read(tmp_path, "a.csv", table)[0] == "one, two\nthree\n"
    given = read(tmp_path, "a.csv", table, "text", delimiter=delimiter)
    assert given[0] == "one, two\nthree\n"
    for wrong in ("", ";;", '"'):
        with pytest.raises(InputError, match="one character"):
            read(tmp_path, "a.csv", table, "text", delimiter=wrong)


def test_a_table_as_excel_saves_it(tmp_path):
    table = '\ufeffsep=;\r\nid;text\r\n1;"a;\r\nb"\r\n'
    path = tmp_path / "a.csv"
    path.write_bytes(table.encode())
    assert read_files([path], field="text").text == "a;\nb\n"


def test_nulls_and_short_rows_are_skipped_and_counted(tmp_path):
    table = "id,text\n1,one\n2\n3,\n4,\\N\n5,NULL\n\n6,two\n"
    text, said = read(tmp_path, "a.csv", table, "text")
    assert text == "one\ntwo\n"
    assert "1 record skipped, because the row is too short" in said and "line 3" in said
    assert "1 record with an empty text" in said
    assert "2 records without text" in said
    lines = ['{"text": null}', '{"text": "one"}', '{"id": 3}', '{"text": 4}', '"two"']
    text, said = read(tmp_path, "a.jsonl", "\n".join(lines), "text")
    assert text == "one\ntwo\n"
    assert "without the field 'text' skipped (first: " in said and "line 3" in said
    assert "because the field is not text" in said


def test_without_a_field_the_text_is_chosen_and_the_fields_are_said(tmp_path):
    rows = [["id", "date", "headline", "url"]] + [
        [str(i), "2003-02-19", f"The council {w} a plan again", f"http://a.b/{w}-plan"]
        for i, w in enumerate(["wants", "drops", "hears"])
    ]
    table = "\n".join(map(",".join, rows)) + "\n"
    text, said = read(tmp_path, "news.csv", table)
    assert text.startswith("The council wants a plan again\nThe council drops")
    assert "has the fields id, date, headline, url; 'headline' is read" in said
    records = [dict(zip(rows[0], row)) for row in rows[1:]]
    for name, written in (
        ("a.json", json.dumps(records)),
        ("a.jsonl", "\n".join(map(json.dumps, records))),
    ):
        assert read(tmp_path, name, written)[0] == text


def test_fields_that_are_alike_are_asked_for(tmp_path):
    table = "left,right\nall in good time,a bird in hand\nso it goes now,to be or not\n"
    with pytest.raises(InputError, match="has the fields left, right: give the field"):
        read(tmp_path, "a.csv", table)


def test_numbers_alone_are_never_learnt(tmp_path):
    for name, text in (("a.csv", "id,n\n1,2\n"), ("a.jsonl", '{"id": 1}\n')):
        with pytest.raises(InputError, match="no text: id.* hold numbers"):
            read(tmp_path, name, text)


def test_a_file_without_records_is_a_sentence(tmp_path):
    for name, text in (("a.csv", ""), ("a.json", "[]"), ("a.jsonl", "\n")):
        with pytest.raises(InputError, match="contains no (records|text)"):
            read(tmp_path, name, text, "text")


def test_a_table_without_a_header_says_which_line_was_read_as_one(tmp_path):
    text, said = read(tmp_path, "a.csv", "just some words\nand more words\n")
    assert text == "and more words\n"
    assert "one field, just some words, which is read as the text" in said


MESSAGES = {
    "name": "A chat",
    "messages": [
        {"id": 1, "from": "A", "text": "the kettle sings"},
        {"id": 2, "text": ["see ", {"type": "link", "text": "this"}, " now"]},
        {"id": 3, "action": "joined"},
        {"id": 4, "text": ""},
        {"id": 5, "text": "two\nlines"},
    ],
}


def test_json_arrays_and_nested_fields_are_read(tmp_path):
    expected = MARK.join(["the kettle sings", "see this now", "two\nlines"]) + "\n"
    document = json.dumps(MESSAGES)
    text, said = read(tmp_path, "a.json", document, "messages.text")
    assert text == expected
    assert "1 record without the field 'messages.text' skipped" in said
    array = json.dumps(MESSAGES["messages"], indent=1)
    assert read(tmp_path, "b.json", array, "text")[0] == expected
    lines = "\n".join(json.dumps(message) for message in MESSAGES["messages"])
    assert read(tmp_path, "c.json", lines, "text")[0] == expected
    assert read(tmp_path, "d.json", '["one", "two"]')[0] == "one\ntwo\n"
    with pytest.raises(InputError, match="no field 'txt'.* messages.text"):
        read(tmp_path, "a.json", document, "txt")
    with pytest.raises(InputError, match="is not valid JSON"):
        read(tmp_path, "a.json", document[:-2], "messages.text")


def test_the_tweets_of_an_export_are_read(tmp_path):
    tweets = [{"tweet": {"id": str(i), "full_text": f"tweet {i}"}} for i in range(3)]
    script = "window.YTD.tweets.part0 = " + json.dumps(tweets)
    expected = "tweet 0\ntweet 1\ntweet 2\n"
    assert read(tmp_path, "tweets.js", script, "tweet.full_text")[0] == expected
    code = "const a = [1];\nfunction write() {}\n"  # any other script is a text
    assert read(tmp_path, "code.js", code)[0] == code


def test_several_fields_are_one_text_below_each_other(tmp_path):
    records = [
        {"title": "Rain", "note": {"year": 1}, "text": "It fell\nall day."},
        {"title": None, "text": "It stopped."},
        {"title": " ", "text": "It fell."},
        {"title": "Sun", "text": ""},
    ]
    lines = "\n".join(json.dumps(record) for record in records)
    expected = MARK.join(["Rain\n\nIt fell\nall day.", "It stopped.", "It fell."])
    text, said = read(tmp_path, "a.jsonl", lines, "title,text")
    assert text == expected + "\n" and "1 record with an empty text skipped" in said
    table = "title,text\nRain,It fell\n,It stopped.\n"
    expected = MARK.join(["Rain\n\nIt fell", "It stopped."]) + "\n"
    assert read(tmp_path, "a.csv", table, "title, text")[0] == expected
    for name, content in (("a.jsonl", lines), ("a.csv", table)):
        with pytest.raises(InputError, match="no field 'txt'.* text"):
            read(tmp_path, name, content, "title,txt")
        with pytest.raises(InputError, match="no field 'titel'.* 'title'"):
            read(tmp_path, name, content, "titel,text")
    line = json.dumps({"a,b": "one", "a": "two"})  # a field of that very name
    assert read(tmp_path, "a.jsonl", line, "a,b")[0] == "one\n"


def test_a_field_s_name_may_hold_a_dot(tmp_path):
    line = json.dumps({"a.b": "one", "a": {"b": "two"}})
    assert read(tmp_path, "a.jsonl", line, "a.b")[0] == "one\n"


def test_half_of_a_surrogate_pair_is_read_as_one_unknown_character(tmp_path):
    text, _ = read(
        tmp_path, "a.jsonl", '{"text": "a \\ud83d b \\ud83d\\ude00"}', "text"
    )
    assert text == "a \ufffd b \U0001f600\n"
    text.encode()


def test_records_of_several_lines_get_a_separator(tmp_path):
    lines = [json.dumps({"text": f"one {i}\ntwo\n"}) for i in range(3)]
    text, said = read(tmp_path, "a.jsonl", "\n".join(lines), "text")
    assert text == MARK.join(f"one {i}\ntwo" for i in range(3)) + "\n"
    assert f"Each record is a document; {MARK!r} was inserted between them" in said
    text, _ = read(tmp_path, "a.jsonl", "\n".join(lines), "text", separator="\n--\n")
    assert text == "one 0\ntwo\n--\none 1\ntwo\n--\none 2\ntwo\n"
    text, said = read(tmp_path, "a.jsonl", "\n".join(lines), "text", separator="")
    assert text == "one 0\ntwo\none 1\ntwo\none 2\ntwo\n" and "between" not in said


def test_records_come_from_standard_input_too(monkeypatch):
    for data, expected in (
        (b'{"text": "one"}\n{"text": "two"}\n', "one\ntwo\n"),
        (b'[{"text": "one"}]', "one\n"),
        (b"id,text\n1,one\n", "one\n"),
    ):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert read_files(["-"], field="text").text == expected


def test_a_large_cell_takes_no_time_that_grows_with_its_square():
    """A cell of 200,000 lines with quotation marks, and 20,000 open ones."""
    cell = 'he said ""no"" and\n' * 200_000
    rows = list(Rows(io.StringIO(f'id,text\n1,"{cell}"\n2,b\n'), ","))
    assert [row.cells[1] for row in rows] == [cell.replace('""', '"'), "b"]
    rng = random.Random(1)
    lines = [f'{i},"open {rng.random()}\n' for i in range(20_000)]
    rows = list(Rows(io.StringIO("id,text\n" + "".join(lines)), ","))
    assert len(rows) == 20_000 and all(row.open_quote for row in rows[:-1])


def test_a_packed_table_is_a_table(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id;text\n1;one\n2;two\n"))
    assert read_files([path], field="text").text == "one\ntwo\n"
