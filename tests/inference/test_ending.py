"""Where a text ends, against a search of the whole text."""

from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.inference.ending import Ending, Writer


@given(st.text("ab", max_size=40), st.lists(st.text("ab", min_size=1, max_size=5)))
def test_a_writer_cuts_where_a_search_would(text, stops):
    writer = Writer(Ending(99, stops=tuple(stops)))
    shown = ""
    for character in text:
        shown += writer.push(character)
        assert text.startswith(shown)
        if writer.finished:
            break
    shown += writer.rest()
    ends = [text.find(s) + len(s) for s in stops if s in text]
    if ends:
        end = min(ends)
        longest = max(len(s) for s in stops if text[:end].endswith(s))
        assert shown == text[: end - longest]
    else:
        assert shown == text
