"""How English words are said: CMU's dictionary, a hand list, and rules for the rest.

The dictionary is the CMU Pronouncing Dictionary (Carnegie Mellon University, BSD
licence, see `CMUDICT-LICENSE` beside this file), compiled into one table by
`tools/compile_pronunciations.py`. Sounds are its symbols (ARPABET); a vowel carries its
stress: 1 main, 2 secondary, 0 none.
"""

from functools import cache, cached_property
from pathlib import Path

import numpy as np

from gru_textgen.verse.derivation import Phones, derive
from gru_textgen.verse.syllables import count_syllables, unknown_script

TABLE = Path(__file__).with_name("pronunciations.npz")
_STRESSES = ("0", "1", "2")
_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
# The code of a sound is its place; code 0 ends a pronunciation.
SOUNDS = ("", *(v + s for v in _VOWELS for s in _STRESSES), *_CONSONANTS)
LONGEST_WORD = 24  # characters that the table has room for


def is_vowel_sound(phone: str) -> bool:
    """Whether a sound is a vowel, the centre of a syllable."""
    return phone[-1:].isdigit()


def stresses(phones: Phones) -> str:
    """The stress of each syllable: "010" for "eleven"."""
    return "".join(phone[-1] for phone in phones if is_vowel_sound(phone))


class Dictionary:
    """The compiled table, read when it is first asked.

    Args:
        path: of the table.
    """

    def __init__(self, path: Path = TABLE):
        self._path = path
        self._derived: dict[str, tuple[Phones, ...]] = {}

    @cached_property
    def tables(self) -> dict[str, np.ndarray]:
        """The arrays of the table's file, each read when it is first used."""
        tables: dict[str, np.ndarray] = np.load(self._path)
        return tables

    @cached_property
    def _words(self) -> np.ndarray:
        return self.tables["words"]

    @cached_property
    def _sounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All sounds; where each pronunciation ends; where each word's begin."""
        sounds, counts = self.tables["sounds"], self.tables["counts"]
        first = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        return sounds, np.flatnonzero(sounds == 0), first

    def pronunciations(self, word: str) -> tuple[Phones, ...]:
        """All ways to say a word, the usual one first; none if no rule knows one."""
        word = plain(word)
        if word not in self._derived:
            found = self._listed(word) or derive(word, self._listed)
            self._derived[word] = tuple(found)
        return self._derived[word]

    def _listed(self, word: str) -> list[Phones]:
        key = word.encode("ascii", "ignore")
        if not key or len(key) != len(word) or len(key) > LONGEST_WORD:
            return []
        at = int(np.searchsorted(self._words, np.bytes_(key)))
        if at == len(self._words) or self._words[at] != key:
            return []
        sounds, ends, first = self._sounds
        found = []
        for i in range(first[at], first[at + 1]):
            start = ends[i - 1] + 1 if i else 0
            found.append(tuple(SOUNDS[code] for code in sounds[start : ends[i]]))
        return found


def plain(word: str) -> str:
    """A word as the dictionary writes it: small letters, a straight apostrophe."""
    return word.lower().replace("\u2019", "'").replace("\u2018", "'")


@cache
def dictionary() -> Dictionary:
    """The package's dictionary, one for all."""
    return Dictionary()


def pronunciations(word: str) -> tuple[Phones, ...]:
    """All ways to say an English word; none where it is unknown.

    Args:
        word: one word, in any case, with or without apostrophes.

    Returns:
        Sequences of sounds, the usual one first.

    Example:
        >>> pronunciations("eleven")
        (('IH0', 'L', 'EH1', 'V', 'AH0', 'N'), ('IY0', 'L', 'EH1', 'V', 'AH0', 'N'))
    """
    return dictionary().pronunciations(word)


def stress_patterns(word: str) -> tuple[str, ...]:
    """The stresses of each way to say a word; of an unknown one "?" for each syllable.

    Raises:
        ValueError: for a word of a script whose vowels are not known.
    """
    found = pronunciations(word)
    if found:
        return tuple(dict.fromkeys(stresses(phones) for phones in found))
    if unknown_script(word):
        raise ValueError(word)
    return ("?" * count_syllables(word),)
