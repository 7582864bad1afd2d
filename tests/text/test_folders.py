"""Folders and archives: what is read of them, and what is skipped and said."""

import gzip
import io
import tarfile
import zipfile

import pytest

from gru_textgen.errors import InputError
from gru_textgen.text.corpus import read_files
from gru_textgen.text.documents import MARK

APPLE_DOUBLE = b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(40)


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)


def read(path, **options):
    corpus = read_files([path], **options)
    return corpus.text, " ".join(corpus.report.sentences())


def test_hidden_files_and_folders_are_skipped(tmp_path):
    write(
        tmp_path,
        {
            "poems.txt": "a poem\n",
            "._poems.txt": APPLE_DOUBLE,
            ".ipynb_checkpoints/poems-checkpoint.txt": "a poem\n",
            "__MACOSX/more.txt": "no",
            ".git/HEAD": "ref",
            "__pycache__/x.txt": "no",
        },
    )
    text, said = read(tmp_path)
    assert text == "a poem\n"
    assert "Skipped 3 (hidden" in said and "Skipped 2 (no text files" in said


def test_the_folders_of_runs_are_skipped(tmp_path):
    write(
        tmp_path,
        {
            "books/one.txt": "one\n",
            "runs/text/.gru_textgen-run.json": '{"files": ["samples.txt"]}',
            "runs/text/samples.txt": "=== after epoch 1",
            "runs/old/checkpoint.keras": b"PK",
            "runs/old/text.ids": b"{}",
            "runs/old/samples.txt": "=== after epoch 1",
            ".gru_textgen-run.json": '{"files": ["history.csv", "samples.txt"]}',
            "samples.txt": "=== after epoch 1",
        },
    )
    text, said = read(tmp_path)
    assert text == "one\n"
    assert "Skipped 3 (file of a training run" in said


def test_every_text_file_and_packed_form_is_read(tmp_path):
    write(
        tmp_path,
        {
            "a.TXT": "a\n",
            "b.md": "b\n",
            "c.abc": "c\n",
            "d.py": "d\n",
            "e.txt.gz": gzip.compress(b"e\n"),
            "LICENSE": "f\n",
            "g.png": b"\x89PNG\r\n\x1a\n\0\0",
            "h.pdf": b"%PDF-1.7",
            "i.html": "<!DOCTYPE html><p>no",
            "j.docx": b"PK\3\4",
            "k.csv": "id,text\n1,no\n",
            "l.keras": b"PK\3\4",
        },
    )
    text, said = read(tmp_path)
    assert sorted(text.split()) == list("abcdef")
    assert "Read 6 files (1 " in said
    for ending in ("1 .txt", "1 .md", "1 .abc", "1 .py", "1 .gz", "1 no ending"):
        assert ending in said
    for reason in (
        "a PDF file",
        "a binary file",
        "an HTML page",
        "a Word file",
        "a model",
    ):
        assert reason in said
    assert "records: give their `field` to read them" in said
    assert "no\n" in read(tmp_path, field="text")[0]


def zip_of(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tar_of(files, mode):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(
    "name, pack",
    [
        ("a.zip", zip_of),
        ("a.tar", lambda files: tar_of(files, "w")),
        ("a.tar.gz", lambda files: tar_of(files, "w:gz")),
        ("a.tgz", lambda files: tar_of(files, "w:gz")),
        ("a.tar.bz2", lambda files: tar_of(files, "w:bz2")),
        ("a.tar.xz", lambda files: tar_of(files, "w:xz")),
    ],
)
def test_all_members_of_an_archive_are_read(tmp_path, name, pack):
    files = {
        "poems/a.txt": b"one",
        "poems/b.TXT": b"two\n",
        "poems/c.txt.gz": gzip.compress(b"three\n"),
        "poems/d.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "__MACOSX/poems/._a.txt": APPLE_DOUBLE,
        "poems/._a.txt": APPLE_DOUBLE,
        "../outside.txt": b"four\n",
    }
    (tmp_path / name).write_bytes(pack(files))
    text, said = read(tmp_path / name)
    assert sorted(text.split()) == ["four", "one", "three", "two"]
    assert "Read 4 files" in said and "Skipped 1 (a binary file" in said
    assert "poems/d.jpg" in said
    (tmp_path / name).write_bytes(pack(files)[: len(pack(files)) // 4])
    with pytest.raises(InputError, match="damaged or truncated"):
        read(tmp_path / name)


def test_an_archive_without_texts_is_a_sentence(tmp_path):
    (tmp_path / "a.zip").write_bytes(zip_of({"x.jpg": b"\xff\xd8\xff\xe0"}))
    with pytest.raises(InputError, match="a.zip contains no text files"):
        read(tmp_path / "a.zip")


def test_many_short_files_are_documents_and_a_few_chapters_are_not(tmp_path):
    for i in range(12):
        write(tmp_path / "poems", {f"{i:02}.txt": f"poem {i}\nits end\n\n"})
    text, said = read(tmp_path / "poems")
    assert text == MARK.join(f"poem {i}\nits end" for i in range(12)) + "\n\n"
    assert f"Each file is a document; {MARK!r} was inserted between them" in said
    text, _ = read(tmp_path / "poems", separator="\n\n")
    assert text.startswith("poem 0\nits end\n\npoem 1")
    for i in range(12):
        write(tmp_path / "chapters", {f"{i:02}.txt": f"chapter {i}\n" * 1000})
    text, said = read(tmp_path / "chapters")
    assert "***" not in text and "document" not in said
