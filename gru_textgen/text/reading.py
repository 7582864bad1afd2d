"""Pieces of text out of a file: plain or compressed, the members of an archive, or a
field of its records.

Nothing here holds more than a piece, or a record, at a time; but for .json files, which
are read whole.
"""

import codecs
import enum
import io
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_textgen.errors import InputError
from gru_textgen.text.documents import joined
from gru_textgen.text.folders import why_not_ending, why_not_member
from gru_textgen.text.kinds import (
    is_binary,
    is_mojibake,
    not_a_text,
    proposal,
    utf_16_of,
)
from gru_textgen.text.packed import DAMAGED, is_archive, members, opened, text_ending
from gru_textgen.text.records import (
    RECORDS,
    RecordOptions,
    is_twitter_export,
    texts_of_records,
)
from gru_textgen.text.report import ReadingReport

PIECE = 1 << 20  # bytes
_AROUND = 20_000  # bytes before and after a wrong one, to tell the encoding by


class Break(enum.Enum):
    """What ends between two pieces of text."""

    FILE = "file"
    RECORD = "record"


@dataclass(frozen=True)
class ReadingOptions:
    """How files are read.

    Attributes:
        encoding: of the text.
        field: of records, that holds the text; None takes the one that clearly is it.
        delimiter: of the cells of a table; None finds it out.
    """

    encoding: str = "utf-8"
    field: str | None = None
    delimiter: str | None = None


def read_pieces(
    path: str | Path, encoding: str = "utf-8", field: str | None = None
) -> Iterator[str]:
    """The text of a file, a piece at a time: without byte order mark, every line ending
    a newline. Each record ends with a newline.

    Args:
        path: of the file, or "-" for standard input; see `read_parts` for the kinds.
        encoding: of the text.
        field: of the records, that holds the text.

    Raises:
        InputError: if it cannot be read, is damaged, or is no text of that encoding.
    """
    options, report = ReadingOptions(encoding, field), ReadingReport()
    return joined(read_parts(path, options, report), "", report)


def read_parts(
    path: str | Path,
    options: ReadingOptions,
    report: ReadingReport,
    named: bool = True,
) -> Iterator[str | Break]:
    """The text of a file, a piece at a time, and where records and members end.

    Args:
        path: of the file, or "-" for standard input. Files whose names end in .gz,
            .xz, .bz2 and .zst are decompressed; .zip, .tar and compressed .tar are
            archives, whose members are read; .jsonl, .ndjson, .json, .csv, .tsv and
            the .js files of Twitter's export are records.
        options: how to read it.
        report: is told what was read and skipped.
        named: whether the user named the file. Of a folder, or an archive of several
            files, what is no text is skipped, not refused.

    Raises:
        InputError: if it cannot be read, is damaged, or is no text of that encoding.
    """
    _check(options)
    try:
        if str(path) == "-":
            if sys.stdin is None:
                raise InputError("Standard input is closed: give a file.")
            yield from _parts(sys.stdin.buffer, "-", "", options, report, True)
        elif is_archive(Path(path)):
            yield from _archive(Path(path), options, report)
        else:
            ending = text_ending(Path(path).name)
            reason = None if named else why_not_ending(ending, options.field)
            if reason:
                report.skipped.append((str(path), reason))
                return
            with opened(Path(path)) as file:
                yield from _parts(file, str(path), ending, options, report, named)
    except DAMAGED as error:
        raise InputError(f"{path} is damaged or truncated: {error}.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be read: {reason}.") from error


def _archive(
    path: Path, options: ReadingOptions, report: ReadingReport
) -> Iterator[str | Break]:
    """The members of an archive; what is no text is skipped."""
    kept = ((name, file, why_not_member(name)) for name, file in members(path))
    found = 0
    for name, file, reason in kept:
        where, ending = f"{path}: {name}", text_ending(name)
        reason = reason or why_not_ending(ending, options.field or _only_member(path))
        if reason:
            report.skipped.append((where, reason))
            continue
        before = len(report.files)
        yield from _parts(file, where, ending, options, report, False)
        found += len(report.files) - before
    if not found:
        raise InputError(f"{path} contains no text files.")


def _only_member(path: Path) -> str | None:
    """Anything but None if an archive holds one file alone, which is then meant."""
    import zipfile

    if path.suffix.lower() != ".zip":
        return None
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    return "any" if len([n for n in names if not why_not_member(n)]) == 1 else None


