"""A second opinion on pronunciation, which no search has used: eSpeak NG's.

eSpeak NG is a program (https://github.com/espeak-ng/espeak-ng, GPL) that is run, if it
is installed, and not a part of this package. It says every word by rules of its own.
"""

import shutil
import subprocess
from dataclasses import dataclass

from gru_textgen.errors import InputError
from gru_textgen.verse.function_words import UNSTRESSED
from gru_textgen.verse.metre import Template, fits, words_of

PROGRAM = "espeak-ng"
_VOWELS = set("iɪeɛæaɑɒɔoʊuʌəɜɚɝɐᵻyø")
# Sounds that eSpeak writes apart and few speakers tell apart: "war" and "yore".
_MERGED = {"oːɹ": "ɔːɹ", "ɔːɹ": "ɔːɹ", "oː": "ɔː", "ɐ": "ə"}


@dataclass(frozen=True)
class Said:
    """A word as eSpeak says it.

    Attributes:
        sounds: in order, without stress.
        stresses: of each syllable: 1 main, 2 secondary, 0 none.
        vowels: where in `sounds` the syllables' vowels are.
    """

    sounds: tuple[str, ...]
    stresses: str
    vowels: tuple[int, ...]

    @property
    def rhyme(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The sounds from the last stressed vowel on, and those between it and the
        vowel before."""
        marks = [i for i, level in enumerate(self.stresses) if level != "0"]
        last = marks[-1] if marks else len(self.stresses) - 1
        if last and self.stresses[last] == "2" and self.stresses[last - 1] == "1":
            last -= 1  # moonlight
        at = self.vowels[last] if self.vowels else 0
        before = self.vowels[last - 1] + 1 if last else 0
        onset = self.sounds[before:at] if not last else self.sounds[before:at][-1:]
        return self.sounds[at:], onset


def installed() -> bool:
    """Whether eSpeak NG is there to be asked."""
    return shutil.which(PROGRAM) is not None


def say(words: list[str], voice: str = "en-us") -> dict[str, Said]:
    """How eSpeak says each of some words, by itself.

    Raises:
        InputError: if it is not installed.
    """
    if not installed():
        raise InputError(
            f"{PROGRAM} is not installed: the package of that name has it on Debian."
        )
    distinct = sorted(set(words))
    done = subprocess.run(
        [PROGRAM, "-q", "--ipa", "--sep=_", "-v", voice],
        input="\n".join(distinct) + "\n",
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    spoken = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    if len(spoken) != len(distinct):
        raise InputError(f"{PROGRAM} said {len(spoken)} of {len(distinct)} words.")
    return {word: _parse(text) for word, text in zip(distinct, spoken)}


def _parse(text: str) -> Said:
    sounds: list[str] = []
    stresses, vowels = "", []
    for part in text.replace(" ", "_").split("_"):
        bare = part.replace("ˈ", "").replace("ˌ", "")
        if not bare:
            continue
        if _VOWELS & set(bare):
            stresses += "1" if "ˈ" in part else "2" if "ˌ" in part else "0"
            vowels.append(len(sounds))
        sounds.append(_MERGED.get(bare, bare))
    return Said(tuple(sounds), stresses, tuple(vowels))


def rhyme(one: Said, other: Said) -> bool:
    """Whether two words rhyme as eSpeak says them."""
    return one.rhyme[0] == other.rhyme[0] and one.rhyme[1] != other.rhyme[1]


def scans(line: str, measure: Template, said: dict[str, Said]) -> bool:
    """Whether a line keeps its measure as eSpeak says its words."""
    words = words_of(line)
    for marks in measure.alternatives:
        at, kept = 0, True
        for word in words:
            stress = said[word].stresses
            here = marks[at : at + len(stress)]
            name = word if word in UNSTRESSED else "*"
            kept = kept and len(here) == len(stress) and fits(stress, here, name)
            at += len(stress)
        if kept and at == len(marks):
            return True
    return False
