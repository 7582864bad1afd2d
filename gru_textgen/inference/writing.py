"""The loop that writes: logits to ids to logits, in many texts side by side."""

from collections.abc import Iterator, Sequence

import numpy as np

from gru_textgen.inference.ending import DocumentEnds, Ending
from gru_textgen.inference.engine import Engine, State
from gru_textgen.inference.loops import BlankRows, LoopGuard, run_limits
from gru_textgen.inference.sampling import Sampling, choose, gumbel
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.loops import PERIODS
from gru_textgen.text.vocabulary import UNKNOWN_ID

FIRST_WRITTEN = UNKNOWN_ID + 1  # unless the unknown symbol is asked for
_DRAWN = 1_000_000  # random numbers that are drawn together, some megabytes of them


def written_ids(
    predictor: Engine,
    info: ModelInfo,
    logits: np.ndarray,
    state: State,
    rngs: Sequence[np.random.Generator],
    ending: Ending,
    sampling: Sampling,
    first: int = FIRST_WRITTEN,
) -> Iterator[np.ndarray]:
    """The ids written in each text, step by step.

    Args:
        predictor: that reads each id and gives the next logits.
        info: what the model's own text has shown: its loops, its longest line.
        logits: of the first symbol, shape `(texts, vocab_size)`.
        state: after the prompts.
        rngs: random numbers of each text.
        ending: when all are whole, at the latest.
        sampling: how each symbol is drawn.
        first: the least id that may be written.

    Yields:
        Ids of shape `(texts,)`.
    """
    block = max(1, min(128, _DRAWN // logits.size))
    session = predictor.session(state)
    shape = (block, logits.shape[1] - first)
    limits = run_limits(info.text.get("loops"), PERIODS)
    guard = LoopGuard(limits, len(logits))
    rows = documents = None
    if sampling.temperature != 0 and sampling.top_k != 1:  # else always the likeliest
        rows = BlankRows(("", *info.vocabulary.symbols)[first:])
        documents = _document_ends(info, first)
    lines = _line_lengths(info, ending, len(logits))
    ids = None
    for k in range(ending.most):
        if k % block == 0:
            drawn = [gumbel(rng, shape, sampling.temperature) for rng in rngs]
            noise = np.stack(drawn, axis=1)
        allowed = guard.rule_out(logits[:, first:])
        if rows is not None and ids is not None:
            allowed = rows.decide(
                allowed, ids - first, noise[k % block], sampling.temperature
            )
        joined = allowed if documents is None else documents.join(allowed)
        ids = choose(joined, noise[k % block], **sampling.options)
        if documents is not None:
            documents.part(ids, allowed, noise[k % block], sampling.temperature)
        ids += first
        if lines is not None:
            lines.end(ids)
        guard.push(ids - first)
        yield ids
        logits = session.step(ids)


def _document_ends(info: ModelInfo, first: int) -> DocumentEnds | None:
    """None for a model of no documents, or of documents of one line."""
    newline, end = _newline(info), info.reset_id
    if newline is None or end is None or newline == end:
        return None
    return DocumentEnds(newline - first, end - first)


def _line_lengths(info: ModelInfo, ending: Ending, texts: int) -> "_LineLengths | None":
    newline = _newline(info)
    if newline is None or ending.longest_line is None:
        return None
    return _LineLengths(newline, ending.longest_line, texts)


def _newline(info: ModelInfo) -> int | None:
    """The id of a line's end, if the model knows it."""
    if "\n" not in info.vocabulary:
        return None
    return int(info.vocabulary.encode("\n")[0])


class _LineLengths:
    """Ends the lines of several texts where they would be longer than any is."""

    def __init__(self, newline: int, longest: int, texts: int):
        self._newline, self._longest = newline, longest
        self._lengths = np.zeros(texts, np.int64)

    def end(self, ids: np.ndarray) -> None:
        """Put a newline in the place of an id that is one too many for its line."""
        ids[self._lengths >= self._longest] = self._newline
        self._lengths += 1
        self._lengths *= ids != self._newline
