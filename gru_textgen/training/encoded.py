"""A text as a file of ids, mapped into memory where it is read, whatever its size.

The text is read once, in pieces: its normal form goes into a file without a name; what
is to be learnt from decides the vocabulary; then all is written as ids. The file bears
checksums of its ids and of what they are the ids of, so that a run that goes on reads
what it has read before, or nothing.
"""

import hashlib
import itertools
import json
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write
from gru_textgen.model_file.limits import MAX_SYMBOLS
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.documents import split_documents, with_ends
from gru_textgen.text.facts import TextFacts
from gru_textgen.text.fingerprints import MAX_RECORDED, fingerprints
from gru_textgen.text.normalisation import normalised
from gru_textgen.text.splits import DOCUMENTS, learnt_part
from gru_textgen.text.units import CHARACTERS, WORD, Units, Words
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary
from gru_textgen.training.division import Division, divide, wanted
from gru_textgen.training.packing import split_packed
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import split_streams

_PIECE = 1 << 20  # characters
_HEAD = 256  # bytes before the ids: JSON, filled up with spaces
_SHOWN_FROM = 20_000_000  # characters, that take long enough to be shown


@dataclass(frozen=True)
class StoredIds:
    """Ids in a file, as an array that is never in memory as a whole.

    Pages that were read are given back at once. The file may lose its name meanwhile.

    Attributes:
        pages: the file, mapped.
        dtype: of an id.
        offset: of the first id in the file, in bytes.
        length: number of ids.
    """

    pages: mmap.mmap
    dtype: np.dtype
    offset: int
    length: int

    def __len__(self) -> int:
        return self.length

    def __enter__(self) -> "StoredIds":
        return self

    def __exit__(self, *_) -> None:
        """Let go of the file, which Windows does not replace while it is mapped."""
        self.pages.close()

    def __getitem__(self, places):
        """A copy of the ids at `places`, of any shape; for a slice, nothing is read."""
        if isinstance(places, slice):
            start, stop, _ = places.indices(self.length)
            offset = self.offset + start * self.dtype.itemsize
            return StoredIds(self.pages, self.dtype, offset, max(0, stop - start))
        return self._copy(places)

    def read(self) -> np.ndarray:
        """A copy of all of them."""
        return self._copy(slice(None))

    def _copy(self, places) -> np.ndarray:
        ids = np.frombuffer(self.pages, self.dtype, self.length, self.offset)
        copy = np.array(ids[places])
        if hasattr(mmap, "MADV_DONTNEED"):  # as POSIX systems have it
            self.pages.madvise(mmap.MADV_DONTNEED)
        return copy


@dataclass(frozen=True)
class EncodedText:
    """A text as ids.

    Attributes:
        ids: of its characters or tokens.
        vocabulary: by which it was encoded.
        sha256: of the text as it was read.
        facts: what its lines have shown.
        division: its documents.
        characters: its length, normalised.
        fingerprints: the record of them, see `text.fingerprints`; None of running
            text, or of more documents than are recorded.
    """

    ids: StoredIds
    vocabulary: Vocabulary | WordVocabulary
    sha256: str
    facts: TextFacts
    division: Division
    characters: int
    fingerprints: np.ndarray | None = None


def encode(
    corpus: Corpus,
    settings: TrainingSettings,
    vocabulary: Vocabulary | WordVocabulary | None = None,
    first: Vocabulary | WordVocabulary | None = None,
) -> EncodedText:
    """Read a text, normalise it and write its ids into the folder of a run.

    Args:
        corpus: the text.
        settings: how to normalise it, what to hold out, where to write.
        vocabulary: by default that of what is not held out.
        first: what that vocabulary begins with.

    Raises:
        InputError: if the text cannot be read, is too short, or its ids cannot be
            written.
    """
    try:
        return _encode(corpus, settings, vocabulary, first)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"The ids of the text cannot be written to {settings.output}: {reason}."
        ) from error


def _encode(corpus, settings, vocabulary, first) -> EncodedText:
    digest, facts = hashlib.sha256(), TextFacts()
    with TemporaryFile(
        "w+",
        dir=settings.output,
        encoding="utf-8",
        errors="surrogatepass",
        newline="",
    ) as text:
        pieces = normalised(corpus.pieces(digest), **settings.normalisation)
        pieces = facts.seen(pieces, wanted(settings.separator or "", settings))
        length = sum(text.write(piece) for piece in pieces)
        read = partial(_read, text, length)
        units = units_of(settings)
        lengths_of = partial(_lengths, read, units)
        division = divide(settings, corpus, facts, lengths_of)
        settings = division.applied(settings)
        count = length
        if units is not CHARACTERS and division.documents is None:
            count = sum(map(units.count, units.whole(read("Counting"))))
        learnt = _learnt(read, count, division, settings, units)
        if vocabulary is None:
            vocabulary = _vocabulary(learnt, settings, first, division)
        sha256 = digest.hexdigest()
        identity = _identity(sha256, settings, vocabulary)
        pieces, record = read("Encoding"), _record(read, division)
        if division.documents:
            documents = split_documents(pieces, division.documents)
            pieces = with_ends(documents, division.separator)
        _write(units.whole(pieces), vocabulary, identity, settings)
    ids = _stored(settings.folder.ids, vocabulary)
    return EncodedText(ids, vocabulary, sha256, facts, division, length, record)


def units_of(settings: TrainingSettings) -> Units:
    """What an id of the text of a run stands for."""
    return Words(settings.tokens) if settings.level == WORD else CHARACTERS


def _record(
    read: Callable[[str], Iterator[str]], division: Division
) -> np.ndarray | None:
    """The fingerprints of the documents of a text."""
    if division.documents is None or division.lengths is None:
        return None
    if len(division.lengths) > MAX_RECORDED:
        return None
    return fingerprints(split_documents(read("Recording"), division.documents))


