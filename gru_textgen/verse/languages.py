"""The syllables of words in other languages than English, whose sounds are not known.

A language is recognised by its commonest words. Vowels are counted by its spelling: for
Spanish, French, German and Czech by rules of their own, for others that are written in
Latin, Cyrillic or Greek letters by groups of vowels. A Chinese character is a syllable.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gru_textgen.verse.pronunciation import stress_patterns
from gru_textgen.verse.syllables import count_syllables, is_han, unknown_script

_RECOGNISED = 0.1  # the share of a text's words that are a language's commonest
# Vowels between which "y" is a consonant, and that make "qu", "gue" one sound.
_VOWELS = "aeiouyáéíóúýàèìòùâêîôûäëïöüåæœøěůãõ"
_GLIDE = re.compile(rf"(?<=[{_VOWELS}])y(?=[{_VOWELS}])|^y(?=[{_VOWELS}])")


@dataclass(frozen=True)
class Language:
    """How the words of a language are counted.

    Attributes:
        name: in English.
        commonest: words by which it is recognised.
        count: the syllables of a word in small letters.
        doubtful: words that can be read with more syllables or fewer.
    """

    name: str
    commonest: frozenset[str]
    count: Callable[[str], int]
    doubtful: re.Pattern[str] = re.compile(r"(?!)")

    def syllables(self, word: str) -> int:
        """The syllables of a word: 0 of a preposition without a vowel, such as "v".

        Args:
            word: in any case.

        Raises:
            ValueError: if the word has letters of a script without known vowels.
        """
        word = unicodedata.normalize("NFC", word.lower())
        han = sum(map(is_han, word))
        if han:
            return han
        if unknown_script(word):
            raise ValueError(word)
        found = self.count(word)
        return found if found or len(word.strip("'")) == 1 else 1

    def patterns(self, word: str) -> tuple[str, ...]:
        """An unknown stress, "?", for each syllable; as `metre.scan` takes it."""
        return ("?" * self.syllables(word),)


def _grouped(word: str) -> int:
    """By groups of vowels."""
    bare = unicodedata.normalize("NFD", word)
    if len(word) == 1 and not re.search("[aeiouyаеёиоуыэюяіїєўαεηιουω]", bare):
        return 0
    return count_syllables(_GLIDE.sub("j", word), english=False)


def _spanish(word: str) -> int:
    """Of vowels side by side, a, e, o and an accented i or u are syllables each."""
    word = re.sub("qu|gu(?=[eiéí])", "q", word)
    word = re.sub("y$", "i", _GLIDE.sub("j", word))
    runs = re.findall("[aeiouáéíóúü]+", word)
    return sum(max(1, len(re.findall("[aeoáéóíú]", run))) for run in runs)


def _french(word: str) -> int:
    """By groups, without the last e that is not said; é, ï and "oè" are parted."""
    word = re.sub("qu|gu(?=[eiéèêî])", "q", word.replace("œ", "e"))
    short = re.sub(r"(?<=[ao]i)ent$|e(s?)$", "", _GLIDE.sub("j", word))
    word = short if re.search(f"[{_VOWELS}]", short) else word
    word = re.sub(f"é(?=[{_VOWELS}])", "é-", word)
    word = re.sub(
        "(?<=[aeou])(?=[ïüë])|o(?=[éè])|u(?=e(?![iu]))|u(?=é)|(?<![og])u(?=a)",
        r"\g<0>-",
        word,
    )
    return len(re.findall(f"[{_VOWELS}]+", word))


def _german(word: str) -> int:
    """Every vowel but of the pairs that are one sound."""
    word = word.replace("qu", "q")
    return len(re.findall("aa|ee|oo|ei|ai|au|äu|eu|ie|ey|ay|oi|[aeiouyäöü]", word))


def _czech(word: str) -> int:
    """Every vowel but of ou, au, eu; r and l between consonants are syllables too."""
    word = re.sub("^(ne|na|za)u", r"\1-u", word)
    vowels = "aeiouyáéěíóúůý"
    found = re.findall(
        f"ou|au|eu|[{vowels}]|(?<=[^{vowels}-])[rl](?=[^{vowels}]|$)", word
    )
    return len(found)


def _english(word: str) -> int:
    return len(stress_patterns(word)[0])


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OTHER = Language("other", frozenset(), _grouped)
ENGLISH = Language(
    "English", _words("the and of to a in that is with his for my i"), _english
)
LANGUAGES = (
    ENGLISH,
    Language(
        "Spanish", _words("de la que el en y los se con las por su del"), _spanish
    ),
    Language(
        "French",
        _words("de la le les et des un une dans que du qui est sur"),
        _french,
        # A verb's ending, which is not said, or a noun's, which is.
        re.compile(r"(?<![aoe]i)(?<!em)(?<!^v)(?<!^d)(?<!souv)(?<!mom)(?<!arg)ent$"),
    ),
    Language(
        "German",
        _words("und die der das in ich nicht zu den ist dem ein es"),
        _german,
        re.compile("[^aeouäöü]ie[ns]?$"),  # "Lilie", "Melodie"
    ),
    Language(
        "Czech",
        _words("a se v na je to jak že co z si jen i tak"),
        _czech,
        re.compile("[^aeiouyáéěíóúůý]l$"),  # "mohl"
    ),
)


def recognised(words: Counter[str]) -> Language:
    """The language of a text by its commonest words, or `OTHER`.

    Args:
        words: how often each stands in the text.
    """
    total = max(1, words.total())
    shares = [sum(words[w] for w in x.commonest) / total for x in LANGUAGES]
    best = max(range(len(shares)), key=shares.__getitem__)
    return LANGUAGES[best] if shares[best] >= _RECOGNISED else OTHER
