"""Which words rhyme: from the last stressed vowel on alike, and before it not."""

from dataclasses import dataclass
from itertools import product

from gru_textgen.verse.derivation import Phones
from gru_textgen.verse.pronunciation import is_vowel_sound, pronunciations, stresses


@dataclass(frozen=True)
class Ending:
    """A word's end as rhyme hears it.

    Attributes:
        syllable: where the rhyme begins, counted from 0 in the word.
        key: the sounds from that vowel on, without stress. Equal keys rhyme.
        onset: the consonants before that vowel. They must differ.
        assonance: the vowels of the key.
        consonance: the consonants of the key after its first vowel.
    """

    syllable: int
    key: str
    onset: str
    assonance: str
    consonance: str


def endings(phones: Phones) -> list[Ending]:
    """Where a rhyme may begin in a pronunciation: at its main stress, and at a
    secondary stress two or more syllables after it ("butterfly")."""
    marks = stresses(phones)
    main = marks.rfind("1")
    if main < 0:
        return []
    second = marks.rfind("2")
    starts = [main] if second < main + 2 else [second, main]
    return [_ending(phones, start) for start in starts]


def _ending(phones: Phones, syllable: int) -> Ending:
    vowels = [i for i, phone in enumerate(phones) if is_vowel_sound(phone)]
    at = vowels[syllable]
    before = at
    while before and not is_vowel_sound(phones[before - 1]):
        before -= 1
    # Of "windmill" the onset of the second syllable is M: what could begin a word.
    onset = phones[before:at] if not syllable else phones[before:at][-1:]
    key = [phone.rstrip("012") for phone in phones[at:]]
    tail = [phone for phone in phones[at:]]
    return Ending(
        syllable,
        " ".join(key),
        " ".join(onset),
        " ".join(p.rstrip("012") for p in tail if is_vowel_sound(p)),
        " ".join(p for p in tail if not is_vowel_sound(p)),
    )


def rhyming_pronunciations(word: str) -> list[Phones]:
    """The pronunciations that a rhyme may rest on.

    None for an unknown word, and none for one that is said with two different vowels
    ("live", "wound"), for a reader may choose the other.
    """
    found = [phones for phones in pronunciations(word) if "1" in stresses(phones)]
    vowels = {endings(phones)[-1].key.split()[0] for phones in found}
    return found if len(vowels) == 1 else []


def rhymes(one: str, other: str, near: bool = False) -> bool:
    """Whether two words rhyme in English.

    Args:
        one: a word, in any case.
        other: another word.
        near: count assonance (the vowels agree) and consonance (all consonants after
            the stressed vowel agree) too.

    Returns:
        True if they agree from the last stressed vowel on and differ in the consonants
        before it, in some pronunciation. A word does not rhyme with itself, nor with
        one that sounds like it, nor with one whose pronunciation is not known.
    """
    pairs = product(rhyming_pronunciations(one), rhyming_pronunciations(other))
    alike = [(a, b) for p, q in pairs for a in endings(p) for b in endings(q)]
    if any(a.key == b.key and a.onset == b.onset for a, b in alike):
        return False
    return any(agree(a, b, near) for a, b in alike)


def agree(a: Ending, b: Ending, near: bool = False) -> bool:
    """Whether two ends rhyme; `near` as for `rhymes`."""
    if a.key == b.key:
        return a.onset != b.onset
    same_vowels = a.assonance == b.assonance
    return near and (same_vowels or (a.consonance == b.consonance != ""))
