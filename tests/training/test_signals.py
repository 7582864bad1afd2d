"""Signals ask for a stop, whoever listens."""

import os
import signal

import pytest

from gru_textgen.training.signals import stop_signals

SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_asks_for_a_stop_where_nobody_reads_what_is_said(number):
    found = signal.signal(number, signal.default_int_handler)  # nohup ignores SIGHUP
    before = signal.getsignal(number)
    reader, writer = os.pipe()
    os.close(reader)
    kept = os.dup(2)
    os.dup2(writer, 2)
    try:
        with stop_signals() as request:
            assert not request.pending()
            os.kill(os.getpid(), number)
            assert request.pending() and request.signal == number
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writer)
    assert signal.signal(number, found) == before


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_a_run_begun_with_nohup_never_hears_of_a_lost_terminal():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals() as request:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not request.pending()
    finally:
        signal.signal(signal.SIGHUP, before)
