"""What a line says of itself: its plain characters, and the rules by which a line of a
dirty text is no verse. See `cleaning` for those that look at the lines around it."""

import re
import unicodedata
from collections.abc import Callable

from gru_textgen.characters import PLAIN_FORMS

SHORTEST, LONGEST = 8, 72  # characters

_PLAIN = {
    **PLAIN_FORMS,
    **str.maketrans(dict.fromkeys("_}\xad\ufeff", "")),
    **str.maketrans({"…": "...", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}),
}
_DASHES = re.compile(r"(?<![- ])[- ]*--[- ]*")
_DOTS = re.compile(r"\.(?: ?\.)+")

_SMALL = re.compile(r"[\W\d_]*[a-z]")
_DIGIT = re.compile(r"\d")
_NOTES = re.compile(
    r"[][]|\b(?:pp?|vols?|edd?|edit|cf|Cf|ll?|vv?|viz|ibid|chap|[Ss]c|MSS?|etc)\.|"
    r"\b(?:i\. ?e\.|Footnote|(?:See|Compare) (?:note|also)\b)|--\"?[A-Z][A-Z. ]+\W*$"
)
_OTHER = re.compile(r"""[^A-Za-z0-9 .,;:!?'"()-]""")
_COLUMNS = re.compile(r"\S(?: {3}| *\t)\s*[^\s}]|(?:\. ?){5,}\s*[^\s.\"')]")
_SPEAKER = re.compile(
    r"\W*_[A-Z][^_]{,24}(?:_[.:]|[.:]_) +\S|[A-Z]{3,}[A-Z ]*(?:[.:]|, [a-z ]+\.$)"
)
_CAPITAL = re.compile(r"[A-Z]")
_SMALL_WORD, _LONG_WORD = re.compile(r"\b[a-z]{4}"), re.compile(r"[^\W\d_]{4}")


def plain(line: str) -> str:
    """A line in plain characters: straight quotes, dashes of two hyphens, three dots,
    single spaces, letters without accents, none of the marks of italics and braces.
    What has no such form stays as it is."""
    line = line.translate(_PLAIN)
    if not line.isascii():
        line = unicodedata.normalize("NFKD", line)
        line = "".join(c for c in line if not unicodedata.combining(c))
        line = line.translate(_PLAIN)
    line = " ".join(line.split())
    if ".." in line or ". ." in line:
        line = _DOTS.sub("...", line)
    return _DASHES.sub("--", line) if "--" in line else line


def _is_title(line: str) -> bool:
    return not _SMALL_WORD.search(line) and len(_LONG_WORD.findall(line)) > 2


# Each is asked of a line as it was read and of the same line in plain characters; the
# first that holds is the reason why it goes.
LINE_RULES: dict[str, Callable[[str, str], object]] = {
    "length": lambda raw, line: not SHORTEST <= len(line) <= LONGEST,
    "small": lambda raw, line: _SMALL.match(line),
    "digits": lambda raw, line: _DIGIT.search(line),
    "notes": lambda raw, line: _NOTES.search(line),
    "characters": lambda raw, line: _OTHER.search(line),
    "columns": lambda raw, line: _COLUMNS.search(raw),
    "speaker": lambda raw, line: _SPEAKER.match(raw),
    "capitals": lambda raw, line: 3 * len(_CAPITAL.findall(line)) > len(line),
    "title": lambda raw, line: _is_title(line),
}
