"""Compile CMU's dictionary into the table of the package.

    python tools/compile_pronunciations.py cmudict.dict verse.txt

`cmudict.dict` is the file of the CMU Pronouncing Dictionary, and `verse.txt` (it may be
packed with xz) a large text of verse, a line a verse, whose words are counted: those
that stand in it 20 times or more, and can be pronounced, are the words that verse in a
form is written with. `line_ends` says which of them may end lines. Of the text nothing
else is kept.
"""

import lzma
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from gru_textgen.verse import pronunciation
from gru_textgen.verse.derivation import Phones, derive
from gru_textgen.verse.pronunciation import LONGEST_WORD, SOUNDS, TABLE, stresses
from gru_textgen.verse.rhyme import endings

POETIC = Path(pronunciation.__file__).with_name("poetic.txt")
LEAST = 20  # times that a word must stand in the text
# Of a word that ends lines: how often it stands in the text, how often it ends a line,
# what share of all that is, and what share of the line's other words are common.
LEAST_COMMON, LEAST_ENDS, LEAST_SHARE, LEAST_PLAIN = 64, 20, 0.05, 0.8
COMMONEST = 6000
_WORD = re.compile(r"'?[A-Za-z]+(?:'[A-Za-z]+)*'?")
_ENTRY = re.compile(r"[a-z]+(?:['-][a-z]+)*'?|'[a-z]+")
# Slurs, which old verse has, and no poem asked for today should.
_LEFT_OUT = set("nigger niggers nigga darky darkies coon coons squaw jap japs".split())
_SHORT_WORDS = set(
    "a i o ah am an as at ay be by do eh go ha he ho if in is it la lo ma me my no "
    "of oh on or ox pa so to up us we ye i' o'".split()
)
_NUMERAL = re.compile(r"(?!ill$|civil$|civic$)[ivxlc]{2,}")


def read_dictionary(lines) -> dict[str, list[Phones]]:
    """Words, each with its pronunciations, of a dictionary's lines."""
    found: dict[str, list[Phones]] = {}
    for line in lines:
        entry, *phones = line.split("#")[0].split()
        word = entry.split("(")[0]
        if _ENTRY.fullmatch(word) and len(word) <= LONGEST_WORD:
            known = found.setdefault(word, [])
            known.extend([tuple(phones)] if tuple(phones) not in known else [])
    return found


