"""What a file is, and which encoding a text is likely to have."""

import sys

import pytest

from gru_textgen.errors import InputError
from gru_textgen.text.corpus import read_files

TEXTS = {
    "ru": "Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему.\n",
    "zh": "床前明月光，疑是地上霜。举头望明月，低头思故乡。\n",
    "ja": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n",
    "ko": "나 보기가 역겨워 가실 때에는 말없이 고이 보내 드리우리다\n",
    "fr": "Demain, dès l'aube, à l'heure où blanchit la campagne, je partirai.\n",
    "de": "Über die Brücke gehen wir am Abend, und die Bäume rauschen; süße Äpfel.\n",
    "cs": "Byl pozdní večer, první máj. Hrdliččin zval ku lásce hlas, kde háj\n",
}


@pytest.mark.parametrize(
    "language, encoding",
    [
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ru", "utf-16-le"),
        ("zh", "gbk"),
        ("zh", "utf-16-be"),
        ("ja", "shift-jis"),
        ("ja", "euc-jp"),
        ("ko", "euc-kr"),
        ("fr", "latin-1"),
        ("de", "cp1252"),
        ("cs", "cp1250"),
    ],
)
@pytest.mark.parametrize("lines", [2, 900])
def test_a_likely_encoding_reads_the_text_as_it_was(
    tmp_path, language, encoding, lines
):
    """Of the few that are proposed, each with some words, one is right."""
    pytest.importorskip("charset_normalizer")
    path, text = tmp_path / "a.txt", TEXTS[language] * lines
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError, match="try `encoding='") as error:
        read_files([path]).text
    said = str(error.value)
    names = said[said.index("likely") :] if "likely" in said else said
    proposed = [
        word.strip("`',.").removeprefix("encoding='")
        for word in names.replace("(", " ").split()
    ]
    right = [n for n in proposed if is_right(n, text.encode(encoding), text)]
    assert right, said


def is_right(name, data, text):
    try:
        return data.decode(name) == text
    except (LookupError, UnicodeError, ValueError):
        return False


def test_the_proposal_shows_some_words_in_it(tmp_path):
    pytest.importorskip("charset_normalizer")
    (tmp_path / "a.txt").write_bytes((TEXTS["ru"] * 9).encode("cp1251"))
    with pytest.raises(InputError, match="probably cp1251 .“[ а-я,]+”"):
        read_files([tmp_path / "a.txt"]).text


def test_without_the_detector_the_encoding_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    (tmp_path / "a.txt").write_bytes(TEXTS["ru"].encode("cp1251"))
    with pytest.raises(InputError, match="Give its encoding"):
        read_files([tmp_path / "a.txt"]).text


def test_a_text_that_an_encoding_would_make_mojibake_of_is_refused_or_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes((TEXTS["zh"] * 50).encode("gbk"))
    with pytest.raises(InputError, match="probably not latin-1"):
        read_files([path], "latin-1").text
    path.write_bytes((TEXTS["fr"] * 50).encode())
    corpus = read_files([path], "cp1252")
    assert "dÃ¨s" in corpus.text
    assert any("looks like utf-8" in said for said in corpus.report.sentences())


@pytest.mark.parametrize(
    "data, name, what",
    [
        (b"%PDF-1.4\n%\xe2\xe3", "a.txt", "a PDF file"),
        (b"{\\rtf1\\ansi\n", "a.txt", "a file in Rich Text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a.doc", "a Word, Excel"),
        (b"PK\3\4" + bytes(26) + b"word/document.xml", "a", "a Word, Excel"),
        (b"PK\3\4", "a.docx", "a Word file"),
        (b"\xef\xbb\xbf  <HTML lang='en'>", "a.txt", "an HTML page"),
    ],
)
def test_what_is_no_text_is_named_with_the_way_out(tmp_path, data, name, what):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=f"is {what}.*save it as plain text"):
        read_files([tmp_path / name]).text


def test_a_text_that_only_speaks_of_such_files_is_a_text(tmp_path):
    for text in ("He wrote <html> first.\n", "PDF-files\n", "PK wrote this.\n"):
        (tmp_path / "a.txt").write_text(text)
        assert read_files([tmp_path / "a.txt"]).text == text


@pytest.mark.parametrize(
    "codec", ["rot13", "hex", "punycode", "idna", "nonsense", "utf-7"]
)
def test_no_codec_is_a_traceback(tmp_path, codec):
    (tmp_path / "a.txt").write_bytes((TEXTS["de"] * 40).encode("latin-1"))
    with pytest.raises(InputError, match="encoding|is not"):
        read_files([tmp_path / "a.txt"], codec).text
