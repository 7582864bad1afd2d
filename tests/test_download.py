"""Against a server in a thread, which answers as each test has written down."""

import contextlib
import hashlib
import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from gru_textgen.download import ATTEMPTS, download
from gru_textgen.errors import InputError

BODY = random.Random(0).randbytes(300_000)
HALF = len(BODY) // 2
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def serve():
    """Starts a server that gives each request the next of `replies`, the last for ever;
    the requests it saw are (path, headers)."""
    with contextlib.ExitStack() as stack:

        def start(*replies):
            seen, released = [], threading.Event()

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    seen.append((self.path, self.headers))
                    self.released = released
                    replies[min(len(seen), len(replies)) - 1](self)

                def log_message(self, *args):
                    pass

            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            threading.Thread(target=server.serve_forever, args=(0.01,)).start()
            stack.callback(server.shutdown)
            stack.callback(released.set)
            url = f"http://127.0.0.1:{server.server_port}/file.txt"
            return SimpleNamespace(url=url, seen=seen)

        yield start


def reply(status, body=b"", length=None, **headers):
    """An answer; a `length` beyond the body's is a transfer cut off."""

    def send(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(length or len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


whole = reply(200, BODY)
cut = reply(200, BODY[:HALF], length=len(BODY))


def rest(handler):
    start = first_byte(handler.headers)
    content_range = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    reply(206, BODY[start:], Content_Range=content_range)(handler)


def first_byte(headers):
    return int(headers["Range"].removeprefix("bytes=").removesuffix("-"))


def stall(handler):
    handler.released.wait()


def stall_half_way(handler):
    cut(handler)
    handler.released.wait()


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "file.txt"


def fetch(url, path, sha256=SHA256, timeout=(30, 30)):
    download(url, path, sha256, timeout=timeout, backoff=0)
    assert path.read_bytes() == BODY
    assert list(path.parent.iterdir()) == [path]


def refused(url, path, **arguments):
    """The error's text; nothing may be left beside it."""
    with pytest.raises(InputError) as error:
        fetch(url, path, **arguments)
    assert list(path.parent.iterdir()) == []
    return str(error.value)


def test_a_file_is_fetched_into_a_new_folder(serve, path):
    site = serve(whole)
    fetch(site.url, path)
    assert len(site.seen) == 1
    assert "Range" not in site.seen[0][1]


def test_a_wrong_checksum_is_refused(serve, path):
    expected = hashlib.sha256(b"another").hexdigest()
    message = refused(serve(whole).url, path, sha256=expected)
    assert SHA256 in message and expected in message


def test_a_transfer_that_was_cut_goes_on_where_it_stopped(serve, path):
    site = serve(cut, rest)
    fetch(site.url, path)
    assert len(site.seen) == 2
    assert 0 < first_byte(site.seen[1][1]) <= HALF


def test_a_server_without_ranges_begins_again(serve, path):
    site = serve(cut, whole)
    fetch(site.url, path)
    assert "Range" in site.seen[1][1]


def test_a_busy_server_is_asked_again(serve, path):
    busy = reply(503, b"busy", Retry_After="0")
    site = serve(busy, busy, whole)
    fetch(site.url, path)
    assert len(site.seen) == 3


@pytest.mark.parametrize("answer", [reply(500), cut], ids=["status 500", "cut"])
def test_a_server_that_always_fails_is_given_up(serve, path, answer):
    site = serve(answer)
    assert str(path) in refused(site.url, path)
    assert len(site.seen) == ATTEMPTS


def test_a_missing_file_is_asked_for_once(serve, path):
    site = serve(reply(404, b"no such file"), whole)
    assert str(path) in refused(site.url, path)
    assert len(site.seen) == 1


def test_a_redirect_is_followed(serve, path):
    site = serve(reply(302, Location="/elsewhere.txt"), whole)
    fetch(site.url, path)
    assert [place for place, _ in site.seen] == ["/file.txt", "/elsewhere.txt"]


@pytest.mark.parametrize(
    "start, end", [(stall, whole), (stall_half_way, rest)], ids=["at once", "half-way"]
)
def test_a_stalled_connection_is_left_and_tried_again(serve, path, start, end):
    site = serve(start, end)
    fetch(site.url, path, timeout=(30, 0.5))
    assert len(site.seen) >= 2


def test_a_refused_connection_says_where_to_put_the_file(path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/file.txt"
        message = refused(url, path)
    assert str(path) in message and url in message


def test_a_failure_leaves_an_older_file_alone(serve, path):
    path.parent.mkdir()
    path.write_text("older")
    with pytest.raises(InputError):
        fetch(serve(cut).url, path)
    assert path.read_text() == "older"
    assert list(path.parent.iterdir()) == [path]
