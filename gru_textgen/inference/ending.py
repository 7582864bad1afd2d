"""When a text is whole: its length, its lines, a text to stop before.

A text of a given length ends where a reader would end it: with a sentence at the end of
a line, or with a stanza, if one ends near that length; else with a line, a sentence or,
at last, a word. So it may be up to a tenth shorter, and longer by what that takes.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.inference.sampling import uniform

LONGEST_DOCUMENT = 20_000  # characters
LONGEST_LINE = 1_000  # characters, of models whose file does not tell
# Of a text without documents: about so many lines and, of long lines, characters.
_DEFAULT_LINES, _DEFAULT_LENGTH = 24, 1000
_LONG = 2.0  # times the median length of documents
# Shares of that length, or of those lines: from the first on a text ends with a
# sentence at a line's end, or a stanza; from the second with a line or a sentence; from
# the third with a word; and at the last wherever it is.
_NEAR, _LINE, _WORD, _ANYWHERE = 0.9, 1.25, 1.5, 2.0
_NEAR_LINES = 0.75
_SHORT = 40  # characters: a shorter length is kept to the letter
_PROSE = 100  # characters of a line, from which on a sentence may end within it
_SENTENCE_ENDS = frozenset(".!?…。！？؟")
_CLOSING = frozenset("\"'”’»)]」』")


@dataclass(frozen=True)
class Ending:
    """When a text is whole; all conditions that are given apply.

    Attributes:
        length: characters after the prompt: at most so many or, if `whole`, about so
            many.
        lines: at the end of so many lines, the prompt's last counting as the first.
        stops: before the first of these texts.
        whole: whether the text ends with a line, a sentence or a word.
        about_lines: with `whole`, about so many lines.
        longest_line: characters after which a line is ended, where lines are counted.
    """

    length: int
    lines: int | None = None
    stops: tuple[str, ...] = ()
    whole: bool = False
    about_lines: int | None = None
    longest_line: int | None = None

    @property
    def most(self) -> int:
        """Characters at most."""
        return int(self.length * _ANYWHERE) if self.whole else self.length


def ending_of(
    length: int | None,
    lines: int | None,
    stops: tuple[str, ...],
    whole: bool,
    longest_line: int | None,
) -> Ending:
    """The ending that a user has asked for, by a length, lines, or stops.

    Args:
        length: characters; None if none was asked for.
        lines: None if none were asked for.
        stops: texts to end before.
        whole: whether the text ends with a line, a sentence or a word.
        longest_line: of the model's text, characters; None if that is not known.
    """
    whole = whole and (length is None or length >= _SHORT)
    if lines is None:
        return Ending(length or LONGEST_DOCUMENT, None, stops, whole)
    longest = longest_line or LONGEST_LINE
    if length is None:  # no length cuts a line: each has a longest of its own
        return Ending(lines * (longest + 1), lines, stops, longest_line=longest)
    return Ending(length, lines, stops, whole, longest_line=longest)


def default_ending(separator: str, document: float | None = None) -> Ending:
    """Where a text ends if nobody says where.

    A document ends by itself; one that has come to twice the length of those learnt
    from, which a text with some long poems teaches, ends with its next stanza.

    Args:
        separator: what stands between documents; "" if there are none.
        document: median length of the documents learnt from, characters, or None.
    """
    if separator:
        long = LONGEST_DOCUMENT if document is None else _LONG * document
        longest = min(max(long, _DEFAULT_LENGTH), LONGEST_DOCUMENT)
        return Ending(int(longest), stops=(separator,), whole=True)
    return Ending(_DEFAULT_LENGTH, whole=True, about_lines=_DEFAULT_LINES)


class DocumentEnds:
    """Lets a document end as often as the model itself says.

    After nearly every line the next line is much likelier than the document's end, so
    that min-p leaves the end out, and a low temperature makes it rare: hardly a poem
    would end. So the two are drawn as one symbol, with the sum of their probabilities;
    where it is drawn, the model's own probabilities, as at temperature 1, decide which
    of the two it is.

    Args:
        newline: the id of a line's end.
        end: the id of a document's.
    """

    def __init__(self, newline: int, end: int):
        self._newline, self._end = newline, end

    def join(self, logits: np.ndarray) -> np.ndarray:
        """The logits, with that of both for the newline, and -inf for the end.

        Args:
            logits: shape `(streams, vocab_size)`; not changed.
        """
        joined = logits.copy()
        both = logits[:, self._newline], logits[:, self._end]
        joined[:, self._newline] = np.logaddexp(*both)
        joined[:, self._end] = -np.inf
        return joined

    def part(
        self,
        ids: np.ndarray,
        logits: np.ndarray,
        noise: np.ndarray,
        temperature: float,
    ) -> None:
        """Put the end in the place of some of the newlines.

        Args:
            ids: drawn from what `join` gives, shape `(streams,)`; changed.
            logits: what `join` was given.
            noise: Gumbel numbers times the temperature, that ids are drawn with,
                shaped as the logits.
            temperature: above 0.
        """
        for stream in np.flatnonzero(ids == self._newline):
            row = logits[stream].astype(np.float64)
            with np.errstate(over="ignore"):
                line = 1 / (1 + np.exp(row[self._end] - row[self._newline]))
            if uniform(noise[stream, self._end], temperature) >= line:
                ids[stream] = self._end


class _GoodEnd:
    """Watches a text for a good place to end, near the length that was asked for."""

    def __init__(self, ending: Ending):
        self._length, self._about_lines = ending.length, ending.about_lines
        self._written = self._lines = self._column = 0
        self._sentence = False  # whether a sentence has ended, with nothing after it
        self._before = ""  # the character before

    @property
    def near(self) -> bool:
        """Whether the text may end with a sentence or a stanza."""
        return self._has(_NEAR, _NEAR_LINES)

    def _has(self, share: float, share_of_lines: float) -> bool:
        lines = self._about_lines
        enough = lines is not None and self._lines >= share_of_lines * lines
        return enough or self._written >= share * self._length

    def push(self, character: str) -> bool:
        """Whether the text ends after this character, but for white space there."""
        before, sentence, column = self._before, self._sentence, self._column
        self._before, self._written = character, self._written + 1
        self._column = 0 if character == "\n" else column + 1
        if not character.isspace() and character not in _CLOSING:
            self._sentence = character in _SENTENCE_ENDS
        if character == "\n":
            self._lines += before != "\n"
            if self.near and (sentence or before == "\n"):
                return True
            return self._has(_LINE, _LINE)
        if character.isspace():
            if self.near and sentence and column > _PROSE:
                return True
            return self._written >= _WORD * self._length
        return self._written >= _ANYWHERE * self._length


class Writer:
    """Passes text on until it is whole, holding back what might begin a stop.

    Args:
        ending: when it is whole.
        words: whether the text comes in words: then a length is cut to here, where of
            characters so many are written.
    """

    def __init__(self, ending: Ending, words: bool = False):
        self.ending = ending
        self._room = ending.length if words and not ending.whole else None
        self.finished = False
        self._held = ""
        self._lines = 0
        self._good_end = _GoodEnd(ending) if ending.whole else None
        self._stops = sorted(ending.stops, key=len, reverse=True)
        # No other character can end a text, or begin to.
        self._watched = {c for stop in self._stops for c in stop}
        if ending.lines:
            self._watched.add("\n")

    def push(self, text: str) -> str:
        """Take what was written; give what can be shown now. What comes after the end
        is left out."""
        if self._room is not None:
            text = text[: self._room]
            self._room -= len(text)
            if not self._room and not self.finished:
                shown = self._up_to_the_end(text)
                return shown if self.finished else shown + self._finish(0)
        if self._good_end is None and self._watched.isdisjoint(text):
            shown, self._held = self._held + text, ""
            return shown
        return self._up_to_the_end(text)

    def _up_to_the_end(self, text: str) -> str:
        pieces = []
        for character in text:
            pieces.append(self._push(character))
            if self.finished:
                break
        return "".join(pieces)

    def _push(self, character: str) -> str:
        self._held += character
        for stop in self._stops:
            if self._held.endswith(stop):
                return self._finish(len(stop))
        if character == "\n":
            self._lines += 1
            if self._lines == self.ending.lines:
                return self._finish(1)
        kept = max((self._begun(stop) for stop in self._stops), default=0)
        if self._good_end is not None:
            if self._good_end.push(character):
                return self._finish(len(self._held) - len(self._held.rstrip()))
            if self._good_end.near and character == "\n":
                kept = max(kept, 1)  # the text may end with the next one
        cut = len(self._held) - kept
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def _finish(self, cut: int) -> str:
        """What was held back, but for the last characters, so many as are cut off."""
        self.finished = True
        shown, self._held = self._held[: len(self._held) - cut], ""
        return shown

    def rest(self) -> str:
        """What was held back, at the end of a text that no stop ended."""
        shown, self._held = self._held, ""
        return shown

    def _begun(self, stop: str) -> int:
        """How many of the last characters are the beginning of `stop`."""
        longest = min(len(stop) - 1, len(self._held))
        return next(
            (n for n in range(longest, 0, -1) if self._held.endswith(stop[:n])), 0
        )
