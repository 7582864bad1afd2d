"""What happened while a text was read: which files, what was skipped, and why."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePath

_NAMED = 5  # files that a sentence names


@dataclass
class ReadingReport:
    """What was met while a text was read; filled in as the text is read.

    Attributes:
        files: the names of the files, and members of archives, that were read.
        skipped: the names of those that were not, each with the reason.
        records: number of records whose text was read.
        remarks: sentences about single files, such as the field that was chosen.
        counts: how many records were skipped, or read in an unusual way, by what
            happened to them.
        places: where each of those happened first.
        between: what was put between files or records, or "".
    """

    files: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    records: int = 0
    remarks: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)
    between: str = ""

    def clear(self) -> None:
        """Begin anew: the text is read once more."""
        fresh = ReadingReport()
        self.__dict__.update(fresh.__dict__)

    def count(self, what: str, where: str) -> None:
        """Note that `what` happened to a record at `where`."""
        self.counts[what] += 1
        self.places.setdefault(what, where)

    def remark(self, sentence: str) -> None:
        """Note a sentence, once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def sentences(self) -> list[str]:
        """All of it in plain sentences; none for one plain file without surprises."""
        said = []
        if len(self.files) > 1 or (self.files and self.skipped):
            said.append(
                f"Read {_number(len(self.files), 'file')}{_endings(self.files)}."
            )
        said += [_skipped_files(reason, names) for reason, names in self._reasons()]
        said += self.remarks
        for what, number in self.counts.items():
            said.append(
                f"{_number(number, 'record')} {what} (first: {self.places[what]})."
            )
        if self.between:
            unit = "record" if self.records else "file"
            said.append(
                f"Each {unit} is a document; {self.between!r} was inserted between "
                "them (`separator` changes that)."
            )
        return said

    def _reasons(self) -> list[tuple[str, list[str]]]:
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.skipped:
            by_reason.setdefault(reason, []).append(name)
        return list(by_reason.items())


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _endings(files: list[str]) -> str:
    """How many of each ending, in brackets."""
    endings = Counter(PurePath(name).suffix.lower() or "no ending" for name in files)
    return f" ({', '.join(f'{n:,} {e}' for e, n in endings.most_common(6))})"


def _skipped_files(reason: str, names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return f"Skipped {len(names):,} ({reason}): {shown}."
