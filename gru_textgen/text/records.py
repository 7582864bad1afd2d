"""The texts of files of records: JSON, JSON lines, and tables."""

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gru_textgen.errors import InputError
from gru_textgen.text.delimited import Row, Rows
from gru_textgen.text.fields import (
    MISSING,
    SAMPLE,
    below,
    choose_field,
    leaves,
    parts_of,
    text_of,
    unknown_field,
    values_at,
)
from gru_textgen.text.report import ReadingReport

_TABLES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_LINES, _JSON, _SCRIPT = (".jsonl", ".ndjson"), ".json", ".js"
_TWITTER = "window.YTD."  # what a .js file of Twitter's export begins with
RECORDS = (*_TABLES, *_LINES, _JSON)


@dataclass(frozen=True)
class RecordOptions:
    """How records are read.

    Attributes:
        field: that holds the text; several, with commas between them, are joined by
            empty lines; None takes the one that is clearly the text.
        delimiter: of the cells of a table; None finds it out.
    """

    field: str | None = None
    delimiter: str | None = None


def texts_of_records(
    lines: Iterator[str],
    ending: str,
    where: str,
    options: RecordOptions,
    report: ReadingReport,
) -> Iterator[str]:
    """The text of each record of a file.

    Args:
        lines: of the file; of .json and .js, pieces of any size.
        ending: of its name, one of `RECORDS` or ".js".
        where: its name, for messages.
        options: see `RecordOptions`.
        report: is told what was skipped.

    Raises:
        InputError: if a line is no JSON, or no field, or not the one asked for, is the
            text.
    """
    if ending in _TABLES:
        return _of_table(lines, _TABLES[ending], where, options, report)
    if ending in _LINES:
        return _of_values(_json_lines(lines, where), where, options, report)
    return _of_document("".join(lines), where, options, report)


def is_twitter_export(ending: str, beginning: str) -> bool:
    """Whether a script is a part of Twitter's export of a user's data."""
    return ending == _SCRIPT and beginning.startswith(_TWITTER)


def _of_table(
    lines: Iterable[str],
    default: str,
    where: str,
    options: RecordOptions,
    report: ReadingReport,
) -> Iterator[str]:
    rows = Rows(lines, default, options.field, options.delimiter)
    header, field, kept = rows.header, options.field, iter(rows)
    if field is None:
        sample = list(itertools.islice(kept, SAMPLE))
        kept = itertools.chain(sample, kept)
        cells = [pair for row in sample for pair in zip(header, row.cells)]
        field = choose_field(cells, where, report)
    parts = parts_of(field, header)
    for name in parts:
        if name not in header:
            raise unknown_field(name, header, where)
    *before, place = map(header.index, parts)
    for row in kept:
        text = _cell(row, place, len(header), rows.delimiter, where, report)
        if text is not None:
            yield below((row.cells[i] for i in before if i < len(row.cells)), text)


def _cell(
    row: Row,
    place: int,
    columns: int,
    delimiter: str,
    where: str,
    report: ReadingReport,
) -> str | None:
    """The text of a row: its cell at `place`."""
    line, cells = f"{where}, line {row.number}", row.cells
    if row.open_quote:
        report.count("with an unclosed quotation mark", line)
    if len(cells) > columns and not "".join(cells[columns:]).strip():
        cells = cells[:columns]  # delimiters at the end of a line
    if len(cells) <= place:
        report.count("skipped, because the row is too short", line)
        return None
    text = cells[place]
    if len(cells) > columns:
        if place < columns - 1:
            report.count(
                "skipped, because the row has more cells than the header", line
            )
            return None
        report.count(
            "with more cells than the header, the rest of which was read as text", line
        )
        text = delimiter.join(cells[place:])
    return text_of(text, line, report)


def _json_lines(lines: Iterable[str], where: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            place = f"{where}, line {number}"
            try:
                yield place, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{place} is not valid JSON: {error}.") from error


def _of_document(
    text: str, where: str, options: RecordOptions, report: ReadingReport
) -> Iterator[str]:
    if text.startswith(_TWITTER):
        text = text[text.find("=") + 1 :]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        first = text.lstrip().split("\n", 1)[0]
        if "Extra data" in str(error) and first.rstrip().endswith(("}", '"')):
            lines = text.splitlines(keepends=True)  # of JSON, under another name
            yield from _of_values(_json_lines(lines, where), where, options, report)
            return
        raise InputError(f"{where} is not valid JSON: {error}.") from error
    values = value if isinstance(value, list) else [value]
    places = ((f"{where}, record {i}", v) for i, v in enumerate(values, start=1))
    yield from _of_values(places, where, options, report)


def _of_values(
    records: Iterator[tuple[str, Any]],
    where: str,
    options: RecordOptions,
    report: ReadingReport,
) -> Iterator[str]:
    """The texts of JSON values, each with its place: strings, or records' fields."""
    field = options.field
    sample = list(itertools.islice(records, SAMPLE))
    known = [leaf for _, record in sample for leaf in leaves(record)]
    names = list(dict.fromkeys(name for name, _ in known))
    if field is None and names and names != [""]:
        field = choose_field([leaf for leaf in known if leaf[0]], where, report)
    parts = parts_of(field, names) if field is not None else []
    missing = set(parts)
    for place, record in itertools.chain(sample, records):
        if isinstance(record, (dict, list)):
            if field is None:
                raise InputError(f"{place} is not a record with fields.")
            *above, values = (list(values_at(record, name)) for name in parts)
            missing -= {
                name
                for name, found in zip(parts, [*above, values])
                if any(value is not MISSING for value in found)
            }
            titles = [title for found in above for title in found[:1]]
            values = values or [MISSING]
        else:
            values, titles, missing = [record], [], set()
        for value in values:
            if value is MISSING:
                report.count(f"without the field {parts[-1]!r} skipped", place)
                continue
            text = text_of(value, place, report)
            if text is not None:
                yield below(titles, text)
    for name in parts:
        if name in missing:
            raise unknown_field(name, [name for name in names if name], where)
