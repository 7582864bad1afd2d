"""Rows of comma-separated and tab-separated values, as they are found in the world.

Python's `csv` reads well-formed files. In others one quotation mark that nothing closes
swallows all rows after it, without a word. Here a quotation mark opens a quoted cell
only if one closes it: before a delimiter or a line's end, with no lone quotation mark
on a later line in between (RFC 4180 doubles those). Otherwise it is a character.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 1 << 18  # characters that show how a file escapes its quotation marks
_LONGEST_CELL = 1 << 24  # characters: a cell may be a book, but not the rest of a file


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        number: of its line, counted from 1.
        cells: unquoted.
        open_quote: whether a quotation mark began a cell and nothing closes it. It is
            a character then, unless the file's last lines are all its cell.
    """

    number: int
    cells: list[str]
    open_quote: bool = False


class Rows:
    """The rows of a file, one at a time.

    Args:
        lines: of the file, each with its newline.
        default: the delimiter that the file's ending stands for.
        field: a column that the file should have: of the usual delimiters the one is
            taken that gives it, or else the most columns.
        delimiter: the delimiter, if it is known.
    """

    def __init__(
        self,
        lines: Iterable[str],
        default: str,
        field: str | None = None,
        delimiter: str | None = None,
    ):
        self._source = iter(lines)
        self._ahead: deque[str] = deque()
        self._number = 0
        self.delimiter = delimiter or default
        first = self._first_line()
        if found := re.fullmatch(r"sep=(.)\n?", first):  # as Excel writes it
            self.delimiter = delimiter or found[1]
            self._take()
            first = self._first_line()
        elif delimiter is None:
            self.delimiter = self._guess(first, default, field)
        self._backslash = self._escapes_by_backslash()
        header = self._row()
        self.header = [name.strip() for name in header.cells] if header else []

    def __iter__(self) -> Iterator[Row]:
        while (row := self._row()) is not None:
            if row.cells != [""]:
                yield row

    def _first_line(self) -> str:
        while self._peek(0) is not None and not self._peek(0).strip():  # type: ignore
            self._take()
        return self._peek(0) or ""

    def _guess(self, line: str, default: str, field: str | None) -> str:
        headers = {}
        for delimiter in dict.fromkeys((default, *DELIMITERS)):
            cells, _ = _cells([line], delimiter, False)
            headers[delimiter] = [cell.strip() for cell in cells]
        for delimiter, header in headers.items():
            if field in header and len(header) > 1:
                return delimiter
        if field in headers[default]:
            return default
        return max(headers, key=lambda delimiter: len(headers[delimiter]))

    def _escapes_by_backslash(self) -> bool:
        """Whether quotation marks are escaped by a backslash, and never doubled."""
        size, count = 0, 0
        while size < _SAMPLE and (line := self._peek(count)) is not None:
            size, count = size + len(line), count + 1
        sample = "".join(self._ahead)
        edge = re.escape(self.delimiter)
        doubled = rf'(?<!\\)"""|(?<![\\{edge}\n"])""(?![{edge}\n"])'
        return bool(re.search(rf'\\"(?![{edge}\n])', sample)) and not re.search(
            doubled, sample
        )

    def _peek(self, place: int) -> str | None:
        """The line `place` lines ahead, None after the last."""
        while len(self._ahead) <= place:
            line = next(self._source, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[place]

    def _take(self, count: int = 1) -> None:
        for _ in range(count):
            self._ahead.popleft()
        self._number += count

    def _row(self) -> Row | None:
        line = self._peek(0)
        if line is None:
            return None
        number = self._number + 1
        if '"' not in line:
            self._take()
            return Row(number, line.removesuffix("\n").split(self.delimiter))
        lines, complete = self._logical_line()
        if complete:
            cells, _ = _cells(lines, self.delimiter, self._backslash)
            if len(lines) == 1 or self._is_one_row(lines, cells):
                self._take(len(lines))
                return Row(number, cells)
        elif self._peek(len(lines)) is None and self._is_cut_off(lines):
            lines[-1] = lines[-1].removesuffix("\n") + '"'
            cells, _ = _cells(lines, self.delimiter, self._backslash)
            self._take(len(lines))
            return Row(number, cells, open_quote=True)
        cells, open_quote = _cells([line], self.delimiter, self._backslash)
        self._take()
        return Row(number, cells, open_quote)

    def _is_cut_off(self, lines: list[str]) -> bool:
        """Whether the last lines of a file, which a quotation mark opens, are the text
        of one cell, not rows."""
        columns = len(getattr(self, "header", []))
        return all(line.count(self.delimiter) < columns - 1 for line in lines[1:])

    def _logical_line(self) -> tuple[list[str], bool]:
        """The lines of a row whose quoted cells go on over lines, and whether all are
        closed."""
        lines: list[str] = []
        size, inside = 0, False
        while size < _LONGEST_CELL and (line := self._peek(len(lines))) is not None:
            lines.append(line)
            size += len(line)
            state = _state(line, inside, self.delimiter, self._backslash)
            if state is not True:
                return lines, state is False
            inside = True
        return lines, False

    def _is_one_row(self, lines: list[str], cells: list[str]) -> bool:
        """Whether lines that quotation marks hold together are not rows themselves."""
        if hasattr(self, "header") and len(cells) != len(self.header):
            return False
        numbered = re.compile(rf'"?\d+"?{re.escape(self.delimiter)}')
        return not all(numbered.match(line) for line in lines)


def _state(line: str, inside: bool, delimiter: str, backslash: bool) -> bool | None:
    """Whether a quoted cell is open at the end of a line; None if a lone quotation mark
    stands in one that an earlier line opened.

    Args:
        line: of a row.
        inside: whether a quoted cell is open at its beginning.
        delimiter: of cells.
        backslash: whether a backslash escapes a quotation mark.
    """
    place, earlier = 0, inside
    while True:
        if not inside:
            opened = _opening(line, place)
            if opened is not None:
                inside, place = True, opened
        if inside:
            end, lone = _closing(line, place, delimiter, backslash)
            if lone is not None and earlier:
                return None
            if end is None:
                return True
            inside, earlier, place = False, False, end
        place = line.find(delimiter, place) + 1
        if place == 0:
            return False


def _cells(lines: list[str], delimiter: str, backslash: bool) -> tuple[list[str], bool]:
    """The cells of one row, and whether a quotation mark was left open."""
    text, place, cells, open_quote = "".join(lines).removesuffix("\n"), 0, [], False
    while True:
        opened, end = _opening(text, place), None
        if opened is not None:
            end, _ = _closing(text, opened, delimiter, backslash)
            open_quote = open_quote or end is None
        if end is not None and opened is not None:
            cells.append(_unquoted(text[opened:end], backslash))
            place = text.find(delimiter, end)
        else:
            cut = text.find(delimiter, place)
            cells.append(text[place:] if cut < 0 else text[place:cut])
            place = cut
        if place < 0:
            return cells, open_quote
        place += len(delimiter)


def _opening(text: str, place: int) -> int | None:
    """Where the content of a quoted cell begins, if one does at `place`."""
    found = re.compile(r' *"').match(text, place)
    return found.end() if found else None


def _closing(
    text: str, begin: int, delimiter: str, backslash: bool
) -> tuple[int | None, int | None]:
    """Where the quotation mark stands that closes a cell, and the first before it that
    neither closes it nor is escaped."""
    place, lone = begin, None
    after = re.compile(rf" *(?:{re.escape(delimiter)}|\n|\Z)")
    while (mark := text.find('"', place)) >= 0:
        if backslash and _is_escaped(text, mark, begin):
            place = mark + 1
        elif text.startswith('""', mark):
            place = mark + 2
        elif after.match(text, mark + 1):
            return mark, lone
        else:
            lone, place = mark if lone is None else lone, mark + 1
    return None, lone


def _is_escaped(text: str, mark: int, begin: int) -> bool:
    """Whether an odd number of backslashes stands before `mark`."""
    place = mark
    while place > begin and text[place - 1] == "\\":
        place -= 1
    return (mark - place) % 2 == 1


def _unquoted(cell: str, backslash: bool) -> str:
    if backslash:
        cell = re.sub(r'\\(["\\])', r"\1", cell)
    return cell.replace('""', '"')
