"""What cannot be met is said before a poem is begun, each in one sentence."""

import difflib
import re
from collections.abc import Sequence

import numpy as np

from gru_textgen.errors import InputError, suggest
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.inference.rhyming import Rhymer, RhymeSet
from gru_textgen.verse.forms import Form, LinePlan
from gru_textgen.verse.pronunciation import plain
from gru_textgen.verse.rhyme import rhymes

_FEWEST_LETTERS = 15  # of a model of English; a small text lacks q and z
_WELL_KNOWN = 9  # log2 of how often a word stands in verse, for it to be proposed


def check_spelling(form: Form, words: Sequence[str], symbols: Sequence[str]) -> None:
    """A model has the letters that a form needs.

    Args:
        form: that is asked for.
        words: that are to stand in the poem.
        symbols: the characters that the model knows.

    Raises:
        InputError: if one of them is missing.
    """
    known = {c.lower() for c in symbols if c.isalpha()}
    for place, text in (("begin", form.acrostic), ("end", form.telestich)):
        for letter in text.strip():
            if letter.lower() not in known:
                raise InputError(
                    f"No line of this model can {place} with {letter!r}: it knows "
                    f"{''.join(sorted(known))}."
                )
    for word in words:
        bad = [c for c in word.lower() if c not in known and c not in symbols]
        if bad:
            raise InputError(
                f"The model cannot spell {word!r}: it has never seen {bad[0]!r}."
            )
    if form.alliterate and (len(form.alliterate) > 1 or not form.alliterate.isalpha()):
        raise InputError(f"alliterate takes one letter, not {form.alliterate!r}.")


def check_known(wanted: Sequence[str], words: Sequence[str]) -> None:
    """A model of words has the words that are asked for.

    Args:
        wanted: that are to stand in the poem.
        words: that the model can write.

    Raises:
        InputError: if one is missing.
    """
    known = set(words)
    for word in wanted:
        if plain(word) not in known:
            raise InputError(
                f"The model cannot write {word!r}, which is not among its words."
                f"{suggest(plain(word), words)}"
            )


def check_letters(symbols: Sequence[str]) -> None:
    """A model of English knows most of its letters.

    Args:
        symbols: the characters that it knows.

    Raises:
        InputError: if it does not.
    """
    english = len({c.lower() for c in symbols if c.isalpha() and c.isascii()})
    if english < _FEWEST_LETTERS:
        raise InputError(
            "A form needs words, and of the letters of English this model knows only "
            f"{english}."
        )


def check_unpronounced(form: Form, plans: Sequence[LinePlan]) -> None:
    """A form for words whose sounds are not known asks for none.

    Args:
        form: that is asked for.
        plans: of its lines.

    Raises:
        InputError: if it asks for a rhyme, a metre or alliteration.
    """
    new = [plan.rhyme for plan in plans if plan.rhyme and plan.repeats == plan.index]
    if len(set(new)) < len(new) or form.metre != "none":
        free = re.sub(r"[A-Za-z]\d?", "-", form.rhyme) or "-" * len(plans)
        raise InputError(
            "Rhyme and metre need pronunciations, which are known for English words "
            f"only. Ask for the lines without them: rhyme {free!r} and metre 'none'."
        )
    if form.alliterate:
        raise InputError(
            "Alliteration needs pronunciations, which are known for English words only."
        )


def check_words(
    form: Form, plans: Sequence[LinePlan], required: dict[str, int], lexicon: Lexicon
) -> None:
    """The words that are asked for do not contradict the other demands.

    Args:
        form: that is asked for.
        plans: of its lines.
        required: words, each with how often it must stand in the poem.
        lexicon: that has all of them.

    Raises:
        InputError: if they do.
    """
    measures = [len(a) for plan in plans for a in plan.measure.alternatives]
    ends = [plan.end for plan in plans if plan.end]
    for word in ends:
        if lexicon.never_last[lexicon.index[plain(word)]]:
            raise InputError(
                f"No line is ended with {word!r}, after which a reader waits for the "
                "next word: end with another word."
            )
    for word in [*required, *ends]:
        _check_avoided(form, word)
        rows = lexicon.row_pattern[lexicon.row_word == lexicon.index[plain(word)]]
        least = min(len(lexicon.patterns[row]) for row in rows)
        if measures and least > max(measures):
            raise InputError(
                f"{word!r} has {least} syllables, and no line has more than "
                f"{max(measures)}."
            )
    lines, asked = len({plan.repeats for plan in plans}), sum(required.values())
    if asked > lines:
        raise InputError(
            f"{asked} words are to be included, and only {lines} lines are written: a "
            "line takes one each."
        )


