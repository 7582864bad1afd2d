"""What the passage around a line says of it: the rules by which whole pages of a dirty
text are no verse.

No language is known here: which words are common is counted from the text itself.
"""

import re
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice, pairwise

import numpy as np

from gru_textgen.verse.line_rules import LINE_RULES, plain

REACH = 8  # lines on either side that belong to a line's passage
LEAST_COMMON = 0.8  # share of a passage's words
MAX_UNMARKED, MAX_DROPPED = 0.85, 1 / 3  # shares of its lines
PAGE, FEWEST_PAGES, COMMON = 1000, 20, 0.03  # lines, pages, share of the pages
INDEX, REPEAT = 8, 40  # lines in alphabetical order; letters of three lines
BATCH = 50_000  # lines judged at a time
_MAX_WORDS = 2_000_000
SLOTS = 1 << 24  # places of 4 bytes for the passages that were seen
WAITING = 10_000  # lines, most of them dropped, that wait for three in a row

PASSAGE_RULES = ("language", "contents", "index", "page", "seen")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class Line:
    """A line that is not blank, and what is found about it.

    Attributes:
        raw: as it was read.
        text: in plain characters.
        gap: whether a blank line stands before it.
        words: their number.
        common: the number of those that are common in the whole text.
        letters: all of them, small.
        poor: whether it falls under a rule about lines, or half of its words are rare.
        reason: the name of the rule that it falls under, or "".
    """

    raw: str
    text: str
    gap: bool
    words: int
    common: int
    letters: str
    poor: bool
    reason: str


def common_words(lines: Iterable[str]) -> set[str] | None:
    """Words that stand on at least three in a hundred pages of a text, so that no one
    book makes a word common; None if the text is too short to say."""
    pages: Counter[str] = Counter()
    count = 0
    lines = iter(lines)
    while page := list(islice(lines, PAGE)):
        pages.update(set(_WORD.findall("".join(page).lower())))
        count += 1
        if len(pages) > _MAX_WORDS:
            pages = Counter({word: n for word, n in pages.items() if n > 1})
    if count < FEWEST_PAGES:
        return None
    return {word for word, n in pages.items() if n >= max(2, COMMON * count)}


def judged(
    lines: Iterable[str], common: set[str] | None, without: Container[str] = ()
) -> Iterator[Line]:
    """The lines that are not blank, each with the rule that it falls under, but for
    the rule "seen".

    Args:
        lines: of the text.
        common: see `common_words`; None judges no line by its language.
        without: names of `RULES` to leave out.
    """
    found = _each(lines, common, without)
    held: list[Line] = []
    start = 0  # the lines before it are there for the passages of those after it
    while True:
        new = list(islice(found, BATCH))
        held += new
        end = max(start, len(held) - REACH) if new else len(held)
        reasons = _passage_reasons(held, without)
        for line, reason in zip(held[start:end], reasons[start:end]):
            line.reason = line.reason or reason
            yield line
        if not new:
            return
        start = min(REACH, end)
        held = held[end - start :]


def _each(
    lines: Iterable[str], common: set[str] | None, without: Container[str]
) -> Iterator[Line]:
    rules = [(n, rule) for n, rule in LINE_RULES.items() if n not in without]
    gap = False
    for raw in lines:
        text = plain(raw)
        if not text:
            gap = True
            continue
        words = _WORD.findall(text.lower())
        known = len(words) if common is None else sum([w in common for w in words])
        reason = next((name for name, rule in rules if rule(raw, text)), "")
        poor = reason != "" or 2 * known < len(words)
        yield Line(raw, text, gap, len(words), known, "".join(words), poor, reason)
        gap = False


def _passage_reasons(held: list[Line], without: Container[str]) -> list[str]:
    """For each line the rule about its passage that it falls under, or ""."""
    words = np.array([line.words for line in held], dtype=int)
    common = np.array([line.common for line in held], dtype=int)
    unmarked = np.array([line.text[-1].isalnum() for line in held], dtype=int)
    poor = np.array([line.poor for line in held], dtype=int)
    near = _around(np.ones(len(held), dtype=int))
    fallen = {
        "language": (2 * common < words)
        | (_around(common) < LEAST_COMMON * _around(words)),
        "contents": _around(unmarked) > MAX_UNMARKED * near,
        "index": _alphabetical([line.letters for line in held]),
        "page": _around(poor) > MAX_DROPPED * near,
    }
    reasons = np.full(len(held), "", dtype="U8")
    for name in reversed(fallen):  # so that the first remains
        if name not in without:
            reasons[fallen[name]] = name
    return reasons.tolist()


def _around(values: np.ndarray) -> np.ndarray:
    """The sums over the passage of each line."""
    sums = np.concatenate([np.zeros(REACH + 1, dtype=int), np.cumsum(values)])
    sums = np.concatenate([sums, np.full(REACH, sums[-1])])
    around: np.ndarray = sums[2 * REACH + 1 :] - sums[: -2 * REACH - 1]
    return around


def _alphabetical(lines: list[str]) -> np.ndarray:
    """Which of the lines are among `INDEX` that run in alphabetical order."""
    inside = np.zeros(len(lines), dtype=bool)
    run = 1
    for i, (last, line) in enumerate(pairwise(lines), start=1):
        run = run + 1 if last < line else 1
        if run >= INDEX:
            inside[i - INDEX + 1 : i + 1] = True
    return inside


def without_repeats(found: Iterable[Line]) -> Iterator[Line]:
    """The same lines; "seen" are those of three in a row that came before."""
    memory = np.zeros(SLOTS, dtype=np.uint32).data  # fills as it is used
    waiting: deque[Line] = deque()
    last: deque[Line] = deque(maxlen=3)
    repeated: set[int] = set()
    for line in found:
        waiting.append(line)
        if line.reason:
            if len(waiting) > WAITING:
                last.clear()
                while waiting:
                    yield _settled(waiting.popleft(), repeated)
            continue
        last.append(line)
        if len(last) < 3:
            continue
        if _came_before(memory, "".join([each.letters for each in last])):
            repeated.update(map(id, last))
        while waiting[0] is not last[1]:  # which may still be found repeated
            yield _settled(waiting.popleft(), repeated)
    while waiting:
        yield _settled(waiting.popleft(), repeated)


def _came_before(memory: memoryview, letters: str) -> bool:
    """Whether they are in the memory, where they are from now on. What has the same
    place there is forgotten."""
    if len(letters) < REPEAT:
        return False
    number = int.from_bytes(blake2b(letters.encode(), digest_size=8).digest())
    mark, slot = number >> 32, number % SLOTS
    known = memory[slot] == mark
    memory[slot] = mark
    return known


def _settled(line: Line, repeated: set[int]) -> Line:
    if id(line) in repeated:
        repeated.remove(id(line))
        line.reason = "seen"
    return line
