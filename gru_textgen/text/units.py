"""What a text is counted and cut in: characters, or its words and marks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from gru_textgen.text.documents import END

CHARACTER, WORD = LEVELS = ("character", "word")
TEXT, WHITESPACE = TOKENS = ("text", "whitespace")
END_OF_LINE, UNKNOWN = "<eos>", "<unk>"  # as texts that come in tokens write them
_PIECE = 1 << 20  # characters of a line, from which on it may be cut at a space
_WORD = r"[\w\u0300-\u036f]+(?:['’][\w\u0300-\u036f]+)*"
_NUMBER = r"\d+(?:[.,]\d+)*(?![\w\u0300-\u036f])"
_PATTERNS = {
    TEXT: re.compile(rf"[\n{END}]|{UNKNOWN}|{_NUMBER}|{_WORD}|[^\s{END}]"),
    WHITESPACE: re.compile(rf"[\n{END}]|{END_OF_LINE}|[^\s{END}]+"),
}


class Units(Protocol):
    """What one id of a text stands for.

    Attributes:
        noun: of many of them.
    """

    noun: str

    def whole(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces of a text, cut so that no unit is divided."""
        ...

    def split(self, text: str) -> list[str]:
        """The units of a text, in order."""
        ...

    def count(self, text: str) -> int:
        """Their number."""
        ...

    def offset(self, text: str, n: int) -> int:
        """Where the n-th unit begins, counted from 0; the length of the text if it
        has fewer."""
        ...


@dataclass(frozen=True)
class Characters:
    """A character is a unit."""

    noun = "characters"

    def whole(self, pieces: Iterable[str]) -> Iterator[str]:
        return iter(pieces)

    def split(self, text: str) -> list[str]:
        return list(text)

    def count(self, text: str) -> int:
        return len(text)

    def offset(self, text: str, n: int) -> int:
        return min(n, len(text))


@dataclass(frozen=True)
class Words:
    """A word, a number, a mark or the end of a line is a unit, called a token.

    Args:
        tokens: "text": words keep the apostrophes within them, numbers their points
            and commas, and every other mark is a token; "whitespace": the text comes in
            tokens, with spaces between them. There `<eos>` is the end of a line, with
            the newline that may follow it. `<unk>` is the unknown token in both.

    Example:
        >>> Words().split("O'er 1,000 hills, she said.")
        ["O'er", '1,000', 'hills', ',', 'she', 'said', '.']
        >>> Words("whitespace").split("about N <unk> a year <eos>")
        ['about', 'N', '<unk>', 'a', 'year', '\\n']
    """

    tokens: str = TEXT
    noun = "tokens"

    @property
    def pattern(self) -> str:
        """The regular expression of a token."""
        return _PATTERNS[self.tokens].pattern

    def whole(self, pieces: Iterable[str]) -> Iterator[str]:
        held = ""
        for piece in pieces:
            held += piece
            cut = held.rfind("\n") + 1
            if not cut and len(held) > _PIECE:
                cut = held.rfind(" ") + 1
            if cut:
                yield held[:cut]
                held = held[cut:]
        if held:
            yield held

    def split(self, text: str) -> list[str]:
        return [token for token, _ in self.spans(text)]

    def count(self, text: str) -> int:
        return sum(1 for _ in self.spans(text))

    def offset(self, text: str, n: int) -> int:
        for i, (_, begin) in enumerate(self.spans(text)):
            if i == n:
                return begin
        return len(text)

    def spans(self, text: str) -> Iterator[tuple[str, int]]:
        """The tokens, and where each begins."""
        ended = -1  # where the `<eos>` stands that the next newline belongs to
        for match in _PATTERNS[self.tokens].finditer(text):
            token, begin = match[0], match.start()
            if token == "\n" and ended >= 0 and not text[ended:begin].strip(" \t\r"):
                ended = -1
                continue
            ended = -1
            if token == END_OF_LINE and self.tokens == WHITESPACE:
                token, ended = "\n", match.end()
            yield token, begin


CHARACTERS = Characters()
