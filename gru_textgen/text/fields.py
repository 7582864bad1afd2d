"""Which field of a file of records is its text, and the text of one record."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from gru_textgen.errors import InputError, suggest
from gru_textgen.text.report import ReadingReport

SAMPLE = 500  # records that a field is chosen by
_SHARE = 0.6  # of the letters, that the field which is the text has at least
_SHOWN = 12  # fields that a message names
# Addresses, hashes, times and numbers are no text that anyone wants learnt.
_NOT_PROSE = re.compile(r"\w+://\S+|\S*\d\S*|\S{31,}")
_NULLS = (r"\N", "NULL")
MISSING = object()  # the value of a record in an array that has no such field


def choose_field(
    values: Iterable[tuple[str, Any]], where: str, report: ReadingReport
) -> str:
    """The field with most of the letters, if it is clearly the text.

    Args:
        values: field and value, of the first records.
        where: the file's name.
        report: is told which fields there are, and the choice.

    Raises:
        InputError: if no field is clearly the text.
    """
    letters: dict[str, int] = defaultdict(int)
    for name, value in values:
        text = _NOT_PROSE.sub("", value) if isinstance(value, str) else ""
        letters[name] += sum(map(str.isalpha, text))
    names = list(letters)
    if not any(letters.values()):
        held = f": {listed(names)} hold numbers, dates, addresses or hashes"
        raise InputError(f"{where} contains no text{held if names else ''}.")
    best = max(names, key=lambda name: letters[name])
    fields = f"{where} has the fields {listed(names)}"
    if letters[best] < _SHARE * sum(letters.values()):
        raise InputError(
            f"{fields}: give the field that contains the text, such as "
            f"`field={best!r}`."
        )
    if len(names) > 1:
        report.remark(f"{fields}; {best!r} is read as the text (`field` changes that).")
    else:
        report.remark(f"{where} has one field, {best}, which is read as the text.")
    return best


def unknown_field(field: str, names: Iterable[str], where: str) -> InputError:
    """The error that a field is missing."""
    names = list(names)
    if not any(names):
        return InputError(f"{where} contains no records.")
    return InputError(f"{where} has no field {field!r}.{suggest(field, names[:99])}")


def listed(names: list[str]) -> str:
    """Names, the first dozen of them."""
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The path and value of everything in a JSON value that is not a record itself.

    The records of an array have the path of the array; so have its strings.
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, prefix)
    else:
        yield prefix, value


def values_at(value: Any, path: str) -> Iterator[Any]:
    """The values of a field; several where arrays of records lie on the way, of which
    one without the field gives `MISSING`.

    Args:
        value: a JSON value.
        path: names of fields, with dots between them; a name may hold dots itself.
    """
    if isinstance(value, list):
        for inner in value:
            yield from list(values_at(inner, path)) or [MISSING]
    elif isinstance(value, dict):
        if path in value:
            yield value[path]
            return
        for dot in re.finditer(r"\.", path):
            if path[: dot.start()] in value:
                yield from values_at(value[path[: dot.start()]], path[dot.end() :])
                return


def parts_of(field: str, names: Iterable[str]) -> list[str]:
    """The fields that are asked for: several, with commas between them, unless that is
    the name of one."""
    return [field] if field in names else [name.strip() for name in field.split(",")]


def text_of(value: Any, where: str, report: ReadingReport) -> str | None:
    """The text of a field's value; None, which is counted, where it has none.

    An array is joined: of strings, and of records that have a text of their own, as
    Telegram writes links.
    """
    if isinstance(value, list):
        parts = [v.get("text") if isinstance(v, dict) else v for v in value]
        value = "".join(part for part in parts if isinstance(part, str))
    if value is None or value in _NULLS:
        report.count("without text skipped", where)
    elif not isinstance(value, str):
        report.count("skipped, because the field is not text", where)
    elif not value.strip():
        report.count("with an empty text skipped", where)
    else:
        report.records += 1
        return value.replace("\r\n", "\n").replace("\r", "\n")
    return None


def below(titles: Iterable[Any], text: str) -> str:
    """A text below the values of other fields, such as its title, with an empty line
    after each that is a text."""
    strings = [title for title in titles if isinstance(title, str)]
    above = [title.strip("\n") for title in strings if title.strip()]
    return "\n\n".join([*above, text])
