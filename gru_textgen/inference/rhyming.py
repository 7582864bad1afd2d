"""Which ends a line may have, so that the poem's rhymes can be kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from gru_textgen.inference.lexicon import Lexicon

_CHOICE = 4  # rhymes beyond those needed that the first of a set must have


@dataclass
class RhymeSet:
    """The lines of one letter of a scheme.

    Attributes:
        needed: how many different words it takes.
        words: the numbers of those that are there.
    """

    needed: int = 0
    words: list[int] = field(default_factory=list)


class Rhymer:
    """Knows the rhymes of a lexicon.

    Args:
        lexicon: whose ends it knows.
        near: let assonance and consonance pass.
    """

    def __init__(self, lexicon: Lexicon, near: bool = False):
        self.lexicon, self.near = lexicon, near
        self.usable = (lexicon.last & ~lexicon.never_last)[lexicon.end_word]

    def ends(
        self, rhyme: RhymeSet | None, others: Iterable[RhymeSet], used: Iterable[int]
    ) -> np.ndarray:
        """The ends that a line may have, `(ends,)`.

        Args:
            rhyme: the set that the line belongs to; None if it rhymes with none.
            others: the other sets, with which it must not rhyme.
            used: words that end lines already.
        """
        lexicon = self.lexicon
        allowed = self.usable & ~np.isin(lexicon.end_word, list(used))
        for other in others:
            if other.words:
                allowed &= ~self.alike(other.words[0])
        if rhyme is None:
            return allowed
        if not rhyme.words:
            return allowed & self._rich(allowed, rhyme.needed)
        for word in rhyme.words:
            allowed &= self._rhyming(word)
        return allowed

    def alike(self, word: int) -> np.ndarray:
        """The ends with the sounds of a word's, its own included."""
        own = self.lexicon.end_word == word
        return np.isin(self.lexicon.end_key, self.lexicon.end_key[own])

    def _rhyming(self, word: int) -> np.ndarray:
        """The ends that rhyme with a word."""
        lexicon = self.lexicon
        own = lexicon.end_word == word
        found = np.zeros(len(own), bool)
        same = np.zeros(len(own), bool)
        for key, onset in zip(lexicon.end_key[own], lexicon.end_onset[own]):
            found |= (lexicon.end_key == key) & (lexicon.end_onset != onset)
            same |= (lexicon.end_key == key) & (lexicon.end_onset == onset)
        if self.near:
            for sounds in (lexicon.end_assonance, lexicon.end_consonance):
                found |= np.isin(sounds, sounds[own])
        alike = np.zeros(len(lexicon.words), bool)
        alike[lexicon.end_word[same]] = True
        return found & ~alike[lexicon.end_word]

    def _rich(self, allowed: np.ndarray, needed: int) -> np.ndarray:
        """Of ends, those with partners enough, each with an onset of its own."""
        if needed < 2:
            return allowed
        lexicon = self.lexicon
        sounds = lexicon.end_key * 1000 + lexicon.end_onset
        _, first = np.unique(sounds[allowed], return_index=True)
        # The key of a word that was asked for may be a number of ten digits.
        keys, own = np.unique(lexicon.end_key, return_inverse=True)
        counts = np.bincount(own[allowed][first], minlength=len(keys))
        return counts[own] >= needed + _CHOICE

    def partners(self, word: int) -> int:
        """How many words can end a line that rhymes with one that ends with `word`."""
        return len(np.unique(self.lexicon.end_word[self._rhyming(word) & self.usable]))
