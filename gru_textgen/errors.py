"""The one error that is meant for the person at the keyboard."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something given from outside cannot be used; its text is a sentence that says
    what and the way out. The command line prints it and ends with status 2."""


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the closest of `known`, and all of them."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return f"{guess} Known: {', '.join(known)}."
