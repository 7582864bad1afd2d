"""Pieces of text out of files of every kind."""

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text import reading
from gru_textgen.text.reading import read_pieces

TEXT = "Zwölf Boxkämpfer\njagten Éva.\n" * 50


def zipped(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/poem.txt", data)
    return file.getvalue()


PACKED = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zip": zipped,
}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(reading, "PIECE", 7)


@pytest.mark.parametrize("ending", PACKED)
def test_a_packed_text_is_the_text(tmp_path, ending):
    path = tmp_path / f"poem.txt{ending}"
    path.write_bytes(PACKED[ending](TEXT.encode()))
    assert "".join(read_pieces(path)) == TEXT


def test_a_zst_needs_its_library(tmp_path, monkeypatch):
    path = tmp_path / "poem.txt.zst"
    path.write_bytes(b"any")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(InputError, match="pip install zstandard"):
        list(read_pieces(path))


def test_a_zst_is_read_where_its_library_is(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "poem.txt.zst"
    data = zstandard.compress(TEXT.encode())
    path.write_bytes(data)
    assert "".join(read_pieces(path)) == TEXT
    path.write_bytes(data + zstandard.compress(b"more") + data)
    assert "".join(read_pieces(path)) == TEXT + "more" + TEXT
    for damaged in (*(data[:i] for i in range(1, len(data), 9)), b"no such thing"):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="poem.txt.zst is damaged"):
            list(read_pieces(path))


@pytest.mark.parametrize("what", ["encrypted", "packed in an unknown way"])
def test_a_zip_that_cannot_be_unpacked_is_a_sentence(tmp_path, what):
    data = bytearray(zipped(TEXT.encode()))
    for sign, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the text's, the second
        place = data.find(sign, data.find(sign) + 1) + offset
        if what == "encrypted":
            data[place] |= 1
        else:
            data[place + 2] = 9
    path = tmp_path / "poem.zip"
    path.write_bytes(data)
    with pytest.raises(InputError, match="poem.zip cannot be unpacked here: "):
        list(read_pieces(path))


def test_a_text_may_hold_a_nul_and_half_of_them_is_no_text(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "PIECE", 1 << 20)
    path = tmp_path / "poem.txt"
    path.write_bytes(b"one\0\n" + TEXT.encode())
    assert "".join(read_pieces(path)) == "one\0\n" + TEXT
    path.write_bytes("the sea".encode("utf-16-le"))  # without the mark that says so
    with pytest.raises(InputError, match="looks like utf-16-le"):
        list(read_pieces(path))
    path.write_bytes(bytes(range(32)) * 20)
    with pytest.raises(InputError, match="binary"):
        list(read_pieces(path))


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("how", ["cut", "changed", "no such thing"])
def test_a_damaged_file_is_a_sentence(tmp_path, ending, how):
    data = bytearray(PACKED[ending](TEXT.encode()))
    if how == "cut":
        data = data[: len(data) // 2]
    elif how == "changed":
        for i in range(len(data) // 3, len(data) // 3 + 20):
            data[i] ^= 0x55
    else:
        data = b"this was never packed"
    path = tmp_path / f"poem.txt{ending}"
    path.write_bytes(data)
    with pytest.raises(InputError, match="poem.txt.* (is damaged|cannot be read)"):
        list(read_pieces(path))


def test_a_zip_of_several_files_is_read_whole(tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.txt", "b")
        archive.writestr("a.txt.gz", gzip.compress(b"a"))
        archive.writestr("__MACOSX/._a.txt", b"\0\5\x16\7\0\2\0\0Mac")
    assert "".join(read_pieces(path)) == "a\nb"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-7"])
@settings(max_examples=50)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_pieces_are_the_text_with_newlines(tmp_path_factory, encoding, text):
    """Wherever a piece ends: in a character, between \\r and \\n."""
    path = tmp_path_factory.mktemp("t") / "t.txt"
    path.write_bytes(text.encode(encoding))
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    if not path.read_bytes().startswith(codecs.BOM_UTF8):
        expected = expected.removeprefix("\ufeff")
    assert "".join(read_pieces(path, encoding)).removeprefix(
        "\ufeff"
    ) == expected.removeprefix("\ufeff")


@given(good=st.text(min_size=1, max_size=40), seed=st.integers(0, 99))
def test_the_byte_that_does_not_fit_is_named(tmp_path_factory, good, seed):
    data = good.encode("utf-8", "replace").replace(b"\0", b" ")
    path = tmp_path_factory.mktemp("t") / "t.txt"
    path.write_bytes(b"begin " + data + b"\xff" + b"more")
    with pytest.raises(InputError, match=f"byte {6 + len(data):,} .0xff. does not fit"):
        list(read_pieces(path))


RECORDS = [
    {"id": "1", "s": 'One,\n"two"'},
    {"id": "2", "s": "Třetí"},
    {"id": "3", "s": "end\n"},
]
JOINED = 'One,\n"two"\nTřetí\nend\n'


def write_records(path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        if path.suffix in (".jsonl", ".ndjson"):
            file.write("\n".join(map(json.dumps, RECORDS)) + "\n\n")
        else:
            delimiter = "," if path.suffix == ".csv" else "\t"
            writer = csv.DictWriter(file, ["id", "s"], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(RECORDS)


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".csv", ".tsv"])
def test_a_field_of_records_is_the_text(tmp_path, ending):
    path = tmp_path / f"poems{ending}"
    write_records(path)
    assert "".join(read_pieces(path, field="s")) == JOINED
    packed = tmp_path / f"poems{ending}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert "".join(read_pieces(packed, field="s")) == JOINED
    assert "".join(read_pieces(path)) == JOINED  # the numbers are not the text
    with pytest.raises(InputError, match="no field 'S'. Known: id, s."):
        list(read_pieces(path, field="S"))


@pytest.mark.parametrize(
    "line, match",
    [
        ("{", "line 2 is no JSON"),
        ("[" * 100_000, "line 2 is no JSON"),
    ],
)
def test_a_wrong_record_is_named(tmp_path, line, match):
    path = tmp_path / "poems.jsonl"
    path.write_text('{"s": "a"}\n' + line + "\n")
    with pytest.raises(InputError, match=match):
        list(read_pieces(path, field="s"))


def test_a_field_of_what_has_none_is_refused(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_text("text")
    with pytest.raises(InputError, match="no fields"):
        list(read_pieces(path, field="s"))
