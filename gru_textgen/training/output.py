"""What a run prints, which may outlive its reader."""

import os
import sys
from contextlib import suppress
from typing import TextIO


def put(text: str, stream: TextIO | None = None) -> None:
    """Write a text of a run at once. Where nobody reads any more, as after `head` or a
    lost connection, this and all that follows is written nowhere: the run goes on.

    Args:
        text: Characters that the stream cannot encode become question marks.
        stream: By default standard output.
    """
    stream = stream or sys.stdout
    if stream is None:  # closed
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError:
        with suppress(OSError), open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def say(sentence: str) -> None:
    """Print a sentence about a run, as `put` does."""
    put(f"{sentence}\n")
