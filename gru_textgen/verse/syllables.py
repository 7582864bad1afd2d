"""The syllables of a word that no dictionary knows, counted by its vowels."""

import re
import unicodedata

# Chinese characters, as a part of a class of a regular expression.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]")

# A run of vowels is a syllable. These are the vowel letters, accents taken off.
_LATIN, _CYRILLIC, _GREEK = "aeiouy", "аеёиоуыэюяіїєўө", "αεηιουω"
_VOWELS = _LATIN + _CYRILLIC + _GREEK
_GROUP = re.compile(f"[{_LATIN}]+|[{_CYRILLIC}]|[{_GREEK}]+")
# Two vowels that English says apart, and endings that it does not say.
_APART = re.compile(r"i(?=a[^r]|o[^u]|ou$|um|et)|[aeou](?=ing$)|e(?=a(te|tor|nder))")
_SILENT = re.compile(
    r"(?<=[^aeiouy])(?<!l)e$|(?<=[aeiouyrwn])le$|(?<=[^aeiouytd])ed$"
    r"|(?<=[^aeiouycgszx])(?<!sh)(?<!ch)es$|(?<=[aeiouy]r)e(?=s?$)"
)


def count_syllables(word: str, english: bool = True) -> int:
    """Syllables of `word` by groups of vowels; at least 1.

    Args:
        word: one word, in any case.
        english: leave out the silent endings of English, and part what it parts.

    Raises:
        ValueError: if the word has letters of a script without known vowels.
    """
    plain = bare(word)
    if unknown_script(word):
        raise ValueError(word)
    if not english:
        return max(1, len(_GROUP.findall(plain)))
    plain = re.sub("[^a-z]", "", plain)
    plain = re.sub(r"^y(?=[aeiou])|(?<=[aeiou])y(?=[aeiou])", "j", plain)
    plain = plain.replace("qu", "q")
    extra = len(_APART.findall(plain))
    spoken = _SILENT.sub("", plain) if len(_GROUP.findall(plain)) > 1 else plain
    return max(1, len(_GROUP.findall(spoken)) + extra)


def bare(word: str) -> str:
    """`word` in small letters without accents."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def unknown_script(text: str) -> str | None:
    """The first letter of `text` whose script has no vowels that we know."""
    for character in text:
        if character.isalpha():
            name = unicodedata.name(character, "")
            if not name.startswith(("LATIN", "CYRILLIC", "GREEK")):
                return character
    return None


def is_han(character: str) -> bool:
    """Whether a character is Chinese: a word of its own, and a syllable."""
    return _HAN.match(character) is not None


def is_vowel(character: str) -> bool:
    """Whether a letter, accents taken off, is a vowel of its script."""
    return bool(character) and all(c in _VOWELS for c in bare(character))
