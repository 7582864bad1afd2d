"""From what a form asks of a line to what its automaton needs."""

import difflib
from collections.abc import Sequence

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.layout import Layout
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rhyming import Rhymer, RhymeSet
from gru_textgen.inference.rows import LineDemand
from gru_textgen.verse.forms import Form, LinePlan
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.pronunciation import dictionary, plain
from gru_textgen.verse.rhyme import rhymes

# The sounds that a letter stands for, where a word that begins with it alliterates.
_SOUNDS = {
    **dict(zip("bdfhlmnprtvwyz", "B D F HH L M N P R T V W Y Z".split())),
    "c": "K",
    "g": "G",
    "j": "JH",
    "k": "K",
    "q": "K",
    "s": "S",
}
_FEWEST_LETTERS = 15  # of a model of English; a small text lacks q and z
_FREE_LINE = 60  # characters of a line that may have any number of syllables


class Demands:
    """What a form asks, as the words of a lexicon.

    Args:
        form: that is asked for.
        symbols: the characters that the model knows.

    Raises:
        InputError: if no poem can meet the form, with the demand that cannot be met.
    """

    def __init__(self, form: Form, symbols: Sequence[str]):
        self.form, self.plans = form, form.plan()
        self.symbols = tuple(symbols)
        self.required = _counted(form.include)
        self._check_script()
        self._check_letters()
        wanted = [plan.end for plan in self.plans if plan.end]
        self.lexicon = Lexicon(dictionary(), symbols, [*wanted, *self.required])
        self.rhymer = Rhymer(self.lexicon, form.near_rhyme)
        self.phrases = [words_of(text) for text in form.avoid]
        self.allowed = self._allowed()
        self._check_required()

    def number(self, word: str) -> int:
        """The number of a word in the lexicon, or -1."""
        return self.lexicon.index.get(plain(word), -1)

    def rhyme_sets(self) -> dict[str, RhymeSet]:
        """A set for each letter of the scheme, with the ends that were asked for."""
        sets: dict[str, RhymeSet] = {}
        for plan in self.plans:
            if plan.rhyme and plan.repeats == plan.index:
                rhyme = sets.setdefault(plan.rhyme, RhymeSet())
                rhyme.needed += 1
                if plan.end:
                    self._check_end(plan.end)
                    rhyme.words.append(self.number(plan.end))
        for rhyme in sets.values():
            for word in rhyme.words:
                self._check_partners(word, rhyme.needed)
                for other in rhyme.words[: rhyme.words.index(word)]:
                    self._check_pair(other, word)
        return sets

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
            ends = ends if ends.any() else self._unsaid(plan)
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
        longest = self.form.max_line_length
        if longest is None and not plan.measure.alternatives:
            longest = _FREE_LINE
        return LineDemand(
            Layout(plan.measure, bool(required)),
            inner,
            self.allowed,
            first,
            ends,
            self.number(required) if required else -1,
            plan.index == len(self.plans) - 1,
            longest,
        )

    def _letter(self, letter: str, at: int) -> np.ndarray:
        """The words whose first (0) or last (-1) letter is this one."""
        texts = [word.decode().rstrip("'") for word in self.lexicon.words]
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
            texts = [word.decode() for word in self.lexicon.words]
            allowed &= np.array([banned.isdisjoint(text) for text in texts])
        return allowed

    def _check_script(self) -> None:
        """The model has the letters of English."""
        known = {c.lower() for c in self.symbols if c.isascii() and c.isalpha()}
        if len(known) < _FEWEST_LETTERS:
            raise InputError(
                "A form needs a model of English, whose words can be pronounced: this "
                f"one knows only {len(known)} of its letters."
            )

    def _check_letters(self) -> None:
        """Everything that is asked for can be spelled."""
        form = self.form
        for what, text in (
            ("begin with", form.acrostic),
            ("end with", form.telestich),
        ):
            for letter in text.strip():
                if not letter.isalpha() or not self._spells(letter):
                    raise InputError(
                        f"No line of this model can {what} {letter!r}: it knows "
                        f"{self._alphabet()}."
                    )
        for word in [*(plan.end for plan in self.plans), *self.required]:
            bad = [c for c in word if not self._spells(c)]
            if bad:
                raise InputError(
                    f"The model cannot spell {word!r}: it has never seen {bad[0]!r}."
                )
        if form.alliterate and (
            len(form.alliterate) > 1 or not form.alliterate.isalpha()
        ):
            raise InputError(f"alliterate takes one letter, not {form.alliterate!r}.")

    def _spells(self, letter: str) -> bool:
        return letter.lower() in self.symbols or letter.upper() in self.symbols

    def _alphabet(self) -> str:
        letters = sorted({c.lower() for c in self.symbols if c.isalpha()})
        return "".join(letters) or "no letters"

    def _check_required(self) -> None:
        banned = set(self.form.avoid_letters.lower())
        most = max(
            (len(a) for p in self.plans for a in p.measure.alternatives), default=99
        )
        wanted = [*self.required, *(plan.end for plan in self.plans if plan.end)]
        for word in wanted:
            number = self.number(word)
            if word not in self.required and self.lexicon.never_last[number]:
                raise InputError(
                    f"No line is ended with {word!r}, after which a reader waits for "
                    "the next word: end with another word."
                )
            if [plain(word)] in self.phrases:
                raise InputError(f"{word!r} cannot be both asked for and avoided.")
            if banned & set(word.lower()):
                letter = min(banned & set(word.lower()))
                raise InputError(
                    f"{word!r} is asked for, but the letter {letter!r} is to be avoided."
                )
            rows = self.lexicon.row_pattern[self.lexicon.row_word == number]
            least = min(len(self.lexicon.patterns[row]) for row in rows)
            if least > most:
                raise InputError(
                    f"{word!r} has {least} syllables, and no line has more than {most}."
                )
        lines = len({plan.repeats for plan in self.plans})
        if sum(self.required.values()) > lines:
            raise InputError(
                f"{sum(self.required.values())} words are to be included, and only "
                f"{lines} lines are written: a line takes one each."
            )

    def _check_end(self, word: str) -> None:
        if not (self.lexicon.end_word == self.number(word)).any():
            raise InputError(
                f"The rhymes of {word!r} are not known, or it is said in two ways: "
                f"{self._instead(word)}."
            )

    def _check_pair(self, one: int, other: int) -> None:
        first, second = (self.lexicon.words[i].decode() for i in (one, other))
        if not rhymes(first, second, self.form.near_rhyme):
            raise InputError(
                f"{first!r} and {second!r} do not rhyme, and are to end lines that do."
            )

    def _check_partners(self, word: int, needed: int) -> None:
        if self.rhymer.partners(word) < needed - 1:
            text = self.lexicon.words[word].decode()
            raise InputError(
                f"Too few words rhyme with {text!r} ({needed - 1} are needed): "
                f"{self._instead(text)}."
            )

    def _instead(self, word: str) -> str:
        """The nearest word that has rhymes."""
        ends = self.rhymer.ends(RhymeSet(needed=6), [], [])
        usable = np.unique(
            self.lexicon.end_word[ends & self.allowed[self.lexicon.end_word]]
        )
        texts = [
            self.lexicon.words[i].decode()
            for i in usable
            if self.lexicon.common[i] >= 9
        ]
        close = difflib.get_close_matches(word.lower(), texts, n=1, cutoff=0.3)
        return f"end with {close[0]!r} instead" if close else "end with another word"

    def _unsaid(self, plan: LinePlan) -> np.ndarray:
        """Why a line cannot end with a word that nobody knows how to say."""
        raise InputError(
            f"No line can end with {plan.end!r}: its pronunciation is not known."
        )


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
