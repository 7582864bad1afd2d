"""Makes the small texts in five languages of docs/small_texts.md.

    apt-get download fortunes-es fortunes-de fortunes-cs manpages-fr manpages-zh \\
        installation-guide-amd64
    for f in *.deb; do dpkg-deb -x $f DEBIAN; done
    pip install babel beautifulsoup4
    python benchmarks/small_translations.py DEBIAN FOLDER

writes, for Spanish, German, French, Czech and Chinese, `guide-es.txt` (prose: the
beginning of Debian's installation guide), `sayings-es.txt` (quotations and proverbs;
for French and Chinese, which have no such package, `manual-fr.txt`, of manual pages)
and `names-es.txt` (a list: names of languages, countries and currencies, shuffled).
The Chinese guide is in simplified characters, manual and names in traditional ones.
"""

import gzip
import random
import re
import sys
from pathlib import Path

from babel import Locale
from bs4 import BeautifulSoup

LANGUAGES = ("es", "de", "fr", "cs", "zh")
GUIDE = "usr/share/doc/installation-guide-amd64"
FORTUNES = "usr/share/games/fortunes"
SAYINGS = {
    "es": ["vida.fortunes", "sabiduria.fortunes", "refranes.fortunes"],
    "de": ["sprueche", "sprichworte", "zitate"],
    "cs": ["citace", "citat", "prislovi"],
}
MANUAL = "usr/share/man/{}/man7"
GUIDE_IN, MANUAL_IN, NAMES_IN = {"zh": "zh_CN"}, {"zh": "zh_TW"}, {"zh": "zh_Hant"}
CHARACTERS = 30_000  # of a text, at most


def paragraphs(folder: Path) -> list[str]:
    """Those of the guide's chapters, in order, each on a line."""
    found = []
    for file in sorted(folder.glob("ch*.html")):
        page = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
        for element in page.find_all("p"):
            line = " ".join(element.get_text().split())
            if line:
                found.append(line)
    return found


def guide(debian: Path, language: str) -> str:
    """The guide's beginning, without the paragraphs that nobody has translated."""
    folder = debian / GUIDE
    english = set(paragraphs(folder / "en"))
    kept = [
        p
        for p in paragraphs(folder / GUIDE_IN.get(language, language))
        if p not in english
    ]
    return "\n\n".join(kept)[:CHARACTERS]


def sayings(debian: Path, language: str) -> str:
    """In an order of chance, an empty line between them."""
    files = [debian / FORTUNES / language / name for name in SAYINGS[language]]
    found = "\n%\n".join(file.read_text(encoding="utf-8") for file in files)
    kept = [one.strip("\n") for one in found.split("\n%\n") if one.strip()]
    random.Random(0).shuffle(kept)
    return "\n\n".join(kept)[:CHARACTERS]


def manual(debian: Path, language: str) -> str:
    """Pages on conventions, without their commands to the typesetter."""
    found = []
    pages = debian / MANUAL.format(MANUAL_IN.get(language, language))
    for file in sorted(pages.glob("*.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as page:
            lines = [line for line in page if line[0] not in ".'"]
        if language == "zh":  # much of these pages is still in English
            lines = [line for line in lines if not line.isascii()]
        text = re.sub(r"\\f(\(..|\[\w*\]|.)|\\[&c/,%]", "", "".join(lines))
        found.append(re.sub(r"\\([-. ]|e)", lambda escape: escape[1], text))
    return "\n\n".join(found)[:CHARACTERS]


def names(language: str) -> str:
    """Of languages, countries and currencies, one a line, in an order of chance."""
    of = Locale.parse(NAMES_IN.get(language, language))
    found = {*of.languages.values(), *of.territories.values(), *of.currencies.values()}
    shuffled = sorted(found)
    random.Random(0).shuffle(shuffled)
    return "\n".join(shuffled) + "\n"


def main(debian: Path, folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        texts = {"guide": guide(debian, language), "names": names(language)}
        if language in SAYINGS:
            texts["sayings"] = sayings(debian, language)
        else:
            texts["manual"] = manual(debian, language)
        for name, text in texts.items():
            (folder / f"{name}-{language}.txt").write_text(text, encoding="utf-8")
            print(f"{name}-{language}: {len(text):,} characters")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
