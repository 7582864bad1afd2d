"""One text, one form of it: what is done to a text before it is learnt from, and to
every prompt of the model alike."""

import re
import unicodedata

from gru_textgen.errors import InputError

FORMS = ("NFC", "NFD", "NFKC", "NFKD", "none")
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
        repair: mend text that was decoded wrongly once, as "cafÃ©" for "café".
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


def _repaired(text: str) -> str:
    try:
        import ftfy
    except ModuleNotFoundError as error:
        raise InputError("To repair a text, pip install ftfy.") from error
    return ftfy.fix_encoding(text)
