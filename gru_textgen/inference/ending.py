"""When a text is whole: its length, its lines, a text to stop before."""

from dataclasses import dataclass

LONGEST_DOCUMENT = 20_000  # characters
# Of a text without documents: lines, and the most characters.
_DEFAULT_LINES, _DEFAULT_LENGTH = 24, 1000


@dataclass(frozen=True)
class Ending:
    """When a text is whole; all conditions that are given apply.

    Attributes:
        length: at most so many characters after the prompt.
        lines: at the end of so many lines, the prompt's last counting as the first.
        stops: before the first of these texts.
    """

    length: int
    lines: int | None = None
    stops: tuple[str, ...] = ()


def default_ending(separator: str) -> Ending:
    """Where a text ends if nobody says where.

    Args:
        separator: what stands between documents; "" if there are none.
    """
    if separator:
        return Ending(LONGEST_DOCUMENT, stops=(separator,))
    return Ending(_DEFAULT_LENGTH, _DEFAULT_LINES)


class Writer:
    """Passes text on until it is whole, holding back what might begin a stop."""

    def __init__(self, ending: Ending):
        self.ending = ending
        self.finished = False
        self._held = ""
        self._lines = 0
        self._stops = sorted(ending.stops, key=len, reverse=True)
        # No other character can end a text, or begin to.
        self._watched = {c for stop in self._stops for c in stop}
        if ending.lines:
            self._watched.add("\n")

    def push(self, text: str) -> str:
        """Take what was written; give what can be shown now. What comes after the end
        is left out."""
        if self._watched.isdisjoint(text):
            shown, self._held = self._held + text, ""
            return shown
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
        cut = len(self._held) - kept
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def _finish(self, cut: int) -> str:
        """What was held back, but for the last characters, so many as are cut off."""
        self.finished = True
        shown, self._held = self._held[:-cut], ""
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
