"""The command line."""

from gru_textgen.cli.streams import ended_at_once

with ended_at_once():
    from gru_textgen.cli.program import main

__all__ = ["main"]