def _check_avoided(form: Form, word: str) -> None:
    if plain(word) in [plain(text.strip()) for text in form.avoid]:
        raise InputError(f"{word!r} cannot be both asked for and avoided.")
    banned = set(form.avoid_letters.lower()) & set(word.lower())
    if banned:
        raise InputError(
            f"{word!r} is asked for, but the letter {min(banned)!r} is to be avoided."
        )


def check_digits(text: str) -> None:
    """A text that begins lines has no digits, whose syllables are not known.

    Args:
        text: a prompt, or what every line begins with.

    Raises:
        InputError: if it has.
    """
    digits = [c for c in text if c.isdigit()]
    if digits:
        raise InputError(
            f"No line can begin with {text!r}: the syllables of {digits[0]!r} are not "
            "known. Write the number in words."
        )


def check_last_letters(plans: Sequence[LinePlan], ends: Sequence[str]) -> None:
    """Lines can end with the letters of a telestich.

    Args:
        plans: of the lines.
        ends: all words that may end a line.

    Raises:
        InputError: if no word ends with one of the letters.
    """
    letters = {word.rstrip("'")[-1] for word in ends}
    for plan in plans:
        if plan.last_letter and plan.last_letter.lower() not in letters:
            raise InputError(
                f"Line {plan.index + 1} cannot end with {plan.last_letter!r}, for no "
                f"word does; lines end with {''.join(sorted(letters))}."
            )


def check_rhymes(
    rhyme: RhymeSet, rhymer: Rhymer, allowed: np.ndarray, near: bool
) -> None:
    """The ends that were asked for have rhymes enough, and rhyme with one another.

    Args:
        rhyme: a set with the ends that were asked for.
        rhymer: of the lexicon.
        allowed: which words may stand in the poem, `(words,)`.
        near: whether near rhymes count.

    Raises:
        InputError: if not, with the nearest word that would do.
    """
    lexicon = rhymer.lexicon
    texts = [str(lexicon.words[word]) for word in rhyme.words]
    for i, (word, text) in enumerate(zip(rhyme.words, texts)):
        instead = _instead(rhymer, text, allowed)
        if not (lexicon.end_word == word).any():
            raise InputError(
                f"The rhymes of {text!r} are not known, or it is said in two ways: "
                f"{instead}."
            )
        if rhymer.partners(word) < rhyme.needed - 1:
            raise InputError(
                f"Too few words rhyme with {text!r} ({rhyme.needed - 1} needed): "
                f"{instead}."
            )
        for other in texts[:i]:
            if not rhymes(other, text, near):
                raise InputError(
                    f"{other!r} and {text!r} do not rhyme, and are to end lines that "
                    "do."
                )


def _instead(rhymer: Rhymer, word: str, allowed: np.ndarray) -> str:
    """The nearest word that has rhymes: of its vowels, if one is at all like it."""
    lexicon = rhymer.lexicon
    ends = rhymer.ends(RhymeSet(needed=6), [], []) & allowed[lexicon.end_word]
    own = lexicon.end_word == lexicon.index[word]
    alike = np.isin(lexicon.end_assonance, lexicon.end_assonance[own])
    for chosen in (ends & alike, ends):
        usable = np.unique(lexicon.end_word[chosen])
        known = lexicon.words[usable[lexicon.common[usable] >= _WELL_KNOWN]]
        close = difflib.get_close_matches(word, known.tolist(), n=1, cutoff=0.3)
        if close:
            return f"end with {close[0]!r} instead"
    return "end with another word"
