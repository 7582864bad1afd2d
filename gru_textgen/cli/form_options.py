"""The options of a form of verse, and the form that they describe."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gru_textgen.cli.completion import a_form
from gru_textgen.errors import InputError

if TYPE_CHECKING:
    from gru_textgen.verse.forms import Form

_OPTIONS = (
    click.option(
        "--form",
        metavar="NAME",
        shell_complete=a_form,
        help="Form of the poem, such as sonnet; gru-textgen forms lists them.",
    ),
    click.option(
        "--rhyme",
        metavar="SCHEME",
        help="Rhyme scheme, such as 'ABAB CDCD': a letter for each line, - for a line "
        "without rhyme, a space or / between stanzas, A1 for a refrain.",
    ),
    click.option(
        "--syllables",
        metavar="N,N,...",
        help="Number of syllables of each line, such as 10, or 8,6, which is repeated.",
    ),
    click.option(
        "--metre",
        metavar="NAME",
        help="Metre: iambic, trochaic, anapaestic, dactylic or none.",
    ),
    click.option(
        "--feminine",
        is_flag=True,
        help="Allow an unstressed syllable after the last beat of a line.",
    ),
    click.option(
        "--near-rhyme", is_flag=True, help="Accept assonance and consonance as rhyme."
    ),
    click.option("--acrostic", help="Word that the first letters of the lines spell."),
    click.option("--telestich", help="Word that the last letters of the lines spell."),
    click.option("--begin", metavar="TEXT", help="Text that every line begins with."),
    click.option(
        "--end",
        multiple=True,
        metavar="WORD",
        help="Last word of the first line, or of line 3 as 3:WORD; may be repeated.",
    ),
    click.option(
        "--include",
        multiple=True,
        metavar="WORD",
        help="Word that must occur; WORD:2 requires it twice; may be repeated.",
    ),
    click.option(
        "--avoid",
        multiple=True,
        metavar="TEXT",
        help="Word or phrase that must not occur; may be repeated.",
    ),
    click.option(
        "--avoid-letters", metavar="LETTERS", help="Letters that must not occur."
    ),
    click.option(
        "--alliterate",
        metavar="LETTER",
        help="Content words begin with the sound of this letter, except at line ends.",
    ),
    click.option(
        "--max-line-length", type=int, help="Maximum number of characters of a line."
    ),
    click.option(
        "--title",
        help="Title above the text, which the model reads first. Without this option "
        "a model of titled poems writes a title above a poem in a form; '' omits it.",
    ),
    click.option(
        "--pool",
        type=int,
        help="Number of candidates for each line, of which one is drawn. [default: 32]",
    ),
    click.option(
        "--words",
        metavar="FILE",
        help="Text file from which a model of another language than English takes its "
        "words. [default: those that the model knows]",
    ),
    click.option(
        "--show-scansion",
        is_flag=True,
        help="Show the stresses and the rhyme of each line.",
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
        options: of the command; those of the form are removed, but for `pool`, `words`
            and `show_scansion`, and for `title` where there is no form.

    Returns:
        The form, or None if none of its options was given, or only a title.

    Raises:
        InputError: if they contradict, or an option of free writing was given too.
    """
    name = options.pop("form")
    given = {key: options.pop(key) for key in _NAMES}
    title = given.pop("title")
    given = {
        key: value
        for key, value in given.items()
        if value is not False and value not in ("", None, ())
    }
    if title is not None:  # "" asks for none
        given["title"] = title
    if "metre" in given:
        given["metre"] = given["metre"].lower()
    if name is None and given.keys() <= {"title"}:
        options["title"] = given.get("title", "")
        for key in ("pool", "words", "show_scansion"):
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
