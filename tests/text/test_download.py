"""Against a server in a thread, which answers as each test has written down."""

import contextlib
import email.utils
import gzip
import hashlib
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import urllib3

from gru_textgen.errors import InputError
from gru_textgen.text import corpus
from gru_textgen.text import download as room
from gru_textgen.text.corpus import NamedCorpus, read_named
from gru_textgen.text.download import ATTEMPTS, download

BODY = random.Random(0).randbytes((1 << 18) + 100)
HALF = len(BODY) // 2
SHA256 = hashlib.sha256(BODY).hexdigest()
ENDLESS = 1 << 28  # bytes after which the endless answers end after all


@pytest.fixture
def serve():
    """Starts a server that gives each request the next of `replies`, the last for ever;
    the requests it saw are (path, headers); drained are those whose answer without an
    end was read to it."""
    with contextlib.ExitStack() as stack:

        def start(*replies):
            seen, drained, released = [], [], threading.Event()

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    seen.append((self.path, self.headers))
                    self.released, self.drained = released, drained
                    with contextlib.suppress(ConnectionError):  # the client has left
                        replies[min(len(seen), len(replies)) - 1](self)

                def log_message(self, *args):
                    pass

            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            threading.Thread(target=server.serve_forever, args=(0.01,)).start()
            stack.callback(server.shutdown)
            stack.callback(released.set)
            url = f"http://127.0.0.1:{server.server_port}/file.txt"
            return SimpleNamespace(url=url, seen=seen, drained=drained)

        yield start


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "file.txt"


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Seconds between the attempts, written down in place of being slept through."""
    pauses = []
    monkeypatch.setattr(room, "sleep", pauses.append)
    return pauses


def reply(status, body=b"", length=None, **headers):
    """An answer; a `length` beyond the body's is a transfer cut off."""
    return announced(status, body, Content_Length=length or len(body), **headers)


def announced(status, body=b"", **headers):
    """An answer with these headers alone: without a length, it ends with the line."""

    def send(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)

    return send


whole = reply(200, BODY)
cut = reply(200, BODY[:HALF], length=len(BODY))
zipped = gzip.compress(BODY)
whole_gzip = reply(200, zipped, Content_Encoding="gzip")
cut_gzip = reply(
    200, zipped[: len(zipped) // 2], length=len(zipped), Content_Encoding="gzip"
)
broken_gzip = reply(200, zipped[:-8] + b"checksum", Content_Encoding="gzip")


def rest(handler):
    start = first_byte(handler.headers)
    content_range = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    reply(206, BODY[start:], Content_Range=content_range)(handler)


def rest_gzip(handler):
    start = first_byte(handler.headers)
    content_range = f"bytes {start}-{len(zipped) - 1}/{len(zipped)}"
    piece = reply(
        206, zipped[start:], Content_Range=content_range, Content_Encoding="gzip"
    )
    piece(handler)


def first_byte(headers):
    return int(headers["Range"].removeprefix("bytes=").removesuffix("-"))


def stall(handler):
    handler.released.wait()


def then_stall(start):
    def send(handler):
        start(handler)
        handler.released.wait()

    return send


def without_end(status, **headers):
    """An answer that goes on until the client leaves, or much has been sent."""

    def send(handler):
        announced(status, **headers)(handler)
        for _ in range(ENDLESS >> 16):
            handler.wfile.write(bytes(1 << 16))
        handler.drained.append(handler.path)

    return send


def cut_chunk(handler):
    body = b"%x\r\n%b\r\n" % (HALF, BODY[:HALF])
    announced(200, body, Transfer_Encoding="chunked")(handler)


def reset(handler):
    cut(handler)
    at_once = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    handler.connection.close()


def no_answer(handler):
    pass


def no_http(handler):
    handler.wfile.write(b"220 mail.example\r\n")


def fetch(url, path, sha256=SHA256):
    download(url, path, sha256)
    assert path.read_bytes() == BODY
    assert list(path.parent.iterdir()) == [path]


def refused(url, path, sha256=SHA256):
    """The error's text, one line that tells the way out; no file may be left."""
    with pytest.raises(InputError) as error:
        download(url, path, sha256, "or ask a friend")
    assert list(path.parent.iterdir()) == []
    message = str(error.value)
    assert message.startswith(url)
    assert message.endswith(f"save it as {path}, or ask a friend.")
    assert "\n" not in message
    return message


def test_a_file_is_fetched_into_a_new_folder(serve, path, pauses):
    site = serve(whole)
    fetch(site.url, path)
    assert len(site.seen) == 1
    assert "Range" not in site.seen[0][1]
    assert pauses == []


def test_a_wrong_checksum_is_refused_at_once(serve, path):
    expected = hashlib.sha256(b"another").hexdigest()
    site = serve(whole)
    message = refused(site.url, path, sha256=expected)
    assert SHA256 in message and expected in message
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    "start", [cut, cut_chunk, reset], ids=["length", "chunk", "reset"]
)
def test_a_transfer_that_was_cut_goes_on_where_it_stopped(serve, path, start):
    site = serve(start, rest)
    fetch(site.url, path)
    assert len(site.seen) == 2
    assert 0 < first_byte(site.seen[1][1]) <= HALF


