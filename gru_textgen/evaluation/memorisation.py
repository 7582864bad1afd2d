"""What a sample has word for word from a text, exactly, however long the text is.

The samples are short and the text is long, so it is the samples' spans that are looked
up, and the text that goes past them: once for spans of 20 characters, by their hashes.
What is left of the text, the stretches that such spans cover, holds every longer copy,
and is short. A hash only points; characters are compared before anything counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gru_textgen.text.vocabulary import Vocabulary

SPANS = (20, 40, 80)  # characters
_PARTLY = 40  # characters of a copy that make a sample partly seen
BLOCK = 1 << 14  # places hashed at a time: they stay in the processor's cache
CHUNK = 1 << 22  # places after which spans that were found are looked for no longer
COMPARED = 1 << 24  # characters compared at a time
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth 1998, 6.4)


@dataclass(frozen=True)
class Copied:
    """What a sample has from a text.

    Attributes:
        label: "seen" if all of it stands in the text, else "partly seen" if 40
            characters of it running do, else "new".
        longest: length of its longest passage that stands in the text, in characters.
        passage: that passage, the first of several.
        spans_20: the share of its spans of 20 characters, one beginning at each of its
            characters, that stand in the text; None if it is shorter.
        spans_40: of 40 characters.
        spans_80: of 80.
    """

    label: str
    longest: int
    passage: str
    spans_20: float | None
    spans_40: float | None
    spans_80: float | None


class Samples:
    """Samples, to be compared with a text.

    Args:
        texts: of the samples, none empty.
    """

    def __init__(self, texts: Sequence[str]):
        self.texts = texts
        self.vocabulary = Vocabulary.from_text(texts)
        self._ids = self.vocabulary.encode("".join(texts))
        self._ends = np.cumsum([len(text) for text in texts])
        self._starts = self._ends - [len(text) for text in texts]

    def copied(self, text: np.ndarray) -> list[Copied]:
        """What each of them has from a text.

        Args:
            text: its ids in the samples' vocabulary, where 0 is any character that
                stands in none of them. Shape `(length,)`.

        Returns:
            One for each sample.
        """
        everyone = np.arange(len(self.texts))
        short = _stretches(text, SPANS[0], self._hashes(everyone, SPANS[0]))
        low = np.zeros(len(everyone), int)  # of these lengths, copies have been found
        high = self._ends - self._starts  # of longer ones, none can be
        first = self._starts.copy()
        shares = []
        for k in SPANS:
            owners, found = self._narrow(short, k, everyone, low, high, first)
            spans = np.bincount(owners, minlength=len(everyone))
            standing = np.bincount(owners[found], minlength=len(everyone))
            shares.append(
                [float(s / n) if n else None for s, n in zip(standing, spans)]
            )
        while (is_open := low < high).any():
            middle = (low + high + 1) // 2
            for k in np.unique(middle[is_open]).tolist():
                chosen = np.flatnonzero(is_open & (middle == k))
                within = text if k < SPANS[0] else short
                self._narrow(within, k, chosen, low, high, first)
        places = zip(self.texts, (first - self._starts).tolist(), low.tolist())
        return [
            Copied(
                _label(text, length), length, text[start : start + length], *of_spans
            )
            for (text, start, length), *of_spans in zip(places, *shares)
        ]

    def _narrow(self, text, k, chosen, low, high, first):
        """Look for spans of k characters, and note for each sample what that shows.

        Returns:
            For each such span the sample it is of, and whether it stands in the text.
        """
        places, owners = self._spans(chosen, k)
        found = standing(text, self._ids, places, k)
        with_copy, where = np.unique(owners[found], return_index=True)
        longer = low[with_copy] < k
        first[with_copy[longer]] = places[found][where[longer]]
        low[with_copy] = np.maximum(low[with_copy], k)
        without = np.setdiff1d(chosen, with_copy)
        high[without] = np.minimum(high[without], k - 1)
        return owners, found

    def _spans(self, chosen: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the spans of k characters of some samples begin, and whose they are."""
        sizes = np.maximum(self._ends[chosen] - self._starts[chosen] - k + 1, 0)
        owners = np.repeat(chosen, sizes)
        rank = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self._starts[owners] + rank, owners

    def _hashes(self, chosen: np.ndarray, k: int) -> np.ndarray:
        places, _ = self._spans(chosen, k)
        return np.unique(hashes(self._ids, k)[places]) if len(places) else places


