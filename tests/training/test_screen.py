"""The line on the screen, by a clock and figures of the test's own."""

import io
import math

import pytest

from gru_textgen.training.checkpoint import Progress
from gru_textgen.training.screen import ShowProgress, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, losses, seconds_a_step=1.0, windows=10, epochs=3):
    """What is written while a run of these validation losses goes by."""
    now = [100.0]
    progress = Progress()
    callback = ShowProgress(progress, epochs, windows, stream, clock=lambda: now[0])
    callback.on_train_begin()
    now[0] += 1000  # of compiling
    for epoch, loss in enumerate(losses):
        for batch in range(windows):
            progress.batch += 1
            callback.on_train_batch_end(batch, {"loss": loss})
            now[0] += seconds_a_step
        progress.rows.append({"val_loss": loss})
        progress.epoch, progress.batch = epoch + 1, 0
        callback.on_epoch_end(epoch)
    callback.on_train_end()
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_each_epoch_is_a_line():
    written = shown(io.StringIO(), [math.log(6), math.log(4), math.log(4.5)])
    assert written.splitlines() == [
        "epoch 1 of 3: like choosing among 6.0 characters, the best; 22 s left",
        "epoch 2 of 3: like choosing among 4.0 characters, the best; 11 s left",
        "epoch 3 of 3: like choosing among 4.5 characters, best 4.0; done",
    ]


def test_the_time_left_is_the_whole_runs_without_that_of_compiling():
    # 20 steps of 10 s are missing after the first ten, of which nine were measured.
    written = shown(io.StringIO(), [1.0], seconds_a_step=9)
    assert "; 3 min left" in written


def test_on_a_terminal_the_line_is_drawn_over_and_fits_80_columns():
    """The time left, at its end, included."""
    written = shown(Terminal(), [math.log(10.5), math.log(99.94)], 30, 7, epochs=1000)
    lines = [line.rstrip() for line in written.replace("\n", "\r").split("\r")]
    assert max(map(len, lines)) < 80
    assert any("epoch    1 of 1000  43%" in line for line in lines)
    [last] = [line for line in lines if line.startswith("epoch    2 of 1000: like")]
    assert "among 99.9 characters, best 10.5; " in last and last.endswith(" h left")
    assert written.count("\n") == 2


def test_the_loss_with_counts_is_what_the_file_predicts_with():
    row = {"val_loss": math.log(6), "val_loss_with_counts": math.log(5)}
    progress = Progress(epoch=1, rows=[row])
    stream = io.StringIO()
    ShowProgress(progress, 1, 10, stream).on_epoch_end(0)
    assert stream.getvalue() == (
        "epoch 1 of 1: like choosing among 5.0 characters, the best; done\n"
    )


def test_a_loss_that_is_no_number_is_shown_as_unknown():
    written = shown(Terminal(), [math.nan], epochs=1)
    assert "among ?" in written


@pytest.mark.parametrize(
    "seconds, said", [(5, "5 s"), (200, "3 min"), (2 * 3600, "2.0 h")]
)
def test_durations_are_said_in_their_unit(seconds, said):
    assert duration(seconds) == said
