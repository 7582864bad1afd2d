"""The one error that is meant for the person at the keyboard."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

_KINDS = {
    bool: "True or False",
    int: "an integer",
    float: "a number",
    str: "a string",
    type(None): "None",
    Path: "a path",
}


class InputError(ValueError):
    """Something given from outside cannot be used; its text is a sentence that says
    what and the way out. The command line prints it and ends with status 2.

    Example:
        >>> from gru_textgen import InputError, TrainingSettings
        >>> try:
        ...     TrainingSettings("runs/mine", units=0)
        ... except InputError as error:
        ...     print("refused")
        refused
    """


def as_options(sentence: str) -> str:
    """A sentence of the library in the words of the command line.

    What the library calls `overwrite=True`, `epochs=20`, `field` and `resume('run')`
    is there --overwrite, --epochs 20, --field and --resume run; `counts=False` is
    --no-counts.
    """
    call = r"`(\w+)(?:=([^`]*)|\(([^`]*)\))?`"
    return re.sub(call, _as_option, sentence)


def _as_option(found: re.Match[str]) -> str:
    option, value = "--" + found[1].replace("_", "-"), found[2] or found[3]
    if value is None or value == "True":
        return option
    if value == "False":
        return option.replace("--", "--no-", 1)
    plain = value[1:-1] if value[0] == value[-1] == "'" and " " not in value else value
    return f"{option} {plain or value}"


def check_type(name: str, value: object, *kinds: type) -> None:
    """Raise an InputError that names an argument of another type than it takes.

    Args:
        name: Of the argument.
        value: That was given.
        *kinds: Types that it may have; a boolean is no integer.
    """
    right = bool in kinds if isinstance(value, bool) else isinstance(value, kinds)
    if not right:
        expected = " or ".join(_KINDS.get(kind, f"a {kind.__name__}") for kind in kinds)
        raise InputError(f"`{name}` must be {expected}, not {shortened(value)}.")


def shortened(value: object) -> str:
    """What was given, for a sentence: its `repr`, of a long one the beginning."""
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:36]}..."


def printable(text: object) -> str:
    """A text for one line of a terminal: what cannot be printed is escaped, such as a
    newline, or a byte of a file's name that is not UTF-8."""
    return "".join(c if c.isprintable() else _escaped(c) for c in str(text))


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python writes such a byte
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the closest of `known`, and all of them."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return f"{guess} Known: {', '.join(known)}."
