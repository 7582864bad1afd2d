"""Text to ids and back, one id a character."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from gru_textgen.characters import PLAIN_FORMS
from gru_textgen.errors import InputError, check_type
from gru_textgen.text.units import CHARACTER, CHARACTERS

UNKNOWN_ID = 0
REPLACEMENT = "\ufffd"  # what an unknown id is written as
_CODE_POINTS = 0x110000
_PIECE = 1 << 20  # characters encoded at a time, so that memory stays small


@dataclass(frozen=True)
class PromptReading:
    """How a prompt was read: its text in known characters, and what that changed.

    Attributes:
        text: the prompt with each character replaced by its closest known form;
            unknown ones stay as they were.
        replaced: the characters read as another form, each with that form.
        unknown: the characters with no known form, in order of appearance.
    """

    text: str
    replaced: dict[str, str]
    unknown: list[str]


class Vocabulary:
    """The characters a model knows. Id 0 stands for every other character.

    Args:
        symbols: distinct single characters; the first has id 1.

    Raises:
        InputError: if a symbol is not one character, or stands twice.

    Example:
        >>> from gru_textgen import Vocabulary
        >>> vocabulary = Vocabulary("abc")
        >>> vocabulary.encode("cabx").tolist()
        [3, 1, 2, 0]
        >>> vocabulary.decode([3, 1, 2, 0], unknown="?")
        'cab?'
    """

    level = CHARACTER
    units = CHARACTERS
    unknown = REPLACEMENT

    def __init__(self, symbols: Iterable[str]):
        check_type("symbols", symbols, Iterable)
        self.symbols = tuple(symbols)
        for symbol in self.symbols:
            if not isinstance(symbol, str) or len(symbol) != 1:
                raise InputError(
                    "The symbols of a vocabulary must be single characters, not "
                    f"{symbol!r}."
                )
        self._ids = {symbol: i for i, symbol in enumerate(self.symbols, start=1)}
        if len(self._ids) != len(self.symbols):
            raise InputError("A vocabulary must contain each character only once.")
        self._texts = (REPLACEMENT, *self.symbols)

    @classmethod
    def from_text(
        cls,
        text: str | Iterable[str],
        min_count: int = 1,
        max_symbols: int | None = None,
    ) -> "Vocabulary":
        """The distinct characters of `text`, in the order of their code points.

        U+FFFD is left out: it stands for a character that was lost, as an unknown id
        does, and no model is to write it.

        Args:
            text: to count characters in, whole or in pieces.
            min_count: leaves out characters that stand there more rarely.
            max_symbols: leaves out all but so many of the commonest; of equally common
                ones the first in the order of their code points stay.

        Returns:
            The vocabulary.

        Example:
            >>> Vocabulary.from_text("a cat sat", min_count=2).symbols
            (' ', 'a', 't')
        """
        counts = np.zeros(_CODE_POINTS, np.int64)
        for points in _code_points([text] if isinstance(text, str) else text):
            found = np.bincount(points)
            counts[: len(found)] += found
        counts[ord(REPLACEMENT)] = 0
        order = np.argsort(-counts, kind="stable")[:max_symbols]
        kept = order[counts[order] >= max(1, min_count)]
        return cls(map(chr, np.sort(kept).tolist()))

    @property
    def dtype(self) -> np.dtype:
        """The smallest integer type that will do for ids."""
        return np.min_scalar_type(len(self) - 1)

    @cached_property
    def _table(self) -> np.ndarray:
        """The id of every code point."""
        table = np.zeros(_CODE_POINTS, self.dtype)
        for symbol, i in self._ids.items():
            table[ord(symbol)] = i
        return table

    def __len__(self) -> int:
        """Number of ids, the unknown one included."""
        return len(self.symbols) + 1

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.symbols == other.symbols

    __hash__ = None  # type: ignore[assignment]

    def encode(self, text: str) -> np.ndarray:
        """Ids of the characters of `text`, in the smallest integer type that will do.

        Args:
            text: any text.

        Returns:
            Shape `(len(text),)`; 0 where a character is not in the vocabulary.
        """
        ids = np.empty(len(text), self.dtype)
        start = 0
        for points in _code_points([text]):
            ids[start : start + len(points)] = self._table[points]
            start += len(points)
        return ids

    def decode(self, ids: Iterable[int], unknown: str | None = None) -> str:
        """The text of `ids`.

        Args:
            ids: of characters, as `encode` gives them.
            unknown: what the id 0 is written as; None is U+FFFD.

        Returns:
            A character for each id, but for `unknown`.
        """
        if unknown is None:
            return "".join([self._texts[i] for i in ids])
        return "".join([self._texts[i] if i else unknown for i in ids])

    def decoder(
        self, prompt: str = "", unknown: str | None = None
    ) -> Callable[[Iterable[int]], str]:
        """`decode`, for a text that goes on call after call.

        Args:
            prompt: what stands before the ids: of characters nothing depends on it.
            unknown: as for `decode`.
        """
        return partial(self.decode, unknown=unknown)

    def read_prompt(self, text: str) -> PromptReading:
        """Replace characters that the vocabulary does not know by close forms.

        Args:
            text: any text, such as a prompt.

        Returns:
            The text in known characters as far as possible, and what was replaced.

        Example:
            >>> Vocabulary("ae").read_prompt("Áé☃")
            PromptReading(text='ae☃', replaced={'Á': 'a', 'é': 'e'}, unknown=['☃'])
        """
        pieces, replaced, unknown = [], {}, []
        if any(unicodedata.combining(c) and c not in self for c in text):
            text = unicodedata.normalize("NFC", text)
        for character in text:
            form = character if character in self else self._known_form(character)
            if form is None:
                unknown.append(character)
                form = character
            elif form != character:
                replaced[character] = form
            pieces.append(form)
        return PromptReading("".join(pieces), replaced, list(dict.fromkeys(unknown)))

    def _known_form(self, character: str) -> str | None:
        plain = character.translate(PLAIN_FORMS)
        compatible = unicodedata.normalize("NFKC", character).translate(PLAIN_FORMS)
        decomposed = unicodedata.normalize("NFKD", compatible)
        bare = "".join(c for c in decomposed if not unicodedata.combining(c))
        for case in (str, str.lower, str.upper):
            for form in (plain, compatible, bare):
                # An accent by itself comes down to nothing, and may be left out.
                if all(c in self for c in case(form)):
                    return case(form)
        return None


def _code_points(texts: Iterable[str]) -> Iterator[np.ndarray]:
    """Of texts, a piece at a time."""
    for text in texts:
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE].encode("utf-32-le", "surrogatepass")
            yield np.frombuffer(piece, np.uint32)
