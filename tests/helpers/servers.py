"""A server of files on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace


@contextmanager
def serving(folder: Path) -> Iterator[SimpleNamespace]:
    """The address of a server of a folder's files, the paths that it was asked for, and
    what stops it. The environment variable no_proxy must name 127.0.0.1."""
    seen: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_request(self, *args):
            seen.append(self.path)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield SimpleNamespace(url=url, seen=seen, stop=server.shutdown)
        finally:
            server.shutdown()
