"""Pronunciations that follow from those of other words: endings, prefixes, spellings.

A rule takes a word that a dictionary lacks apart, and puts the sounds of the parts
together. `lookup` gives the dictionary's pronunciations of a word, or none.
"""

from collections.abc import Callable, Iterator

Phones = tuple[str, ...]
Lookup = Callable[[str], list[Phones]]

_VOICELESS = {"P", "T", "K", "F", "TH", "S", "SH", "CH"}
_SIBILANTS = {"S", "Z", "SH", "ZH", "CH", "JH"}
# Endings that are said alike after every word.
_ENDINGS: dict[str, Phones] = {
    "'ll": ("L",),
    "'ve": ("V",),
    "'re": ("R",),
    "n't": ("AH0", "N", "T"),
    "'st": ("S", "T"),
    "est": ("IH0", "S", "T"),
    "eth": ("IH0", "TH"),
    "ing": ("IH0", "NG"),
    "in'": ("IH0", "N"),
    "ings": ("IH0", "NG", "Z"),
    "er": ("ER0",),
    "ers": ("ER0", "Z"),
    "ly": ("L", "IY0"),
    "ness": ("N", "AH0", "S"),
    "less": ("L", "AH0", "S"),
    "ful": ("F", "AH0", "L"),
    "y": ("IY0",),
    "ward": ("W", "ER0", "D"),
    "wards": ("W", "ER0", "D", "Z"),
    "like": ("L", "AY2", "K"),
    "ship": ("SH", "IH2", "P"),
    "hood": ("HH", "UH2", "D"),
    "some": ("S", "AH0", "M"),
    "ish": ("IH0", "SH"),
    "ous": ("AH0", "S"),
    "ment": ("M", "AH0", "N", "T"),
}
_PREFIXES: dict[str, Phones] = {
    "un": ("AH0", "N"),
    "re": ("R", "IY0"),
    "dis": ("D", "IH0", "S"),
    "mis": ("M", "IH0", "S"),
    "over": ("OW2", "V", "ER0"),
    "o'er": ("AO2", "R"),
    "out": ("AW2", "T"),
    "under": ("AH2", "N", "D", "ER0"),
    "fore": ("F", "AO0", "R"),
    "be": ("B", "IH0"),
    "en": ("IH0", "N"),
    "a": ("AH0",),
    "a-": ("AH0",),
    "up": ("AH0", "P"),
    "inter": ("IH2", "N", "T", "ER0"),
}
_SPELLINGS = (
    ("our", "or"),
    ("ours", "ors"),
    ("oured", "ored"),
    ("ouring", "oring"),
    ("ise", "ize"),
    ("ised", "ized"),
    ("ises", "izes"),
    ("ising", "izing"),
    ("tre", "ter"),
    ("tres", "ters"),
    ("ence", "ense"),
    ("lled", "led"),
    ("lling", "ling"),
    ("ller", "ler"),
    ("llous", "lous"),
    ("ae", "e"),
    ("grey", "gray"),
    ("plough", "plow"),
    ("sceptre", "scepter"),
    ("connexion", "connection"),
)


def derive(word: str, lookup: Lookup) -> list[Phones]:
    """Pronunciations of a word that is not in the dictionary, the surest rule first.

    Args:
        word: in small letters, with a plain apostrophe.
        lookup: what the dictionary has.

    Returns:
        Distinct pronunciations by the first rule that knows one; none if none does.
    """
    rules = (_possessive, _past, _ending, _spelling, _elision, _prefix, _compound)
    for rule in rules:
        found = list(dict.fromkeys(rule(word, lookup)))
        if found:
            return found
    return []


def _possessive(word: str, lookup: Lookup) -> Iterator[Phones]:
    """The -s of possession, of the plural and of the verb."""
    if word.endswith("s'"):
        yield from lookup(word[:-1])
        stems = [word[:-2]]
    elif word.endswith("'s"):
        stems = [word[:-2]]
    elif word.endswith("s") and not word.endswith(("ss", "us")):
        stems = [word[:-1], word[:-2]] if word.endswith("es") else [word[:-1]]
        stems += [word[:-3] + "y"] if word.endswith("ies") else []
    else:
        return
    for phones in _all(stems, lookup):
        yield phones + _plural(phones)


def _plural(phones: Phones) -> Phones:
    if phones[-1] in _SIBILANTS:
        return ("IH0", "Z")
    return ("S",) if phones[-1] in _VOICELESS else ("Z",)


