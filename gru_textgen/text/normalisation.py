"""One text, one form of it: what is done to a text before it is learnt from, and to
every prompt of the model alike."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from gru_textgen.errors import InputError

FORMS = ("NFC", "NFD", "NFKC", "NFKD", "none")
PIECE = 1 << 20  # characters
# Up to the last place at which a text can be cut so that its parts have the forms that
# they have in the whole: between space and no space, or within a plain word.
_UP_TO_A_CUT = re.compile(
    r".*(?:(?<=[ \n])(?=\S)|(?<=[0-9A-Za-z\u4e00-\u9fff])(?=[0-9A-Za-z\u4e00-\u9fff]))",
    re.DOTALL,
)
OPTIONS = ("normalise", "repair", "lowercase", "strip_punctuation", "join_lines")


def normalise(
    text: str,
    normalise: str = "none",
    repair: bool = False,
    lowercase: bool = False,
    strip_punctuation: bool = False,
    join_lines: bool = False,
) -> str:
    """The form of a text that a model is to know.

    Args:
        text: any.
        normalise: one of `FORMS`, of Unicode (UAX 15); "NFC" makes an accent and its
            letter one character where there is one.
        repair: mend lines that were decoded wrongly once, as "cafÃ©" for "café".
        lowercase: no capitals.
        strip_punctuation: none of Unicode's punctuation.
        join_lines: spaces in the place of line ends.

    Raises:
        InputError: if repairing is wanted and its library, ftfy, is not installed.
    """
    if repair:
        text = _repaired(text)
    if lowercase:
        text = text.lower()
    if strip_punctuation:
        marks = (c for c in set(text) if unicodedata.category(c).startswith("P"))
        text = text.translate({ord(mark): None for mark in marks})
    if join_lines:
        text = re.sub(r"\s*\n\s*", " ", text)
    if normalise == "none":
        return text
    return unicodedata.normalize(normalise, text)  # type: ignore[arg-type]


def normalised(pieces: Iterable[str], **options: Any) -> Iterator[str]:
    """The form of a text that comes in pieces, in pieces of about a million characters.

    Args:
        pieces: cut anywhere.
        options: as for `normalise`.
    """
    parts: list[str] = []
    size, wanted = 0, PIECE
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size < wanted:
            continue
        text = "".join(parts)
        if options.get("repair"):  # which judges whole lines
            place = text.rfind("\n") + 1
        else:
            cut = _UP_TO_A_CUT.match(text)
            place = cut.end() if cut else 0
        yield normalise(text[:place], **options)
        parts = [text[place:]]
        size = len(parts[0])
        wanted = max(PIECE, 2 * size)  # twice as much, where there was no cut
    yield normalise("".join(parts), **options)


def _repaired(text: str) -> str:
    try:
        import ftfy
    except ModuleNotFoundError as error:
        raise InputError(
            "`repair` needs the package ftfy, which is not installed: pip install ftfy."
        ) from error
    return "\n".join(map(ftfy.fix_encoding, text.split("\n")))
