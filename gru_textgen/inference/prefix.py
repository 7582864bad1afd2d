"""The beginning of a line that is given: a prompt, or what every line begins with."""

import re

import numpy as np

from gru_textgen.inference.automaton import (
    BEGIN,
    DASH,
    HYPHEN,
    MARK,
    STOP,
    STOPS,
    WHOLE,
    WORD,
    Automaton,
    States,
)
from gru_textgen.inference.layout import Layout
from gru_textgen.verse.metre import fits, words_of

_LAST = re.compile(r"[^\W\d_]*(?:['\u2019][^\W\d_]*)*$")


def begin(automaton: Automaton, text: str) -> States | None:
    """The state of a line of which `text` is given, `(1,)`.

    The words of a given beginning may stand where they like, if their main stresses
    fall on beats. A last word that is no word yet is completed.

    Returns:
        None if the line cannot begin so. Of a word that is to be completed, and that
        the automaton writes anew, the state's length counts nothing.
    """
    words = words_of(text)
    positions = automaton.layout.start
    partial = _partial(automaton, text)
    for word in words[:-1] if partial else words:
        positions = _after(automaton, positions, word)
    node, kind, length = 0, _kind(text), len(text)
    if partial:
        begun = automaton.opening(partial)
        if begun is None:
            positions = _after(automaton, positions, words[-1])
        else:
            node, kind = begun, WORD
            length -= len(partial) * automaton.whole_words
    if not positions:
        return None
    return States(
        np.array([node]),
        np.array([positions], np.uint64),
        np.array([kind], np.int8),
        np.array([length]),
    )


def _partial(automaton: Automaton, text: str) -> str:
    """The last word, if it stands at the end and is not known to be one."""
    last = _LAST.search(text)
    word = last[0] if last else ""
    return "" if not word or automaton.knows(word) else word


def _kind(text: str) -> int:
    if not text or text[-1].isspace():
        return BEGIN
    if text.endswith("--"):
        return DASH
    if text[-1] == "-":
        return HYPHEN
    if text[-1].isalpha() or text[-1] in "'\u2019":
        return WHOLE
    return STOP if text[-1] in STOPS else MARK


def _after(automaton: Automaton, positions: int, word: str) -> int:
    """The positions after a word that is given."""
    layout = automaton.layout
    required = automaton.demand.required
    found = required >= 0 and automaton.lexicon.words[required] == word
    leap = layout.jump if found else 0
    reached = 0
    for offset, marks in _copies(layout):
        for p in range(len(marks)):
            if positions >> (offset + p) & 1:
                for stress in automaton.lexicon.patterns_of(word):
                    end = p + len(stress)
                    if end < len(marks) and fits(stress, marks[p:end], word, True):
                        reached |= 1 << (offset + end + (leap if offset < leap else 0))
    return reached


def _copies(layout: Layout) -> list[tuple[int, str]]:
    """Where each alternative lies, and its marks; both copies, if there are two."""
    shifts = (0, layout.jump) if layout.jump else (0,)
    return [(span.offset + s, span.marks) for span in layout.spans for s in shifts]