def lines_of(path: str) -> Iterator[list[str]]:
    """The words of each line of a text."""
    opened = lzma.open if path.endswith(".xz") else open
    with opened(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield _WORD.findall(line.replace("\u2019", "'"))


def count_words(lines: Iterable[list[str]]) -> Counter:
    """How often each word stands in a text."""
    counts: Counter = Counter()
    for words in lines:
        counts.update(word.lower() for word in words)
    return counts


def line_ends(path: str, counts: Counter) -> set[str]:
    """The words that may end lines.

    They end lines of the text, in small letters, so often that names, dialect
    ("hae" is no rhyme word) and adjectives that stand before their nouns ("wintry") do
    not; and the lines that they end are of common words, which those in Scots ("dee"),
    Latin or Middle English, and notes among the verse, are not.
    """
    small, ends = Counter(), Counter()
    for words in lines_of(path):
        small.update(word for word in words if word.islower())
        ends.update(word for word in words[-1:] if word.islower())
    found = {
        word
        for word, n in ends.items()
        if counts[word] >= LEAST_COMMON
        and n >= max(LEAST_ENDS, LEAST_SHARE * small[word])
    }
    commonest = {word for word, _ in small.most_common(COMMONEST)}
    beside, plain = Counter(), Counter()
    for words in islice(lines_of(path), 0, None, 3):  # a third tells enough
        if words and words[-1] in found:
            beside[words[-1]] += len(words) - 1
            plain[words[-1]] += sum(word.lower() in commonest for word in words[:-1])
    return {word for word in found if plain[word] >= LEAST_PLAIN * beside[word]}


def main(dictionary: str, text: str) -> None:
    """Write the table."""
    with open(dictionary, encoding="latin-1") as file:
        said = read_dictionary(file)
    with open(POETIC, encoding="utf-8") as file:
        by_hand = read_dictionary(line for line in file if line[0] not in "#\n")
    for word, phones in by_hand.items():
        said[word] = list(dict.fromkeys([*phones, *_like(phones, said.get(word, []))]))
    counts = count_words(lines_of(text))
    last = line_ends(text, counts)
    common = [w for w, n in counts.items() if n >= LEAST and _is_word(w)]
    for word in common:
        if word not in said and len(word) <= LONGEST_WORD and not _quoted(word, said):
            found = derive(word, lambda part: said.get(part, []))
            if found:
                said[word] = found[:3]
    arrays = table(said)
    arrays |= lexicon({w: said[w] for w in common if w in said}, counts, last)
    np.savez_compressed(TABLE, **arrays)
    print(
        f"{len(said):,} words, {len(arrays['lexicon_words']):,} of them to write with"
    )


def _like(phones: list[Phones], others: list[Phones]) -> list[Phones]:
    """Of other pronunciations those with a stressed vowel that the hand list has: it
    decides how verse reads "wind" and "again"."""
    vowels = {endings(p)[0].key.split()[0] for p in phones if endings(p)}
    return [
        p for p in others if not endings(p) or endings(p)[0].key.split()[0] in vowels
    ]


def _is_word(text: str) -> bool:
    """Whether verse should be written with it: no letters, numerals, abbreviations."""
    if len(text) < 3:
        return text in _SHORT_WORDS
    has_vowel = any(c in "aeiouy" for c in text)
    return has_vowel and not _NUMERAL.fullmatch(text) and text not in _LEFT_OUT


def _quoted(word: str, said: dict) -> bool:
    """Whether an apostrophe around a word is a quotation mark."""
    inner = word.strip("'")
    return inner != word and (inner in said or word[0] == "'")


def table(said: dict[str, list[Phones]]) -> dict[str, np.ndarray]:
    """All words, sorted, and the sounds of each."""
    codes = {sound: code for code, sound in enumerate(SOUNDS)}
    words = sorted(said, key=str.encode)
    sounds = [
        code
        for word in words
        for phones in said[word]
        for code in (*(codes[phone] for phone in phones), 0)
    ]
    return {
        "words": np.array(words, f"S{LONGEST_WORD}"),
        "counts": np.array([len(said[word]) for word in words], np.uint8),
        "sounds": np.array(sounds, np.uint8),
    }


def lexicon(
    said: dict[str, list[Phones]], counts: Counter, last: set[str]
) -> dict[str, np.ndarray]:
    """The words to write with: stresses, and the ends that rhyme, as numbers."""
    words = sorted(said, key=str.encode)
    pattern_rows, end_rows, first = [], [], []
    for i, word in enumerate(words):
        marks = dict.fromkeys(stresses(phones) for phones in said[word])
        pattern_rows += [(i, mark) for mark in marks if mark]
        end_rows += _ends(i, said[word])
        first.append(said[word][0][0].rstrip("012"))
    patterns = sorted({mark for _, mark in pattern_rows})
    place = {mark: i for i, mark in enumerate(patterns)}
    columns = {"lexicon_end_word": np.array([row[0] for row in end_rows], np.int32)}
    names = ("pattern", "syllable", "key", "onset", "assonance", "consonance")
    for name, column in zip(names, zip(*(row[1:] for row in end_rows))):
        if name == "pattern":
            values = np.array([place[mark] for mark in column], np.uint8)
        elif name == "syllable":
            values = np.array(column, np.uint8)
        else:
            known = sorted(set(column))
            numbers = {text: i for i, text in enumerate(known)}
            values = np.array([numbers[text] for text in column], np.uint16)
            columns[f"lexicon_{name}s"] = np.array([t.encode() for t in known])
        columns[f"lexicon_end_{name}"] = values
    return {
        "lexicon_words": np.array(words, f"S{LONGEST_WORD}"),
        "lexicon_common": np.log2([counts[word] for word in words]).astype(np.uint8),
        "lexicon_last": np.array([word in last for word in words]),
        "lexicon_first": np.array(first, "S2"),
        "lexicon_patterns": np.array(patterns, "S12"),
        "lexicon_word": np.array([i for i, _ in pattern_rows], np.int32),
        "lexicon_pattern": np.array([place[m] for _, m in pattern_rows], np.uint8),
        **columns,
    }


def _ends(i: int, said: list[Phones]) -> list[tuple]:
    """The ends of a word that a rhyme may rest on; see `rhyming_pronunciations`."""
    stressed = [phones for phones in said if "1" in stresses(phones)]
    if len({endings(phones)[-1].key.split()[0] for phones in stressed}) > 1:
        stressed = []
    return list(
        dict.fromkeys(
            (i, stresses(p), e.syllable, e.key, e.onset, e.assonance, e.consonance)
            for p in stressed
            for e in endings(p)
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
