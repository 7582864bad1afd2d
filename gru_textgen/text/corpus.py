"""Where text comes from: files, folders, standard input, the anthology in the package,
and named corpora, downloaded once and checked."""

import hashlib
import importlib.resources
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gru_textgen.errors import InputError, check_type, shortened, suggest
from gru_textgen.text.documents import MARK, joined
from gru_textgen.text.download import download, sha256_of_file
from gru_textgen.text.folders import files_in
from gru_textgen.text.reading import Break, ReadingOptions, read_parts, read_pieces
from gru_textgen.text.report import ReadingReport

_PIECE = 1 << 20  # characters
_LONGEST_NAME = 255  # characters that a file's name may have
CORPUS_DIR_VARIABLE = "GRU_TEXTGEN_CORPUS_DIR"


@dataclass(frozen=True)
class Corpus:
    """A text and where it came from. A file is not read before its pieces are.

    Example:
        >>> from gru_textgen import Corpus
        >>> corpus = Corpus("One.\\n\\nTwo.\\n", name="numbers", separator="\\n\\n")
        >>> len(corpus.text)
        11
        >>> corpus.sha256[:8]
        'fb47020c'

    Attributes:
        content: the text, lines ending in newlines; or what gives its pieces.
        name: what the run is called by default.
        separator: what stands between two documents of the text, or "".
        source: how to read the text again: files, corpus name, encoding.
        report: what was met while the text was read; empty before.
    """

    content: str | Callable[[], Iterable[str]]
    name: str = "text"
    separator: str = ""
    source: dict[str, Any] = field(default_factory=dict[str, Any])
    report: ReadingReport = field(default_factory=ReadingReport, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.content, str) and not callable(self.content):
            raise InputError(
                "The content of a Corpus must be a string or a function that yields "
                f"strings, not {type(self.content).__name__}; as_corpus accepts lists "
                "and paths."
            )

    def pieces(self, digest: Any = None) -> Iterator[str]:
        """The text in pieces. Halves of surrogate pairs, which are no characters and
        cannot be written to a file, are read as U+FFFD.

        Args:
            digest: of hashlib; is given the text in UTF-8 as it is read.

        Raises:
            InputError: if a file cannot be read, or there is no text in it.
        """
        content = self.content
        for piece in _cut(content) if isinstance(content, str) else content():
            try:
                data = piece.encode("utf-8")
            except UnicodeEncodeError:
                piece = re.sub("[\ud800-\udfff]", "\ufffd", piece)
                data = piece.encode("utf-8")
            if digest is not None:
                digest.update(data)
            yield piece

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces())

    def beginning(self, length: int) -> str:
        """Its first characters; little more of it is read.

        Args:
            length: how many characters, at most.
        """
        read = ""
        for piece in self.pieces():
            read += piece
            if len(read) >= length:
                break
        return read[:length]

    @property
    def sha256(self) -> str:
        """Of the text in UTF-8."""
        digest = hashlib.sha256()
        for _ in self.pieces(digest):
            pass
        return digest.hexdigest()


@dataclass(frozen=True)
class NamedCorpus:
    """A corpus that can be downloaded: where from, what it must hash to, its layout."""

    url: str
    sha256: str
    file_name: str
    separator: str = ""


NAMED = {
    "tinyshakespeare": NamedCorpus(
        "https://raw.githubusercontent.com/karpathy/char-rnn/"
        "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        "tinyshakespeare.txt",
    ),
    "sonnets": NamedCorpus(
        "https://raw.githubusercontent.com/aparrish/rwet-examples/"
        "96f4252d111c6cece167e5af66286fdd1ede07bb/sonnets.txt",
        "49f89e5a080f2914f7020453692c9456218491db25ec48531283e7d06e1e9b22",
        "sonnets.txt",
        separator="\n\n",
    ),
    "names": NamedCorpus(
        "https://raw.githubusercontent.com/karpathy/makemore/"
        "988aa59e4d8fefa526d06f3b453ad116258398d4/names.txt",
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        "names.txt",
        separator="\n",
    ),
}
ANTHOLOGY = "anthology"
ANTHOLOGY_SEPARATOR = "\n\n***\n\n"
CORPUS_NAMES = (ANTHOLOGY, *NAMED)


def read_anthology() -> Corpus:
    """The anthology of verse that the package contains.

    Returns:
        366 poems, with a separator between them.

    Example:
        >>> from gru_textgen import read_anthology
        >>> anthology = read_anthology()
        >>> len(anthology.text.split(anthology.separator))
        366
    """
    folder = importlib.resources.files("gru_textgen")
    text = (folder / "data" / "anthology.txt").read_text(encoding="ascii")
    return Corpus(text, ANTHOLOGY, ANTHOLOGY_SEPARATOR, {"corpus": ANTHOLOGY})


