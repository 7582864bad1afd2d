"""What the automata of lines share, whether they write characters or words.

A line is written under an automaton. Its state is the set of syllables that may have
been written, and what was written last; the automaton tells which symbols may come
next, and in which state the line is then. `constraints` has the automaton of
characters, `word_constraints` that of words.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rows import LineDemand, Rows

# What was written last.
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

    def take(self, index: np.ndarray) -> "States":
        """Some of them, or one several times."""
        parts = (self.node, self.positions, self.kind, self.length)
        return States(*(part[index] for part in parts))


class Symbols:
    """What a model's symbols are to a line: parts of it, marks, or its end.

    Args:
        lexicon: the words of the lines.
        symbols: the text of each id but the unknown one, which is 0.

    Attributes:
        texts: of all ids.
        after: what each id is, as the kind of the line's state after it.
        closes: which ids end a sentence.
        hyphen: which is a hyphen.
        parts: which may follow; of lines that need not end a sentence, and that must.
    """

    def __init__(self, lexicon: Lexicon, symbols: tuple[str, ...]):
        self.lexicon = lexicon
        self.texts = texts = ("", *symbols)
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


class Automaton:
    """What may be written of one line, and what becomes of it.

    Args:
        symbols: of the model.
        demand: what the line needs.

    Attributes:
        whole_words: whether a step writes a word, and not a character of it.
    """

    whole_words = False

    def __init__(self, symbols: Symbols, demand: LineDemand):
        self.demand = demand
        self.lexicon, self.layout = symbols.lexicon, demand.layout
        self._final = np.uint64(self.layout.final)
        self._parts = symbols.parts[demand.closing]
        self._progress = self.layout.progress()
        self._compile()

    def allowed(self, states: States) -> np.ndarray:
        """Which symbols may come next, `(lines, vocab_size)`."""
        raise NotImplementedError

    def advance(self, states: States, ids: np.ndarray) -> tuple[States, np.ndarray]:
        """Write a symbol in each line.

        Returns:
            The new states, and the word that each symbol ended, or -1, `(lines,)`.
        """
        raise NotImplementedError

    def knows(self, word: str) -> bool:
        """Whether a word that is given at a line's beginning is whole as it is."""
        raise NotImplementedError

    def opening(self, letters: str) -> int | None:
        """The node of a state in which a word that begins so is to be completed, or
        None if no word begins so."""
        raise NotImplementedError

    @property
    def possible(self) -> bool:
        """Whether any line meets the demand."""
        start = int(self._any) & self.layout.start
        longest = self.demand.longest
        return bool(start & (-1 if longest is None else int(self._within[longest + 1])))

    def start(self, count: int) -> States:
        """So many lines of which nothing is written yet."""
        zeros = np.zeros(count, np.int64)
        positions = np.full(count, self.layout.start, np.uint64)
        return States(zeros, positions, zeros.astype(np.int8), zeros)

    def between(self, states: States) -> np.ndarray:
        """Which lines stand between two words, `(lines,)`."""
        found: np.ndarray = states.kind == BEGIN
        return found

    def progress(self, states: States) -> np.ndarray:
        """The fewest syllables that may have been written, `(lines,)`."""
        lowest = states.positions & (~states.positions + np.uint64(1))
        bit = np.log2(np.maximum(lowest, np.uint64(1)).astype(np.float64)).astype(int)
        found: np.ndarray = self._progress[bit]
        return found

    def roughness(self, word: int, positions: int) -> float:
        """How much a word disturbs the metre, in nats, where it was written."""
        begun = self._starts[word] & np.uint64(positions)
        if (begun & self._smooth[word]).any():
            return 0.0
        return self.lexicon.roughness(word)

    def _after(self, words: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """The positions after some words that begin at some others."""
        begun = self._starts[words] & positions[:, None]
        found: np.ndarray
        found = np.bitwise_or.reduce(begun << self._shifts[words], axis=1)
        return found

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
        self._begins = np.bitwise_or.reduce(self._starts[:-1], axis=1)
        self._any = np.bitwise_or.reduce(self._begins, initial=np.uint64(0))
        self._within = rows.within(self.demand.longest, self._ending())

    def _ending(self) -> int:
        """The characters that a line needs after its last word."""
        return int(self.demand.closing)
