"""How well a model predicts ids, many characters at once: streams and windows side by
side, so that each step is a product of matrices."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gru_textgen.inference.engine import NUMBERS, Engine, State
from gru_textgen.machine import one_thread_a_product, usable_cores

BINS = 15  # of confidence, equally wide, as Guo et al. 2017 have them
LONGEST_CONTEXT = 1024  # characters
STREAMS = 128  # side by side at most; more are no faster
WARM_UP = 1024  # characters that a stream reads before those that are counted
_SEAM = 1e-4  # how far apart two states may be that are to be the same
_CELLS = 1024  # characters, of all streams of a core, whose logits are in memory
_SHARE = 16  # streams at least, where cores share them
_SEGMENTS = 32  # of a block, in which the loss by context is measured


class Tally:
    """Sums over predicted characters.

    Attributes:
        characters: how many they are.
        loss: the sum of their losses, nats.
        hits: how many were the likeliest symbol, and among the five likeliest.
        bins: shape `(3, BINS)`: of each bin of confidence (the likeliest symbol's
            probability p, bin m where m - 1 < p * BINS <= m), the characters, the sum
            of p, and how many were the likeliest symbol.
    """

    def __init__(self) -> None:
        self.characters = 0
        self.loss = 0.0
        self.hits = np.zeros(2, np.int64)
        self.bins = np.zeros((3, BINS))

    def add(self, logits: np.ndarray, targets: np.ndarray) -> None:
        """Count characters.

        Args:
            logits: shape `(..., vocab_size)`. Of equal ones the first is the likelier.
            targets: the ids that came, shape `(...)`.
        """
        places = targets[..., None].astype(np.int64)
        wanted = np.take_along_axis(logits, places, axis=-1)
        highest = logits.max(axis=-1, keepdims=True)
        total = np.exp(logits - highest).sum(axis=-1)
        losses = np.log(total) + (highest - wanted)[..., 0]
        p = (1 / total).ravel().astype(np.float64)
        before = np.arange(logits.shape[-1]) < places
        rank = ((logits > wanted) | (before & (logits == wanted))).sum(axis=-1).ravel()
        self.characters += rank.size
        self.loss += float(losses.sum(dtype=np.float64))
        self.hits += [(rank < 1).sum(), (rank < 5).sum()]
        index = np.clip(np.ceil(p * BINS) - 1, 0, BINS - 1).astype(np.int64)
        for row, weights in zip(self.bins, (None, p, rank < 1)):
            row += np.bincount(index, weights, BINS)

    def merge(self, other: "Tally") -> None:
        """Count what the other has counted."""
        self.characters += other.characters
        self.loss += other.loss
        self.hits += other.hits
        self.bins += other.bins


def score_stateful(
    engine: Engine, ids: np.ndarray, state: State, tally: Tally
) -> State:
    """Count one pass over a stretch of text, the state carried.

    The stretch is cut into streams side by side. Each but the first reads the `WARM_UP`
    characters before its own from an empty state. That is the true pass only if the
    state at each stream's beginning is that at the end of the stream before: where it
    is not, all are read again from those ends, until it is. Each turn makes one more
    stream exact at least, whatever the model.

    Args:
        engine: what predicts.
        ids: shape `(characters + 1,)`; each but the first is predicted.
        state: before the first, of one stream.
        tally: is added to.

    Returns:
        The state before the last of `ids`.
    """
    length = len(ids) - 1
    streams = _stream_count(length)
    first = length % streams
    if first:
        read, state = _read(engine, ids[None, : first + 1], state)
        tally.merge(read)
    places = first + length // streams * np.arange(streams)
    if streams > 1:
        warm_up = places[1:, None] + np.arange(-WARM_UP, 1)
        _, warm = _read(engine, ids[warm_up], engine.initial_state(streams - 1))
        state = [np.concatenate(layers) for layers in zip(state, warm)]
    texts = ids[places[:, None] + np.arange(length // streams + 1)]
    for _ in range(streams):
        read, ends = _read(engine, texts, state)
        gaps = [np.abs(a[1:] - b[:-1]) for a, b in zip(state, ends)]
        if all(np.all(gap < _SEAM) for gap in gaps):
            break
        state = [np.concatenate([a[:1], b[:-1]]) for a, b in zip(state, ends)]
    tally.merge(read)
    return [layer[-1:] for layer in ends]


def _stream_count(length: int) -> int:
    """How many streams are the fastest for a stretch of text.

    A step of S streams takes about a + b S, with a about 6 b: (length / S + WARM_UP)
    of them take the least time where S is the root of 6 length / WARM_UP. Numbers
    that fill whole vectors of the machine are faster than those between.
    """
    stretches = length // WARM_UP  # streams are no shorter than what warms them up
    streams = max(1, min(STREAMS, stretches, math.isqrt(6 * stretches)))
    return streams // _SHARE * _SHARE or streams


def score_windows(engine: Engine, ids: np.ndarray, window: int, tally: Tally) -> None:
    """Count a stretch of text read in windows, each from an empty state.

    Args:
        engine: what predicts.
        ids: shape `(characters + 1,)`. Window i reads x[i : i + window] and predicts
            x[i + 1 : i + window + 1], i = 0, window, 2 window, ...; the last one is
            what is left.
        window: characters.
        tally: is added to.
    """
    whole = (len(ids) - 1) // window
    for texts in _windows(ids, window * np.arange(whole), window):
        tally.merge(_read(engine, texts, engine.initial_state(len(texts)))[0])
    rest = ids[None, whole * window :]
    tally.merge(_read(engine, rest, engine.initial_state())[0])


def score_contexts(engine: Engine, ids: np.ndarray, longest: int) -> np.ndarray:
    """Losses of the same characters, by how much was read before each.

    They are those of up to 32 segments of longest / 2 characters, evenly spaced. For
    the context c, a power of two, a segment is predicted by windows of c characters,
    each from an empty state and begun c / 2 after the one before; counted are the
    second halves of the windows, where more than c / 2 and at most c characters have
    been read. So every context is measured on the same characters, each once.

    Args:
        engine: what predicts.
        ids: shape `(characters + 1,)`.
        longest: the longest context, a power of two.

    Returns:
        Sums of losses in nats for the contexts 1, 2, 4, ... `longest`, and, at the
        end, the number of characters that each is a sum over; zeros, if the text is
        shorter than `longest`.
    """
    segment = max(1, longest // 2)
    fitting = max(0, len(ids) - 1 - longest // 2) // segment
    count = min(_SEGMENTS, fitting)
    begins = longest // 2 + segment * (np.arange(count) * fitting // max(1, count))
    sums = []
    for context in (1 << i for i in range(longest.bit_length())):
        skipped = context // 2
        within = np.arange(0, segment, context - skipped) - skipped
        places = (begins[:, None] + within).ravel()
        total = 0.0
        for texts in _windows(ids, places, context):
            empty = engine.initial_state(len(texts))
            _, state = _read(engine, texts[:, : skipped + 1], empty)
            total += _read(engine, texts[:, skipped:], state)[0].loss
        sums.append(total)
    return np.array([*sums, count * segment])


def _windows(ids: np.ndarray, places: np.ndarray, length: int) -> Iterator[np.ndarray]:
    """The ids from each place on, `length` and the one after them, some together."""
    together = max(STREAMS, _CELLS // length)
    for start in range(0, len(places), together):
        begins = places[start : start + together, None]
        yield ids[begins + np.arange(length + 1)]


def _read(engine: Engine, texts: np.ndarray, state: State) -> tuple[Tally, State]:
    """Read all but the last of each row of ids, and count what is predicted.

    The cores share the rows. Where there are many symbols, few rows are read together.
    """
    threads = max(1, min(usable_cores(), len(texts) // _SHARE))
    together = max(1, NUMBERS // engine.widest)
    parts = max(threads, math.ceil(len(texts) / together))
    rows = np.array_split(np.arange(len(texts)), parts)
    with one_thread_a_product(), ThreadPoolExecutor(threads) as pool:
        read = pool.map(
            lambda r: _read_alone(engine, texts[r], [layer[r] for layer in state]), rows
        )
        tallies, states = zip(*read)
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total, [np.concatenate(layers) for layers in zip(*states)]


def _read_alone(engine: Engine, texts: np.ndarray, state: State) -> tuple[Tally, State]:
    tally, steps = Tally(), engine.steps(len(texts), max(1, _CELLS // len(texts)))
    for start in range(0, texts.shape[1] - 1, steps):
        piece = texts[:, start : start + steps + 1]
        logits, state = engine.run(piece[:, :-1], state)
        tally.add(logits, piece[:, 1:])
    return tally, state
