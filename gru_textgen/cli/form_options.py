"""The options of a form of verse, and the form that they ask for."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gru_textgen.errors import InputError

if TYPE_CHECKING:
    from gru_textgen.verse.forms import Form

_OPTIONS = (
    click.option(
        "--form", metavar="NAME", help="Write in a form, such as sonnet: see forms."
    ),
    click.option(
        "--rhyme",
        metavar="SCHEME",
        help="A letter for each line, - for one without rhyme, a space or / between "
        "stanzas, A1 for a refrain: such as 'ABAB CDCD'.",
    ),
    click.option(
        "--syllables",
        metavar="N,N,...",
        help="Of each line, from the beginning again when they run out: 10, or 8,6.",
    ),
    click.option(
        "--metre",
        metavar="NAME",
        help="One of iambic, trochaic, anapaestic, dactylic, none.",
    ),
    click.option(
        "--feminine", is_flag=True, help="Allow a syllable after a line's last beat."
    ),
    click.option(
        "--near-rhyme", is_flag=True, help="Let assonance and consonance rhyme."
    ),
    click.option("--acrostic", help="A word that the first letters spell."),
    click.option("--telestich", help="A word that the last letters spell."),
    click.option("--begin", metavar="TEXT", help="What every line begins with."),
    click.option(
        "--end",
        multiple=True,
        metavar="WORD",
        help="The first line's last word; 3:WORD the third's. May be repeated.",
    ),
    click.option(
        "--include",
        multiple=True,
        metavar="WORD",
        help="A word that must stand somewhere; WORD:2 twice. May be repeated.",
    ),
    click.option(
        "--avoid",
        multiple=True,
        metavar="TEXT",
        help="A word or phrase that must not. May be repeated.",
    ),
    click.option("--avoid-letters", metavar="LETTERS", help="Letters that must not."),
    click.option(
        "--alliterate",
        metavar="LETTER",
        help="Words of meaning begin with its sound, but for the last of a line.",
    ),
    click.option("--max-line-length", type=int, help="Most characters of a line."),
    click.option("--title", help="Stands above the poem, which is written under it."),
    click.option(
        "--pool",
        type=int,
        help="Lines written side by side, of which one is drawn. [default: 32]",
    ),
    click.option(
        "--show-scansion", is_flag=True, help="Show each line's beats and its rhyme."
    ),
)
_NAMES = [
    re.sub("-", "_", option)
    for option in (
        "rhyme syllables metre feminine near-rhyme acrostic telestich begin end "
        "include avoid avoid-letters alliterate max-line-length title"
    ).split()
]
_FREE = ("length", "stop", "unknown")  # options that end, or spell, free writing


def form_options(command: Callable) -> Callable:
    """Add the options of a form to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_form(options: dict) -> "Form | None":
    """Take a form's options out of a command's.

    Args:
        options: of the command; those of the form are removed, but for `pool` and
            `show_scansion`.

    Returns:
        The form, or None if none of its options was given.

    Raises:
        InputError: if they contradict, or an option of free writing was given too.
    """
    name = options.pop("form")
    given = {key: options.pop(key) for key in _NAMES}
    given = {key: value for key, value in given.items() if value}
    if name is None and not given:
        for key in ("pool", "show_scansion"):
            if options.pop(key):
                flag = key.replace("_", "-")
                raise InputError(
                    f"--{flag} is an option of a form: give --form or --rhyme too."
                )
        return None
    for key in _FREE:
        if options.pop(key, None):
            raise InputError(
                f"--{key} cannot be combined with a form, which has its own length."
            )
    if "syllables" in given:
        given["syllables"] = _syllables(given["syllables"])
    lines = options.pop("lines", None)
    if lines is not None:
        given["lines"] = lines
    if name is None and not (
        given.keys() & {"rhyme", "lines", "acrostic", "syllables"}
    ):
        if not given.get("telestich"):
            given["lines"] = 4
    if name is not None:
        return _changed(name, given)
    from gru_textgen.verse.forms import Form

    return Form(**given)


def _changed(name: str, given: dict) -> "Form":
    """A named form; a scheme that is given takes the place of its lines."""
    from gru_textgen.verse.forms import FORMS, named_form

    known = FORMS.get(name)
    if known is not None and "rhyme" in given and known.lines is not None:
        given.setdefault("lines", None)
    return named_form(name, **given)


def _syllables(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise InputError(
            f"--syllables takes numbers such as 10 or 5,7,5, not {text!r}."
        ) from None
