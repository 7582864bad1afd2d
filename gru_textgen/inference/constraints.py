"""The words of one line as an automaton over characters, a mask on a model's logits.

Each line of a poem is written under an automaton of its own. Its state is a node of the
trie of words, the set of syllables that may have been written, and what the last
character was. A character is allowed only if some words can still complete the line
beneath it, so a line that was begun can always be ended (Hopkins & Kiela 2017; Zhang et
al. 2023). Nothing is computed a character: masks are rows, looked up.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rows import LineDemand, Rows
from gru_textgen.verse.pronunciation import plain

# What the last character was.
(
    BEGIN,  # nothing, or what a word follows
    WORD,  # a letter
    MARK,  # a comma, a semicolon, a colon
    STOP,  # what ends a sentence
    HYPHEN,
    DASH,  # two hyphens
    WHOLE,  # the end of a word that must not go on
    END,  # the end of the line
) = range(8)
STOPS, MARKS = ".!?\u3002\uff01\uff1f", ",;:\uff0c\u3001\uff1b\uff1a"


@dataclass(frozen=True)
class States:
    """Of lines that are being written side by side, each `(lines,)`.

    Attributes:
        node: of the trie.
        positions: the syllables that may stand before the word, as bits.
        kind: what the last character was.
        length: characters written.
    """

    node: np.ndarray
    positions: np.ndarray
    kind: np.ndarray
    length: np.ndarray

    def take(self, index) -> "States":
        """Some of them, or one several times."""
        parts = (self.node, self.positions, self.kind, self.length)
        return States(*(part[index] for part in parts))


class Spelling:
    """How a model's symbols spell the words of a lexicon, and part them.

    Args:
        lexicon: whose trie is walked.
        symbols: the text of each id but the unknown one, which is 0.
    """

    def __init__(self, lexicon: Lexicon, symbols: tuple[str, ...]):
        self.lexicon = lexicon
        texts = ("", *symbols)
        column = lexicon.trie.columns
        none = len(column)
        other = str if lexicon.english else plain  # a curly apostrophe is one too
        self.column = np.array([column.get(other(t.lower()), none) for t in texts])
        self.capital = np.array([t != t.lower() for t in texts])
        self.after = np.full(len(texts), WORD, np.int8)
        kinds = ((MARK, MARKS), (STOP, STOPS), (HYPHEN, "-"), (BEGIN, " "))
        for kind, marks in kinds if lexicon.spaced else ():
            for mark in marks:
                if mark in symbols:
                    self.after[texts.index(mark)] = kind
        if "\u00bf" in symbols and not lexicon.english:
            # A question is marked at its beginning too: lines have neither mark.
            for mark in {"!", "?"} & set(symbols):
                self.after[texts.index(mark)] = WORD
        self.after[texts.index("\n")] = END
        self.closes = np.isin(texts, list(STOPS)) & (self.after != WORD)
        if not lexicon.spaced:
            # A line of Chinese is characters, and one mark that ends it.
            self.after[np.isin(texts, list(STOPS + MARKS))] = END
            self.closes = np.isin(texts, list(STOPS))
        self.hyphen = self.after == HYPHEN
        self.parts = {closing: self._parts(closing) for closing in (False, True)}

    def _parts(self, closing: bool) -> np.ndarray:
        """Which symbols may follow, by what the last one was, whether the line may go
        on, and whether it may end: `(8, 2, 2, vocab_size)`."""
        allowed = np.zeros((8, 2, 2, len(self.after)), bool)
        space, stop, mark = self.after == BEGIN, self.after == STOP, self.after == MARK
        newline = self.after == END
        if closing and not self.closes.any():
            closing = False
        if not self.lexicon.spaced and closing:
            newline = self.closes
        for kind in (WORD, WHOLE):
            allowed[kind, 1] |= space | stop | mark | self.hyphen
            allowed[kind, :, 1] |= stop if closing else stop | mark | newline
            if not self.lexicon.spaced:
                allowed[kind, :, 1] |= newline
        allowed[MARK, 1] |= space
        allowed[STOP, 1] |= space
        allowed[HYPHEN, 1] |= self.hyphen
        allowed[STOP, :, 1] |= newline
        if not closing:
            allowed[[MARK, DASH], :, 1] |= newline
        return allowed


class LineAutomaton:
    """What may be written of one line, and what becomes of it.

    Args:
        spelling: of the words.
        demand: what the line needs.
    """

    def __init__(self, spelling: Spelling, demand: LineDemand):
        self.spelling, self.demand = spelling, demand
        self.lexicon, self.layout = spelling.lexicon, demand.layout
        self._final = np.uint64(self.layout.final)
        self._parts = spelling.parts[demand.closing]
        self._progress = self.layout.progress()
        self._compile()

    @property
    def possible(self) -> bool:
        """Whether any line meets the demand."""
        start = int(self._beneath[0]) & self.layout.start
        longest = self.demand.longest
        return bool(start & (-1 if longest is None else int(self._within[longest + 1])))

    def start(self, count: int) -> States:
        """So many lines of which nothing is written yet."""
        zeros = np.zeros(count, np.int64)
        positions = np.full(count, self.layout.start, np.uint64)
        return States(zeros, positions, zeros.astype(np.int8), zeros)

    def allowed(self, states: States) -> np.ndarray:
        """Which symbols may come next, `(lines, vocab_size)`."""
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
        """Write a symbol in each line.

        Returns:
            The new states, and the word that each symbol ended, or -1, `(lines,)`.
        """
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
        begun = self._starts[word] & states.positions[:, None]
        reached = np.bitwise_or.reduce(begun << self._shifts[word], axis=1)
        reached = np.where(states.kind == WORD, reached, states.positions)
        if self.demand.longest is None:
            return reached
        left = np.maximum(self.demand.longest - states.length, -1) + 1
        return reached & self._within[left]

    def progress(self, states: States) -> np.ndarray:
        """The fewest syllables that may have been written, `(lines,)`."""
        lowest = states.positions & (~states.positions + np.uint64(1))
        bit = np.log2(np.maximum(lowest, np.uint64(1)).astype(np.float64)).astype(int)
        return self._progress[bit]

    def roughness(self, word: int, positions: int) -> float:
        """How much a word disturbs the metre, in nats, where it was written."""
        begun = self._starts[word] & np.uint64(positions)
        if (begun & self._smooth[word]).any():
            return 0.0
        return self.lexicon.roughness(word)

    def _compile(self) -> None:
        """The rows of all words: where each may begin, and how far it reaches."""
        rows = Rows.of(self.lexicon, self.demand)
        order = np.argsort(rows.word, kind="stable")
        word = rows.word[order]
        rank = np.arange(len(word)) - np.searchsorted(word, word)
        shape = (len(self.lexicon.words) + 1, rank.max(initial=0) + 1)
        arrays = []
        for values in (rows.starts, rows.smooth, rows.shift):
            padded = np.zeros(shape, np.uint64)
            padded[word, rank] = values[order]
            arrays.append(padded)
        # The last row is that of no word.
        self._starts, self._smooth, self._shifts = arrays
        starts = np.bitwise_or.reduce(self._starts[:-1], axis=1)
        self._beneath = self.lexicon.trie.beneath(starts)
        self._within = rows.within(self.demand.longest, self.demand.closing)
