"""What a form must know of a model: what it can write, and the size of its steps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gru_textgen.inference.automaton import Automaton
from gru_textgen.inference.constraints import Spelling
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.pool import AHEAD
from gru_textgen.inference.rows import LineDemand
from gru_textgen.inference.word_constraints import Tokens, word_in
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary

_AHEAD = 4  # steps of words whose random numbers are drawn together: each has thousands


class LineSymbols(Protocol):
    """A model's symbols, as the lines of one lexicon use them."""

    def automaton(self, demand: LineDemand) -> Automaton:
        """What writes one line."""
        ...


@dataclass(frozen=True)
class Level:
    """What a form must know of a model of characters, or of words.

    Attributes:
        letters: the characters that it can write.
        words: the words that it can write, the commonest first; None: all that its
            letters spell.
        symbols: what the lines of a lexicon are written with.
        ahead: steps whose random numbers are drawn together.
    """

    letters: tuple[str, ...]
    words: tuple[str, ...] | None
    symbols: Callable[[Lexicon], LineSymbols]
    ahead: int


def level_of(vocabulary: Vocabulary | WordVocabulary) -> Level:
    """The level of a model by its vocabulary."""
    symbols = vocabulary.symbols
    if isinstance(vocabulary, Vocabulary):
        return Level(symbols, None, partial(Spelling, symbols=symbols), AHEAD)
    words = dict.fromkeys(filter(None, map(word_in, symbols)))
    letters = dict.fromkeys("".join(words))
    tokens = partial(Tokens, vocabulary=vocabulary)
    return Level(tuple(letters), tuple(words), tokens, _AHEAD)
