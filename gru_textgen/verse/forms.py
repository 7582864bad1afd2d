"""Forms of verse: what may be asked of a poem, and the forms that have a name."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args, get_origin

from gru_textgen.errors import InputError, check_type, suggest
from gru_textgen.verse.metre import METRES, Template, template, words_of
from gru_textgen.verse.scheme import parse_scheme

MAX_LINES = 200


def _check(name: str, value: Any, kind: Any) -> None:
    """Raise an InputError for an argument of a form that is of another type."""
    if get_origin(kind) is not tuple:
        check_type(name, value, *(get_args(kind) or (kind,)))
        return
    check_type(name, value, tuple, list)
    for each in value:
        check_type(name, each, get_args(kind)[0])


@dataclass(frozen=True)
class Form:
    """What is asked of a poem. Everything may be combined.

    Example:
        >>> from gru_textgen import Form
        >>> form = Form("ABBA", syllables=8, metre="iambic")
        >>> [plan.rhyme for plan in form.plan()]
        ['A', 'B', 'B', 'A']

    Attributes:
        rhyme: a letter for each line, lines of the same letter rhyme, and "-" is a line
            that rhymes with none. A space or "/" ends a stanza. A digit after a letter
            makes the line a refrain: it stands again wherever "A1" does.
        lines: how many, for a poem without a scheme.
        syllables: of each line, taken from the beginning again when they run out; empty
            for lines of any length.
        metre: one of `METRES`.
        feminine: allow an unstressed syllable after a line's last beat.
        near_rhyme: let assonance and consonance pass for rhyme.
        acrostic: a word that the lines' first letters spell.
        telestich: a word that the lines' last letters spell.
        begin: what each line begins with.
        end: words that lines end with: "sea" the first line, "3:sea" the third.
        include: words that must stand somewhere, "lantern:2" twice.
        avoid: words, or phrases, that must not.
        avoid_letters: letters that must not, small or capital.
        alliterate: a letter with whose sound the words of meaning begin, but for the
            last of each line.
        max_line_length: the most characters of a line.
        title: stands above the poem, which is written with it in mind; "" for none.
            By default a model of titled poems gives it one.
        about: what the form is, in a few words.
    """

    rhyme: str = ""
    lines: int | None = None
    syllables: tuple[int, ...] = ()
    metre: str = "none"
    feminine: bool = False
    near_rhyme: bool = False
    acrostic: str = ""
    telestich: str = ""
    begin: str = ""
    end: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    avoid_letters: str = ""
    alliterate: str = ""
    max_line_length: int | None = None
    title: str | None = None
    about: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in ("syllables", "end", "include", "avoid"):
            value = getattr(self, name)
            if isinstance(value, (str, int)):
                object.__setattr__(self, name, (value,))
        for each in fields(self):
            _check(each.name, getattr(self, each.name), each.type)
        if self.max_line_length is not None and self.max_line_length < 1:
            raise InputError(
                f"max_line_length must be 1 or more, not {self.max_line_length}."
            )
        if any(not words_of(text) for text in self.avoid):
            raise InputError("avoid takes words, and an empty text has none.")
        self.plan()

    def plan(self) -> list["LinePlan"]:
        """What is asked of each line.

        Raises:
            InputError: if the demands are wrong in themselves, or contradict.
        """
        letters = parse_scheme(self.rhyme)
        count = self._count(len(letters))
        if not letters:
            letters = parse_scheme("-" * count)
        ends = self._ends(count)
        plans: list[LinePlan] = []
        refrains: dict[str, Any] = {}
        for i, letter in enumerate(letters):
            syllables = (
                self.syllables[i % len(self.syllables)] if self.syllables else None
            )
            plans.append(
                LinePlan(
                    i,
                    letter.stanza,
                    letter.rhyme,
                    refrains.setdefault(letter.refrain, i) if letter.refrain else i,
                    template(self.metre, syllables, self.feminine),
                    _letter(self.acrostic, i),
                    _letter(self.telestich, i),
                    ends.get(i, ""),
                )
            )
        return plans

    def _count(self, letters: int) -> int:
        """How many lines the poem has."""
        asked = {
            "the acrostic": len(self.acrostic.strip()),
            "the telestich": len(self.telestich.strip()),
        }
        count = letters or self.lines or max(*asked.values(), len(self.syllables))
        if letters and self.lines is not None and self.lines != letters:
            raise InputError(
                f"The rhyme scheme has {letters} letters, so the poem has {letters} "
                f"lines, not {self.lines}: lengthen the scheme, or leave lines out."
            )
        if not 1 <= count <= MAX_LINES:
            raise InputError(
                f"A form has 1 to {MAX_LINES} lines, not {count}: give a rhyme "
                "scheme, or lines."
            )
        for what, length in asked.items():
            if length > count:
                raise InputError(
                    f"{what.capitalize()} has {length} letters, and the poem only "
                    f"{count} lines."
                )
        return count

    def _ends(self, count: int) -> dict[int, str]:
        """The word that a line must end with, for the lines that have one."""
        ends = {}
        for text in self.end:
            number, colon, word = text.rpartition(":")
            if colon and not (number.isdigit() and 1 <= int(number) <= count):
                raise InputError(
                    f"{text!r} names no line: write WORD, or LINE:WORD with a line "
                    f"from 1 to {count}."
                )
            if len(words_of(word)) != 1 or len(word.split()) != 1:
                raise InputError(f"end takes one word of a line, not {word!r}.")
            line = int(number) - 1 if colon else 0
            if line in ends:
                raise InputError(f"Line {line + 1} cannot end with two words.")
            ends[line] = word
        return ends


@dataclass(frozen=True)
class LinePlan:
    """What is asked of one line.

    Attributes:
        index: of the line, from 0.
        stanza: the stanza that it stands in, from 0.
        rhyme: its letter, or "" if it rhymes with none.
        repeats: the index of the line that it repeats, its own if it is new.
        measure: its syllables and beats.
        first_letter, last_letter: of the line, "" for any.
        end: the word that it ends with, "" for any.
    """

    index: int
    stanza: int
    rhyme: str
    repeats: int
    measure: Template
    first_letter: str = ""
    last_letter: str = ""
    end: str = ""


def _letter(word: str, i: int) -> str:
    word = word.strip()
    return word[i] if i < len(word) else ""


_PENTAMETER: dict[str, Any] = {"syllables": (10,), "metre": "iambic"}
_TETRAMETER: dict[str, Any] = {"syllables": (8,), "metre": "iambic"}
_BALLAD: dict[str, Any] = {"syllables": (8, 6), "metre": "iambic"}
FORMS: dict[str, Form] = {
    "couplet": Form("AA", **_PENTAMETER, about="two rhymed pentameters"),
    "terza-rima": Form(
        "ABA BCB CDC DD", **_PENTAMETER, about="tercets linked by rhyme"
    ),
    "quatrain": Form("ABAB", **_PENTAMETER, about="four pentameters, rhymes crossed"),
    "quatrain-aabb": Form("AABB", **_TETRAMETER, about="four tetrameters in couplets"),
    "quatrain-abba": Form("ABBA", **_TETRAMETER, about="the stanza of In Memoriam"),
    "common-metre": Form(
        "ABAB CDCD", **_BALLAD, about="hymns: 8.6.8.6, crossed rhymes"
    ),
    "ballad": Form("-A-A -B-B -C-C", **_BALLAD, about="8.6.8.6, the short lines rhyme"),
    "limerick": Form(
        "AABBA",
        syllables=(9, 9, 6, 6, 9),
        metre="anapaestic",
        about="three beats, three, two, two and three",
    ),
    "sonnet": Form("ABAB CDCD EFEF GG", **_PENTAMETER, about="Shakespeare's"),
    "sonnet-petrarchan": Form("ABBAABBA CDECDE", **_PENTAMETER, about="Petrarch's"),
    "sonnet-spenserian": Form("ABAB BCBC CDCD EE", **_PENTAMETER, about="Spenser's"),
    "triolet": Form(
        "A1B1AA1ABA1B1", **_TETRAMETER, about="eight lines with two refrains"
    ),
    "rondel": Form(
        "A1B1BA ABA1B1 ABBAA1", **_TETRAMETER, about="two rhymes, a refrain"
    ),
    "villanelle": Form(
        "A1BA2 ABA1 ABA2 ABA1 ABA2 ABA1A2",
        **_PENTAMETER,
        about="two rhymes, two refrains that meet at the end",
    ),
    "haiku": Form(syllables=(5, 7, 5), about="17 syllables in three lines"),
    "tanka": Form(syllables=(5, 7, 5, 7, 7), about="a haiku and its answer"),
    "cinquain": Form(syllables=(2, 4, 6, 8, 2), about="Crapsey's: 2, 4, 6, 8, 2"),
    "jueju": Form(lines=4, syllables=(5,), about="Chinese: four lines, 5 or 7 each"),
    "lushi": Form(lines=8, syllables=(5,), about="Chinese: eight lines, 5 or 7 each"),
    "clerihew": Form("AABB", max_line_length=48, about="two couplets of any length"),
    "blank-verse": Form(lines=10, **_PENTAMETER, about="pentameters without rhyme"),
}


def named_form(name: str, **changes: Any) -> Form:
    """A form by its name, with some of its attributes changed.

    Args:
        name: one of `FORMS`.
        **changes: attributes of `Form`.

    Returns:
        The form.

    Raises:
        InputError: if no form has that name, or the changes contradict it.

    Example:
        >>> named_form("quatrain", rhyme="ABBA").rhyme
        'ABBA'
    """
    check_type("form", name, str)
    if name not in FORMS:
        raise InputError(f"There is no form {name!r}.{suggest(name, FORMS)}")
    return replace(FORMS[name], **changes)


__all__ = ["FORMS", "METRES", "Form", "LinePlan", "named_form"]
