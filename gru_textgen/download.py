"""One file from one address: streamed, resumed, retried, checked, then renamed."""

import hashlib
import time
from pathlib import Path

from gru_textgen.errors import InputError
from gru_textgen.files import written_whole

ATTEMPTS = 4
_CHUNK = 1 << 16
_RETRIED_STATUSES = (429, 500, 502, 503, 504)


def download(
    url: str,
    path: Path,
    sha256: str,
    timeout: tuple[float, float] = (10, 30),
    backoff: float = 1.0,
) -> None:
    """Fetch `url` into `path`, which appears only when it is whole and its hash right.

    A broken transfer goes on where it stopped if the server allows it.

    Args:
        sha256: hex digest that the file's bytes must have.
        timeout: seconds to connect, and to wait for the next bytes.
        backoff: seconds before the second attempt; doubled at each one after.

    Raises:
        InputError: if it cannot be fetched, or is not the file expected.
    """
    import requests

    # Statuses that may pass have been retried by the session; others will not pass.
    final = (requests.exceptions.HTTPError, requests.exceptions.RetryError)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part:
        with open(part, "wb") as file, _session(backoff) as session:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    _fetch_rest(session, url, file, timeout, path.name)
                    break
                except requests.RequestException as error:
                    if attempt == ATTEMPTS or isinstance(error, final):
                        raise InputError(_advice(url, path, error)) from error
                    time.sleep(backoff * 2 ** (attempt - 1))
        found = sha256_of_file(part)
        if found != sha256:
            raise InputError(
                f"{url} gave a file with sha256 {found}, not {sha256}; it was not kept."
            )


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file's bytes, read in pieces."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _session(backoff: float):
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    retry = Retry(
        total=None,
        connect=0,
        read=0,
        status=ATTEMPTS - 1,
        backoff_factor=backoff,
        status_forcelist=_RETRIED_STATUSES,
    )
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.mount("https://", HTTPAdapter(max_retries=retry))
    return session


def _fetch_rest(session, url: str, file, timeout, label: str) -> None:
    """Append to `file` what is missing of `url`."""
    from tqdm import tqdm

    # Compressed transfers are refused: a range counts the file's own bytes.
    headers = {"Accept-Encoding": "identity"}
    if file.tell():
        headers["Range"] = f"bytes={file.tell()}-"
    with session.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == 416 and file.tell():
            return  # nothing is missing: the transfer broke after its last byte
        response.raise_for_status()
        if response.status_code != 206:
            file.seek(0)
            file.truncate()
        here = file.tell()
        length = response.headers.get("Content-Length")
        total = here + int(length) if length else None
        with tqdm(
            desc=label, initial=here, total=total, unit="B", unit_scale=True
        ) as bar:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))


def _advice(url: str, path: Path, error: Exception) -> str:
    return (
        f"{url} could not be fetched ({type(error).__name__}). Fetch it in another way "
        f"and put it at {path}, or name its folder with --corpus-dir."
    )