def read_named(name: str, corpus_dir: str | Path | None = None) -> Corpus:
    """A corpus by its name: from a folder that holds it, the cache, or its address.

    Args:
        name: one of `CORPUS_NAMES`.
        corpus_dir: a folder that may hold the corpus under its file name; by default
            the one that the environment variable GRU_TEXTGEN_CORPUS_DIR names.

    Returns:
        The corpus; its separator, where its documents have one.

    Raises:
        InputError: for an unknown name, a failed download, a wrong checksum.

    Example:
        >>> from gru_textgen import read_named
        >>> read_named("anthology").separator
        '\\n\\n***\\n\\n'
    """
    check_type("name", name, str)
    check_type("corpus_dir", corpus_dir, str, Path, type(None))
    if name == ANTHOLOGY:
        return read_anthology()
    if name not in NAMED:
        raise InputError(f"There is no corpus {name!r}.{suggest(name, CORPUS_NAMES)}")
    named = NAMED[name]
    source = {"corpus": name}
    if corpus_dir:
        source["corpus_dir"] = str(Path(corpus_dir).resolve())
    folder = corpus_dir or os.environ.get(CORPUS_DIR_VARIABLE)
    path = Path(folder, named.file_name) if folder else None
    if path is None or not path.exists():
        path = cache_dir() / named.file_name
        if not path.exists():
            otherwise = "or give its folder (`corpus_dir`)"
            download(named.url, path, named.sha256, otherwise)
    if sha256_of_file(path) != named.sha256:
        raise InputError(
            f"{path} is not the corpus {name!r}: its sha256 is not {named.sha256}. "
            "Remove the file, so that it is downloaded again."
        )
    return Corpus(lambda: read_pieces(path), name, named.separator, source)