def test_a_server_without_ranges_begins_again(serve, path):
    site = serve(cut, whole)
    fetch(site.url, path)
    assert "Range" in site.seen[1][1]


def test_a_cut_that_urllib3_lets_pass_is_seen(serve, path, monkeypatch):
    never = property(lambda response: False, lambda response, value: None)
    answers = urllib3.response.HTTPResponse
    monkeypatch.setattr(answers, "enforce_content_length", never, raising=False)
    site = serve(cut, rest)
    fetch(site.url, path)
    assert len(site.seen) == 2


@pytest.mark.parametrize(
    "piece",
    [
        announced(200, BODY[:HALF]),
        reply(200, zipped[: len(zipped) // 2], Content_Encoding="gzip"),
        reply(206, BODY[:HALF], Content_Range=f"bytes 0-{HALF - 1}/{len(BODY)}"),
    ],
    ids=["no length", "gzip", "a piece unasked"],
)
def test_a_cut_that_only_the_checksum_shows_is_tried_again(serve, path, piece):
    site = serve(piece, whole)
    fetch(site.url, path)
    assert "Range" not in site.seen[1][1]


@pytest.mark.parametrize(
    "piece",
    [
        reply(206, BODY[5:], Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}"),
        reply(206, BODY[HALF:]),
        rest_gzip,
        reply(416),
    ],
    ids=["elsewhere", "nowhere", "gzip", "none"],
)
def test_a_piece_that_does_not_fit_leads_to_a_new_start(serve, path, piece):
    site = serve(cut, piece, whole)
    fetch(site.url, path)
    assert ["Range" in headers for _, headers in site.seen] == [False, True, False]


@pytest.mark.parametrize(
    "replies",
    [[whole_gzip], [cut_gzip, whole_gzip], [cut, whole_gzip], [cut_gzip, rest]],
    ids=["whole", "cut", "in place of the rest", "in place of the beginning"],
)
def test_a_compressed_answer_gives_the_decoded_file(serve, path, replies):
    site = serve(*replies)
    fetch(site.url, path)
    assert len(site.seen) == len(replies)
    assert {headers["Accept-Encoding"] for _, headers in site.seen} == {"identity"}


def test_a_compressed_answer_that_cannot_be_decoded_is_asked_for_again(serve, path):
    site = serve(broken_gzip, whole)
    fetch(site.url, path)
    assert len(site.seen) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(serve, path, status, pauses):
    busy = reply(status, b"busy")
    site = serve(busy, busy, whole)
    fetch(site.url, path)
    assert len(site.seen) == 3
    assert pauses == [room.BACKOFF, 2 * room.BACKOFF]


@pytest.mark.parametrize("answer", [no_answer, no_http])
def test_a_server_that_does_not_answer_is_asked_again(serve, path, answer):
    site = serve(answer, whole)
    fetch(site.url, path)
    assert len(site.seen) == 2


@pytest.mark.parametrize(
    "answer, reason",
    [
        (reply(500), "(status 500)"),
        (cut, "Error)"),  # which one is for the release of urllib3 to say
        (broken_gzip, "(ContentDecodingError)"),
        (announced(200, BODY[:HALF]), "sha256"),
        (reply(206, BODY), "(ConnectionError)"),
        (no_answer, "(ConnectionError)"),
    ],
    ids=["status 500", "cut", "gzip", "cut unsaid", "misplaced", "no answer"],
)
def test_a_server_that_always_fails_is_given_up(serve, path, answer, reason):
    site = serve(answer)
    assert reason in refused(site.url, path)
    assert len(site.seen) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_file_that_is_not_to_be_had_is_asked_for_once(serve, path, status):
    site = serve(reply(status, b"no such file", Retry_After="1"), whole)
    assert f"(status {status})" in refused(site.url, path)
    assert len(site.seen) == 1


@pytest.mark.parametrize("asked", [7, 60])
def test_the_wait_a_server_asks_for_is_kept(serve, path, asked, pauses):
    fetch(serve(reply(503, Retry_After=asked), whole).url, path)
    assert pauses == [asked]


@pytest.mark.parametrize(
    "asked",
    ["0", "-5", "soon", "9" * 5000]
    + [f"Thu, 01 Jan {year} 00:00:00 GMT" for year in ("1970", "99999", "9" * 20)],
    ids=["0", "negative", "word", "digits", "past", "year", "long year"],
)
def test_a_wait_that_is_none_is_the_usual_one(serve, path, asked, pauses):
    fetch(serve(reply(503, Retry_After=asked), whole).url, path)
    assert pauses == [room.BACKOFF]


@pytest.mark.parametrize(
    "asked",
    ["61", "86400", email.utils.formatdate(time.time() + 1e6, usegmt=True)],
    ids=["minute", "day", "date"],  # the same in all of the tests' processes
)
def test_a_long_wait_is_refused(serve, path, asked, pauses):
    site = serve(reply(503, Retry_After=asked), whole)
    message = refused(site.url, path)
    assert "(status 503, and a requested wait of more than 60 seconds)" in message
    assert len(site.seen) == 1
    assert pauses == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(serve, path, status):
    site = serve(reply(status, Location="/elsewhere.txt"), whole)
    fetch(site.url, path)
    assert [place for place, _ in site.seen] == ["/file.txt", "/elsewhere.txt"]


def test_a_redirect_to_another_server_is_followed_at_each_attempt(serve, path):
    other = serve(cut, rest)
    site = serve(reply(302, Location=other.url))
    fetch(site.url, path)
    assert (len(site.seen), len(other.seen)) == (2, 2)


def test_a_circle_of_redirects_is_left(serve, path):
    site = serve(reply(302, b"on", Location="/b.txt"), reply(302, Location="/file.txt"))
    assert "(TooManyRedirects)" in refused(site.url, path)


def test_a_redirect_to_a_file_of_this_machine_is_refused(serve, path, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_bytes(BODY)
    site = serve(reply(302, Location=secret.as_uri()), whole)
    assert "No connection adapters" in refused(site.url, path)
    assert len(site.seen) == 1


@pytest.mark.parametrize("place", ["http://[", "http://.a/", "http://a:b/", "https://"])
def test_a_redirect_to_what_is_no_address_is_refused(serve, path, place):
    site = serve(reply(302, Location=place), whole)
    refused(site.url, path)
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [without_end(302, Location="/elsewhere.txt"), without_end(503)],
    ids=["redirect", "status 503"],
)
def test_what_is_not_the_file_is_not_read(serve, path, answer):
    site = serve(answer, whole)
    fetch(site.url, path)
    assert site.drained == []


@pytest.mark.parametrize(
    "answer",
    [
        without_end(200),
        then_stall(announced(200, Content_Length=(1 << 20) + 1)),
        reply(200, gzip.compress(bytes(1 << 24)), Content_Encoding="gzip"),
    ],
    ids=["endless", "announced", "gzip"],
)
def test_an_answer_that_is_too_long_is_left(serve, path, answer, monkeypatch):
    monkeypatch.setattr(room, "LARGEST", 1 << 20)
    site = serve(answer)
    assert "larger than 1,048,576 bytes" in refused(site.url, path)
    assert len(site.seen) == 1
    assert site.drained == []


def test_a_file_of_the_largest_length_is_fetched(serve, path, monkeypatch):
    monkeypatch.setattr(room, "LARGEST", len(BODY))
    fetch(serve(cut, rest).url, path)
    monkeypatch.setattr(room, "LARGEST", len(BODY) - 1)
    refused(serve(announced(200, BODY)).url, path.with_name("b") / "file.txt")


@pytest.mark.parametrize(
    "start, end",
    [(stall, whole), (then_stall(cut), rest)],
    ids=["at once", "half-way"],
)
def test_a_stalled_connection_is_left_and_tried_again(
    serve, path, start, end, monkeypatch
):
    monkeypatch.setattr(room, "TIMEOUT", (30, 0.5))
    site = serve(start, end)
    fetch(site.url, path)
    assert len(site.seen) >= 2


def test_a_server_that_always_stalls_is_given_up(serve, path, monkeypatch, pauses):
    monkeypatch.setattr(room, "TIMEOUT", (30, 0.05))
    assert "(ReadTimeout)" in refused(serve(stall).url, path)
    assert len(pauses) == ATTEMPTS - 1


def test_a_refused_connection_says_where_to_put_the_file(path, pauses):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/file.txt"
        refused(url, path)
    assert pauses == [room.BACKOFF * factor for factor in (1, 2, 4)]


def test_a_server_that_knows_no_encryption_is_given_up(serve, path):
    refused(serve(whole).url.replace("http:", "https:"), path)


def test_without_a_network_a_file_put_by_hand_is_read(path, monkeypatch):
    def no_network(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "no name can be looked up")

    text = b"put here by hand\n"
    sha256 = hashlib.sha256(text).hexdigest()
    named = NamedCorpus("http://corpora.invalid/file.txt", sha256, path.name)
    monkeypatch.setitem(corpus.NAMED, "unreachable", named)
    monkeypatch.setattr(corpus, "cache_dir", lambda: path.parent)
    monkeypatch.delenv(corpus.CORPUS_DIR_VARIABLE, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with pytest.raises(InputError) as error:
        read_named("unreachable")
    way_out = f"save it as {path}, or give its folder (`corpus_dir`)."
    assert str(error.value).endswith(way_out)
    path.write_bytes(text)
    assert read_named("unreachable").text == text.decode()


def test_offline_nothing_is_asked_for(serve, path, monkeypatch):
    site = serve(whole)
    monkeypatch.setenv(room.OFFLINE_VARIABLE, "1")
    with pytest.raises(InputError, match="--offline .* forbids it.* save it as"):
        download(site.url, path, SHA256)
    assert site.seen == [] and not path.parent.exists()
    monkeypatch.setenv(room.OFFLINE_VARIABLE, "0")
    fetch(site.url, path)


def test_a_failure_leaves_an_older_file_alone(serve, path):
    path.parent.mkdir()
    path.write_text("older")
    with pytest.raises(InputError):
        download(serve(cut).url, path, SHA256)
    assert path.read_text() == "older"
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_transfer_leaves_nothing(serve, path, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        download(serve(cut).url, path, SHA256)
    assert list(path.parent.iterdir()) == []


def start_process(url, path):
    """A process of its own that fetches `url` into `path`."""
    program = (
        "import sys, pathlib; from gru_textgen.text.download import download;"
        "download(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3])"
    )
    command = [sys.executable, "-W", "error", "-c", program, url, str(path), SHA256]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once_give_one_file(serve, path):
    there = []
    both_half_way = threading.Barrier(
        2, lambda: there.append(path.exists()), timeout=60
    )

    def slowly(handler):
        cut(handler)
        both_half_way.wait()
        handler.wfile.write(BODY[HALF:])

    site = serve(slowly)
    processes = [start_process(site.url, path) for _ in range(2)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert len(site.seen) == 2
    assert there == [False]
    assert path.read_bytes() == BODY
    assert list(path.parent.iterdir()) == [path]


def test_a_killed_process_leaves_no_file_under_the_name(serve, path):
    half_way = threading.Event()

    def show_half_way(handler):
        cut(handler)
        half_way.set()
        stall(handler)

    site = serve(show_half_way, whole)
    process = start_process(site.url, path)
    assert half_way.wait(60)
    process.kill()
    process.communicate()
    assert not path.exists()
    download(site.url, path, SHA256)
    assert path.read_bytes() == BODY
