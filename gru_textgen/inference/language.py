"""Which words a model writes with: those of English, or of a text in its language."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from gru_textgen.errors import InputError
from gru_textgen.inference.levels import Level, level_of
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
_COMMONEST = 500  # words of a model of words, by which its language is recognised
_MOST = 1_000_000  # times that the commonest word is taken to stand in a text
_written: "WeakKeyDictionary[TextGenerator, Counter[str]]" = WeakKeyDictionary()

Source = Callable[[Sequence[str]], Lexicon]


def other_words(generator: "TextGenerator", text: str | None) -> Source | None:
    """What makes the lexicon of a model that does not write English.

    Args:
        generator: the model.
        text: whose words it shall write with. By default they are those that a model
            of words predicts, those of the text whose counts the model has, or else
            those that the model itself writes more than once in 41,000 characters; of
            Chinese all its characters.

    Returns:
        A function from words that were asked for to the lexicon; None for a model of
        English, if no text was given.
    """
    symbols, level = generator.vocabulary.symbols, level_of(generator.vocabulary)
    if text is None and writes_english(generator):
        return None
    if writes_chinese(symbols):
        if level.words is not None:
            raise InputError(
                "A form of Chinese is written by a model of characters, and this one "
                "predicts words."
            )
        words: Sequence[str] = symbols if text is None else words_of(text)
        return lambda wanted: WordLexicon(words, OTHER, symbols, wanted)
    counts = _counted(generator, level) if text is None else Counter(words_of(text))
    common, language = [word for word, _ in counts.most_common()], recognised(counts)
    if level.words is not None:
        known = set(level.words)
        common = [word for word in common if word in known]
    return lambda wanted: WordLexicon(common, language, level.letters, wanted)


def _counted(generator: "TextGenerator", level: Level) -> Counter[str]:
    """The words of a model, each with how often it stands in its text."""
    if level.words is not None:
        return _by_rank(level.words)
    counts = generator.arrays.counts
    if counts is not None:
        return Counter(words_of(generator.vocabulary.decode(counts.ids)))
    if generator not in _written:
        texts = generator.generate_batch([""] * _TEXTS, length=_LENGTH, seed=0)
        found = Counter(word for text in texts for word in words_of(text))
        often = {word: n for word, n in found.items() if n >= _LEAST}
        _written[generator] = Counter(often)
    return _written[generator]


def _by_rank(words: Sequence[str]) -> Counter[str]:
    """Words, the commonest first, with counts such as words have (Zipf 1935)."""
    return Counter({word: _MOST // (i + 1) for i, word in enumerate(words)})


def writes_english(generator: "TextGenerator") -> bool:
    """Whether a model writes English: one that has letters beyond English ones is asked
    to write some words."""
    level = level_of(generator.vocabulary)
    letters = {c.lower() for c in level.letters if c.isalpha()}
    english = {c for c in letters if c.isascii()}
    if english == letters:
        return True
    if len(english) < _LETTERS:
        return False
    if level.words is not None:
        words, counts = level.words[:_COMMONEST], _by_rank(level.words)
    else:
        texts = generator.generate_batch([""] * 8, length=60, seed=0)
        words = tuple(word for text in texts for word in words_of(text))
        counts = Counter(words)
    known = sum(bool(pronunciations(word)) for word in words)
    if recognised(counts) not in (ENGLISH, OTHER):
        return False  # many words of Spanish are names in English
    return known >= _ENGLISH * len(words)
