"""A text as a file of ids, mapped into memory where it is read, whatever its size.

The text is read once, in pieces: its normal form goes into a file without a name; what
is to be learnt from decides the vocabulary; then all is written as ids. The file bears
checksums of its ids and of what they are the ids of, so that a run that goes on reads
what it has read before, or nothing.
"""

import hashlib
import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write
from gru_textgen.model_file.limits import MAX_SYMBOLS
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.facts import TextFacts
from gru_textgen.text.normalisation import normalised
from gru_textgen.text.vocabulary import Vocabulary
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
        ids: of its characters.
        vocabulary: by which it was encoded.
        sha256: of the text as it was read.
        facts: what its lines have shown.
    """

    ids: StoredIds
    vocabulary: Vocabulary
    sha256: str
    facts: TextFacts


def encode(
    corpus: Corpus,
    settings: TrainingSettings,
    vocabulary: Vocabulary | None = None,
    first: tuple[str, ...] = (),
) -> EncodedText:
    """Read a text, normalise it and write its ids into the folder of a run.

    Args:
        corpus: the text.
        settings: how to normalise it, what to hold out, where to write.
        vocabulary: by default that of what is not held out.
        first: symbols for that vocabulary to begin with.

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
        pieces = facts.seen(pieces, settings.separator or "")
        length = sum(text.write(piece) for piece in pieces)
        learnt, _ = split_streams(  # for its errors, before a file is written
            range(length),
            settings.validation_split,
            settings.batch_size,
            settings.seq_length,
            settings.calibration_split,
        )
        if vocabulary is None:
            own = _vocabulary(_read(text, len(learnt.ids), "Counting"), settings)
            vocabulary = Vocabulary(dict.fromkeys([*first, *own.symbols]))
        sha256 = digest.hexdigest()
        identity = _identity(sha256, settings, vocabulary)
        _write(_read(text, length, "Encoding"), vocabulary, identity, settings)
    ids = _stored(settings.folder.ids, vocabulary)
    return EncodedText(ids, vocabulary, sha256, facts)


def _vocabulary(pieces: Iterator[str], settings: TrainingSettings) -> Vocabulary:
    found = Vocabulary.from_text(pieces, settings.min_count, settings.max_vocabulary)
    if not found.symbols:
        raise InputError(
            "No character occurs `min_count` times: give a smaller `min_count`."
        )
    if len(found.symbols) > MAX_SYMBOLS:
        raise InputError(
            f"The text has {len(found.symbols):,} distinct characters, but a model can "
            f"have at most {MAX_SYMBOLS:,}: give `min_count` or `max_vocabulary`, so "
            "that rare characters are read as unknown."
        )
    return found


def _write(
    pieces: Iterator[str],
    vocabulary: Vocabulary,
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
    settings: TrainingSettings, sha256: str, vocabulary: Vocabulary
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


def _stored(path: Path, vocabulary: Vocabulary) -> StoredIds:
    """The ids in a file, mapped."""
    with open(path, "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = (len(pages) - _HEAD) // vocabulary.dtype.itemsize
    return StoredIds(pages, vocabulary.dtype, _HEAD, length)


def _identity(sha256: str, settings: TrainingSettings, vocabulary: Vocabulary) -> str:
    """What ids are the ids of, as a checksum."""
    parts = [sha256, settings.normalisation, vocabulary.symbols]
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
