"""The words of one line as an automaton over characters, a mask on a model's logits.

Each line of a poem is written under an automaton of its own. Its state is a node of the
trie of words, the set of syllables that may have been written, and what the last
character was. A character is allowed only if some words can still complete the line
beneath it, so a line that was begun can always be ended (Hopkins & Kiela 2017; Zhang et
al. 2023). Nothing is computed a character: masks are rows, looked up.
"""

import numpy as np

from gru_textgen.inference.automaton import (
    BEGIN,
    DASH,
    END,
    HYPHEN,
    WORD,
    Automaton,
    States,
    Symbols,
)
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rows import LineDemand
from gru_textgen.verse.pronunciation import plain

__all__ = ["BEGIN", "END", "LineAutomaton", "Spelling"]


class Spelling(Symbols):
    """How a model's characters spell the words of a lexicon, and part them.

    Args:
        lexicon: whose trie is walked.
        symbols: the text of each id but the unknown one, which is 0.
    """

    def __init__(self, lexicon: Lexicon, symbols: tuple[str, ...]):
        super().__init__(lexicon, symbols)
        column = lexicon.trie.columns
        none = len(column)
        other = str if lexicon.english else plain  # a curly apostrophe is one too
        self.column = np.array([column.get(other(t.lower()), none) for t in self.texts])
        self.capital = np.array([t != t.lower() for t in self.texts])

    def automaton(self, demand: LineDemand) -> "LineAutomaton":
        """What writes one line."""
        return LineAutomaton(self, demand)


class LineAutomaton(Automaton):
    """What may be written of one line, a character at a time.

    Args:
        spelling: of the words.
        demand: what the line needs.
    """

    def __init__(self, spelling: Spelling, demand: LineDemand):
        super().__init__(spelling, demand)
        self.spelling = spelling
        self._beneath = self.lexicon.trie.beneath(self._begins)

    def knows(self, word: str) -> bool:
        return not self.lexicon.spaced or self.lexicon.knows(word)

    def opening(self, letters: str) -> int | None:
        trie = self.lexicon.trie
        none = len(trie.columns)
        node = 0
        for letter in plain(letters):
            children = trie.children(np.array([node]))
            node = int(children[0, trie.columns.get(letter, none)])
        return None if node == len(trie.word) - 1 else node

    def allowed(self, states: States) -> np.ndarray:
        spelling, trie = self.spelling, self.lexicon.trie
        reached = self._reached(states)
        node, positions = states.node, states.positions
        if not self.lexicon.spaced:
            node, positions = np.zeros_like(node), reached & ~self._final
        under = self._beneath[trie.children(node)] & positions[:, None]
        letters = (under != 0)[:, spelling.column]
        if self.lexicon.spaced:
            letters &= ~(spelling.capital & (states.kind == WORD)[:, None])
            letters &= np.isin(states.kind, (BEGIN, WORD, HYPHEN, DASH))[:, None]
        goes_on = (reached & ~self._final) != 0
        ends = (reached & self._final) != 0
        return letters | self._parts[states.kind, goes_on * 1, ends * 1]

    def advance(self, states: States, ids: np.ndarray) -> tuple[States, np.ndarray]:
        spelling = self.spelling
        after = spelling.after[ids]
        in_word = states.kind == WORD
        spaced, trie = self.lexicon.spaced, self.lexicon.trie
        ends = in_word & (after != WORD) if spaced else in_word
        ended = np.where(ends, trie.word[states.node], -1)
        goes_on = (after == BEGIN) | (after == HYPHEN)
        if spaced:
            positions = np.where(after == WORD, states.positions, self._reached(states))
            node = states.node
        else:
            goes_on |= after == WORD
            positions, node = self._reached(states), np.zeros_like(states.node)
        positions = np.where(goes_on, positions & ~self._final, positions)
        child = trie.children(node)[np.arange(len(ids)), spelling.column[ids]]
        node = np.where(after == WORD, child, 0)
        second = (after == HYPHEN) & (states.kind == HYPHEN)
        kind = np.where(second, DASH, after).astype(np.int8)
        return States(node, positions, kind, states.length + 1), ended

    def _reached(self, states: States) -> np.ndarray:
        """The positions after the word that ends here, if one does."""
        word = np.where(states.kind == WORD, self.lexicon.trie.word[states.node], -1)
        reached = self._after(word, states.positions)
        reached = np.where(states.kind == WORD, reached, states.positions)
        if self.demand.longest is None:
            return reached
        left = np.maximum(self.demand.longest - states.length, -1) + 1
        return reached & self._within[left]
