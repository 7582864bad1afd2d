"""Rhyme schemes as people write them: ABAB, AABB / CC, A1BA2."""

import re
from dataclasses import dataclass

from gru_textgen.errors import InputError

_TOKEN = re.compile(r"([A-Za-z])(\d?)|-|([\s/]+)")


@dataclass(frozen=True)
class SchemeLine:
    """One letter of a scheme.

    Attributes:
        rhyme: the letter, a capital; "" for a line that rhymes with none.
        refrain: letter and digit, of a line that stands again; "" of others.
        stanza: the number of the line's stanza, from 0.
    """

    rhyme: str
    refrain: str
    stanza: int


def parse_scheme(scheme: str) -> list[SchemeLine]:
    """The lines of a rhyme scheme.

    Args:
        scheme: a letter a line, in either case, "-" for a line that rhymes with none; a
            space or "/" ends a stanza; a digit after a letter makes the line a refrain.

    Raises:
        InputError: for any other character.
    """
    lines: list[SchemeLine] = []
    stanza, at = 0, 0
    scheme = scheme.strip(" /\t\n")
    while at < len(scheme):
        token = _TOKEN.match(scheme, at)
        if token is None:
            raise InputError(
                f"A rhyme scheme has no {scheme[at]!r}: it is letters, - for a line "
                "without rhyme, a space or / between stanzas, and a digit after the "
                "letter of a refrain, such as ABAB or A1BA2."
            )
        at = token.end()
        if token[3]:
            stanza += 1
        else:
            letter = (token[1] or "").upper()
            refrain = letter + token[2] if token[2] else ""
            lines.append(SchemeLine(letter, refrain, stanza))
    return lines
