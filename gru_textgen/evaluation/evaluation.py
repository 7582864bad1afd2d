"""How well a model predicts a text: loss, accuracy, calibration, and how far back it
looks. One protocol never stands without its name."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError, check_type
from gru_textgen.evaluation.held_out import HELD_OUT, TEST, TextParts, read_for
from gru_textgen.evaluation.scoring import (
    BINS,
    LONGEST_CONTEXT,
    Tally,
    score_contexts,
    score_stateful,
    score_windows,
)
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.text.corpus import Corpus, as_corpus, read_as_learnt
from gru_textgen.text.units import WORD
from gru_textgen.text.vocabulary import UNKNOWN_ID

DEFAULT_WINDOW = 256
BLOCK = 1 << 20  # characters that are in memory at a time


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of about the same confidence, the likeliest symbol's probability.

    Attributes:
        lowest, highest: confidence is above the one and at most the other.
        characters: how many were predicted so.
        confidence: its mean over them.
        accuracy: the share of them that were the likeliest symbol.
    """

    lowest: float
    highest: float
    characters: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Figures:
    """What one protocol measures.

    Attributes:
        protocol: "stateful" (one pass over the text, the state carried) or "windows of
            N" (the state empty again after every N characters, every position counted).
        characters: how many were predicted and counted: all but the text's first.
        loss: mean cross-entropy, nats a character.
        bits_per_character: the same in bits, loss / ln 2; of a model of words the loss
            of the whole text shared among its characters, so that levels compare.
        perplexity: exp(loss).
        word_perplexity: that of a token, to compare with models of words: exp(loss *
            characters / tokens), as in Hwang & Sung 2017
            (https://arxiv.org/abs/1609.03777). Tokens are the words, which white space
            separates, and an `<eos>` for each line's end. None for a text without
            tokens, or where it is too large for a number.
        top_1_accuracy: share of characters that were the likeliest symbol.
        top_5_accuracy: share of those that were among the five likeliest.
        calibration_error: expected calibration error of the likeliest symbol, the mean
            over characters of |accuracy - confidence| of their bin, 15 bins equally
            wide (Guo et al. 2017, equation 3).
        reliability: those bins, but for empty ones: a reliability diagram's data.
    """

    protocol: str
    characters: int
    loss: float
    bits_per_character: float
    perplexity: float
    word_perplexity: float | None
    top_1_accuracy: float
    top_5_accuracy: float
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class Evaluation:
    """How well a model predicts a text. `dataclasses.asdict` makes JSON's values of it.

    Attributes:
        characters: of the text, in the form that the model's own text was given.
        unknown: how many of them the model does not know; they count as the unknown
            symbol.
        stateful, windows: the figures, by both protocols.
        loss_by_context: nats a character, where from an empty state more than c / 2 and
            at most c characters have been read, by c = 1, 2, 4, ... 1024; for all c of
            the same characters, see `scoring.score_contexts`. A text of 1,024
            characters or fewer has fewer.
        unit: what was predicted: "characters" or, by a model of words, "tokens"; then
            `characters` above and in the figures are tokens, and losses are those of a
            token, but for `bits_per_character`.
    """

    characters: int
    unknown: int
    stateful: Figures
    windows: Figures
    loss_by_context: dict[int, float]
    unit: str = "characters"