def _past(word: str, lookup: Lookup) -> Iterator[Phones]:
    """The -d of the past; after an apostrophe never a syllable of its own, under an
    accent (wingèd) always."""
    if word.endswith(("\xe8d", "\xe9d")):
        for phones in _all(_stems(word[:-2]), lookup):
            yield phones + ("IH0", "D")
    if not word.endswith(("'d", "ed")):
        return
    for phones in _all(_stems(word[:-2]), lookup):
        if phones[-1] in ("T", "D"):
            yield phones + (("D",) if word.endswith("'d") else ("IH0", "D"))
        else:
            yield phones + (("T",) if phones[-1] in _VOICELESS else ("D",))


def _ending(word: str, lookup: Lookup) -> Iterator[Phones]:
    for ending, sounds in _ENDINGS.items():
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) > 1:
            exact = ending[0] not in "aeiouy"  # a consonant leaves the stem as it is
            stems = [stem, *_of_i(stem)] if exact else _stems(stem)
            for phones in _all(stems, lookup):
                yield phones + sounds
            if ending == "ly" and stem.endswith("b"):  # nobly
                for phones in lookup(stem + "le"):
                    yield phones[:-2] + ("L", "IY0")


def _stems(stem: str) -> list[str]:
    """What may stand before an ending with a vowel: mak(e), runn, merri (merry)."""
    doubled = [stem[:-1]] if len(stem) > 2 and stem[-1] == stem[-2] else []
    return [stem, stem + "e", *doubled, *_of_i(stem)]


def _of_i(stem: str) -> list[str]:
    return [stem[:-1] + "y"] if stem.endswith("i") else []


def _spelling(word: str, lookup: Lookup) -> Iterator[Phones]:
    for british, american in _SPELLINGS:
        if british in word:
            yield from lookup(word.replace(british, american))
    if word.endswith("-"):
        yield from lookup(word.rstrip("-"))


def _elision(word: str, lookup: Lookup) -> Iterator[Phones]:
    """A vowel left out: wand'ring, ev'n, pow'r."""
    inner = word.find("'", 1, len(word) - 1)
    if inner < 0:
        return
    for vowel in "eoiua":
        full = word[:inner] + vowel + word[inner + 1 :]
        for phones in (
            lookup(full) or list(_past(full, lookup)) or list(_ending(full, lookup))
        ):
            shorter = _shortened(phones)
            if shorter:
                yield shorter


def _shortened(phones: Phones) -> Phones | None:
    """One unstressed vowel fewer, the last that the sounds can do without."""
    for i in range(len(phones) - 1, 0, -1):
        before, after = phones[i - 1], phones[i + 1] if i + 1 < len(phones) else ""
        if phones[i] == "ER0" and (after[-1:].isdigit() or before[-1:].isdigit()):
            return phones[:i] + ("R",) + phones[i + 1 :]
        if phones[i] in ("AH0", "IH0") and after in ("N", "L", "R", "M"):
            return phones[:i] + phones[i + 1 :]
    return None


def _prefix(word: str, lookup: Lookup) -> Iterator[Phones]:
    for prefix, sounds in _PREFIXES.items():
        stem = word[len(prefix) :].lstrip("-")
        if word.startswith(prefix) and len(stem) > 2:
            whole = lookup(stem) or list(_past(stem, lookup))
            for phones in whole or list(_ending(stem, lookup)):
                yield sounds + phones


def _compound(word: str, lookup: Lookup) -> Iterator[Phones]:
    """Two words in one; the first has the stress: moonlight."""
    middle = word.find("-")
    cuts = (
        [middle]
        if middle > 0
        else sorted(range(3, len(word) - 2), key=lambda cut: abs(2 * cut - len(word)))
    )
    for cut in cuts:
        first, second = word[:cut], word[cut:].lstrip("-")
        if not second or (middle < 0 and not (_whole(first) and _whole(second))):
            continue
        for one in lookup(first)[:1]:
            for other in lookup(second) or list(_past(second, lookup)):
                yield one + tuple(p.replace("1", "2") for p in other)
                return


def _whole(part: str) -> bool:
    """Whether a part of a compound looks like a word: it has a vowel."""
    return len(part) > 2 and any(c in "aeiouy" for c in part)


def _all(words: list[str], lookup: Lookup) -> Iterator[Phones]:
    """Of the first of some spellings that the dictionary has."""
    for word in words:
        found = lookup(word) if len(word) > 1 else []
        if found:
            yield from found
            return
