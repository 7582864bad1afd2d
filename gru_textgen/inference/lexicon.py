"""The English words that a model writes verse with."""

from collections.abc import Iterable
from functools import cached_property
from zlib import crc32

import numpy as np

from gru_textgen.inference.trie import Trie
from gru_textgen.verse.function_words import COMMON, LIGHT, NEVER_LAST, UNSTRESSED
from gru_textgen.verse.pronunciation import (
    Dictionary,
    plain,
    pronunciations,
    stress_patterns,
    stresses,
)
from gru_textgen.verse.rhyme import endings, rhyming_pronunciations
from gru_textgen.verse.syllables import count_syllables

# Words of one syllable; the dictionary has "A.M.", "U.S." and a drawled "our" as well.
_IN_ONE = ("am", "our", "us")


class Lexicon:
    """The words to write with, and what verse must know of each.

    Args:
        dictionary: that says them.
        symbols: the characters that the model knows.
        extra: words that have been asked for, whether common or not.
        among: words, of which alone the lexicon may have some; None for all.

    Attributes:
        english: whether sounds are known, so that lines can rhyme and keep a metre.
        spaced: whether words are parted, and are longer than a character.
        words: sorted, `(words,)`.
        index: the number of each word.
        common: log2 of how often each stands in verse.
        last: whether each ends lines of verse, or was asked for; see
            `tools/compile_pronunciations.py`.
        unstressed, light, never_last: of each word, see `function_words`.
        grammar: the numbers of words that a poem repeats freely.
        first_sound: of each word, without stress.
        patterns: the distinct patterns of stress.
        row_word, row_pattern: a row for each way to stress a word.
        row_doubtful: whether a reader may stress it otherwise there.
        end_word, end_pattern, end_syllable, end_key, end_onset, end_assonance,
            end_consonance: a row for each end that a rhyme may rest on.
    """

    english = True
    spaced = True
    end_word: np.ndarray
    end_pattern: np.ndarray
    end_syllable: np.ndarray
    end_key: np.ndarray
    end_onset: np.ndarray
    end_assonance: np.ndarray
    end_consonance: np.ndarray

    def __init__(
        self,
        dictionary: Dictionary,
        symbols: Iterable[str],
        extra: Iterable[str] = (),
        among: Iterable[str] | None = None,
    ):
        tables = dictionary.tables
        words, known = tables["lexicon_words"], set(symbols)
        letters = words.view(np.uint8).reshape(len(words), -1)
        spelled = np.zeros(256, bool)
        spelled[[0, *(ord(c) for c in known if ord(c) < 128)]] = True
        usable = spelled[letters].all(axis=1)
        if among is not None:
            usable &= np.isin(words, [word.encode() for word in among])
        kept = np.flatnonzero(usable)
        place = np.full(len(words), -1)
        place[kept] = np.arange(len(kept))
        self.words = words[kept].astype("U")
        self.common = tables["lexicon_common"][kept]
        self.last = tables["lexicon_last"][kept]
        self.first_sound = tables["lexicon_first"][kept]
        self.patterns = [mark.decode() for mark in tables["lexicon_patterns"]]
        self._keep_rows(tables, place)
        if among is not None:
            self._say_in_one()
        for word in dict.fromkeys(map(plain, extra)):
            self._add(word, dictionary, tables)
        self._sort()
        self._number()
        self.unstressed = self._members(UNSTRESSED)
        self.light = self._members(LIGHT)
        self.never_last = self._members(NEVER_LAST)
        self.row_doubtful = self._doubtful()
        self.longer = np.ones(len(self.words), bool)
        short = np.array([len(mark) == 1 for mark in self.patterns])
        self.longer[self.row_word[short[self.row_pattern]]] = False
        self.grammar = {self.index[word] for word in COMMON if word in self.index}

    def _number(self) -> None:
        self.index = {word: i for i, word in enumerate(self.words.tolist())}

    @cached_property
    def trie(self) -> Trie:
        """The words as a trie."""
        return Trie(self.words)

    def patterns_of(self, word: str) -> tuple[str, ...]:
        """The stresses of each way to say a word, "?" where they are unknown."""
        return stress_patterns(word)

    def knows(self, word: str) -> bool:
        """Whether some letters are a word, to which none need be added."""
        return bool(pronunciations(word))

    def roughness(self, word: int) -> float:
        """How much a word disturbs the metre where it stands off its place, in nats."""
        if self.unstressed[word]:
            return 0.0
        return 0.7 if self.light[word] or self.longer[word] else 1.5

    def _keep_rows(self, tables, place: np.ndarray) -> None:
        word = place[tables["lexicon_word"]]
        self.row_word = word[word >= 0]
        self.row_pattern = tables["lexicon_pattern"][word >= 0].astype(np.int64)
        word = place[tables["lexicon_end_word"]]
        self.end_word = word[word >= 0]
        for name in ("pattern", "syllable", "key", "onset", "assonance", "consonance"):
            column = tables[f"lexicon_end_{name}"][word >= 0].astype(np.int64)
            setattr(self, f"end_{name}", column)

    def _say_in_one(self) -> None:
        """Leave out rows by which a model of words, which knows them for common words,
        would fill a line: "a.m." for "am". (One of characters seldom does.)"""
        lengths = np.array([len(mark) for mark in self.patterns])[self.row_pattern]
        kept = ~np.isin(self.words[self.row_word], _IN_ONE) | (lengths == 1)
        self.row_word, self.row_pattern = self.row_word[kept], self.row_pattern[kept]

    def _add(self, word: str, dictionary: Dictionary, tables) -> None:
        """A word that was asked for. Its rhymes count if its sounds are known."""
        found = np.flatnonzero(self.words == word)
        if len(found):
            self.last[found] = True
            return
        said = dictionary.pronunciations(word)
        i = len(self.words)
        self.words = np.append(self.words, word)
        self.common = np.append(self.common, np.uint8(0))
        self.last = np.append(self.last, True)
        sound = said[0][0].rstrip("012") if said else word[0].upper()
        self.first_sound = np.append(self.first_sound, np.bytes_(sound.encode()))
        marks = dict.fromkeys(map(stresses, said)) or _guessed(word)
        self.row_word = np.append(self.row_word, [i] * len(marks))
        self.row_pattern = np.append(
            self.row_pattern, [self._pattern(mark) for mark in marks]
        )
        for phones in rhyming_pronunciations(word):
            for end in endings(phones):
                values = {"word": i, "pattern": self._pattern(stresses(phones))}
                values |= {"syllable": end.syllable}
                for name in ("key", "onset", "assonance", "consonance"):
                    values[name] = _key(tables[f"lexicon_{name}s"], getattr(end, name))
                for name, value in values.items():
                    column = getattr(self, f"end_{name}")
                    setattr(self, f"end_{name}", np.append(column, value))

    def _pattern(self, mark: str) -> int:
        if mark not in self.patterns:
            self.patterns.append(mark)
        return self.patterns.index(mark)

    def _sort(self) -> None:
        order = np.argsort(self.words, kind="stable")
        place = np.argsort(order)
        for name in ("words", "common", "last", "first_sound"):
            setattr(self, name, getattr(self, name)[order])
        self.row_word, self.end_word = place[self.row_word], place[self.end_word]

    def _doubtful(self) -> np.ndarray:
        """Rows that a reader may read otherwise: a syllable short ("heaven" as one), or
        with the stress of another word of that spelling ("contest")."""
        lengths = np.array([len(mark) for mark in self.patterns])[self.row_pattern]
        longest = np.zeros(len(self.words), lengths.dtype)
        np.maximum.at(longest, self.row_word, lengths)
        shorter = lengths < longest[self.row_word]
        alike = np.bincount(self.row_word[~shorter], minlength=len(self.words))
        meaning = ~self._members(COMMON)[self.row_word]
        return meaning & (shorter | (alike[self.row_word] > 1))

    def _members(self, group: frozenset[str]) -> np.ndarray:
        found = np.zeros(len(self.words), bool)
        found[[self.index[word] for word in group if word in self.index]] = True
        return found


def _guessed(word: str) -> list[str]:
    return ["?" * count_syllables(word)]


def _key(known: np.ndarray, text: str) -> int:
    """The number of a key, or one that no other word has."""
    found = np.flatnonzero(known == text.encode())
    return int(found[0]) if len(found) else len(known) + crc32(text.encode())
