"""What a file is, by its first bytes, and which encoding a text is likely to have."""

import codecs
import re

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_HEAD = 4096  # bytes that tell text from other files
_MAX_C1 = 0.005  # of a text's characters, that are controls no text has
_WESTERN = "cp1252"
_MAX_PROPOSED = 3  # encodings
_PREVIEW = 24  # characters of a text that are shown in its likely encoding
_KINDS = (
    (rb"%PDF-", "a PDF file"),
    (rb"\{\\rtf", "a file in Rich Text Format"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Word, Excel or PowerPoint file"),
    (rb"PK\x03\x04.{26,80}(?:word|xl|ppt)/", "a Word, Excel or PowerPoint file"),
    (rb"PK\x03\x04.{26}mimetypeapplication/epub", "an e-book"),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd.oasis", "an OpenDocument file"),
    (rb"\s*<!doctype html|\s*<html[\s>]", "an HTML page"),
    (rb"\x89HDF|\x89PNG|\xff\xd8\xff|GIF8|RIFF|ID3|\x7fELF|SQLite", "not a text"),
)
_BY_ENDING = {
    ".docx": "a Word file",
    ".odt": "an OpenDocument file",
    ".epub": "an e-book",
    ".keras": "a model",
}
_MAKES_TEXT = (
    "save it as plain text first, for example with pandoc FILE -t plain -o FILE.txt"
)


def not_a_text(head: bytes, ending: str) -> str | None:
    """What a file is, if it is no plain text, and the way out.

    Args:
        head: its first bytes.
        ending: of its name, in small letters.

    Returns:
        For example "is a PDF file: save it as plain text first"; None for a text.
    """
    kind = _BY_ENDING.get(ending)
    for pattern, name in _KINDS:
        body = head.removeprefix(codecs.BOM_UTF8)
        if kind is None and re.match(pattern, body, re.DOTALL | re.IGNORECASE):
            kind = name
    if kind in ("not a text", "a model"):
        return f"is {kind}" if kind == "a model" else "is a binary file, not text"
    if kind is not None:
        return f"is {kind}: {_MAKES_TEXT}"
    return None


def utf_16_of(head: bytes) -> str | None:
    """The encoding of a text in UTF-16 or UTF-32, by its mark or its zero bytes."""
    head = head[: _HEAD - _HEAD % 4]
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for name, many, few in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # A third of zeros is Latin; fewer may be another script with its spaces.
        if few == 0 and many > 0 and _decodes(head, name) and 60 * many > len(head):
            return name
    return None


def _decodes(data: bytes, encoding: str) -> bool:
    text = data.decode(encoding, "replace").removesuffix("\ufffd")
    known = [c for c in text if c.isprintable() or c in "\t\n\r\f"]
    return len(known) > 0.98 * len(text)


def is_mojibake(text: str) -> bool:
    """Whether a text was hardly written so: it has control characters that no text has,
    or is mostly signs and letters beyond ASCII, mixed."""
    controls = sum(map(text.count, map(chr, range(0x80, 0xA0))))
    if controls > _MAX_C1 * len(text):
        return True
    other = [c for c in text if "\xa0" <= c <= "\xff"]
    signs = sum(not c.isalpha() for c in other)
    return 10 * len(other) > 4 * len(text) and 10 * signs > len(other)


def is_binary(head: bytes) -> bool:
    """Whether bytes hold more control characters than any text does."""
    head = head[:_HEAD]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" in head and 10 * controls > len(head)  # a few may be in any text


def likely_encodings(data: bytes) -> list[str]:
    """The encodings that a text is most likely to have, the likeliest first; none if
    nothing can tell.

    Args:
        data: a part of the text.
    """
    if wide := utf_16_of(data):
        return [wide]
    try:
        from charset_normalizer import from_bytes
    except ModuleNotFoundError:  # it comes with what training needs
        return []
    found = list(from_bytes(data, threshold=0.3))
    if not found:
        return []
    least, most = found[0].chaos, found[0].coherence
    near = [m for m in found if m.chaos < least + 0.06 and m.coherence > most - 0.1]
    # Of the encodings of Latin letters, Western Europe's is far the commonest.
    near += [m for m in found if m.encoding == _WESTERN and m.chaos < least + 0.1]
    names = [m.encoding for m in near]
    western = data.decode(_WESTERN, "ignore")
    if any(data.decode(name, "ignore") == western for name in names):
        names.append(_WESTERN)  # the detector names one of several that are alike
    texts: dict[str, str] = {}  # and the encoding that it is in
    for name in sorted(names, key=lambda name: name != _WESTERN):
        texts.setdefault(data.decode(name, "ignore"), name)
    # Encodings of Cyrillic read one another's small letters as capitals.
    return [texts[text] for text in sorted(texts, key=_is_shouted)][:_MAX_PROPOSED]


def _is_shouted(text: str) -> bool:
    return 2 * sum(map(str.isupper, text)) > sum(map(str.isalpha, text))


def _previews(data: bytes, encodings: list[str]) -> list[str]:
    """A few words of a text in each encoding, where they differ from one another or,
    if there is one, from ASCII."""
    texts = [" ".join(data.decode(name, "ignore").split()) for name in encodings]
    places = [
        i
        for i, characters in enumerate(zip(*texts))
        if len(set(characters)) > 1 or not (texts[1:] or characters[0].isascii())
    ]
    begin = max(0, places[len(places) // 2] - _PREVIEW // 2) if places else 0
    return [text[begin : begin + _PREVIEW].strip() for text in texts]


def proposal(data: bytes) -> str:
    """A sentence about the encoding that a text is likely to have.

    Args:
        data: a part of the text.
    """
    names = likely_encodings(data)
    if not names:
        return "Give its encoding (`encoding`)."
    previews = zip(names, _previews(data, names))
    shown = " or ".join(f"{name} (“{preview}”)" for name, preview in previews)
    return f"It is probably {shown}: try `encoding={names[0]!r}`."
