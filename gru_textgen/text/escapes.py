"""The escapes of texts that are given on the command line."""

import re

_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}


def read_escapes(text: str) -> str:
    r"""The text with a newline for ``\n``, a tab for ``\t``, one backslash for ``\\``.

    Any other backslash stays as it is, so that most Windows paths and formulas can be
    given without doubling.
    """
    return re.sub(r"\\([nt\\])", lambda found: _ESCAPES[found[1]], text)