def read_files(
    paths: Sequence[str | Path],
    encoding: str = "utf-8",
    separator: str | None = None,
    field: str | None = None,
    delimiter: str | None = None,
) -> Corpus:
    """The text of files, folders (every text file in them) or "-", standard input.

    Args:
        paths: see `reading.read_parts` for the kinds of files.
        encoding: of all.
        separator: what is put between records, and between files, and so stands
            between documents; "" puts nothing there. By default records are documents,
            and so are ten short files or more: see `documents.joined`.
        field: the one that holds the text, where files are records; by default the
            one that clearly is it.
        delimiter: of the cells of .csv and .tsv files; by default it is found out.

    Returns:
        A corpus that reads the files, piece by piece, when its text is asked for.

    Raises:
        InputError: if something is missing; when it is read, if it is empty, binary
            or in another encoding.

    Example:
        >>> from pathlib import Path
        >>> from gru_textgen import read_files
        >>> length = Path("songs.txt").write_text("One.\\n\\nTwo.\\n")
        >>> read_files(["songs.txt"]).text
        'One.\\n\\nTwo.\\n'
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    check_type("paths", paths, list, tuple)
    check_type("encoding", encoding, str)
    of_files = {"separator": separator, "field": field, "delimiter": delimiter}
    for option, value in of_files.items():
        check_type(option, value, str, type(None))
    report, options = ReadingReport(), ReadingOptions(encoding, field, delimiter)
    _check_paths(paths)

    def parts() -> Iterator[str | Break]:
        for path, named in _each_file(paths, report):
            yield from read_parts(path, options, report, named)

    def pieces() -> Iterator[str]:
        report.clear()
        blank = True
        for piece in joined(parts(), separator, report):
            blank = blank and not piece.strip()
            yield piece
        if blank:
            raise InputError(_no_text(paths, report))

    first = Path(paths[0])
    name = "text" if str(first) == "-" else first.name.split(".")[0] or "text"
    source = {
        "files": [p if p == "-" else str(Path(p).resolve()) for p in map(str, paths)],
        "encoding": encoding,
        "between": separator,
    }
    if field is not None:
        source["field"] = field
    if delimiter is not None:
        source["delimiter"] = delimiter
    return Corpus(pieces, name, separator or "", source, report)


def as_corpus(
    text: str | Path | bytes | Sequence[str] | Corpus, separator: str | None = None
) -> Corpus:
    """The corpus that a text stands for.

    Args:
        text: a string; a path, of a file or folder; bytes, in UTF-8; documents, as a
            list of strings; or a corpus, which is given back.
        separator: what to put between documents, and between files; None chooses it.

    Returns:
        The corpus.

    Raises:
        InputError: for anything else.

    Example:
        >>> from gru_textgen import as_corpus
        >>> as_corpus(["Anna", "Bob"]).text
        'Anna\\nBob\\n'
    """
    if isinstance(text, Corpus):
        return text
    if isinstance(text, Path):
        return read_files([text], separator=separator)
    if isinstance(text, (bytes, bytearray)):
        try:
            return Corpus(bytes(text).decode("utf-8-sig").replace("\r\n", "\n"))
        except UnicodeDecodeError as error:
            raise InputError(
                f"The text consists of bytes that are not utf-8 (byte {error.start:,} "
                "is invalid): decode them first, for example data.decode('cp1252')."
            ) from None
    if isinstance(text, str):
        _refuse_a_name(text)
        return Corpus(text)
    if isinstance(text, (list, tuple)):
        return _of_documents(text, separator)
    raise InputError(
        "A text must be a string, a Path, bytes, a list of strings or a Corpus, not "
        f"{type(text).__name__}."
    )


def _of_documents(texts: Sequence[str], separator: str | None) -> Corpus:
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                "A text that is a list must contain strings only; element "
                f"{place} is of type {type(text).__name__}."
            )
    texts = [text.replace("\r\n", "\n").strip("\n") for text in texts]
    if separator is None:
        separator = MARK if any("\n" in text for text in texts) else "\n"
    whole = separator.join(filter(None, texts))
    report = ReadingReport(records=len(texts), between=separator)
    return Corpus(whole + "\n" if whole else "", "text", separator, report=report)


def _refuse_a_name(text: str) -> None:
    """Raise an InputError for a string that is the name of a file, not its text."""
    if "\n" in text or not 0 < len(text) <= _LONGEST_NAME:
        return
    try:
        exists = Path(text).exists()
    except (OSError, ValueError):
        exists = False
    if exists:
        raise InputError(
            f"{text!r} is the name of a file, but a string is read as the text itself: "
            f"give Path({text!r})."
        )


def _no_text(paths: Sequence[str | Path], report: ReadingReport) -> str:
    """Why there is nothing to learn from."""
    names = ", ".join(map(str, paths))
    said = " ".join(report.sentences())
    return f"There is no text in {names}." + (f" {said}" if said else "")


def read_source(source: dict[str, Any]) -> Corpus:
    """The corpus that `source`, a `Corpus.source`, describes, read again.

    Raises:
        InputError: if it cannot be read again, as standard input cannot.
    """
    if "corpus" in source:
        return read_named(source["corpus"], source.get("corpus_dir"))
    files = source.get("files", [])
    if not files or "-" in files:
        raise InputError(
            "The text of the run was not read from a file: give the same text again."
        )
    return _from_files(source)


def read_as_learnt(corpus: Corpus, source: dict[str, Any]) -> Corpus:
    """A corpus, its files and records joined as those that a model has learnt from.

    Args:
        corpus: the text.
        source: that of the model's text.
    """
    read = isinstance(corpus.content, str)  # as standard input is, but once
    if read or "files" not in corpus.source or "files" not in source:
        return corpus
    return _from_files({**corpus.source, "between": source.get("between", "")})


def _from_files(source: dict[str, Any]) -> Corpus:
    # Before "between" was noted, records and files were joined by nothing.
    between, encoding = source.get("between", ""), source.get("encoding") or "utf-8"
    return read_files(
        source["files"],
        encoding,
        between,
        source.get("field"),
        source.get("delimiter"),
    )


def _cut(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _check_paths(paths: Sequence[str | Path]) -> None:
    """Raise an InputError if a path is missing."""
    if not paths:
        raise InputError("No files are given.")
    for path in paths:
        if not isinstance(path, (str, Path)):
            raise InputError(
                f"`paths` must be strings or Paths, not {shortened(path)}."
            )
        if str(path) != "-" and not os.path.exists(path):
            raise InputError(f"There is no file {path}.")


def _each_file(
    paths: Sequence[str | Path], report: ReadingReport
) -> Iterator[tuple[str | Path, bool]]:
    """Each file, and whether it was named, not found in a folder."""
    for path in paths:
        if str(path) != "-" and Path(path).is_dir():
            for inside in files_in(Path(path), report):
                yield inside, False
        else:
            yield path, True


def cache_dir() -> Path:
    """The folder for downloads, where this platform keeps such things."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("gru_textgen", appauthor=False))
