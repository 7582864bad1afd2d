"""What a text shows of itself while it is read: its lines, whether they are a list or
a line of marks stands between documents."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_FEWEST_LINES = 30  # of a list
_COUNTED_LINES = 1 << 18  # the first lines of a text, that tell what it is
_MAX_LINE = 1 << 20  # characters
# Verse ends its lines with these, and code indents them; lists do neither.
_GOES_ON = (",", ";", ":", "—", "-", "(", "{", "，", "、", "；", "：", "،")
# Lines of marks that people put between texts in a file: %, ***, * * *, -----.
_DIVIDER = re.compile(r"([%*~§•⁂※＊◆❦])(?: ?\1){0,19}|([-=_—#])(?: ?\2){1,79}")
_UNDERLINES = "-=_~"  # which stand below headings, too
_FEWEST_DIVIDERS = 30  # and one of a hundred lines
_DIVIDING = 0.9  # of the lines of such marks, those that have texts around them
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟")


@dataclass
class TextFacts:
    """What was seen of a text; `seen` fills it in.

    Attributes:
        lines: number of lines with something in them, of the first 262,144.
        blank: number of the others among them.
        longest_line: characters.
        separators: how often the separator of documents stands in the text.
    """

    lines: int = 0
    blank: int = 0
    longest_line: int = 0
    separators: int = 0
    _counts: Counter[str] = field(default_factory=Counter)
    _dividers: Counter[str] = field(default_factory=Counter)
    _marks: int = 0
    _ascending: int = 0
    _last: str = ""
    _window: tuple[str, str, str] = ("", "", "")

    def seen(self, pieces: Iterable[str], separator: str = "") -> Iterator[str]:
        """The pieces of a text as they are, while their lines are looked at.

        Args:
            pieces: of the text, cut anywhere.
            separator: to count.
        """
        rest = tail = ""
        for piece in pieces:
            yield piece
            lines = (rest + piece).split("\n")
            rest = lines.pop()
            self._look(lines)
            if len(rest) > _MAX_LINE:  # a text without lines is not kept
                self.longest_line, rest = max(self.longest_line, len(rest)), ""
            if separator:
                tail += piece
                self.separators += tail.count(separator)
                cut = tail.rfind(separator)
                tail = tail[cut + len(separator) :] if cut >= 0 else tail
                tail = tail[-(len(separator) - 1) :] if len(separator) > 1 else ""
        self._look([rest] if rest else [])

    def _look(self, lines: list[str]) -> None:
        self.longest_line = max([self.longest_line, *map(len, lines)])
        for line in lines[: _COUNTED_LINES - self.lines - self.blank]:
            self._look_around(line)
            if line.strip():
                self.lines += 1
                self._counts[line] += 1
                self._ascending += self._last.casefold() <= line.casefold()
                self._last = line
            else:
                self.blank += 1

    def _look_around(self, after: str) -> None:
        """Count the last line, if it is one of marks, now that the next is known."""
        before_last, before, line = self._window
        self._window = before, line, after
        if not _DIVIDER.fullmatch(" ".join(line.split())):
            return
        self._marks += 1
        mark = line.strip()[0]
        alone = not (before.lstrip().startswith(mark) or after.startswith(mark))
        below_heading = before.strip() and not (after.strip() and before_last.strip())
        if alone and not (mark in _UNDERLINES and below_heading):
            self._dividers[line] += 1

    @property
    def duplicates(self) -> int:
        """How many lines stand there again."""
        return self.lines - len(self._counts)

    @property
    def divider(self) -> str:
        """The line of marks that stands between the documents of the text, such as %
        in a file of quotations, or "". Lines of marks below headings or beside others
        are not of that kind: rulers, comments."""
        least = max(_FEWEST_DIVIDERS, self.lines // 100)
        for line, count in self._dividers.most_common(1):
            if count >= least and self._dividers.total() >= _DIVIDING * self._marks:
                return line
        return ""

    def is_list(self) -> bool:
        """Whether the text is a list: lines that are documents, as names and titles.

        Its lines are many, mostly different, not blank and not indented, and do not go
        on in the next; besides, they are in alphabetical order, or of a word or two of
        different lengths, or of one line's length without a full stop, as titles are.
        """
        lines, distinct = list(self._counts), len(self._counts)
        if distinct < _FEWEST_LINES or 2 * self.duplicates > self.lines:
            return False
        going_on = sum(line.rstrip().endswith(_GOES_ON) for line in lines)
        indented = sum(line[0].isspace() for line in lines)
        if max(50 * self.blank, 30 * going_on, 50 * indented) > distinct:
            return False
        lengths = sorted(map(len, lines))
        words = sum(len(line.split()) for line in lines) / distinct
        middle, long = lengths[distinct // 2], lengths[9 * distinct // 10]
        if self._ascending >= 0.95 * self.lines and long <= 200:
            return True
        ended = sum(line.rstrip().endswith(_ENDS) for line in lines)
        repeated = 10 * self.duplicates >= distinct
        if lengths[distinct // 10] >= 0.75 * long:  # as in verse without punctuation
            return False
        if words <= 3.5 and middle <= 30 and long <= 50 and 2 * ended < distinct:
            return words < 1.5 or self._capital(lines) or not repeated
        titled = self._capital(lines) and 10 * ended < distinct and words <= 15
        return titled and middle <= 100 and not repeated

    def _capital(self, lines: list[str]) -> bool:
        """Whether most lines begin with a capital or a digit, as titles do."""
        capital = sum(not line[0].islower() for line in lines)
        return capital > 0.9 * len(lines)
