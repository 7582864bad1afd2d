"""The escapes of texts that are given on the command line."""

import re

_ESCAPES = {"r\\n": "\n", "r": "\n", "n": "\n", "t": "\t", "\\": "\\"}


def read_escapes(text: str) -> str:
    r"""The text with a newline for ``\n``, a tab for ``\t``, one backslash for ``\\``.

    ``\r\n`` and ``\r`` are newlines too, as they are in every text that is read.

    Any other backslash stays as it is, so that most Windows paths and formulas can be
    given without doubling.
    """
    return re.sub(r"\\(r\\n|[nrt\\])", lambda found: _ESCAPES[found[1]], text)