def _lengths(
    read: Callable[[str], Iterator[str]], units: Units, documents: str
) -> np.ndarray:
    """The length of each document, the symbol before it included."""
    found = split_documents(read("Dividing"), documents)
    return np.fromiter((units.count(document) + 1 for document in found), np.int64)


def _learnt(
    read: Callable[[str], Iterator[str]],
    length: int,
    division: Division,
    settings: TrainingSettings,
    units: Units,
) -> Iterator[str]:
    """The part of a text that is learnt from. Raises an InputError at once if the text
    is too short, before a file is written."""
    if division.documents is None or division.lengths is None:
        learnt, _ = split_streams(
            range(length),
            settings.validation_split,
            settings.batch_size,
            settings.seq_length,
            settings.calibration_split,
        )
        return learnt_part(len(learnt.ids), read("Counting"), units)
    whole = np.arange(division.lengths.sum() + 1)
    training, _, _ = split_packed(whole, division.lengths, settings)
    chosen = np.zeros(len(division.lengths), bool)
    begins = np.cumsum(division.lengths) - division.lengths
    chosen[np.searchsorted(begins, training.ids.starts)] = True
    documents = split_documents(read("Counting"), division.documents)
    return with_ends(itertools.compress(documents, chosen), division.separator)


def _vocabulary(
    pieces: Iterator[str],
    settings: TrainingSettings,
    first: Vocabulary | WordVocabulary | None,
    division: Division,
) -> Vocabulary | WordVocabulary:
    limits = settings.min_count, settings.max_vocabulary
    last = [division.separator] if division.documents else []
    if settings.level == WORD:
        units = Words(settings.tokens)
        words = WordVocabulary.from_text(pieces, *limits, units)
        _check_symbols(words.symbols, "token")
        if isinstance(first, WordVocabulary):
            words = first.extended(words)
        return words.extended(WordVocabulary(last, units))
    own = Vocabulary.from_text(pieces, *limits)
    _check_symbols(own.symbols, "character")
    known = first.symbols if first else ()
    return Vocabulary(dict.fromkeys([*known, *own.symbols, *last]))


def _check_symbols(symbols: tuple[str, ...], unit: str) -> None:
    """Refuse a vocabulary that is empty or larger than a file may hold."""
    if not symbols:
        raise InputError(
            f"No {unit} occurs `min_count` times: give a smaller `min_count`."
        )
    if len(symbols) > MAX_SYMBOLS:
        raise InputError(
            f"The text has {len(symbols):,} distinct {unit}s, but a model can "
            f"have at most {MAX_SYMBOLS:,}: give `min_count` or `max_vocabulary`, so "
            f"that rare {unit}s are read as unknown."
        )


def _write(
    pieces: Iterator[str],
    vocabulary: Vocabulary | WordVocabulary,
    identity: str,
    settings: TrainingSettings,
) -> None:
    digest = hashlib.sha256()
    with atomic_write(settings.folder.ids) as part, open(part, "wb") as file:
        file.seek(_HEAD)
        for piece in pieces:
            encoded = vocabulary.encode(piece).tobytes()
            digest.update(encoded)
            file.write(encoded)
        head = {"sha256": digest.hexdigest(), "of": identity}
        file.seek(0)
        file.write(json.dumps(head).encode().ljust(_HEAD))


def ids_before(
    settings: TrainingSettings, sha256: str, vocabulary: Vocabulary | WordVocabulary
) -> StoredIds | None:
    """The ids that stand in the folder of a run, if they are of that text, and whole.

    Args:
        settings: of the run.
        sha256: of the text as it was read.
        vocabulary: of the run.
    """
    path, digest = settings.folder.ids, hashlib.sha256()
    try:
        with open(path, "rb") as file:
            head = json.loads(file.read(_HEAD))
        if head["of"] != _identity(sha256, settings, vocabulary):
            return None
        ids = _stored(path, vocabulary)
        for place in range(0, len(ids), _PIECE):
            piece = ids[place : place + _PIECE].read()
            digest.update(piece.tobytes())
            if piece.max() >= len(vocabulary):
                return None
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return ids if head["sha256"] == digest.hexdigest() else None


def is_text_of_ids(path: Path) -> bool:
    """Whether a file is a text that a run has written as ids."""
    try:
        with open(path, "rb") as file:
            head = json.loads(file.read(_HEAD))
        return isinstance(head, dict) and head.keys() == {"sha256", "of"}
    except (OSError, ValueError):
        return False


def _stored(path: Path, vocabulary: Vocabulary | WordVocabulary) -> StoredIds:
    """The ids in a file, mapped."""
    with open(path, "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = (len(pages) - _HEAD) // vocabulary.dtype.itemsize
    return StoredIds(pages, vocabulary.dtype, _HEAD, length)


def _identity(
    sha256: str, settings: TrainingSettings, vocabulary: Vocabulary | WordVocabulary
) -> str:
    """What ids are the ids of, as a checksum."""
    parts: list[Any] = [sha256, settings.normalisation, vocabulary.symbols]
    if settings.split == DOCUMENTS:
        parts.append(settings.documents)
    if settings.level == WORD:
        parts.append(settings.tokens)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _read(text: TextIO, length: int, label: str) -> Iterator[str]:
    """The first `length` characters of a file, in pieces."""
    from tqdm import tqdm

    hidden = True if length < _SHOWN_FROM else None  # None: where there is no terminal
    text.seek(0)
    with tqdm(desc=label, total=length, unit_scale=True, disable=hidden) as bar:
        while length:
            piece = text.read(min(_PIECE, length))
            length -= len(piece)
            bar.update(len(piece))
            yield piece
