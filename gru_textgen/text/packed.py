"""Files as streams of bytes: plain, compressed, or the members of an archive."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, Any

from gru_textgen.errors import InputError

COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz")
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
_ZST_PIECE = 1 << 12  # bytes that are decompressed at once, into any number
_SHOWN_FROM = 20_000_000  # bytes of a file whose reading takes long enough to be shown


def is_archive(path: Path) -> bool:
    """Whether a file's name is that of an archive of files."""
    endings = [ending.lower() for ending in path.suffixes[-2:]]
    return endings[-1:] != [] and (
        endings[-1] in ARCHIVES or (endings[0] == ".tar" and endings[-1] in COMPRESSED)
    )


def text_ending(name: str) -> str:
    """The ending of a file's name, in small letters, without that of a compression."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.suffix.lower() in COMPRESSED:
        path = path.with_suffix("")
    return path.suffix.lower()


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The bytes of a file, decompressed; its reading is shown if it is large."""
    with ExitStack() as stack:
        file: Any = stack.enter_context(open(path, "rb"))
        file = stack.enter_context(_shown(file, path))
        yield stack.enter_context(_decompressed(file, path.suffix.lower(), str(path)))


def members(path: Path) -> Iterator[tuple[str, Any]]:
    """The files in an archive: the name of each, and its bytes, decompressed.

    The bytes of one have to be read before the next is asked for. Nothing is unpacked
    onto the disk.
    """
    if path.suffix.lower() == ".zip":
        yield from _members_of_zip(path)
        return
    if path.suffix.lower() == ".zst":
        with opened(path) as file:
            yield from _members_of_tar(file, "r|", path)
    else:
        with open(path, "rb") as file, _shown(file, path) as file:
            yield from _members_of_tar(file, "r|*", path)


def _members_of_tar(
    file: IO[bytes], mode: str, path: Path
) -> Iterator[tuple[str, Any]]:
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for member in archive:
            if member.isfile():
                content = archive.extractfile(member)
                ending = PurePosixPath(member.name).suffix.lower()
                with _decompressed(content, ending, f"{path}: {member.name}") as inner:
                    yield member.name, inner


def _members_of_zip(path: Path) -> Iterator[tuple[str, Any]]:
    with (
        open(path, "rb") as whole,
        _shown(whole, path) as file,
        zipfile.ZipFile(file) as archive,
    ):
        for name in sorted(archive.namelist()):
            if name.endswith("/"):
                continue
            ending = PurePosixPath(name).suffix.lower()
            try:
                content = archive.open(name)
            except RuntimeError as error:  # encrypted, or packed in an unknown way
                raise InputError(f"{path} cannot be unpacked: {error}.") from error
            with content, _decompressed(content, ending, f"{path}: {name}") as inner:
                yield name, inner


def _decompressed(file: Any, ending: str, where: str) -> Any:
    import bz2
    import gzip

    if ending == ".zst":
        return nullcontext(_Zst(file, where))
    openers: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
    return openers[ending](file, "rb") if ending in openers else nullcontext(file)


class _Zst:
    """What a .zst holds. (The library's own reader takes one that was cut off for a
    whole one, and the rest of the text would be missing without a word.)"""

    def __init__(self, file: IO[bytes], where: str):
        try:
            import zstandard
        except ModuleNotFoundError as error:
            raise InputError(
                f"Reading {where} needs the package zstandard, which is not installed: "
                "pip install zstandard, or unpack the file first."
            ) from error
        self._file, self._zstd = file, zstandard
        self._frame: Any = None
        self._rest = b""  # read, and after the end of a frame
        self._text = b""  # decompressed, and not asked for yet

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes of the text; none at its end."""
        while size < 0 or len(self._text) < size:
            piece = self._piece()
            if not piece:
                break
            self._text += piece
        cut = len(self._text) if size < 0 else size
        text, self._text = self._text[:cut], self._text[cut:]
        return text

    def _piece(self) -> bytes:
        while data := self._rest or self._file.read(_ZST_PIECE):
            self._frame = self._frame or self._zstd.ZstdDecompressor().decompressobj()
            try:
                text: bytes = self._frame.decompress(data)
            except self._zstd.ZstdError as error:
                raise EOFError(str(error)) from error
            self._rest = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
            if text:
                return text
        if self._frame is not None:
            raise EOFError("its last frame is incomplete")
        return b""


def _shown(file: IO[bytes], path: Path) -> Any:
    """The file, its reading shown on a terminal if it is large."""
    size = path.stat().st_size
    if size < _SHOWN_FROM:
        return nullcontext(file)  # a prompt is read where there is no tqdm
    from tqdm import tqdm

    label = f"Reading {path.name}"  # disable=None: where there is no terminal
    return tqdm.wrapattr(file, "read", total=size, desc=label, disable=None)
