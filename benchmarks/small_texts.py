"""Makes the small texts of docs/small_texts.md that need no collection of poems.

    python benchmarks/small_texts.py FOLDER

writes `names.txt` (of the named corpus, downloaded once), `anthology30.txt`, `gpl.txt`
(where Debian's copy of the licence is), `pydoc.txt`, `python50.txt` and `records.txt`.
The two of Python's own text differ with its version.
"""

import importlib
import pydoc_data.topics
import random
import sys
from pathlib import Path

from gru_textgen.text.corpus import read_anthology, read_named

LICENCE = Path("/usr/share/common-licenses/GPL-3")
MODULES = "textwrap bisect heapq string csv shlex fnmatch glob calendar queue".split()
STREETS = [
    "High Street",
    "Church Lane",
    "Mill Road",
    "Station Road",
    "Park Avenue",
    "Bridge Street",
    "Elm Close",
]
CITIES = ["Leeds", "York", "Bath", "Derby", "Truro", "Ripon", "Ely", "Wells"]
STATES = ["paid", "open", "paid", "late"]


def names() -> list[str]:
    """First names in an order of chance."""
    found = read_named("names").text.split()
    random.Random(0).shuffle(found)
    return found


def records(first: list[str]) -> str:
    """700 invoices that no one has sent."""
    rng = random.Random(0)
    lines = ["id,date,name,city,street,amount,status"]
    for i in range(700):
        date = f"2023-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        name, city = rng.choice(first).title(), rng.choice(CITIES)
        street = f"{rng.randint(1, 99)} {rng.choice(STREETS)}"
        amount, state = f"{rng.lognormvariate(3, 1):.2f}", rng.choice(STATES)
        lines.append(f"{1000 + i},{date},{name},{city},{street},{amount},{state}")
    return "\n".join(lines) + "\n"


def python() -> str:
    """The source of some modules."""
    files = [importlib.import_module(name).__file__ for name in MODULES]
    return "".join(Path(file).read_text(encoding="utf-8") for file in files)


def main(folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    shuffled, topics = names(), pydoc_data.topics.topics
    texts = {
        "names": "\n".join(shuffled[:1500]) + "\n",
        "records": records(shuffled[:200]),
        "anthology30": read_anthology().text[:30_000],
        "python50": python()[:49_999],
        "pydoc": "\n".join(topics[name] for name in sorted(topics))[:60_000],
    }
    if LICENCE.exists():
        texts["gpl"] = LICENCE.read_text(encoding="utf-8")
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{name}: {len(text):,} characters")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
