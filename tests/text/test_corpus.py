import collections
import hashlib
import importlib.resources
import io
import re
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.text import corpus
from gru_textgen.text.corpus import (
    Corpus,
    NamedCorpus,
    read_files,
    read_named,
    read_source,
)

TEXT = "Füße\n\nin São Paulo\n"
NAMED_TEXT = "anna\nbea\n"


def write(folder, files):
    """Files with bytes or text in them; their paths."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def parts(found):
    return found.text, found.name, found.separator, found.source


@pytest.mark.parametrize(
    "written, read",
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16")]
    + [("utf-8-sig", "UTF8"), ("latin-1", "latin-1"), ("utf-16-be", "utf-16-be")],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_gives_its_text_in_lines(tmp_path, written, read, newline):
    data = TEXT.replace("\n", newline).encode(written)
    found = read_files(write(tmp_path, {"poems.txt": data}), read)
    assert found.text == TEXT
    assert found.name == "poems"


@pytest.mark.parametrize(
    "data, encoding, offset, byte",
    [
        (b"ab\xffcd", "utf-8", 2, 0xFF),
        (b"\xef\xbb\xbfab\xffcd", "utf-8", 5, 0xFF),
        (b"a" * 5000 + "ü".encode("latin-1"), "utf-8", "5,000", 0xFC),
        (b"ab\xc3", "ascii", 2, 0xC3),
        (b"\xff\xfea\0\x00\xd8", "utf-16", 4, 0x00),
    ],
    ids=["utf-8", "after a mark", "far", "ascii", "utf-16"],
)
def test_a_wrong_encoding_names_the_byte(tmp_path, data, encoding, offset, byte):
    paths = write(tmp_path, {"poems.txt": data})
    with pytest.raises(InputError) as error:
        read_files(paths, encoding).text
    message = str(error.value)
    assert str(paths[0]) in message
    assert f"byte {offset} (0x{byte:02x})" in message
    assert "`encoding" in message


@pytest.mark.parametrize("encoding", ["utf-9", "", "hex", "rot13"])
def test_an_encoding_that_is_none_is_refused(tmp_path, encoding):
    with pytest.raises(InputError, match="There is no encoding"):
        read_files(write(tmp_path, {"poems.txt": "a"}), encoding).text


@pytest.mark.parametrize(
    "data, match",
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "binary"),
        ("a text".encode("utf-16"), "looks like utf-16"),
        ("a text".encode("utf-16-be"), "looks like utf-16-be"),
        (b"%PDF-1.7\n1 0 obj", "is a PDF file: save it as plain text"),
        (b"<!DOCTYPE html><html>", "is an HTML page: save it as plain text"),
        (b"{\\rtf1\\ansi", "Rich Text Format"),
    ],
)
def test_data_that_is_no_utf_8_text_is_refused(tmp_path, data, match):
    with pytest.raises(InputError, match=match):
        read_files(write(tmp_path, {"poems.txt": data})).text


@pytest.mark.parametrize(
    "texts",
    [
        ["one\n", "two\n"],
        ["one", "two"],
        ["one", "", "two"],
        ["one\n\n", "two", "one"],
        ["a", "b", "a"],
    ],
)
def test_files_are_joined_where_one_line_ends(tmp_path, texts):
    paths = write(tmp_path, {f"{i}.txt": text for i, text in enumerate(texts)})
    *firsts, last = texts
    joined = "".join(t.removesuffix("\n") + "\n" for t in firsts if t) + last
    assert read_files(paths).text == joined


def test_a_folder_gives_its_text_files_in_order(tmp_path):
    files = {"b.txt": "2", "a.txt": "1", "c/d.TXT": "4", "c.md": "3", "b.csv": "a,b"}
    write(tmp_path / "poems", files)
    found = read_files([tmp_path / "poems"])
    assert (found.text, found.name) == ("1\n2\n4\n3", "poems")
    said = " ".join(found.report.sentences())
    assert "Read 4 files (3 .txt, 1 .md)." in said
    assert "Skipped 1 (records: give their `field` to read them)" in said


def test_a_folder_without_text_files_is_refused(tmp_path):
    write(tmp_path, {"a.bin": b"\0\1\2\3" * 9, ".hidden.txt": "no"})
    with pytest.raises(InputError, match="no text in .*Skipped 1 .hidden"):
        read_files([tmp_path]).text


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="missing.txt"):
        read_files([tmp_path / "missing.txt"])


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_refused(tmp_path, data):
    with pytest.raises(InputError, match="no text"):
        read_files(write(tmp_path, {"poems.txt": data})).text


def test_a_dash_is_standard_input(monkeypatch):
    data = io.BytesIO(TEXT.replace("\n", "\r\n").encode("latin-1"))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=data))
    found = read_files(["-"], "latin-1")
    assert (found.text, found.name) == (TEXT, "text")
    with pytest.raises(InputError, match="same text again"):
        read_source(found.source)


def test_a_source_of_files_is_read_again_from_another_folder(tmp_path, monkeypatch):
    write(tmp_path / "texts", {"a.txt": TEXT.encode("latin-1"), "b.txt": "b"})
    monkeypatch.chdir(tmp_path)
    found = read_files(["texts/b.txt", "texts"], "latin-1")
    first = parts(found)
    monkeypatch.chdir(tmp_path.parent)
    assert parts(read_source(found.source)) == first


@given(st.text(st.characters(exclude_categories=())))
@example("é" * (1 << 20) + "\ud83d")
def test_the_checksum_is_that_of_the_text_in_utf_8(text):
    data = re.sub("[\ud800-\udfff]", "\ufffd", text).encode("utf-8")
    assert Corpus(text).sha256 == hashlib.sha256(data).hexdigest()


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """Addresses fetched; the cache is an empty folder, "girls" a named corpus."""
    digest = hashlib.sha256(NAMED_TEXT.encode()).hexdigest()
    girls = NamedCorpus("http://localhost/girls", digest, "girls.txt", "\n")
    monkeypatch.setitem(corpus.NAMED, "girls", girls)
    monkeypatch.setattr(corpus, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.delenv(corpus.CORPUS_DIR_VARIABLE, raising=False)
    urls = []

    def download(url, path, sha256, otherwise):
        urls.append((url, sha256))
        write(path.parent, {path.name: NAMED_TEXT})

    monkeypatch.setattr(corpus, "download", download)
    return urls


def test_a_named_corpus_is_fetched_once_and_then_cached(fetched):
    named = corpus.NAMED["girls"]
    found = read_named("girls")
    assert (found.text, found.name, found.separator) == (NAMED_TEXT, "girls", "\n")
    for again in (read_named("girls"), read_source(found.source)):
        assert parts(again) == parts(found)
    assert fetched == [(named.url, named.sha256)]


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_a_named_corpus_is_read_from_a_folder(fetched, tmp_path, monkeypatch, how):
    write(tmp_path / "own", {"girls.txt": NAMED_TEXT})
    if how == "environment":
        monkeypatch.setenv(corpus.CORPUS_DIR_VARIABLE, str(tmp_path / "own"))
    folder = tmp_path / "own" if how == "argument" else None
    assert read_named("girls", folder).text == NAMED_TEXT
    assert fetched == []


def test_a_folder_without_the_corpus_leaves_it_to_the_cache(fetched, tmp_path):
    assert read_named("girls", tmp_path).text == NAMED_TEXT
    assert len(fetched) == 1


@pytest.mark.parametrize("folder", ["own", "cache"])
def test_a_corpus_with_a_wrong_checksum_is_refused(fetched, tmp_path, folder):
    paths = write(tmp_path, {f"{folder}/girls.txt": NAMED_TEXT + "x"})
    with pytest.raises(InputError, match="sha256") as error:
        read_named("girls", tmp_path / "own")
    assert str(paths[0]) in str(error.value)


def test_an_unknown_name_suggests_the_closest(fetched):
    with pytest.raises(InputError, match="mean 'sonnets'") as error:
        read_named("sonets")
    assert all(name in str(error.value) for name in corpus.CORPUS_NAMES)


@pytest.fixture(scope="module")
def poems():
    """The anthology's poems, each a title and its stanzas, lists of lines."""
    text = read_named("anthology").text
    assert text.endswith("\n")
    poems = text.removesuffix("\n").split("\n\n***\n\n")
    blocks = [[block.split("\n") for block in poem.split("\n\n")] for poem in poems]
    return [(title, stanzas) for title, *stanzas in blocks]


def test_the_anthology_is_large_enough_and_ascii(poems):
    folder = importlib.resources.files("gru_textgen")
    data = (folder / "data" / "anthology.txt").read_bytes()
    assert len(data) >= 120 * 1024
    assert read_named("anthology").text == data.decode("ascii")
    assert read_named("anthology").separator == "\n\n***\n\n"
    assert len(poems) >= 300


def test_each_poem_has_a_title_of_one_line_and_stanzas(poems):
    assert all(len(title) == 1 and stanzas for title, stanzas in poems)
    blocks = [block for title, stanzas in poems for block in (title, *stanzas)]
    lines = [line for block in blocks for line in block]
    assert all(line.strip() and line.strip() != "***" for line in lines)
    assert [line for line in lines if line != line.rstrip() or len(line) > 60] == []


def test_no_two_poems_share_a_title(poems):
    titles = collections.Counter(title[0] for title, _ in poems)
    assert [title for title, count in titles.items() if count > 1] == []


def test_no_verse_line_stands_more_than_4_times(poems):
    verses = [verse for _, stanzas in poems for stanza in stanzas for verse in stanza]
    counts = collections.Counter(verse.strip().lower() for verse in verses)
    assert [verse for verse, count in counts.items() if count > 4] == []
