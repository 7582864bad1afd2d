"""The words of a model of another language than English, known by their letters."""

from collections.abc import Iterable, Sequence

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.verse.languages import Language
from gru_textgen.verse.metre import MAX_SYLLABLES
from gru_textgen.verse.pronunciation import plain
from gru_textgen.verse.syllables import is_han, unknown_script

MOST_WORDS = 30_000
_LONGEST = 30  # characters of a word
_GRAMMAR, _SHORT = 40, 3  # so many of the commonest words, of so many letters at most


class WordLexicon(Lexicon):
    """Words whose syllables are counted, and whose sounds are not known.

    The commonest 40, if they have three letters or fewer, are taken for words of
    grammar: no line ends with them, and a poem repeats them freely.

    Args:
        words: the commonest first.
        language: that counts their syllables.
        symbols: the characters that the model knows.
        extra: words that have been asked for.

    Raises:
        InputError: if the model can write none of the words, or the syllables of one
            that was asked for cannot be counted.
    """

    english = False

    def __init__(
        self,
        words: Sequence[str],
        language: Language,
        symbols: Sequence[str],
        extra: Iterable[str] = (),
    ):
        self.language = language
        self.spaced = not writes_chinese(symbols)
        known = {plain(symbol) for symbol in symbols}
        wanted = list(dict.fromkeys(map(plain, extra)))
        for word in wanted:
            if unknown_script(word) and not all(map(is_han, word)):
                raise InputError(
                    f"The syllables of {word!r} cannot be counted: the vowels of its "
                    "script are not known."
                )
        usable = [word for word in words if self._usable(word, known)][:MOST_WORDS]
        if not usable:
            raise InputError(
                "A form needs words, and the model knows none whose syllables can be "
                "counted: give a text in its language with --words."
            )
        self.words = np.array(sorted({*usable, *wanted}))
        self._number()
        self._measure()
        self._mark(usable, wanted)

    def patterns_of(self, word: str) -> tuple[str, ...]:
        return self.language.patterns(word)

    def knows(self, word: str) -> bool:
        return plain(word) in self.index

    def _usable(self, word: str, known: set[str]) -> bool:
        if not set(word) <= known or len(word) > _LONGEST:
            return False
        if not self.spaced:
            return is_han(word)
        if unknown_script(word) or self.language.doubtful.search(word):
            return False
        return self.language.syllables(word) <= MAX_SYLLABLES

    def _measure(self) -> None:
        """One row for each word, and one end; no two sound alike."""
        count = len(self.words)
        lengths = [self.language.syllables(word) for word in self.words.tolist()]
        self.patterns = ["?" * n for n in range(max(lengths) + 1)]
        self.row_word = self.end_word = np.arange(count)
        self.row_pattern = self.end_pattern = np.array(lengths)
        self.row_doubtful = np.zeros(count, bool)
        self.end_syllable = np.zeros(count, np.int64)
        for name in ("key", "onset", "assonance", "consonance"):
            setattr(self, f"end_{name}", np.arange(count))

    def _mark(self, usable: list[str], wanted: list[str]) -> None:
        none = np.zeros(len(self.words), bool)
        self.unstressed = self.light = self.longer = none
        self.last = np.ones(len(self.words), bool)
        self.never_last = self.row_pattern == 0
        self.grammar = set()
        for word in usable[:_GRAMMAR] if self.spaced else ():
            if len(word) <= _SHORT and word not in wanted:
                self.never_last[self.index[word]] = True
                self.grammar.add(self.index[word])


def writes_chinese(symbols: Iterable[str]) -> bool:
    """Whether most of a model's letters are Chinese characters."""
    letters = [symbol for symbol in symbols if symbol.isalpha()]
    return 2 * sum(map(is_han, letters)) > len(letters)
