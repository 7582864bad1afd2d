"""Ctrl-C, SIGTERM, a lost terminal: the first asks for a stop, the next one stops at
once.

A run whose terminal is closed saves and stops, as after Ctrl-C, for nothing tells that
someone still wants it; one that is to outlive its terminal is begun with nohup, by
which it never hears of it, or in tmux or screen, whose terminal stays. A run whose
reader has gone, as after `train | head`, goes on in silence: its work is in its folder.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

LOST_TERMINAL = ("SIGHUP", "SIGBREAK")  # as far as the system has them; 2nd: Windows


@dataclass
class StopRequest:
    """Whether the run was asked to stop, and by which signal."""

    signal: int | None = None

    def pending(self) -> bool:
        """Whether it is to stop now."""
        return self.signal is not None


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Let the first Ctrl-C, SIGTERM or lost terminal ask for a stop, and the next one
    stop at once. A SIGHUP that is ignored, as by nohup, stays so."""
    request = StopRequest()
    names = [signal.SIGINT, signal.SIGTERM]
    for kind in LOST_TERMINAL:
        lost = getattr(signal, kind, None)
        if lost is not None and signal.getsignal(lost) is not signal.SIG_IGN:
            names.append(lost)
    if threading.current_thread() is not threading.main_thread():
        yield request  # only the main thread may listen to signals
        return
    handlers = {name: signal.getsignal(name) for name in names}

    def ask(number, frame):
        request.signal = number
        # (Not the handlers of before: a shell's background job has one that ignores.)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # (No print: the signal may have come in the middle of one.)
        with suppress(OSError):  # nobody may be listening
            os.write(
                2, b"\nStopping after saving. Press Ctrl-C again to stop at once.\n"
            )

    try:
        for name in names:
            signal.signal(name, ask)
        yield request
    finally:
        for name in names:
            signal.signal(name, handlers[name])