def _check(options: ReadingOptions) -> None:
    encoding, delimiter = options.encoding, options.delimiter
    try:
        codecs.lookup(encoding)
        b" ".decode(encoding, "ignore")  # codecs that are not of text are refused
    except (LookupError, ValueError, TypeError):
        raise InputError(
            f"There is no encoding {encoding[:40]!r}: try utf-8, utf-16, cp1252 or "
            "gb18030."
        ) from None
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\n'):
        raise InputError(
            "The delimiter must be one character, such as ';' or a tab, not "
            f"{delimiter!r}."
        )


def _parts(
    file: Any,
    where: str,
    ending: str,
    options: ReadingOptions,
    report: ReadingReport,
    named: bool,
) -> Iterator[str | Break]:
    """The text of an open file, and the ends of its records."""
    head = file.read(PIECE)
    reason = not_a_text(head, ending)
    codec = codecs.lookup(options.encoding).name  # which has several names
    if reason is None and not codec.startswith(("utf-16", "utf-32")):
        wide = utf_16_of(head)
        if wide is not None and codec == "utf-8":
            raise InputError(f"{where} looks like {wide}: try `encoding={wide!r}`.")
        if is_binary(head):
            reason = "is a binary file, not text"
    if reason is not None:
        if named:
            raise InputError(f"{where} {reason}.")
        report.skipped.append((where, reason.split(":")[0].removeprefix("is ")))
        return
    report.files.append(where)
    pieces = _decoded(file, head, where, options.encoding, report)
    first = next(pieces, "")
    pieces = itertools.chain([first], pieces)
    if is_twitter_export(ending, first) or ending in RECORDS:
        records = True
    elif records := where == "-" and options.field is not None:
        ending = {"[": ".json", "{": ".jsonl"}.get(first.lstrip()[:1], ".csv")
    elif options.field is not None and named:
        raise InputError(
            f"{where} has no fields: `field` is for .jsonl, .json, .csv and .tsv files."
        )
    if not records:
        yield from pieces
        yield Break.FILE
        return
    wanted = RecordOptions(options.field, options.delimiter)
    lines = pieces if ending in (".json", ".js") else _lines(pieces)
    for text in texts_of_records(lines, ending, where, wanted, report):
        yield text
        yield Break.RECORD


def _decoded(
    file: Any, head: bytes, where: str, encoding: str, report: ReadingReport
) -> Iterator[str]:
    """A file's text in pieces.

    Args:
        file: to read on from.
        head: what was read of it.
        where: the file's name, for errors.
        encoding: of the text.
        report: takes note of what is met.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    read, first, data, ended = 0, True, head, False
    while not ended:
        ended = not data
        pending = len(decoder.getstate()[0])
        try:
            piece = newlines.decode(data, final=ended)
        except UnicodeDecodeError as error:
            place, wrong = read - pending + error.start, error.object
            near = _lines_around(wrong, error.start)
            raise InputError(
                f"{where} is not {encoding}: byte {place:,} "
                f"(0x{wrong[error.start]:02x}) is invalid. {proposal(near)}"
            ) from None
        except UnicodeError as error:  # of codecs that do not say where
            raise InputError(f"{where} is not {encoding}: {error}.") from None
        read += len(data)
        if first:
            _check_decoded(piece, data, where, encoding, report)
        yield piece.removeprefix("\ufeff") if first else piece
        first = False
        data = b"" if ended else file.read(PIECE)


def _lines_around(data: bytes, place: int) -> bytes:
    """Whole lines around a place: cut within a character they would fit no encoding."""
    begin = data.rfind(b"\n", 0, max(0, place - _AROUND)) + 1
    end = data.find(b"\n", place + _AROUND)
    return data[begin : end + 1 or len(data)][: 16 * _AROUND]


def _check_decoded(
    piece: str, data: bytes, where: str, encoding: str, report: ReadingReport
) -> None:
    """Refuse a text that was decoded wrongly, if it can be told."""
    if piece.isascii() or codecs.lookup(encoding).name.startswith("utf"):
        return
    if is_mojibake(piece[:_AROUND]):
        raise InputError(
            f"{where} is probably not {encoding}: it would contain unlikely "
            f"characters. {proposal(_lines_around(data, 0))}"
        )
    try:
        data[: len(data) - 4].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 8:
            return
    if any(byte > 0x7F for byte in data[:_AROUND]):
        report.remark(f"{where} looks like utf-8, and was read as {encoding}.")


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            yield line + "\n"
    if rest:
        yield rest
