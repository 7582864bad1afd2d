"""English poems in plain characters and plain capitals, however they were printed."""

import re

from gru_textgen.verse.line_rules import plain

_ROMAN = re.compile(r"(?=[CLXVI])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})", re.ASCII)
_LETTERS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SMALL = frozenset(
    "a an and as at but by for from in into nor of on or the to upon with".split()
)
_NAMES = re.compile(r"^([OMD]')(\w)")  # O'Brien, M'Gregor, but o'er
_CONTRACTIONS = re.compile(  # he' d, o' er, THE MILLER 'S
    r"(?<=\w)(') (?=(?:d|s|t|ll|ve|re|st)(?![\w-]))|(?<=[oeOE])(') (?=er\b)|"
    r"(?<=[A-Z]) (')(?=(?:S|D|M|VE|LL|RE)\b)"
)
_ASTRAY = re.compile(r"(?<=\w)' (?=t(?:is|was|were|will|would)\b)")  # if' twas
# Words in capitals that a printer began a poem with, before other words.
_OPENING = re.compile(r"^(\W*)((?:[A-Z] )?[A-Z][A-Z']+(?: [A-Z][A-Z']*)*)(?=\b.*[a-z])")


def plain_poem(poem: str) -> str:
    """An English poem in plain characters (`line_rules.plain`), its contractions in
    one piece, its title and the words that it begins with not in capitals.

    Args:
        poem: title, empty line and stanzas, or stanzas alone.
    """
    lines = [_plain_line(line) for line in poem.split("\n")]
    lines = re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n")).split("\n")
    titled = len(lines) > 2 and not lines[1]
    if titled and lines[0].isupper():
        lines[0] = _title(lines[0])
    first = 2 if titled else 0
    lines[first] = _OPENING.sub(_lowered, lines[first], count=1)
    return "\n".join(lines)


def _plain_line(line: str) -> str:
    joined = _CONTRACTIONS.sub(
        lambda found: "".join(filter(None, found.groups())), plain(line)
    )
    return _ASTRAY.sub(" '", joined)


def _title(line: str) -> str:
    """A title in capitals as one in English is written, its Roman numbers kept."""

    def cased(found: re.Match[str]) -> str:
        inside = re.search(r"[^\W\d_],? $", line[: found.start()])
        if inside and found[0].lower() in _SMALL:
            return found[0].lower()
        return _capitalised(found[0])

    return _LETTERS.sub(cased, line)


def _lowered(found: re.Match[str]) -> str:
    first, *others = found[2].split(" ")
    lowered = [word if word in ("I", "O") else word.lower() for word in others]
    return found[1] + " ".join([_capitalised(first), *lowered])


def _capitalised(word: str) -> str:
    """A word in capitals with one, or as it is if it is a Roman number."""
    if _ROMAN.fullmatch(word):
        return word
    name = _NAMES.match(word)
    if name and word != "O'ER":
        return name[1] + word[2:].capitalize()
    return word.capitalize()
