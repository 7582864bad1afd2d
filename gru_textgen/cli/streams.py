"""The standard streams, where one is closed, and the signals that end a process."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gru_textgen.training.signals import LOST_TERMINAL

_ENDING = ("SIGTERM", *LOST_TERMINAL)


def prepare_streams() -> None:
    """Let the standard streams take any character, and give those that are closed a
    place: what a program opens next would otherwise take their numbers."""
    for number, name, mode in (
        (0, "stdin", "r"),
        (1, "stdout", "w"),
        (2, "stderr", "w"),
    ):
        if getattr(sys, name) is None:
            with suppress(OSError):
                _open_nowhere(number)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # "?" for what cannot be encoded
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:  # a file or a pipe is UTF-8 everywhere
                stream.reconfigure(encoding="utf-8", errors="replace")


def _open_nowhere(number: int) -> None:
    """Open the null device as a standard stream, unless a file has its number."""
    with suppress(OSError):
        os.fstat(number)
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


@contextmanager
def signals_as_exits() -> Iterator[None]:
    """Let SIGTERM and a lost terminal end the process as an error does, so that no
    unfinished file is left. A signal that is ignored, as by nohup, stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may listen to signals
        return
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    numbers = [n for n in numbers if signal.getsignal(n) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _exit(number, frame):
    sys.exit(128 + number)  # as shells say it


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process without a word while its modules are imported."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
