"""Where text comes from: files, folders, standard input, the anthology in the package,
and named corpora, downloaded once and checked."""

import hashlib
import importlib.resources
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gru_textgen.errors import InputError, suggest
from gru_textgen.text.download import download, sha256_of_file
from gru_textgen.text.reading import read_pieces

_PIECE = 1 << 20  # characters
CORPUS_DIR_VARIABLE = "GRU_TEXTGEN_CORPUS_DIR"


@dataclass(frozen=True)
class Corpus:
    """A text and where it came from. A file is not read before its pieces are.

    Attributes:
        content: the text, lines ending in newlines; or what gives its pieces.
        name: what the run is called by default.
        separator: what stands between two documents of the text, or "".
        source: how to read the text again: files, corpus name, encoding.
    """

    content: str | Callable[[], Iterable[str]]
    name: str = "text"
    separator: str = ""
    source: dict = field(default_factory=dict)

    def pieces(self, digest=None) -> Iterator[str]:
        """The text in pieces.

        Args:
            digest: of hashlib; is given the text in UTF-8 as it is read.

        Raises:
            InputError: if a file cannot be read, or there is no text in it.
        """
        content = self.content
        for piece in _cut(content) if isinstance(content, str) else content():
            if digest is not None:
                digest.update(piece.encode("utf-8", "surrogatepass"))
            yield piece

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces())

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
    """The verse that the package carries."""
    folder = importlib.resources.files("gru_textgen")
    text = (folder / "data" / "anthology.txt").read_text(encoding="ascii")
    return Corpus(text, ANTHOLOGY, ANTHOLOGY_SEPARATOR, {"corpus": ANTHOLOGY})


def read_named(name: str, corpus_dir: str | Path | None = None) -> Corpus:
    """A corpus by its name: from a folder that holds it, the cache, or its address.

    Args:
        name: one of `CORPUS_NAMES`.
        corpus_dir: a folder that may hold the corpus under its file name; by default
            the one that the environment variable GRU_TEXTGEN_CORPUS_DIR names.

    Raises:
        InputError: for an unknown name, a failed download, a wrong checksum.
    """
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
            download(named.url, path, named.sha256)
    if sha256_of_file(path) != named.sha256:
        raise InputError(
            f"{path} is not the corpus {name!r}: its sha256 is not {named.sha256}. "
            "Remove the file, and it is fetched again."
        )
    return Corpus(lambda: read_pieces(path), name, named.separator, source)


def read_files(
    paths: Sequence[str | Path],
    encoding: str = "utf-8",
    separator: str = "",
    field: str | None = None,
) -> Corpus:
    """The text of files, folders (their .txt files, in order) or "-", standard input.

    Args:
        paths: see `reading.read_pieces` for the kinds of files.
        encoding: of all.
        separator: what stands between documents.
        field: the one that holds the text, where files are records.

    Raises:
        InputError: if something is missing; when it is read, if it is empty, binary
            or in another encoding.
    """
    files = list(_each_file(paths))

    def pieces() -> Iterator[str]:
        last, blank = "", True
        for file in files:
            if last and not last.endswith("\n"):
                yield (last := "\n")
            for last in filter(None, read_pieces(file, encoding, field)):
                blank = blank and not last.strip()
                yield last
        if blank:
            raise InputError(f"There is no text in {', '.join(map(str, paths))}.")

    first = Path(paths[0])
    name = "text" if str(first) == "-" else first.name.split(".")[0] or "text"
    source = {
        "files": [p if p == "-" else str(Path(p).resolve()) for p in map(str, paths)],
        "encoding": encoding,
    }
    if field is not None:
        source["field"] = field
    return Corpus(pieces, name, separator, source)


def read_source(source: dict) -> Corpus:
    """The corpus that `source`, a `Corpus.source`, describes, read again.

    Raises:
        InputError: if it cannot be read again, as standard input cannot.
    """
    if "corpus" in source:
        return read_named(source["corpus"], source.get("corpus_dir"))
    files = source.get("files", [])
    if not files or "-" in files:
        raise InputError("The run's text was not a file: give the same text again.")
    encoding = source.get("encoding") or "utf-8"
    return read_files(files, encoding, field=source.get("field"))


def _cut(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _each_file(paths: Sequence[str | Path]) -> Iterable[str | Path]:
    for path in paths:
        if str(path) == "-":
            yield "-"
        elif Path(path).is_dir():
            inside = sorted(p for p in Path(path).rglob("*.txt") if p.is_file())
            if not inside:
                raise InputError(f"The folder {path} has no .txt file in it.")
            yield from inside
        elif Path(path).exists():
            yield path
        else:
            raise InputError(f"There is no file {path}.")


def cache_dir() -> Path:
    """The folder for downloads, where this platform keeps such things."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("gru_textgen", appauthor=False))