def evaluate(
    generator: TextGenerator,
    text: str | Corpus,
    *,
    window: int = DEFAULT_WINDOW,
    held_out: bool = False,
    test: bool = False,
) -> Evaluation:
    """Measure how well a model predicts a text: loss, accuracy and calibration.

    Args:
        generator: The model.
        text: The text, of any size; a corpus is read in pieces, in constant memory.
        window: Number of characters after which the second protocol empties the state.
        held_out: Measure only the part of the text that the model's training held out.
            The text must be the one that the model was trained on.
        test: Measure only the documents that the training reserved for a test
            (`test_split`).

    Returns:
        The figures by two protocols, "stateful" and "windows of N".

    Raises:
        InputError: If the text has fewer than two characters, cannot be read or, for
            `held_out` or `test`, is not the model's own; if `window` is out of range.

    Example:
        >>> from gru_textgen import TextGenerator, evaluate
        >>> verse = TextGenerator.load("verse")
        >>> evaluation = evaluate(verse, "The sea is calm tonight.\\n" * 3)
        >>> evaluation.characters  # and the end of the document
        76
        >>> round(evaluation.stateful.loss, 1)  # nats a character
        1.4
        >>> evaluation.windows.protocol
        'windows of 256'
    """
    check_type("generator", generator, TextGenerator)
    check_type("window", window, int)
    for name, value in (("held_out", held_out), ("test", test)):
        check_type(name, value, bool)
    engine, info = generator.predictor, generator.info
    normalisation = generator.normalisation
    corpus = as_corpus(text)
    if held_out and test:
        raise InputError("Give `held_out` or `test`, not both.")
    if held_out or test:
        corpus = read_as_learnt(corpus, info.source)
    if not 1 <= window <= BLOCK:
        raise InputError(f"`window` must be from 1 to {BLOCK:,}, not {window}.")
    if held_out or test:
        parts = TextParts(info, corpus, normalisation)
        pieces = parts.pieces(TEST if test else HELD_OUT)
    else:
        pieces = read_for(info, corpus, normalisation)
    tokens = _Tokens()
    stateful, windows = Tally(), Tally()
    state, longest, contexts = engine.initial_state(), 0, np.zeros(1)
    characters = unknown = 0
    pieces = info.vocabulary.units.whole(tokens.counted(pieces))
    ids = (info.vocabulary.encode(piece) for piece in pieces)
    for block in _blocks(ids, BLOCK // window * window):
        if not characters:
            longest = min(LONGEST_CONTEXT, 1 << (len(block) - 1).bit_length() - 1)
            contexts = score_contexts(engine, block, longest)
        else:
            contexts += score_contexts(engine, block, longest)
        state = score_stateful(engine, block, state, stateful)
        score_windows(engine, block, window, windows)
        new = block[min(characters, 1) :]  # the first is the last of the block before
        characters += len(new)
        unknown += int((new == UNKNOWN_ID).sum())
    if not characters:
        raise InputError(
            "The text is too short: an evaluation needs at least 2 characters."
        )
    *sums, count = contexts.tolist()
    per_character, words = 1.0, tokens.count
    if info.level == WORD:
        per_character, words = characters / max(1, tokens.characters), 0
    return Evaluation(
        characters,
        unknown,
        _figures("stateful", stateful, words, per_character),
        _figures(f"windows of {window}", windows, words, per_character),
        {1 << i: total / count for i, total in enumerate(sums)},
        info.vocabulary.units.noun,
    )


def _figures(
    protocol: str, tally: Tally, tokens: int, per_character: float = 1.0
) -> Figures:
    n, loss = tally.characters, tally.loss / tally.characters
    if _exp(loss) is None:
        raise InputError(
            "The loss is infinite: the model assigns the probability 0 to the text."
        )
    bins = []
    for i, (count, confidence, hits) in enumerate(tally.bins.T.tolist()):
        if count:
            limits = i / BINS, (i + 1) / BINS
            means = confidence / count, hits / count
            bins.append(ReliabilityBin(*limits, int(count), *means))
    gaps = (b.characters / n * abs(b.accuracy - b.confidence) for b in bins)
    top_1, top_5 = (tally.hits / n).tolist()
    return Figures(
        protocol,
        n,
        loss,
        loss * per_character / math.log(2),
        math.exp(loss),
        _exp(tally.loss / tokens) if tokens else None,
        top_1,
        top_5,
        math.fsum(gaps),
        tuple(bins),
    )


def _exp(x: float) -> float | None:
    """exp(x); None where it is no finite number."""
    return math.exp(x) if x < math.log(float(np.finfo(float).max)) else None


class _Tokens:
    """Counts the words of a text, and its lines' ends.

    Attributes:
        count: of both, so far.
        characters: of the text, so far.
    """

    def __init__(self) -> None:
        self.count = self.characters = 0

    def counted(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces of one text, as they are; a word may go on in the next."""
        within = False
        for piece in filter(None, pieces):
            going_on = within and not piece[0].isspace()
            self.characters += len(piece)
            self.count += len(piece.split()) - going_on + piece.count("\n")
            within = not piece[-1].isspace()
            yield piece


def _blocks(pieces: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Ids in blocks of `size` and the one after them, the last shorter: each id but the
    text's first is predicted in one block."""
    held = np.empty(0, np.uint8)
    for piece in pieces:
        held = np.concatenate([held, piece])
        while len(held) > size:
            yield held[: size + 1]
            held = held[size:]
    if len(held) > 1:
        yield held
