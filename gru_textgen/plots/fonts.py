"""Fonts that have the characters of a text, for pictures."""

import functools
import unicodedata
import warnings
from collections.abc import Iterable

from gru_textgen.plots.themes import MONO

BOX = "\u25a1"  # for a character that no font has
# Fonts that have most of the world's characters, tried before the others.
_LIKELY = ("CJK", "Noto", "Emoji", "WenQuanYi", "Gothic", "Hei", "Song", "Unicode")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
_LAST_RESORT = "Last Resort"  # a font of boxes, one for each script


def fonts_for(text: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """The fonts to draw a text in: one of equal widths, and others for what it lacks.

    Args:
        text: characters.

    Returns:
        Names of fonts, as matplotlib's `family`; and what to draw in the place of
        characters that no installed font has, which a warning names.
    """
    drawn = {c for c in text if unicodedata.category(c) not in _INVISIBLE}
    families, missing = [MONO], drawn - _characters_of_mono()
    for name, path in _installed():
        if not missing:
            break
        found = missing & _characters(path)
        if found:
            families.append(name)
            missing -= found
    blanks = {c for c in missing if c.isspace()}
    missing -= blanks
    if missing:
        shown = "".join(sorted(missing)[:8])
        more = " and others" if len(missing) > len(shown) else ""
        warnings.warn(
            f"No installed font contains {shown!r}{more}: boxes are drawn instead. "
            "Install a font that contains them, such as Noto Sans CJK.",
            stacklevel=3,
        )
    return families, {**dict.fromkeys(missing, BOX), **dict.fromkeys(blanks, " ")}


@functools.cache
def _characters_of_mono() -> frozenset[str]:
    from matplotlib.font_manager import findfont

    return _characters(findfont(MONO))


@functools.cache
def _installed() -> list[tuple[str, str]]:
    """Names and files of the fonts, one file each, the likeliest first."""
    from matplotlib.font_manager import fontManager

    files = {font.name: font.fname for font in reversed(fontManager.ttflist)}
    names = [name for name in sorted(files) if _LAST_RESORT not in name]
    names.sort(key=lambda name: not any(part in name for part in _LIKELY))
    return [(name, files[name]) for name in names]


@functools.cache
def _characters(path: str) -> frozenset[str]:
    """The characters that a font has; none if it cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        # A font of bitmaps, as of coloured emoji, cannot be drawn by matplotlib.
        return frozenset(map(chr, font.get_charmap() if font.scalable else ()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()
