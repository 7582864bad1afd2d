"""From what a form asks of a line to what its automaton needs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.checks import (
    check_known,
    check_last_letters,
    check_letters,
    check_rhymes,
    check_spelling,
    check_unpronounced,
    check_words,
)
from gru_textgen.inference.language import Source
from gru_textgen.inference.layout import Layout
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rhyming import Rhymer, RhymeSet
from gru_textgen.inference.rows import LineDemand
from gru_textgen.verse.forms import Form, LinePlan
from gru_textgen.verse.metre import Template, words_of
from gru_textgen.verse.pronunciation import dictionary, plain

# The sounds that a letter stands for, where a word that begins with it alliterates.
_SHORTEST, _LONGEST = 6, 10  # syllables of a line whose number nobody has asked for
_SYLLABLE = 4  # characters, where their number is limited
_SOUNDS = {
    **dict(zip("bdfhlmnprtvwyz", "B D F HH L M N P R T V W Y Z".split())),
    "c": "K",
    "g": "G",
    "j": "JH",
    "k": "K",
    "q": "K",
    "s": "S",
}


class Demands:
    """What a form asks, as the words of a lexicon.

    Args:
        form: that is asked for.
        symbols: the characters that the model can write.
        source: makes the lexicon of the words that were asked for; English by default.
        words: all that a model of words can write; None for a model of characters.

    Raises:
        InputError: if no poem can meet the form, with the demand that cannot be met.
    """

    def __init__(
        self,
        form: Form,
        symbols: Sequence[str],
        source: Source | None = None,
        words: Sequence[str] | None = None,
    ):
        self.form, self.plans = form, form.plan()
        self.required = _counted(form.include)
        wanted = [*(plan.end for plan in self.plans if plan.end), *self.required]
        if source is None:
            check_letters(symbols)
        else:
            check_unpronounced(form, self.plans)
        check_spelling(form, wanted, symbols)
        if words is not None:
            check_known(wanted, words)
        if source is None:
            self.lexicon = Lexicon(dictionary(), symbols, wanted, words)
        else:
            self.lexicon = source(wanted)
        check_words(form, self.plans, self.required, self.lexicon)
        self.rhymer = Rhymer(self.lexicon, form.near_rhyme)
        ends = np.unique(self.lexicon.end_word[self.rhymer.usable])
        check_last_letters(self.plans, self.lexicon.words[ends].tolist())
        self.phrases = [words_of(text) for text in form.avoid]
        self.allowed = self._allowed()
        self._asked = self._asked_rhymes()

    def number(self, word: str) -> int:
        """The number of a word in the lexicon, or -1."""
        return self.lexicon.index.get(plain(word), -1)

    def rhyme_sets(self) -> dict[str, RhymeSet]:
        """A set for each letter of the scheme, with the ends that were asked for."""
        return {
            letter: RhymeSet(rhyme.needed, list(rhyme.words))
            for letter, rhyme in self._asked.items()
        }

    def _asked_rhymes(self) -> dict[str, RhymeSet]:
        sets: dict[str, RhymeSet] = {}
        for plan in self.plans:
            if plan.rhyme and plan.repeats == plan.index:
                rhyme = sets.setdefault(plan.rhyme, RhymeSet())
                rhyme.needed += 1
                if plan.end:
                    rhyme.words.append(self.number(plan.end))
        for rhyme in sets.values():
            check_rhymes(rhyme, self.rhymer, self.allowed, self.form.near_rhyme)
        return sets

    def measured(
        self, plan: LinePlan, begun: str, required: str, rng: np.random.Generator
    ) -> LinePlan:
        """The plan of a line with a number of syllables, drawn if none was asked for.

        Args:
            plan: what the form asks of the line.
            begun: its beginning.
            required: a word that must stand in it.
            rng: draws the number.
        """
        if plan.measure.alternatives:
            return plan
        given = [*words_of(begun), *filter(None, (required, plan.end))]
        patterns_of = self.lexicon.patterns_of
        least = 2 + sum(len(patterns_of(word)[0]) for word in given)
        low, high = max(_SHORTEST, least), max(_LONGEST, least)
        if self.form.max_line_length is not None:
            high = max(1, min(high, self.form.max_line_length // _SYLLABLE))
        syllables = int(rng.integers(min(low, high), high + 1))
        return replace(plan, measure=Template(("-" * syllables,)))

    def line(
        self,
        plan: LinePlan,
        sets: dict[str, RhymeSet],
        used: Sequence[int],
        required: str = "",
    ) -> LineDemand:
        """The demand of one line.

        Args:
            plan: what the form asks of it.
            sets: the rhymes so far.
            used: words that end lines already.
            required: a word that must stand in it.
        """
        lexicon = self.lexicon
        own = sets.get(plan.rhyme)
        if plan.end:
            ends = lexicon.end_word == self.number(plan.end)
            if not ends.any():
                raise InputError(
                    f"No line can end with {plan.end!r}: its pronunciation is not "
                    "known."
                )
        else:
            others = [rhyme for rhyme in sets.values() if rhyme is not own]
            ends = self.rhymer.ends(own, others, used)
        if plan.last_letter:
            ends = ends & self._letter(plan.last_letter, -1)[lexicon.end_word]
        inner = self.allowed
        if self.form.alliterate:
            inner = inner & self._alliterates(self.form.alliterate)
        first = np.ones(len(lexicon.words), bool)
        if plan.first_letter:
            first = self._letter(plan.first_letter, 0)
        return LineDemand(
            Layout(plan.measure, bool(required)),
            inner,
            self.allowed,
            first,
            ends,
            self.number(required) if required else -1,
            plan.index == len(self.plans) - 1,
            self.form.max_line_length,
        )

    def _letter(self, letter: str, at: int) -> np.ndarray:
        """The words whose first (0) or last (-1) letter is this one."""
        texts = [word.rstrip("'") for word in self.lexicon.words.tolist()]
        return np.array([text[at:][:1] == letter.lower() for text in texts])

    def _alliterates(self, letter: str) -> np.ndarray:
        """Function words, and words that begin with the sound of a letter."""
        lexicon, letter = self.lexicon, letter.lower()
        sound = _SOUNDS.get(letter, "")
        if sound:
            begins = lexicon.first_sound == sound.encode()
        else:
            begins = self._letter(letter, 0)
        grammar = lexicon.unstressed | lexicon.light
        return grammar | begins

    def _allowed(self) -> np.ndarray:
        """The words that may stand anywhere."""
        allowed = np.ones(len(self.lexicon.words), bool)
        for phrase in self.phrases:
            if len(phrase) == 1 and self.number(phrase[0]) >= 0:
                allowed[self.number(phrase[0])] = False
        banned = set(self.form.avoid_letters.lower())
        if banned:
            texts = self.lexicon.words.tolist()
            allowed &= np.array([banned.isdisjoint(text) for text in texts])
        return allowed


def _counted(include: Sequence[str]) -> dict[str, int]:
    """Words, each with how often it is to stand in the poem."""
    found: dict[str, int] = {}
    for text in include:
        word, colon, number = text.rpartition(":")
        if not colon:
            word, number = text, "1"
        if not number.isdigit() or int(number) < 1:
            raise InputError(f"{text!r} is not WORD, nor WORD:TIMES with 1 or more.")
        if len(words_of(word)) != 1 or plain(word) != words_of(word)[0]:
            raise InputError(
                f"include takes one word at a time, without spaces, not {word!r}."
            )
        found[plain(word)] = found.get(plain(word), 0) + int(number)
    return found
