"""One file from one address: streamed, resumed, retried, checked, then renamed."""

import hashlib
import os
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, BinaryIO

from gru_textgen.errors import InputError
from gru_textgen.files import atomic_write

if TYPE_CHECKING:
    import requests

ATTEMPTS = 4
TIMEOUT = (10.0, 30.0)  # seconds to connect, and to wait for the next bytes
BACKOFF = 1.0  # seconds before the second attempt; doubled at each one after
LONGEST_WAIT = 60.0  # seconds that a server may ask for before the next attempt
LARGEST = 100 << 20  # bytes: an answer without an end would fill the disk
OFFLINE_VARIABLE = "GRU_TEXTGEN_OFFLINE"
_CHUNK = 1 << 16
_RETRIED_STATUSES = (429, 500, 502, 503, 504)


def is_offline() -> bool:
    """Whether the environment variable GRU_TEXTGEN_OFFLINE forbids downloads: it is set
    to anything but 0, as the program's option --offline sets it."""
    return os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


def download(url: str, path: Path, sha256: str, otherwise: str = "") -> None:
    """Fetch `url` into `path`, which appears only when it is whole and its hash right.

    A broken transfer goes on where it stopped if the server allows it. Processes that
    fetch the same file at once do not meet: each writes a file of its own.

    Args:
        url: the address of the file.
        path: where the file is to be; its folder is made.
        sha256: hex digest that the file's bytes must have.
        otherwise: another way out than to save the file as `path`, for the end of the
            sentence that says that it cannot be fetched.

    Raises:
        InputError: if it cannot be fetched, or is not the file expected.
    """
    if is_offline():
        reason = f"--offline or {OFFLINE_VARIABLE} forbids it"
        raise InputError(_advice(url, path, reason, otherwise))
    import requests

    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part:
        with open(part, "wb") as file, requests.Session() as session:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    certain = _fetch_rest(session, url, file, path.name)
                except (requests.RequestException, ValueError) as error:
                    if attempt == ATTEMPTS or not _may_pass(error):
                        advice = _advice(url, path, _reason(error), otherwise)
                        raise InputError(advice) from error
                    sleep(_wait_asked_for(error) or BACKOFF * 2 ** (attempt - 1))
                    continue
                file.flush()
                found = sha256_of_file(part)
                if found == sha256:
                    return
                if certain or attempt == ATTEMPTS:
                    reason = f"what came has the sha256 {found}, not {sha256}"
                    raise InputError(_advice(url, path, reason, otherwise))
                _empty(file)


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file's bytes, read in pieces."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_rest(
    session: "requests.Session", url: str, file: BinaryIO, label: str
) -> bool:
    """Append to `file` what is missing of `url`.

    Returns:
        Whether this is for certain what the server has: it came at one go, and of the
        length announced. Other wrong bytes may be right when they are fetched again.
    """
    import requests

    here = file.tell()
    # Compressed transfers are not asked for: a range counts the file's own bytes.
    headers = {"Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
    hooks = {"response": _leave_unread}
    with session.get(
        url, headers=headers, hooks=hooks, stream=True, timeout=TIMEOUT
    ) as response:
        if response.status_code == 416 and here:
            return False  # nothing is missing: the transfer broke after its last byte
        response.raise_for_status()
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        place = response.headers.get("Content-Range", "")
        piece = response.status_code == 206
        if not piece or encoded or not place.startswith(f"bytes {here}-"):
            _empty(file)
            if piece:
                raise requests.ConnectionError(
                    "the server sent another part than the one requested"
                )
        length = None if encoded else response.raw.length_remaining
        _append(response, file, label, length)
        return response.status_code == 200 and length is not None


def _append(
    response: "requests.Response", file: BinaryIO, label: str, length: int | None
) -> None:
    """Write what `response` gives, `length` bytes if that is known, showing progress.

    Raises:
        ValueError: if the file would grow beyond `LARGEST`.
        requests.RequestException: if bytes are missing, or none come any more.
    """
    import requests
    from tqdm import tqdm

    here = file.tell()
    total = None if length is None else here + length
    too_large = ValueError(
        f"it is larger than {LARGEST:,} bytes, the limit of a download"
    )
    if total and total > LARGEST:
        raise too_large
    with tqdm(desc=label, initial=here, total=total, unit="B", unit_scale=True) as bar:
        for chunk in response.iter_content(_CHUNK):
            if file.tell() + len(chunk) > LARGEST:
                raise too_large
            file.write(chunk)
            bar.update(len(chunk))
    if response.raw.length_remaining:  # urllib3 itself says so only since version 2
        raise requests.ConnectionError("the transfer was interrupted")


def _leave_unread(response: "requests.Response", **_: Any) -> None:
    """Close a redirect: requests would read what comes with it to the end."""
    if response.is_redirect:
        response.close()


def _empty(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _may_pass(error: Exception) -> bool:
    """Whether another attempt may do better than the one that raised `error`."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        known = error.response.status_code in _RETRIED_STATUSES
        return known and _wait_asked_for(error) <= LONGEST_WAIT
    connection = (exceptions.ConnectionError, exceptions.Timeout)
    transfer = (exceptions.ChunkedEncodingError, exceptions.ContentDecodingError)
    return isinstance(error, connection + transfer)


def _wait_asked_for(error: Any) -> float:
    """Seconds that the answer's Retry-After, a number or a date, tells; or 0."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return Retry().get_retry_after(error.response.raw) or 0
    except (AttributeError, InvalidHeader, ValueError, OverflowError):
        return 0  # there is no answer, or it tells nothing


def _reason(error: Exception) -> str:
    from requests import HTTPError

    if not isinstance(error, HTTPError) or error.response is None:
        # An address that is none, say in a redirect, is a ValueError of many kinds.
        return str(error) if isinstance(error, ValueError) else type(error).__name__
    long = _wait_asked_for(error) > LONGEST_WAIT
    wait = (
        f", and a requested wait of more than {LONGEST_WAIT:g} seconds" if long else ""
    )
    return f"status {error.response.status_code}{wait}"


def _advice(url: str, path: Path, reason: str, otherwise: str) -> str:
    end = f", {otherwise}" if otherwise else ""
    return (
        f"{url} could not be downloaded ({reason}). Download it in another way "
        f"and save it as {path}{end}."
    )
