"""Escapes of the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.text.escapes import read_escapes


@pytest.mark.parametrize(
    "given, expected",
    [
        (r"\n\n***\n\n", "\n\n***\n\n"),
        (r"a\tb", "a\tb"),
        (r"C:\\new", "C:\\new"),
        (r"\\n", "\\n"),
        (r"a\r\nb\r", "a\nb\n"),
        (r"\x41 \é \ ", "\\x41 \\é \\ "),
        ("\\", "\\"),
    ],
)
def test_these_escapes_are_read_and_no_other(given, expected):
    assert read_escapes(given) == expected


@given(st.text())
def test_any_text_can_be_given(text):
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    assert read_escapes(escaped) == text
