"""Whether a model writes English, the language whose sounds are known."""

from typing import TYPE_CHECKING

from gru_textgen.errors import InputError
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.pronunciation import pronunciations

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator

_ENGLISH = 0.6  # the share of a model's words that the dictionary must know


def check_english(generator: "TextGenerator") -> None:
    """A model that has letters beyond English ones is asked to write some words."""
    symbols = generator.vocabulary.symbols
    if all(symbol.isascii() for symbol in symbols if symbol.isalpha()):
        return
    texts = generator.generate_batch([""] * 8, length=60, seed=0)
    words = [word for text in texts for word in words_of(text)]
    known = sum(bool(pronunciations(word)) for word in words)
    if known < _ENGLISH * len(words):
        raise InputError(
            "A form needs a model of English, whose words can be pronounced: of the "
            f"words that this one writes, {known} of {len(words)} are in the "
            "dictionary."
        )
