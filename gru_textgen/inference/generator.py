"""From a prompt to text, as it is written or many at once."""

import itertools
import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gru_textgen.errors import InputError, check_type
from gru_textgen.inference.arguments import (
    check_count,
    check_prompts,
    check_text,
    check_writing,
    end_of_prompt,
    generator_of,
    one_sampling,
)
from gru_textgen.inference.counted import CountedEngine
from gru_textgen.inference.distinct import distinct_texts
from gru_textgen.inference.ending import Ending, Writer, default_ending, ending_of
from gru_textgen.inference.engine import NUMBERS, Engine, State
from gru_textgen.inference.sampling import (
    DEFAULT_TEMPERATURE,
    Sampling,
    default_min_p,
    probabilities,
)
from gru_textgen.inference.writing import FIRST_WRITTEN, written_ids
from gru_textgen.model_file.keras_layers import model_arrays
from gru_textgen.model_file.reader import ModelArrays, ModelInfo, read_model
from gru_textgen.model_file.shipped import DEFAULT_WEIGHTS, find_weights
from gru_textgen.text.normalisation import normalise
from gru_textgen.text.units import WORD
from gru_textgen.text.vocabulary import UNKNOWN_ID, Vocabulary
from gru_textgen.text.words import WordVocabulary

if TYPE_CHECKING:
    from gru_textgen.inference.poem import Poem
    from gru_textgen.verse.forms import Form

FORM_TEMPERATURE, DEFAULT_POOL = 0.5, 32
_BLOCK = 32  # characters of a batch's text that are decoded together
_FORM_SAMPLING = Sampling(FORM_TEMPERATURE)


