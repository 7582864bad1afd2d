"""Pieces of text out of a file: plain or compressed, whole or a field of its records.

Nothing here holds more than a piece, or a record, at a time.
"""

import codecs
import csv
import io
import json
import lzma
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from gru_textgen.errors import InputError, suggest

_PIECE = 1 << 20  # bytes
_ZST_PIECE = 1 << 12  # bytes that are decompressed at once, into any number
_JSON_LINES, _TABLES = (".jsonl", ".ndjson"), {".csv": ",", ".tsv": "\t"}
_SHOWN_FROM = 20_000_000  # bytes of a file whose reading takes long enough to be shown
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def read_pieces(
    path: str | Path, encoding: str = "utf-8", field: str | None = None
) -> Iterator[str]:
    """The text of a file, a piece at a time: without byte order mark, every line ending
    a newline.

    Args:
        path: of the file, or "-" for standard input. Endings .gz, .xz, .bz2, .zip and
            .zst are decompressed; .jsonl, .ndjson, .csv and .tsv are records.
        encoding: of the text.
        field: of the records, that holds the text.

    Raises:
        InputError: if it cannot be read, is damaged, or is no text of that encoding.
    """
    _check_encoding(encoding)
    try:
        with _opened(path) as (file, ending):
            pieces = _decoded(file, str(path), encoding)
            if ending in _JSON_LINES:
                yield from _json_lines(_lines(pieces), str(path), field)
            elif ending in _TABLES:
                yield from _table(_lines(pieces), str(path), field, _TABLES[ending])
            elif field is not None:
                raise InputError(
                    f"{path} has no fields: --field is for .jsonl or .csv."
                )
            else:
                yield from pieces
    except _DAMAGED as error:
        raise InputError(f"{path} is damaged, or cut off: {error}.") from error
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path} cannot be read: {reason}.") from error


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[Any, str]]:
    """The file's bytes, decompressed, and the ending that says what they are."""
    if str(path) == "-":
        yield sys.stdin.buffer, ""
        return
    path = Path(path)
    ending = path.suffix.lower()
    with ExitStack() as stack:
        file: Any = stack.enter_context(open(path, "rb"))
        file = stack.enter_context(_shown(file, path))
        if ending == ".zip":
            archive = stack.enter_context(zipfile.ZipFile(file))
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise InputError(
                    f"{path} holds {len(names)} files, not one: unpack it, and name "
                    "those to read."
                )
            try:
                file = stack.enter_context(archive.open(names[0]))
            except RuntimeError as error:  # encrypted, or packed in an unknown way
                raise InputError(f"{path} cannot be unpacked here: {error}.") from error
            ending = Path(names[0]).suffix.lower()
        elif ending in (".gz", ".xz", ".bz2", ".zst"):
            file = stack.enter_context(_decompressing(file, ending, path))
            ending = Path(path.stem).suffix.lower()
        yield file, ending


def _decompressing(file, ending: str, path: Path) -> Any:
    import bz2
    import gzip

    if ending == ".zst":
        return nullcontext(_Zst(file, path))
    openers: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
    return openers[ending](file, "rb")


class _Zst:
    """What a .zst holds. (The library's own reader takes one that was cut off for a
    whole one, and the rest of the text would be missing without a word.)"""

    def __init__(self, file, path: Path):
        try:
            import zstandard
        except ModuleNotFoundError as error:
            raise InputError(
                f"To read {path}, pip install zstandard, or unpack it first."
            ) from error
        self._file, self._zstd = file, zstandard
        self._frame: Any = None
        self._rest = b""  # read, and after the end of a frame

    def read(self, size: int) -> bytes:
        """Some of the text, about `size` bytes or many more; none at its end."""
        while data := self._rest or self._file.read(min(size, _ZST_PIECE)):
            self._frame = self._frame or self._zstd.ZstdDecompressor().decompressobj()
            try:
                text = self._frame.decompress(data)
            except self._zstd.ZstdError as error:
                raise EOFError(str(error)) from error
            self._rest = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
            if text:
                return text
        if self._frame is not None:
            raise EOFError("its last frame has no end")
        return b""


def _shown(file, path: Path):
    """The file, its reading shown on a terminal if it is large."""
    size = path.stat().st_size
    if size < _SHOWN_FROM:
        return nullcontext(file)  # a prompt is read where there is no tqdm
    from tqdm import tqdm

    label = f"Reading {path.name}"  # disable=None: where there is no terminal
    return tqdm.wrapattr(file, "read", total=size, desc=label, disable=None)


def _check_encoding(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
        b" ".decode(encoding, "ignore")  # codecs that are not of text are refused
    except (LookupError, UnicodeError):
        raise InputError(
            f"There is no encoding {encoding!r}: try utf-8, utf-16, latin-1 or cp1252."
        ) from None


def _decoded(file, where: str, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    read, first, data = 0, True, b""
    while first or data:
        data = file.read(_PIECE)
        if first and is_utf8:
            _refuse_binary(data, where)
        pending = len(decoder.getstate()[0])
        try:
            piece = newlines.decode(data, final=not data)
        except UnicodeDecodeError as error:
            place = read - pending + error.start
            raise InputError(
                f"{where} is not {encoding}: byte {place:,} "
                f"(0x{error.object[error.start]:02x}) does not fit. Encodings to try: "
                "cp1252, latin-1, utf-16."
            ) from None
        read += len(data)
        yield piece.removeprefix("\ufeff") if first else piece
        first = False


def _refuse_binary(data: bytes, where: str) -> None:
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise InputError(f"{where} looks like UTF-16: try the encoding utf-16.")
    head = data[:4096]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if b"\0" in head and 10 * controls > len(head):  # a few may be in any text
        raise InputError(f"{where} is a binary file, not text.")


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            yield line + "\n"
    if rest:
        yield rest


def _json_lines(lines: Iterable[str], where: str, field: str | None) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}, line {number} is no JSON: {error}.") from error
        if not isinstance(record, dict):
            raise InputError(f"{where}, line {number} is no record with fields.")
        yield _text_of(record, field, f"{where}, line {number}")


def _table(
    lines: Iterable[str], where: str, field: str | None, delimiter: str
) -> Iterator[str]:
    csv.field_size_limit(1 << 30)  # a field may be a book
    rows = csv.DictReader(lines, delimiter=delimiter)
    try:
        for row in rows:
            yield _text_of(row, field, f"{where}, line {rows.line_num}")
    except csv.Error as error:
        raise InputError(f"{where}, line {rows.line_num}: {error}.") from error


def _text_of(record: dict, field: str | None, where: str) -> str:
    """The record's text, ending in a newline."""
    names = [str(name) for name in record]
    if field is None:
        raise InputError(
            f"{where}: say with --field which is the text: {_list(names)}."
        )
    if field not in record:
        raise InputError(f"{where} has no field {field!r}.{suggest(field, names)}")
    text = record[field]
    if not isinstance(text, str):
        raise InputError(f"{where}: the field {field!r} is no text.")
    return text if text.endswith("\n") else text + "\n"


def _list(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
