"""What a file is, by its first bytes, and which encoding a text is likely to have."""

import codecs
import re

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_HEAD = 4096  # bytes that tell text from other files
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
_MAKES_TEXT = "save it as plain text first (as pandoc FILE -t plain -o FILE.txt does)"


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


def is_binary(head: bytes) -> bool:
    """Whether bytes hold more control characters than any text does."""
    head = head[:_HEAD]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\0" in head and 10 * controls > len(head)  # a few may be in any text


def likely_encodings(data: bytes) -> list[str]:
    """The encodings that a text is most likely to have, one or two of them, the
    likeliest first; none if nothing can tell.

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
    best = found[0]
    # Of the encodings of Latin letters, Western Europe's is far the commonest.
    western = [m for m in found if m.encoding == "cp1252" and m.chaos < best.chaos + 0.1]
    near = [
        m
        for m in found
        if m.chaos < best.chaos + 0.06 and m.coherence > best.coherence - 0.1
    ]
    names = [m.encoding for m in [*western, *near]]
    shown = {_preview(data, name): name for name in reversed(names)}
    return list(reversed(shown.values()))[:2]


def _preview(data: bytes, encoding: str) -> str:
    """A few words of a text where it is not plain ASCII."""
    text = " ".join(data.decode(encoding, "ignore").split())[:10_000]
    other = [i for i, character in enumerate(text) if not character.isascii()]
    begin = max(0, other[len(other) // 2] - _PREVIEW // 2) if other else 0
    return text[begin : begin + _PREVIEW].strip()


def proposal(data: bytes) -> str:
    """A sentence about the encoding that a text is likely to have.

    Args:
        data: a part of the text.
    """
    names = likely_encodings(data)
    if not names:
        return "Give the encoding that it was saved in (`encoding`)."
    shown = " or ".join(f"{name} (“{_preview(data, name)}”)" for name in names)
    return f"It is likely {shown}: try `encoding={names[0]!r}`."
