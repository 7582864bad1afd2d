"""A poem in a form, line after line, going back where a line cannot be met."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.inference.checks import check_digits
from gru_textgen.inference.demands import Demands
from gru_textgen.inference.failure import failure
from gru_textgen.inference.language import other_words
from gru_textgen.inference.levels import level_of
from gru_textgen.inference.particles import Point
from gru_textgen.inference.poem import Poem, PoemLine
from gru_textgen.inference.pool import Pool
from gru_textgen.inference.prefix import begin
from gru_textgen.inference.reading import (
    begin_text,
    knows_stanzas,
    likeliest,
    read_on,
)
from gru_textgen.inference.refrain import ending
from gru_textgen.inference.repetition import Repetition
from gru_textgen.inference.sampling import Sampling
from gru_textgen.inference.words import writes_chinese
from gru_textgen.verse.forms import Form, LinePlan
from gru_textgen.verse.metre import scan, words_of
from gru_textgen.verse.rhyme import rhymes

if TYPE_CHECKING:
    from gru_textgen.inference.generator import TextGenerator

LARGEST_POOL = 1024
_NUMBERS = 1 << 25  # logits of all lines of a pool, at most
_TRIES = 3  # of a line before the search goes back
_DOUBLED = 3.0  # nats for a word just after itself, which a model of words may like
_PATIENCE = 6  # tries a line of the poem, all together, before it is given up


@dataclass(frozen=True)
class Draft:
    """A line that stands.

    Attributes:
        line: as the poem will have it.
        words: the numbers of its words, -1 for those that the lexicon lacks.
        point: of the model after it.
        steps: symbols stepped for it.
    """

    line: PoemLine
    words: list[int]
    point: Point
    steps: int = 0


class Composer:
    """Writes poems in one form.

    Args:
        generator: the model.
        form: what is asked for.
        sampling: how symbols are drawn.
        pool: lines written side by side.
        words: a text whose words a model of another language than English writes with;
            see `language.other_words`.

    Attributes:
        rhymes: the letter of each line, "-" for none. Random numbers are drawn for it,
            lest forms of one metre begin alike.

    Raises:
        InputError: if no poem can meet the form, or the pool is out of its range.
    """

    def __init__(
        self,
        generator: "TextGenerator",
        form: Form,
        sampling: Sampling = Sampling(0.5),
        pool: int = 32,
        words: str | None = None,
    ):
        if not 1 <= pool <= LARGEST_POOL:
            raise InputError(f"pool must be from 1 to {LARGEST_POOL}, not {pool}.")
        most = _NUMBERS // len(generator.vocabulary)
        if pool > most:
            raise InputError(
                f"pool must be at most {max(1, most)} for a model of "
                f"{len(generator.vocabulary):,} {generator.vocabulary.units.noun}, "
                f"not {pool}."
            )
        self.generator, self.form = generator, form
        symbols, level = generator.vocabulary.symbols, level_of(generator.vocabulary)
        self._spaced = not writes_chinese(symbols)
        spaced = self._spaced and level.words is None
        if not set("\n " if spaced else "\n") <= set(symbols):
            raise InputError(
                "A form needs a model that writes lines of words, and this one has "
                f"never seen {'a space or ' if spaced else ''}the end of a line."
            )
        check_digits(form.begin)
        source = other_words(generator, words)
        self.demands = Demands(form, level.letters, source, level.words)
        self.plans = self.demands.plans
        self.rhymes = "".join(plan.rhyme or "-" for plan in self.plans)
        self._engine = generator.predictor
        self._symbols = level.symbols(self.demands.lexicon)
        self._newline = symbols.index("\n") + 1
        self._pool = Pool(self._engine, pool, sampling, level.ahead)

    def compose(self, prompt: str, rng: np.random.Generator, title: str = "") -> Poem:
        """Write one poem.

        Args:
            prompt: what it begins with: its first line's beginning, or lines.
            rng: decides it.
            title: that stands above it, or "".

        Raises:
            InputError: if the prompt does not fit the form, or the search has found no
                poem that does; the sentence names the line and what was asked of it.
        """
        check_digits(prompt)
        given = prompt.lstrip("\n").split("\n") if prompt.strip() else []
        if len(given) > len(self.plans):
            raise InputError(f"The prompt has more lines than the {len(self.plans)}.")
        point, places = self._beginning(title), self._places(rng)
        drafts: list[Draft] = []
        tries = [0] * len(self.plans)
        steps = 0
        while len(drafts) < len(self.plans):
            plan = self.plans[len(drafts)]
            required = places.get(plan.index, "")
            before = drafts[-1].point if drafts else point
            draft = self._line(plan, drafts, before, given, required, rng)
            if draft is not None:
                drafts.append(draft)
                steps += draft.steps
                continue
            tries[plan.index] += 1
            if sum(tries) > _PATIENCE * len(self.plans):
                measured = self.demands.measured(plan, "", required, rng)
                demand = self._demand(measured, drafts, required)
                raise InputError(
                    failure(self.demands, self._symbols, plan, demand, required)
                )
            if tries[plan.index] % _TRIES == 0:
                del drafts[max(len(given), self._back_to(plan)) :]
                places = self._places(rng)
        return Poem(tuple(draft.line for draft in drafts), title, steps)

    def _beginning(self, title: str) -> Point:
        """The model before the first line, below the title if there is one."""
        ids = self.generator.prompt_ids(title + "\n" if title else "")
        point = begin_text(self._engine, ids)
        return self._after_gap(point) if title else point

    def _after_gap(self, point: Point) -> Point:
        """The model after an empty line, if it is one that knows them."""
        if not knows_stanzas(self._engine, point, self._newline):
            return point
        return read_on(self._engine, point, np.array([self._newline]))[0]

    def _line(
        self,
        plan: LinePlan,
        drafts: list[Draft],
        point: Point,
        given: list[str],
        required: str,
        rng: np.random.Generator,
    ) -> Draft | None:
        """One line more, or None if the search has found none."""
        if drafts and plan.stanza != drafts[-1].line.stanza:
            point = self._after_gap(point)
        if plan.index < len(given) - 1:
            return self._given(plan, drafts, point, given[plan.index])
        if plan.repeats != plan.index:
            return self._refrain(plan, drafts[plan.repeats], point, rng)
        begun = given[-1] if plan.index == len(given) - 1 else self.form.begin
        return self._written(plan, drafts, point, begun, required, rng)

    def _written(self, plan, drafts, point, begun: str, required, rng) -> Draft | None:
        """A line of the model's, under the mask of all that is asked of it."""
        lines = [draft.words for draft in drafts]
        number = self.demands.number(required) if required else -1
        have = sum(line.count(number) for line in lines)
        wanted = required if have < self.demands.required.get(required, 0) else ""
        measured = self.demands.measured(plan, begun, wanted, rng)
        demand = self._demand(measured, drafts, wanted)
        automaton = self._symbols.automaton(demand)
        states = begin(automaton, begun)
        self._check_begun(measured, begun, states)
        if states is None or not automaton.possible:
            return None
        read = begun[: int(states.length[0])]
        ids = self.generator.vocabulary.encode(self._known(read))
        point, nats = read_on(self._engine, point, ids)
        again = Repetition(self.demands.lexicon, lines, self.demands.phrases)

        def price(before: list[int], word: int, positions: int) -> float:
            rough = automaton.roughness(word, positions)
            if automaton.whole_words and before[-1:] == [word]:
                rough += _DOUBLED
            return rough + again.price(before, word)

        written = self._pool.write(automaton, states, point, rng, price)
        if written is None:
            return None
        decode = self.generator.vocabulary.decoder(read)
        text = read + decode(written.ids).rstrip("\n")
        if not self._rhymes(plan, drafts, text):
            return None
        point = self._after_line(written.point)
        return self._draft(plan, text, nats + written.nats, point, written.steps, begun)

    def _after_line(self, point: Point) -> Point:
        """The model at the next line's beginning. A line of Chinese ends with a mark,
        after which the model's own text may go on in the same line."""
        if not self._spaced and likeliest(point) == self._newline:
            point, _ = read_on(self._engine, point, np.array([self._newline]))
        return point

    def _rhymes(self, plan: LinePlan, drafts: list[Draft], text: str) -> bool:
        """Whether a line rhymes with all those of its letter that stand.

        The mask has seen to it; this asks the dictionary, not the lexicon.
        """
        last = words_of(text)[-1]
        return all(
            rhymes(words_of(draft.line.text)[-1], last, self.form.near_rhyme)
            for other, draft in zip(self.plans, drafts)
            if plan.rhyme and other.rhyme == plan.rhyme and other.repeats == other.index
        )

    def _given(self, plan, drafts, point, text: str) -> Draft:
        """A whole line of the prompt."""
        end = "\n" if self._spaced else ""
        ids = self.generator.vocabulary.encode(self._known(text + end))
        point, nats = read_on(self._engine, point, ids)
        point = self._after_line(point)
        draft = self._draft(plan, text, nats, point, 0, text)
        if draft is None:
            raise InputError(
                f"Line {plan.index + 1} of the prompt, {text!r}, does not fit the "
                f"form: its measure is {plan.measure}, with / for a stressed syllable."
            )
        for other in drafts:
            if plan.rhyme and other.line.rhyme == plan.rhyme:
                one, last = words_of(other.line.text)[-1], words_of(text)[-1]
                if not rhymes(one, last, self.form.near_rhyme):
                    raise InputError(
                        f"In the prompt, {last!r} does not rhyme with {one!r}."
                    )
        return draft

    def _refrain(self, plan, original: Draft, point, rng) -> Draft | None:
        """A line that has stood before, word for word."""
        closing = plan.index == len(self.plans) - 1
        text, point, nats = ending(
            self.generator, original.line.text, point, closing, rng
        )
        draft = self._draft(plan, text, nats, point, len(text), text)
        if draft is None:
            return None
        # All its words are given, and could be read otherwise than the first time.
        line = replace(draft.line, scansion=original.line.scansion)
        return replace(draft, line=line)

    def _draft(self, plan, text, nats, point, steps: int, begun: str) -> Draft | None:
        """A line as it stands, if it keeps its measure."""
        given = len(words_of(begun))
        lexicon = self.demands.lexicon
        scansion = scan(text, plan.measure, given, lexicon.patterns_of)
        if scansion is None:
            return None
        words = [self.demands.number(word) for word in scansion.words]
        said = scansion if lexicon.english else None
        line = PoemLine(text, plan.stanza, plan.rhyme, said, scansion.syllables, nats)
        return Draft(line, words, point, steps)

    def _demand(self, plan: LinePlan, drafts: list[Draft], required: str):
        sets = self.demands.rhyme_sets()
        used = [draft.words[-1] for draft in drafts]
        for plan_before, word in zip(self.plans, used):
            new = plan_before.repeats == plan_before.index and not plan_before.end
            if plan_before.rhyme and new:
                sets[plan_before.rhyme].words.append(word)
        return self.demands.line(plan, sets, used, required)

    def _places(self, rng: np.random.Generator) -> dict[int, str]:
        """The line in which each word that is asked for shall stand."""
        words = [w for w, n in self.demands.required.items() for _ in range(n)]
        new = [plan.index for plan in self.plans if plan.repeats == plan.index]
        chosen = rng.permutation(new)[: len(words)].tolist() if words else []
        return dict(zip(chosen, words))

    def _back_to(self, plan: LinePlan) -> int:
        """The line to begin again with: the first of the rhyme, or the one before."""
        for other in self.plans[: plan.index]:
            if plan.rhyme and other.rhyme == plan.rhyme:
                return other.index
        return max(0, plan.index - 1)

    def _check_begun(self, plan: LinePlan, begun: str, states) -> None:
        first = plan.first_letter.lower()
        if first and begun.strip() and words_of(begun)[:1] != []:
            if not words_of(begun)[0].strip("'").startswith(first):
                raise InputError(
                    f"Line {plan.index + 1} is to begin with {plan.first_letter!r} for "
                    f"the acrostic, and with {begun!r}."
                )
        if states is None:
            raise InputError(
                f"Line {plan.index + 1} cannot begin with {begun!r}: its measure is "
                f"{plan.measure}, with / for a stressed syllable."
            )

    def _known(self, text: str) -> str:
        """Text that is given, in characters that the model knows."""
        return self.generator.vocabulary.read_prompt(text).text
