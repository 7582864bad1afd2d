"""Text to ids and back, one id a token: a word, a number, a mark, the end of a line."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.text.documents import END
from gru_textgen.text.units import TEXT, UNKNOWN, WORD, Words
from gru_textgen.text.vocabulary import UNKNOWN_ID, PromptReading

_BREAKS = ("\n", END)  # no space stands beside them
_WITHIN = "'’.,"  # marks that would join two words, or numbers, to one


class WordVocabulary:
    """The tokens a model knows. Id 0 stands for every other one, and for `<unk>`.

    Args:
        symbols: distinct tokens; the first has id 1.
        units: how a text is cut into tokens.
        before: marks that no space precedes.
        after: marks that no space follows.

    Raises:
        InputError: if a symbol is not one token, or stands twice.

    Example:
        >>> from gru_textgen.text.words import WordVocabulary
        >>> vocabulary = WordVocabulary.from_text("The cat, the cat.")
        >>> vocabulary.symbols
        ('cat', ',', '.', 'The', 'the')
        >>> vocabulary.decode(vocabulary.encode("the cat , The  cat."))
        'the cat, The cat.'
    """

    level = WORD
    unknown = UNKNOWN

    def __init__(
        self,
        symbols: Iterable[str],
        units: Words = Words(),
        before: Iterable[str] = (),
        after: Iterable[str] = (),
    ):
        self.symbols = tuple(symbols)
        self.units = units
        self.before, self.after = frozenset(before), frozenset(after)
        self._ids = {symbol: i for i, symbol in enumerate(self.symbols, start=1)}
        if len(self._ids) != len(self.symbols):
            raise InputError("A vocabulary must contain each token only once.")
        for symbol in self.symbols:
            if units.split(symbol) != [symbol] or symbol == UNKNOWN:
                raise InputError(f"{symbol!r} is not one token.")
        self._texts = (UNKNOWN, *self.symbols)

    @classmethod
    def from_text(
        cls,
        text: str | Iterable[str],
        min_count: int = 1,
        max_symbols: int | None = None,
        units: Words = Words(),
    ) -> "WordVocabulary":
        """The distinct tokens of `text`, the commonest first, and how they are spaced.

        Args:
            text: to count tokens in, whole or in pieces.
            min_count: leaves out tokens that stand there more rarely; the end of a line
                always stays.
            max_symbols: leaves out all but so many of the commonest; of equally common
                ones the first in the order of their code points stay.
            units: how the text is cut into tokens.
        """
        counts: Counter[str] = Counter()
        spacing = _Spacing()
        for piece in units.whole([text] if isinstance(text, str) else text):
            spans = list(units.spans(piece))
            counts.update(token for token, _ in spans)
            if units.tokens == TEXT:
                spacing.look(piece, spans)
        counts.pop(UNKNOWN, None)
        breaks = [mark for mark in _BREAKS if counts.pop(mark, 0)]
        order = sorted(counts, key=lambda token: (-counts[token], token))
        room = None if max_symbols is None else max(0, max_symbols - len(breaks))
        kept = [token for token in order[:room] if counts[token] >= min_count]
        before, after = (marks & set(kept) for marks in spacing.joined())
        return cls([*breaks, *kept], units, before, after)

    def extended(self, other: "WordVocabulary") -> "WordVocabulary":
        """This vocabulary, and after it the tokens of another that it has not; marks
        are spaced as by the other."""
        theirs = set(other.symbols)
        before = other.before | self.before - theirs
        after = other.after | self.after - theirs
        symbols = dict.fromkeys([*self.symbols, *other.symbols])
        return WordVocabulary(symbols, self.units, before, after)

    @property
    def record(self) -> dict[str, Any]:
        """What a file has of it beside the symbols."""
        before, after = (
            sorted(self._ids[mark] for mark in marks)
            for marks in (self.before, self.after)
        )
        return {"tokens": self.units.tokens, "before": before, "after": after}

    @classmethod
    def from_record(
        cls, symbols: list[str], record: dict[str, Any]
    ) -> "WordVocabulary":
        """The inverse of `symbols` and `record`."""
        before, after = (
            [symbols[i - 1] for i in record[name]] for name in ("before", "after")
        )
        return cls(symbols, Words(record["tokens"]), before, after)

    @property
    def dtype(self) -> np.dtype:
        """The smallest integer type that will do for ids."""
        return np.min_scalar_type(len(self) - 1)

    def __len__(self) -> int:
        """Number of ids, the unknown one included."""
        return len(self.symbols) + 1

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._ids

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, WordVocabulary)
            and self.symbols == other.symbols
            and self.record == other.record
        )

    __hash__ = None  # type: ignore[assignment]

    def encode(self, text: str) -> np.ndarray:
        """Ids of the tokens of `text`, shape `(tokens,)`; 0 where one is unknown."""
        ids = [self._ids.get(token, UNKNOWN_ID) for token, _ in self.units.spans(text)]
        return np.array(ids, self.dtype)

    def decode(self, ids: Iterable[int], unknown: str | None = None) -> str:
        """The text of `ids`, spaced as the text that the vocabulary comes from.

        Args:
            ids: of tokens, as `encode` gives them.
            unknown: what the id 0 is written as; None is `<unk>`.
        """
        return self.decoder("", unknown)(ids)

    def decoder(
        self, prompt: str = "", unknown: str | None = None
    ) -> Callable[[Iterable[int]], str]:
        """A function that gives the text of ids, call after call, as one text goes on.

        Args:
            prompt: what stands before them.
            unknown: what the id 0 is written as; None is `<unk>`.
        """
        tokens = self.units.split(prompt)[-3:]
        speller = _Speller(self, UNKNOWN if unknown is None else unknown)
        for token in tokens:
            speller.write(self._ids.get(token, UNKNOWN_ID), token)
        if prompt[-1:].isspace():
            speller.forget()
        return lambda ids: "".join([speller.write(int(i)) for i in ids])

    def read_prompt(self, text: str) -> PromptReading:
        """Replace tokens that the vocabulary does not know by close forms: in another
        case or, of words of four letters or more, spelt with one letter more, less or
        other, or two letters exchanged; the commonest such word is taken.

        Args:
            text: any text, such as a prompt.

        Example:
            >>> WordVocabulary(["the", "king"]).read_prompt("The kinf quarrels")
            PromptReading(text='the king quarrels', replaced={'The': 'the', 'kinf': \
'king'}, unknown=['quarrels'])
        """
        pieces, replaced, unknown, end = [], {}, [], 0
        for token, begin in self.units.spans(text):
            form: str | None = token
            if token not in self and token != UNKNOWN:
                form = self._known_form(token)
                if form is None:
                    unknown.append(token)
                else:
                    replaced[token] = form
            if token != "\n":  # which may stand for `<eos>`
                pieces += [text[end:begin], form or token]
                end = begin + len(token)
        text = "".join([*pieces, text[end:]])
        return PromptReading(text, replaced, list(dict.fromkeys(unknown)))

    def _known_form(self, token: str) -> str | None:
        for form in (token.lower(), token.capitalize(), token.upper()):
            if form in self:
                return form
        if len(token) < 4 or not token.isalpha():
            return None
        near = [self._ids[form] for form in _spelt(token) if form in self]
        near += [self._ids[form] for form in _spelt(token.lower()) if form in self]
        return self._texts[min(near)] if near else None


class _Spacing:
    """Counts, of each mark, how often a space precedes and follows it."""

    def __init__(self) -> None:
        self._before: Counter[str] = Counter()
        self._after: Counter[str] = Counter()

    def look(self, text: str, spans: list[tuple[str, int]]) -> None:
        """Count the marks of a text.

        Args:
            text: whose tokens are looked at.
            spans: of it.
        """
        for (left, begin), (right, place) in zip(spans, spans[1:]):
            if left in _BREAKS or right in _BREAKS or _is_row(left, right):
                continue
            joined = 1 if begin + len(left) == place else -1
            if not _is_word(right):
                self._before[right] += joined
            if not _is_word(left):
                self._after[left] += joined

    def joined(self) -> tuple[set[str], set[str]]:
        """The marks that mostly no space precedes, and those that none follows."""
        before = {mark for mark, count in self._before.items() if count > 0}
        return before, {mark for mark, count in self._after.items() if count > 0}


class _Speller:
    """Writes one token after another, with the spaces between them."""

    def __init__(self, vocabulary: WordVocabulary, unknown: str):
        self._vocabulary, self._unknown = vocabulary, unknown
        self.forget()

    def forget(self) -> None:
        """Begin as at the start of a text: no space comes first."""
        self._last, self._joined_word, self._begun = "", False, False

    def write(self, i: int, text: str | None = None) -> str:
        """The text of the next id, and the space before it.

        Args:
            i: the id.
            text: what stands for it, if that is not the symbol.
        """
        vocabulary = self._vocabulary
        token = vocabulary._texts[i] if text is None else text
        shown = self._unknown if i == UNKNOWN_ID and text is None else token
        joined = not self._begun or token in _BREAKS or self._last in _BREAKS
        marks = token in vocabulary.before or self._last in vocabulary.after
        row = vocabulary.units.tokens == TEXT and _is_row(self._last, token)
        if not joined and (marks or row):
            # "a", "'", "b" is not to be read as the word "a'b" again.
            joined = not (_is_word(token) and self._joined_word)
        # Whether this mark is joined to a word, so that no other word may follow.
        word = _is_word(self._last)
        self._joined_word = joined and self._begun and word and token in _WITHIN
        self._last, self._begun = token, True
        return shown if joined else f" {shown}"


def _is_word(token: str) -> bool:
    return token[-1:].isalnum() or token[-1:] == "_" or token == UNKNOWN


def _is_row(left: str, right: str) -> bool:
    """Whether a mark stands after the same, as in "..." and "--", but for quotation
    marks, one of which closes and one opens."""
    return left == right and not _is_word(left) and left not in ("'", '"')


def _spelt(word: str) -> set[str]:
    """The words with one letter left out, put in or changed, or two exchanged."""
    letters = sorted(set(word.lower()) | set("abcdefghijklmnopqrstuvwxyz"))
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    left_out = {a + b[1:] for a, b in cuts if b}
    others = {a + c + b[1:] for a, b in cuts if b for c in letters}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return left_out | others | swapped | {a + c + b for a, b in cuts for c in letters}