class TextGenerator:
    """A trained model that writes.

    Args:
        arrays: its weights.
        info: its vocabulary, and what it was trained on.

    Example:
        >>> from gru_textgen import TextGenerator
        >>> verse = TextGenerator.load("verse")
        >>> print(verse.generate("The Sea\\n\\nThe", lines=3, seed=1))
        The Sea
        <BLANKLINE>
        The shadow of the ring that sails
        The darkness and the sun and sun,
        Since the world came from the street,
    """

    def __init__(self, arrays: ModelArrays, info: ModelInfo):
        self.arrays = arrays
        self.engine = Engine(arrays)
        self.info = info

    @classmethod
    def load(cls, path_or_name: str | Path = DEFAULT_WEIGHTS) -> "TextGenerator":
        """From a model file, or by the name of weights that the package ships.

        Args:
            path_or_name: the path of a file, or a name such as "verse".

        Returns:
            The model, ready to write.

        Raises:
            InputError: if there is no such model.

        Example:
            >>> TextGenerator.load("verse")
            <TextGenerator: GRU layers of 512, 512 units, 84 symbols>
        """
        info, arrays = read_model(find_weights(path_or_name))
        return cls(arrays, info)

    @classmethod
    def from_keras(
        cls, model: Any, vocabulary: Vocabulary | None = None
    ) -> "TextGenerator":
        """From a Keras model that someone built and fitted themselves.

        Args:
            model: a `keras.Sequential` of GRU layers of this package, the first with
                a `vocabulary_size`, and one `Dense`. Its weights are copied.
            vocabulary: the characters that its ids stand for; of a `TextModel` its own
                by default.

        Raises:
            InputError: for a layer that the engine cannot run, which is named; if the
                vocabulary is missing or of another size.

        Example:
            >>> import keras
            >>> from gru_textgen import GRU, TextGenerator, Vocabulary
            >>> vocabulary = Vocabulary("abc ")
            >>> model = keras.Sequential([
            ...     keras.Input((None,), dtype="int32"),
            ...     GRU(16, vocabulary_size=len(vocabulary), return_sequences=True),
            ...     keras.layers.Dense(len(vocabulary)),
            ... ])  # and now compile it, and fit it on ids
            >>> generator = TextGenerator.from_keras(model, vocabulary)
            >>> len(generator.generate("ab", length=10, seed=1))
            12
        """
        arrays = model.arrays() if hasattr(model, "arrays") else model_arrays(model)
        info = getattr(model, "info", None)
        if vocabulary is not None:
            if not isinstance(vocabulary, (Vocabulary, WordVocabulary)):
                raise InputError(
                    "vocabulary must be a Vocabulary, such as Vocabulary.from_text"
                    f"(text), not a {type(vocabulary).__name__}."
                )
            if info is None or vocabulary.symbols != info.vocabulary.symbols:
                info = ModelInfo(vocabulary)
        if info is None:
            raise InputError(
                f"A {type(model).__name__} does not know the characters that its ids "
                "stand for: give the vocabulary, a Vocabulary."
            )
        if len(info.vocabulary) != len(arrays.bias):
            raise InputError(
                f"The vocabulary has {len(info.vocabulary)} symbols, the unknown one "
                f"counted, and the model {len(arrays.bias)}."
            )
        return cls(arrays, info)

    def __repr__(self) -> str:
        units = ", ".join(str(layer.units) for layer in self.engine.layers)
        return (
            f"<TextGenerator: GRU layers of {units} units, "
            f"{len(self.vocabulary)} symbols>"
        )

    @cached_property
    def predictor(self) -> Engine:
        """What reads and writes: the engine or, with the counts of the model's text,
        both together. `engine` is the network alone."""
        if self.arrays.counts is None:
            return self.engine
        return CountedEngine(self.arrays, self.arrays.counts)

    @property
    def vocabulary(self) -> Vocabulary | WordVocabulary:
        """The characters, or the words, that the model knows."""
        return self.info.vocabulary

    @property
    def normalisation(self) -> dict[str, Any]:
        """What was done to the model's own text, as options of `normalise`."""
        return self.info.normalisation

    @property
    def beginning(self) -> str:
        """What the model reads before a text, as at the beginning of a document."""
        return self.info.separator or "\n"

    def stream(
        self,
        prompt: str = "",
        *,
        length: int | None = None,
        lines: int | None = None,
        stop: str | Sequence[str] = (),
        temperature: float = DEFAULT_TEMPERATURE,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        unknown: str | None = None,
        strict: bool = False,
        whole: bool = True,
    ) -> Iterator[str]:
        """Write on from `prompt`, a piece of text at a time.

        Args:
            prompt: what the text begins with; it is read, not given back. It may have
                1,000,000 characters, of which the last 20,000 are read.
            length: about so many characters; see `whole`.
            lines: end with the so-many-th line, counting the one the prompt ends in.
            stop: a text, or several, to end before. Without `length`, `lines` or
                `stop`, one document is written, such as a poem, if the model's text
                had documents, else about 24 lines, or 1,000 characters of longer ones.
            temperature: below 1 surer, above 1 bolder, 0 always the likeliest.
            top_k: keep only the k likeliest characters; None keeps all.
            top_p: keep the smallest set of likeliest characters with this probability;
                None keeps all.
            min_p: keep characters at least this many times as likely as the likeliest;
                0 keeps all. None takes 0.1 or, of a model of 1,000 symbols or more,
                such as words, 0.01.
            sampling: these four settings as one object, in place of them.
            seed: decides the text; None for another one each time.
            unknown: what the unknown symbol is written as; None: it never is.
            strict: raise, instead of warning, where the prompt has characters that
                the model does not know.
            whole: end where a sentence, a line or a word ends, which may be up to a
                tenth before `length` or some way after it; False cuts the text there.
                A length below 40 is always kept to the letter.

        Yields:
            Pieces that together are the text; each a character, but for those held
            back while they might begin a `stop`.

        Raises:
            InputError: for a setting of the wrong type or out of its range.

        Example:
            >>> verse = TextGenerator.load("verse")
            >>> for piece in verse.stream("The Sea\\n\\nThe", lines=2, seed=1):
            ...     print(piece, end="", flush=True)
             shadow of the ring that sails
            The darkness and the sun and sun,
        """
        prompt = end_of_prompt(prompt)
        check_writing(stop, unknown, strict, whole)
        ending = self._ending(length, lines, stop, whole)
        plain = Sampling(temperature, top_k, top_p, min_p)
        sampling = one_sampling(sampling, plain, Sampling(), self._min_p)
        logits, state = self._read([self.prompt_ids(prompt, strict)])
        rngs = [generator_of(seed, 0)]
        # The arguments have been checked, before the first piece is asked for.
        steps = self._ids(logits, state, rngs, ending, sampling, unknown)
        return self._stream(prompt, steps, ending, unknown)

    def _stream(
        self,
        prompt: str,
        steps: Iterator[np.ndarray],
        ending: Ending,
        unknown: str | None,
    ) -> Iterator[str]:
        writer = Writer(ending, self.info.level == WORD)
        decode = self.vocabulary.decoder(prompt, unknown)
        for ids in steps:
            piece = writer.push(decode(ids))
            if piece:
                yield piece
            if writer.finished:
                return
        yield writer.rest()

    def generate(
        self,
        prompt: str = "",
        *,
        length: int | None = None,
        lines: int | None = None,
        stop: str | Sequence[str] = (),
        temperature: float = DEFAULT_TEMPERATURE,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        unknown: str | None = None,
        strict: bool = False,
        whole: bool = True,
    ) -> str:
        """Write a text that begins with `prompt`.

        Args:
            prompt: What the text begins with.
            length: As for `stream`.
            lines: As for `stream`.
            stop: As for `stream`.
            temperature: As for `stream`.
            top_k: As for `stream`.
            top_p: As for `stream`.
            min_p: As for `stream`.
            sampling: As for `stream`.
            seed: As for `stream`.
            unknown: As for `stream`.
            strict: As for `stream`.
            whole: As for `stream`.

        Returns:
            The prompt and what the model writes after it.

        Raises:
            InputError: As for `stream`.

        Example:
            >>> from gru_textgen import Sampling, TextGenerator
            >>> verse = TextGenerator.load("verse")
            >>> surer = Sampling(temperature=0.4, top_p=0.9)
            >>> text = verse.generate("The sea", length=100, sampling=surer, seed=1)
            >>> text.startswith("The sea")
            True
            >>> text == verse.generate(
            ...     "The sea", length=100, temperature=0.4, top_p=0.9, seed=1
            ... )
            True
        """
        pieces = self.stream(
            prompt,
            length=length,
            lines=lines,
            stop=stop,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            sampling=sampling,
            seed=seed,
            unknown=unknown,
            strict=strict,
            whole=whole,
        )
        return prompt + "".join(pieces)

    def generate_batch(
        self,
        prompts: Sequence[str],
        *,
        length: int | None = None,
        lines: int | None = None,
        stop: str | Sequence[str] = (),
        temperature: float = DEFAULT_TEMPERATURE,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        unknown: str | None = None,
        strict: bool = False,
        whole: bool = True,
        first: int = 0,
    ) -> list[str]:
        """Write on from many prompts together, which is much faster than in turn.

        The i-th text has its own random numbers, decided by `seed` and i; the first is
        what `generate` writes with that seed.

        Args:
            prompts: What the texts begin with.
            length: As for `stream`.
            lines: As for `stream`.
            stop: As for `stream`.
            temperature: As for `stream`.
            top_k: As for `stream`.
            top_p: As for `stream`.
            min_p: As for `stream`.
            sampling: As for `stream`.
            seed: As for `stream`.
            unknown: As for `stream`.
            strict: As for `stream`.
            whole: As for `stream`.
            first: The number of the first text: with 10, the texts are those that
                follow the ten of the same seed.

        Returns:
            Each prompt with its continuation.

        Raises:
            InputError: As for `stream`.

        Example:
            >>> verse = TextGenerator.load("verse")
            >>> texts = verse.generate_batch(["The sea", "The moon"], lines=1, seed=1)
            >>> texts[0] == verse.generate("The sea", lines=1, seed=1)
            True
        """
        check_prompts(prompts)
        check_writing(stop, unknown, strict, whole)
        check_type("first", first, int)
        if first < 0:
            raise InputError(f"first must be an integer from 0, not {first}.")
        if not prompts:
            return []
        ending = self._ending(length, lines, stop, whole)
        plain = Sampling(temperature, top_k, top_p, min_p)
        sampling = one_sampling(sampling, plain, Sampling(), self._min_p)
        ids = [self.prompt_ids(end_of_prompt(p), strict) for p in prompts]
        decoders = [self.vocabulary.decoder(prompt, unknown) for prompt in prompts]
        seed = secrets.randbits(32) if seed is None else seed
        rngs = [generator_of(seed, first + i) for i in range(len(prompts))]
        together = max(1, NUMBERS // self.engine.widest)  # so that memory is bounded
        written: list[str] = []
        for start in range(0, len(ids), together):
            part = slice(start, start + together)
            logits, state = self._read(ids[part])
            steps = self._ids(logits, state, rngs[part], ending, sampling, unknown)
            written += self._written(steps, decoders[part], ending)
        return [prompt + text for prompt, text in zip(prompts, written)]

    def _written(
        self,
        steps: Iterator[np.ndarray],
        decoders: Sequence[Callable[[Iterable[int]], str]],
        ending: Ending,
    ) -> list[str]:
        """What is written in some texts side by side."""
        writers = [Writer(ending, self.info.level == WORD) for _ in decoders]
        texts = [""] * len(writers)
        while not all(writer.finished for writer in writers):
            block = list(itertools.islice(steps, _BLOCK))
            if not block:
                break
            for i, ids in enumerate(np.stack(block, axis=1).tolist()):
                if not writers[i].finished:
                    texts[i] += writers[i].push(decoders[i](ids))
        return [text + writer.rest() for text, writer in zip(texts, writers)]

    def documents(
        self,
        count: int,
        *,
        prompt: str = "",
        unique: bool = False,
        new: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> list[str]:
        """Write whole documents, such as names.

        Args:
            count: How many.
            prompt: What each begins with.
            unique: Whether no two may be alike.
            new: Whether none may be a document of the training text. The model file
                has a record of them, of four bytes each.
            seed: Decides the documents.
            **options: Those of `generate_batch`.

        Returns:
            The documents; where all are wanted, the i-th is that of `generate_batch`.

        Raises:
            InputError: If the file has no such record, if too few documents are as
                wanted, or as for `stream`.

        Example:
            >>> verse = TextGenerator.load("verse")
            >>> len(set(verse.documents(3, unique=True, lines=1, seed=1)))
            3
        """
        for name, value in (("unique", unique), ("new", new)):
            check_type(name, value, bool)
        check_type("count", count, int)
        record = self.arrays.fingerprints if new else None
        if new and record is None:
            raise InputError(
                "The model file has no record of its documents, because it was trained "
                "on one running text or by an earlier version: generate without `new`."
            )
        check_count("count", count)
        seed = secrets.randbits(32) if seed is None else seed

        def write(first: int, size: int) -> list[str]:
            given = {**options, "seed": seed, "first": first}
            return self.generate_batch([prompt] * size, **given)

        if not (unique or new):
            return write(0, count)
        return distinct_texts(write, count, unique, record)

    def compose(
        self,
        form: "Form | str",
        *,
        prompt: str = "",
        seed: int | None = None,
        temperature: float = FORM_TEMPERATURE,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        sampling: Sampling | None = None,
        pool: int = DEFAULT_POOL,
        words: str | None = None,
    ) -> "Poem":
        """Write a poem in a form: what is asked for holds in every line of it.

        A model that has learnt titled poems gives it a title, unless the form has one:
        the first line of a text that it writes freely from the same seed, at the
        default temperature.

        Args:
            form: what is asked for, or the name of a form.
            prompt: what the poem begins with; it counts as part of its first line.
            seed: decides the poem; None for another one each time.
            temperature: as for `stream`, but colder: the form brings surprise enough.
            top_k: as for `stream`.
            top_p: as for `stream`.
            min_p: as for `stream`; by default it keeps all characters.
            sampling: these four settings as one object, in place of them.
            pool: lines that are written side by side, of which one is drawn.
            words: a text in the model's language, if that is not English, whose words
                it writes with. By default they are those that a model of words
                predicts, those of the counts that the model has, else those that it
                writes itself.

        Returns:
            The poem. Its `str` is the text; its lines carry their scansion.

        Raises:
            InputError: for a form that cannot be met, or a setting out of its range.

        Example:
            >>> poem = TextGenerator.load("verse").compose("haiku", seed=1)
            >>> [line.syllables for line in poem.lines]
            [5, 7, 5]
        """
        [poem] = self.compose_many(
            form,
            1,
            prompt=prompt,
            seed=seed,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            sampling=sampling,
            pool=pool,
            words=words,
        )
        return poem

    def compose_many(
        self,
        form: "Form | str",
        count: int,
        *,
        prompt: str = "",
        seed: int | None = None,
        temperature: float = FORM_TEMPERATURE,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        sampling: Sampling | None = None,
        pool: int = DEFAULT_POOL,
        words: str | None = None,
    ) -> list["Poem"]:
        """Write several poems in a form; the first is what `compose` writes.

        Args:
            form: as for `compose`.
            count: how many poems.
            prompt: as for `compose`.
            seed: as for `compose`.
            temperature: as for `compose`.
            top_k: as for `compose`.
            top_p: as for `compose`.
            min_p: as for `compose`.
            sampling: as for `compose`.
            pool: as for `compose`.
            words: as for `compose`.

        Returns:
            The poems.

        Raises:
            InputError: as for `compose`.

        Example:
            >>> haiku = TextGenerator.load("verse").compose_many("haiku", 2, seed=1)
            >>> [len(poem.lines) for poem in haiku]
            [3, 3]
        """
        from gru_textgen.inference.composing import Composer
        from gru_textgen.inference.titles import own_titles
        from gru_textgen.verse.forms import Form, named_form

        check_text("prompt", prompt)
        for name, value in (("count", count), ("pool", pool)):
            check_type(name, value, int)
        check_count("count", count)
        plain = Sampling(temperature, top_k, top_p, min_p)
        sampling = one_sampling(sampling, plain, _FORM_SAMPLING, 0.0)
        form = form if isinstance(form, Form) else named_form(form)
        seed = secrets.randbits(32) if seed is None else seed
        generator_of(seed, 0)  # which is refused before the search is prepared
        composer = Composer(self, form, sampling, pool, words)
        titles = (
            own_titles(self, form, count, seed)
            if form.title is None
            else [form.title] * count
        )
        rngs = (generator_of(seed, i, composer.rhymes) for i in range(count))
        return [composer.compose(prompt, *own) for own in zip(rngs, titles)]

    def probabilities(self, prompt: str = "", strict: bool = False) -> dict[str, float]:
        """How likely each character is to come next, the likeliest first.

        Args:
            prompt: what stands before it.
            strict: as for `stream`.

        Returns:
            The probability of each character of the vocabulary; their sum is 1.

        Raises:
            InputError: if `strict`, for characters that the model does not know.

        Example:
            >>> next(iter(TextGenerator.load("verse").probabilities("The moo")))
            'n'
        """
        check_type("strict", strict, bool)
        logits, _ = self._read([self.prompt_ids(end_of_prompt(prompt), strict)])
        p = probabilities(logits[:, FIRST_WRITTEN:])[0]
        symbols = self.vocabulary.symbols
        return {symbols[i]: float(p[i]) for i in np.argsort(-p, kind="stable")}

    def perplexity(self, text: str) -> float:
        """Among how many characters the model hesitates, on average, in `text`.

        The state is carried through the whole text; the first character is not counted.
        A character that the model does not know counts as the unknown symbol.

        Args:
            text: of at least two characters.

        Returns:
            exp of the mean cross-entropy, from 1; the lower, the better.

        Raises:
            InputError: if the text has fewer than two characters.

        Example:
            >>> verse = TextGenerator.load("verse")
            >>> likely = verse.perplexity("The sea was still.")
            >>> likely < verse.perplexity("Teh sae wsa tsill.")
            True
        """
        check_text("text", text)
        ids = self.vocabulary.encode(self._normalised(text))
        if len(ids) < 2:
            noun = self.vocabulary.units.noun
            raise InputError(f"Perplexity needs a text of at least two {noun}.")
        return float(np.exp(self.predictor.losses(ids).mean()))

    def _normalised(self, text: str) -> str:
        """A text in the form that the model's own text was given."""
        return normalise(text, **self.normalisation)

    def _ending(
        self,
        length: int | None,
        lines: int | None,
        stop: str | Sequence[str],
        whole: bool,
    ) -> Ending:
        check_count("length", length)
        check_count("lines", lines)
        stops = (stop,) if isinstance(stop, str) else tuple(stop)
        stops = tuple(text for text in stops if text)
        if length is None and lines is None:
            self._check_stops(stops or (self.info.separator,))
            if not stops:
                own = self.info.separator, self.info.document_length
                return default_ending(*own)
        longest = self.info.text.get("longest_line")
        return ending_of(length, lines, stops, whole, longest)

    def _check_stops(self, stops: tuple[str, ...]) -> None:
        """Raise an InputError if the model can write none of the texts to end at."""
        split, known = self.vocabulary.units.split, self.vocabulary
        unknown = [[x for x in split(stop) if x not in known] for stop in stops]
        if all(unknown):
            raise InputError(
                f"The model cannot write {unknown[0][0]!r}, so no text of it ends at "
                f"{stops[0]!r}: give `length`, `lines` or another `stop`."
            )

    @property
    def _min_p(self) -> float:
        return default_min_p(len(self.vocabulary))

    def prompt_ids(self, prompt: str, strict: bool = False) -> np.ndarray:
        """Ids to read first: the beginning of a document, then the prompt.

        Args:
            prompt: what the text begins with.
            strict: whether unknown characters are refused.

        Returns:
            Shape `(characters,)`.

        Raises:
            InputError: if `strict`, for characters that the model does not know;
                otherwise they are named in a warning.
        """
        reading = self.vocabulary.read_prompt(self._normalised(prompt))
        remarks = []
        if reading.unknown:
            names = ", ".join(_name(c) for c in reading.unknown)
            remarks.append(f"the model has never seen {names}")
            if self.info.level == WORD:
                remarks[0] += f", read as {self.vocabulary.unknown}"
            if strict:
                raise InputError(f"In the prompt: {remarks[0]}.")
        if reading.replaced:
            pairs = (f"{_name(c)} as {form!r}" for c, form in reading.replaced.items())
            remarks.append(f"reading {', '.join(pairs)}")
        if remarks:
            warnings.warn(f"In the prompt: {'; '.join(remarks)}.", stacklevel=4)
        return self.vocabulary.encode(self.beginning + reading.text)

    def _read(self, sequences: Sequence[np.ndarray]) -> tuple[np.ndarray, State]:
        """Logits after each of some sequences of ids, and the state."""
        # A prompt that is given many times is read once.
        distinct: dict[bytes, tuple[np.ndarray, State]] = {}
        for ids in sequences:
            if ids.tobytes() not in distinct:
                distinct[ids.tobytes()] = self.predictor.read(
                    ids[None], self.predictor.initial_state()
                )
        read = [distinct[ids.tobytes()] for ids in sequences]
        logits = np.concatenate([logits for logits, _ in read])
        layers = zip(*(state for _, state in read))
        return logits, [np.concatenate(layer) for layer in layers]

    def _ids(
        self,
        logits: np.ndarray,
        state: State,
        rngs: Sequence[np.random.Generator],
        ending: Ending,
        sampling: Sampling,
        unknown: str | None,
    ) -> Iterator[np.ndarray]:
        first = FIRST_WRITTEN if unknown is None else UNKNOWN_ID
        return written_ids(
            self.predictor, self.info, logits, state, rngs, ending, sampling, first
        )


def _name(symbol: str) -> str:
    return f"{symbol!r} (U+{ord(symbol):04X})" if len(symbol) == 1 else repr(symbol)