def standing(
    text: np.ndarray, ids: np.ndarray, places: np.ndarray, k: int
) -> np.ndarray:
    """Which of some spans stand in a text.

    Args:
        text: ids, shape `(length,)`.
        ids: of what the spans are of.
        places: where they begin in `ids`, shape `(spans,)`.
        k: their length.

    Returns:
        Whether each does, shape `(spans,)`.
    """
    answer = np.zeros(len(places), bool)
    left = np.arange(len(places)) if len(text) >= k else np.empty(0, int)
    while len(left):
        values, example, group = np.unique(
            hashes(ids, k)[places[left]], return_index=True, return_inverse=True
        )
        examples = places[left][example]
        found = _standing(text, ids, examples, k, values)
        # Different spans of one hash wait for another round.
        same = _equal(ids, places[left], ids, examples[group], k)
        answer[left[same]] = found[group[same]]
        left = left[~same]
    return answer


def _standing(text, ids, places, k, values) -> np.ndarray:
    """`standing` for spans of different hashes, `values`, in increasing order."""
    found = np.zeros(len(places), bool)
    for start in range(0, len(text) - k + 1, CHUNK):
        wanted = np.flatnonzero(~found)
        if not len(wanted):
            break
        part = text[start : start + CHUNK + k - 1]
        for where, which in _hits(part, k, values[wanted]):
            which = wanted[which]
            fresh = ~found[which]
            where, which = where[fresh], which[fresh]
            found[which[_equal(part, where, ids, places[which], k)]] = True
    return found


def _stretches(text: np.ndarray, k: int, values: np.ndarray) -> np.ndarray:
    """The parts of a text that spans of k characters with these hashes cover, each
    different one once, with a 0 between them."""
    places = [where for where, _ in _hits(text, k, values)] if len(values) else []
    where = np.concatenate([np.empty(0, int), *places])
    if not len(where):
        return text[:0]
    gap = np.flatnonzero(np.diff(where) > 1)
    starts = where[np.concatenate([[0], gap + 1])].tolist()
    ends = (where[np.concatenate([gap, [-1]])] + k).tolist()
    parts = dict.fromkeys(text[a:b].tobytes() for a, b in zip(starts, ends))
    return np.frombuffer(bytes(text.itemsize).join(parts), text.dtype)


def _hits(
    text: np.ndarray, k: int, values: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Where spans with one of some hashes begin, and which hash it is, block by block.

    Args:
        text: ids, shape `(characters,)`.
        k: characters of a span.
        values: the hashes, in increasing order, at least one.
    """
    bits = int(64 * len(values)).bit_length()  # so that few others come near
    shift = np.uint64(64 - bits)
    is_near = np.zeros(1 << bits, bool)
    is_near[values >> shift] = True
    for start in range(0, len(text) - k + 1, BLOCK):
        block = hashes(text[start : start + BLOCK + k - 1], k)
        near = np.flatnonzero(is_near[(block >> shift).view(np.int64)])
        which = np.searchsorted(values, block[near])
        which[which == len(values)] = 0
        hit = values[which] == block[near]
        yield start + near[hit], which[hit]


def hashes(ids: np.ndarray, k: int) -> np.ndarray:
    """A hash of every span of k ids.

    A span's is made of those of two shorter ones that cover it, as Karp, Miller and
    Rosenberg (1972) name the substrings of a text.

    Returns:
        Of type uint64, shape `(len(ids) - k + 1,)`.
    """
    values = ids.astype(np.uint64)
    width = 1
    while width < k:
        step = min(width, k - width)
        longer = values[:-step] * _MULTIPLIER
        longer += values[step:]
        longer ^= longer >> np.uint64(29)
        values, width = longer, width + step
    values *= _MULTIPLIER
    return values


def _equal(a, i, b, j, k) -> np.ndarray:
    """Whether the k ids of `a` at each place of `i` are those of `b` at that of `j`."""
    rows_a, rows_b = sliding_window_view(a, k), sliding_window_view(b, k)
    size = max(1, COMPARED // k)
    parts = [
        (rows_a[i[n : n + size]] == rows_b[j[n : n + size]]).all(axis=1)
        for n in range(0, len(i), size)
    ]
    return np.concatenate([np.empty(0, bool), *parts])


def _label(text: str, longest: int) -> str:
    if longest == len(text):
        return "seen"
    return "partly seen" if longest >= _PARTLY else "new"
