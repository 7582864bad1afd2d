"""Every codec of Python's as the encoding of a file: a text, or a sentence."""

import encodings.aliases

import pytest

from gru_textgen import InputError, read_files

CODECS = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()})
OTHERS = "idna punycode raw_unicode_escape undefined unicode_escape oem".split()
FILES = {  # bytes that are a text in some encodings, and damaged in others
    "plain.txt": b"The sea, the sea.\n" * 9,
    "latin.txt": "Die Bäume über dem See.\n".encode("latin-1") * 9,
    "utf_16.txt": "The sea.\n".encode("utf-16") * 3,
    "odd.txt": b"\xff\xfe\x00\xd8+AA-\\u12\\N{no}xn--a\n" + bytes(range(128, 256)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codecs")
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_no_codec_is_a_traceback(name, folder):
    read, refused = 0, 0
    for codec in [*CODECS, *OTHERS, "no codec", "", "utf-8\0", "ä"]:
        try:
            text = read_files([folder / name], codec).text
        except InputError as error:
            refused += 1
            assert "\n" not in str(error) and str(error).endswith("."), codec
        else:
            read += 1
            assert text.strip() and text.encode("utf-8"), codec
    assert read and refused


def test_a_codec_that_is_right_gives_the_text(folder):
    assert read_files([folder / "latin.txt"], "latin-1").text.startswith("Die Bäume")
    for codec in ("utf_7", "big5", "shift_jis", "hz", "gb18030", "utf_16", "U32"):
        (folder / "own.txt").write_bytes(("The sea.\n" * 9).encode(codec))
        assert read_files([folder / "own.txt"], codec).text == "The sea.\n" * 9
