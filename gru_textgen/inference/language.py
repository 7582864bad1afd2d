"""Which words a model writes with: those of English, or of a text in its language."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.words import WordLexicon, writes_chinese
from gru_textgen.verse.languages import ENGLISH, OTHER, recognised
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.pronunciation import pronunciations

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator

_ENGLISH = 0.6  # the share of a model's words that the dictionary must know
_LETTERS = 15  # that a model of English has, or many more; a small text lacks q and z
_TEXTS, _LENGTH = 128, 320  # that a model writes, where nothing else tells its words
_LEAST = 2  # times that a word stands in them
_written: "WeakKeyDictionary[TextGenerator, Counter[str]]" = WeakKeyDictionary()

Source = Callable[[Sequence[str]], Lexicon]


def other_words(generator: "TextGenerator", text: str | None) -> Source | None:
    """What makes the lexicon of a model that does not write English.

    Args:
        generator: the model.
        text: whose words it shall write with. By default they are those of the text
            whose counts the model has, else those that the model itself writes more
            than once in 41,000 characters; of Chinese all its characters.

    Returns:
        A function from words that were asked for to the lexicon; None for a model of
        English, if no text was given.
    """
    symbols = generator.vocabulary.symbols
    if text is None and writes_english(generator):
        return None
    if writes_chinese(symbols):
        words: Sequence[str] = symbols if text is None else words_of(text)
        return lambda wanted: WordLexicon(words, OTHER, symbols, wanted)
    counts = _counted(generator) if text is None else Counter(words_of(text))
    common, language = [word for word, _ in counts.most_common()], recognised(counts)
    return lambda wanted: WordLexicon(common, language, symbols, wanted)


def _counted(generator: "TextGenerator") -> Counter[str]:
    """The words of a model, each with how often it stands in its text."""
    counts = generator.arrays.counts
    if counts is not None:
        return Counter(words_of(generator.vocabulary.decode(counts.ids)))
    if generator not in _written:
        texts = generator.generate_batch([""] * _TEXTS, length=_LENGTH, seed=0)
        found = Counter(word for text in texts for word in words_of(text))
        often = {word: n for word, n in found.items() if n >= _LEAST}
        _written[generator] = Counter(often)
    return _written[generator]


def writes_english(generator: "TextGenerator") -> bool:
    """Whether a model writes English: one that has letters beyond English ones is asked
    to write some words."""
    letters = {c.lower() for c in generator.vocabulary.symbols if c.isalpha()}
    english = {c for c in letters if c.isascii()}
    if english == letters:
        return True
    if len(english) < _LETTERS:
        return False
    texts = generator.generate_batch([""] * 8, length=60, seed=0)
    words = [word for text in texts for word in words_of(text)]
    known = sum(bool(pronunciations(word)) for word in words)
    if recognised(Counter(words)) not in (ENGLISH, OTHER):
        return False  # many words of Spanish are names in English
    return known >= _ENGLISH * len(words)
