"""Signals ask for a stop, whoever listens."""

import os
import signal

import pytest

from gru_textgen.training.signals import stop_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_a_stop_where_nobody_reads_what_is_said(number):
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
    assert signal.getsignal(number) == before
