"""The words of one line as an automaton over tokens, a mask on a model of words.

A step writes a word or a mark. A word is allowed only if further ones can complete the
line after it, to the exact syllable and rhyme, so a line that was begun can always be
ended. The mask of a set of positions is a row, made once a line and looked up.
"""

from functools import lru_cache

import numpy as np

from gru_textgen.inference.automaton import (
    DASH,
    END,
    HYPHEN,
    MARK,
    STOP,
    WHOLE,
    WORD,
    Automaton,
    States,
    Symbols,
)
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rows import LineDemand
from gru_textgen.text.words import WordVocabulary
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.pronunciation import plain

_MARKED = (MARK, STOP, HYPHEN, DASH)


@lru_cache(1 << 16)
def word_in(token: str) -> str:
    """The word that a token writes, as a lexicon has it.

    Returns:
        "" for a mark, for a number, for what is two words or has capitals within it.
    """
    word = plain(token)
    small = token[1:] == token[1:].lower() and len(word) == len(token)
    return word if small and words_of(token) == [word] else ""


class Tokens(Symbols):
    """How a model's tokens write the words of a lexicon.

    Args:
        lexicon: of which the model has a token for every word.
        vocabulary: of the model.

    Attributes:
        word: the number of each token's word, or -1.
        cost: the most characters that each adds to a line, the space before it counted.
    """

    def __init__(self, lexicon: Lexicon, vocabulary: WordVocabulary):
        super().__init__(lexicon, vocabulary.symbols)
        index, before = lexicon.index, vocabulary.before
        numbers = [index.get(word_in(token), -1) for token in self.texts]
        self.word = np.array(numbers)
        self.after[self.word >= 0] = WHOLE
        spaced = [len(t) + (t not in before) for t in self.texts]
        self.cost = np.where(self.after == END, 0, spaced)
        marks = (self.after != WORD) & (self.word < 0)
        self.mark_cost = int(self.cost[marks].max())

    def automaton(self, demand: LineDemand) -> "WordAutomaton":
        """What writes one line."""
        return WordAutomaton(self, demand)


class WordAutomaton(Automaton):
    """What may be written of one line, a token at a time.

    Args:
        tokens: of the model.
        demand: what the line needs.
    """

    whole_words = True

    def __init__(self, tokens: Tokens, demand: LineDemand):
        self.tokens = tokens
        super().__init__(tokens, demand)
        self._lengths = np.char.str_len(self.lexicon.words)
        self._rows: dict[tuple[int, int, bool], np.ndarray] = {}
        inner = (self._starts << self._shifts & ~self._final) != 0
        self._inner = np.where(inner, self._starts, np.uint64(0))
        self._open = np.bitwise_or.reduce(self._inner, axis=None)
        self._opening = np.ones(len(tokens.texts), bool)

    def knows(self, word: str) -> bool:
        return self.lexicon.knows(word) or word in self.tokens.texts

    def opening(self, letters: str) -> int | None:
        begun = np.array([text.startswith(letters) for text in self.tokens.texts])
        if not (begun & (self.tokens.word >= 0)).any():
            return None
        self._opening = begun
        return 0

    def between(self, states: States) -> np.ndarray:
        return (states.kind != WORD) & (states.kind != END)

    def allowed(self, states: States) -> np.ndarray:
        tokens, left = self.tokens, self._left(states)
        marked = np.isin(states.kind, _MARKED)
        keys = zip(states.positions.tolist(), left.tolist(), marked.tolist())
        allowed = np.stack([self._words(*key) for key in keys])
        allowed[states.kind == WORD] &= self._opening
        goes_on = states.positions & self._open
        if self.demand.longest is not None:
            goes_on &= self._within[np.maximum(left - tokens.mark_cost, -1) + 1]
        ends = (states.positions & self._final) != 0
        marks = self._parts[states.kind, (goes_on != 0) * 1, ends * 1]
        marks &= (states.kind != WORD)[:, None]
        if self.demand.longest is not None:
            marks &= tokens.cost <= left[:, None]
        return allowed | marks

    def advance(self, states: States, ids: np.ndarray) -> tuple[States, np.ndarray]:
        tokens = self.tokens
        after, word = tokens.after[ids], tokens.word[ids]
        reached = self._after(word, states.positions)
        positions = np.where(word >= 0, reached, states.positions)
        kept = np.where(after == HYPHEN, self._open, self._open | self._final)
        positions = np.where(word >= 0, positions, positions & kept)
        second = (after == HYPHEN) & (states.kind == HYPHEN)
        kind = np.where(second, DASH, after).astype(np.int8)
        length = states.length + tokens.cost[ids] - (states.length == 0)
        if self.demand.longest is not None:
            left = self.demand.longest - length
            fits = self._within[np.maximum(left, -1) + 1]
            positions &= np.where(word >= 0, fits, fits | self._final)
        return States(np.zeros_like(states.node), positions, kind, length), word

    def _left(self, states: States) -> np.ndarray:
        """The characters that each line has left."""
        if self.demand.longest is None:
            return np.zeros(len(states.length), int)
        # A line's first word has no space before it.
        left: np.ndarray = self.demand.longest - states.length + (states.length == 0)
        return left

    def _words(self, positions: int, left: int, marked: bool) -> np.ndarray:
        """Which tokens are words that may stand at some positions, `(vocab_size,)`.

        After a mark no word ends the line, unless there is no other: a model that is to
        rhyme would put commas before words that do not join the sentence.
        """
        key = positions, left, marked
        if key not in self._rows:
            begun = (self._inner if marked else self._starts) & np.uint64(positions)
            words = np.bitwise_or.reduce(begun, axis=1) != 0
            if self.demand.longest is not None:
                room = np.maximum(left - 1 - np.append(self._lengths, 0), -1) + 1
                after = np.bitwise_or.reduce(begun << self._shifts, axis=1)
                words = (after & self._within[room]) != 0
            if marked and not words.any():
                return self._words(positions, left, False)
            self._rows[key] = words[self.tokens.word]
        return self._rows[key]

    def _ending(self) -> int:
        return self.tokens.mark_cost if self.demand.closing else 0
