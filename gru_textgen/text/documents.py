"""Texts that are made of documents: records, many short files, the lines of a list."""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gru_textgen.errors import InputError
from gru_textgen.text.report import ReadingReport

if TYPE_CHECKING:
    from gru_textgen.text.reading import Break

MARK = "\n\n***\n\n"
"""What is put between documents of several lines."""
END = "\x1e"
"""The symbol that ends a document where a text between documents is longer than one
character: U+001E, which ASCII has for the purpose."""
UNITS = ("line", "paragraph", "file")
_LINE = re.compile(r"\n([^\n]+)\n")
_BLANK_LINES = r"\n[^\S\n\x1e]*\n\s*"
_SAMPLE = 1 << 20  # characters, and
_MAX_SAMPLED = 1000  # documents, that the separator is chosen by
_FEWEST_FILES = 10  # that are taken for documents, if
_LONGEST_MEAN = 8_000  # they have so many characters on average


def end_symbol(documents: str, words: bool = False) -> str:
    """The one character that stands between documents of a model, and begins and ends
    each.

    Args:
        documents: "line", "paragraph", "file", or the text between two documents.
        words: whether the model is one of words, to which not every character is a
            symbol.
    """
    if documents == "line":
        return "\n"
    if words:
        return END
    return documents if len(documents) == 1 and documents != "\n" else END


def split_documents(pieces: Iterable[str], documents: str) -> Iterator[str]:
    """The documents of a text, without the newlines around them; none is empty.

    Args:
        pieces: of the text, cut anywhere.
        documents: as for `end_symbol`.

    Raises:
        InputError: if a document contains the symbol that ends documents.
    """
    own = {"line": "\n", "paragraph": _BLANK_LINES, "file": END}
    line = _LINE.fullmatch(documents)
    if line:  # one that comes twice, or first or last, separates as well
        own[documents] = rf"(?m)^{re.escape(line[1])}\n"
    pattern = re.compile(own.get(documents) or re.escape(documents))
    end, rest = end_symbol(documents), ""
    for piece in itertools.chain(pieces, ["\n", None]):
        *whole, rest = pattern.split(rest + piece) if piece is not None else [rest, ""]
        for document in filter(None, (text.strip("\n") for text in whole)):
            if end in document:
                raise InputError(
                    f"A document contains the character U+{ord(end):04X}, which ends "
                    "documents: remove it from the text."
                )
            yield document


def with_ends(documents: Iterable[str], end: str) -> Iterator[str]:
    """Documents, each after the symbol that ends documents, and that symbol once more,
    in pieces.

    Args:
        documents: as `split_documents` gives them.
        end: the symbol, see `end_symbol`.
    """
    parts: list[str] = []
    size = 0
    for document in documents:
        parts += [end, document]
        size += len(document) + 1
        if size >= _SAMPLE:
            yield "".join(parts)
            parts, size = [], 0
    yield "".join(parts) + end


def joined(
    parts: "Iterable[str | Break]", separator: str | None, report: ReadingReport
) -> Iterator[str]:
    """The text of files and records, with what stands between documents.

    Records are documents. So are ten files or more of 8,000 characters or fewer, on
    average, and every file if a separator is given. Between documents of one line a
    newline is put, between others `MARK`.

    Args:
        parts: pieces of text, and the `reading.Break` after each file and record.
        separator: what to put there instead; "" only sees to it that lines end.
        report: is told what was put there.
    """
    parts = iter(parts)
    sample = list(_sample(parts))
    if separator is None:
        separator = _separator(sample)
    parts = itertools.chain(sample, parts)
    if separator:
        yield from _as_documents(parts, separator, report)
    else:
        yield from _as_lines(parts)


def _sample(parts: "Iterator[str | Break]") -> "Iterator[str | Break]":
    """The first parts: about a million characters, or a thousand documents."""
    size = breaks = 0
    for part in parts:
        yield part
        size += len(part) if isinstance(part, str) else 0
        breaks += not isinstance(part, str)
        if size >= _SAMPLE or breaks >= _MAX_SAMPLED:
            return


def _separator(sample: "list[str | Break]") -> str:
    """What to put between the documents, if that is what the parts are."""
    texts = [part for part in sample if isinstance(part, str)]
    breaks = [part for part in sample if not isinstance(part, str)]
    if any(part.value == "record" for part in breaks):
        return MARK if any("\n" in text.strip("\n") for text in texts) else "\n"
    short = sum(map(len, texts)) <= _LONGEST_MEAN * len(breaks)
    return MARK if len(breaks) >= _FEWEST_FILES and short else ""


def _as_documents(
    parts: "Iterable[str | Break]", separator: str, report: ReadingReport
) -> Iterator[str]:
    """The documents, and the separator, for the newlines around it, between them."""
    begun = written = record = False  # this document; any document; the last one
    newlines = ""  # after the last piece; they are written if something follows
    for part in parts:
        if not isinstance(part, str):
            begun, record = False, part.value == "record"
            continue
        text = part if begun or not written else part.lstrip("\n")
        body = text.rstrip("\n")
        if not body:
            newlines += text if begun or not written else ""
            continue
        if not begun and written:
            report.between = newlines = separator
        yield newlines + body
        begun = written = True
        newlines = text[len(body) :]
    yield "\n" if record and written else newlines


def _as_lines(parts: "Iterable[str | Break]") -> Iterator[str]:
    """The pieces; a file begins a line, and a record ends one."""
    last, ended = "\n", False
    for part in parts:
        if isinstance(part, str):
            if part and ended and not last.endswith("\n"):
                yield "\n"
            if part:
                ended = False
                yield (last := part)
        elif part.value == "record" and not last.endswith("\n"):
            yield (last := "\n")
        else:
            ended = True
