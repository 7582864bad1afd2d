"""Makes a text in the format of the Penn Treebank from a large text of verse, a line a
verse: `python benchmarks/penn_format.py VERSE FOLDER` (VERSE may be packed with xz).

It writes `penn.train.txt`, `penn.valid.txt` and `penn.test.txt`, of about as many
tokens as the treebank's files: lower case, no marks, `N` for numbers, a sentence (here
a line) a line, and `<unk>` for all but the commonest words. Blocks of 100 lines are
shared out by chance, so that all three are of the same kind.
"""

import lzma
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TOKENS = {"test": 82_000, "valid": 74_000, "train": 930_000}
WORDS = 9_998  # with `<unk>` and the end of a line 10,000
_BLOCK = 100  # lines
_WORD = re.compile(r"\d[\d,.]*|[^\W\d_]+(?:['’-][^\W\d_]+)*|'")


def blocks(path: Path) -> Iterator[list[list[str]]]:
    """Blocks of lines as tokens, in an order of chance."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    found = [lines[i : i + _BLOCK] for i in range(0, len(lines), _BLOCK)]
    random.Random(1).shuffle(found)
    for block in found:
        yield [tokens for line in block if (tokens := _tokens(line))]


def _tokens(line: str) -> list[str]:
    words = _WORD.findall(line.lower().replace("’", "'"))
    return ["N" if word[0].isdigit() else word for word in words if word != "'"]


def main(verse: Path, folder: Path) -> None:
    """Write the three files."""
    source = blocks(verse)
    parts: dict[str, list[list[str]]] = {name: [] for name in TOKENS}
    for name, size in TOKENS.items():
        count = 0
        while count < size:
            block = next(source)
            parts[name] += block
            count += sum(len(line) + 1 for line in block)
    counts = Counter(word for line in parts["train"] for word in line)
    known = {word for word, _ in counts.most_common(WORDS)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in parts.items():
        with open(folder / f"penn.{name}.txt", "w", encoding="utf-8") as file:
            for line in lines:
                words = (word if word in known else "<unk>" for word in line)
                file.write(f" {' '.join(words)} \n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
