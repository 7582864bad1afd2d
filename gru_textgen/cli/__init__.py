"""The command line."""

from gru_textgen.cli.program import main

__all__ = ["main"]
