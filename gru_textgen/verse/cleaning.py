"""Clean verse out of a dirty text: which lines are kept, and why the others are not.

Half of the rules are about a line (`line_rules`), half about a passage (`passages`),
since a page of notes holds lines that could be verse.
"""

import gzip
import lzma
import tempfile
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from gru_textgen.errors import InputError, suggest
from gru_textgen.files import atomic_write, check_output, text_output
from gru_textgen.verse.line_rules import LINE_RULES
from gru_textgen.verse.passages import (
    PASSAGE_RULES,
    Line,
    common_words,
    judged,
    without_repeats,
)

RULES = (*LINE_RULES, *PASSAGE_RULES)


@dataclass
class Report:
    """What a cleaning did: the number of lines that were not blank, of those kept, of
    those dropped by each rule; the characters of what was kept; and whether the text
    was long enough to count its common words."""

    lines: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    characters: set[str] = field(default_factory=set)
    words_counted: bool = True


def clean(
    pieces: Iterable[str],
    output: TextIO,
    dropped: TextIO | None = None,
    without: Container[str] = (),
) -> Report:
    """Write the clean lines of a text, in plain characters, in constant memory. Where
    blank lines stand between two that are kept, one is written.

    Args:
        pieces: of the text, cut anywhere.
        output: for the lines that are kept.
        dropped: for the others, as they were read, each after its rule and a tab.
        without: names of `RULES` to leave out.

    Raises:
        InputError: if no line is left.
    """
    report, gap = Report(), False
    for line in _judged(pieces, report, without):
        report.lines += 1
        gap = gap or line.gap
        if line.reason:
            report.dropped[line.reason] += 1
            if dropped is not None:
                dropped.write(f"{line.reason}\t{line.raw.strip()}\n")
            continue
        output.write("\n" * (gap and report.kept > 0) + line.text + "\n")
        report.kept += 1
        report.characters.update(line.text)
        gap = False
    if not report.kept:
        most = [rule for rule, _ in report.dropped.most_common(1)]
        raise InputError(
            "No line is left: the rules removed all of them. Leave a rule out "
            f"(`without`){'; most lines were removed by ' + most[0] if most else ''}."
        )
    return report


def clean_file(
    pieces: Iterable[str],
    output: str | Path,
    dropped: str | Path | None = None,
    without: Iterable[str] = (),
) -> Report:
    """The same, into files that are whole or not there; .gz and .xz are compressed.

    Raises:
        InputError: for an unknown rule, one file for both, or if no line is left.
    """
    without = set(without)
    for name in sorted(without - set(RULES)):
        raise InputError(f"There is no rule {name!r}.{suggest(name, RULES)}")
    check_output(output, dropped)
    if dropped and Path(dropped).resolve() == Path(output).resolve():
        raise InputError(
            f"{output} cannot be both outputs: give another file for `dropped`."
        )
    with ExitStack() as stack:
        kept = stack.enter_context(text_file(output))
        other = stack.enter_context(text_file(dropped)) if dropped else None
        return clean(pieces, kept, other, without)


@contextmanager
def text_file(path: str | Path) -> Iterator[TextIO]:
    """A new text file, whole or not there; .gz and .xz are compressed."""
    openers: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}
    opener = openers.get(Path(path).suffix.lower())
    if opener is None:
        with text_output(path) as file:
            yield file
        return
    with atomic_write(path) as part:
        with opener(
            part, "wt", encoding="utf-8", errors="replace", newline="\n"
        ) as file:
            yield file


def _judged(
    pieces: Iterable[str], report: Report, without: Container[str]
) -> Iterator[Line]:
    with tempfile.TemporaryFile(
        "w+", encoding="utf-8", errors="surrogatepass", newline="\n"
    ) as copy:  # standard input can be read only once
        copy.writelines(pieces)
        copy.seek(0)
        common = common_words(copy)
        report.words_counted = common is not None
        copy.seek(0)
        lines = judged(copy, common, without)
        yield from lines if "seen" in without else without_repeats(lines)
