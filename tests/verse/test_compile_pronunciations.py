"""Which words of a text may end lines, as the script that compiles the table tells."""

import runpy
from pathlib import Path

import gru_textgen

TOOL = Path(gru_textgen.__file__).parents[1] / "tools/compile_pronunciations.py"


def test_words_that_end_lines_are_told_from_the_others(tmp_path):
    tool = runpy.run_path(str(TOOL))
    text = tmp_path / "verse.txt"
    text.write_text(
        "The wintry stars were over the sea\n" * 70  # enough to be common
        + "The sea and the night\n" * 10  # too few to be common
        + "Und der Mond und die Welt, the sea\n" * 5  # a few such lines are no matter
        + "".join(
            f"word{chr(97 + i % 26)}{i // 26} xx he will nae\n" for i in range(90)
        )
        + "In the year of the lord, Troy\n" * 70
    )
    words = list(tool["lines_of"](str(text)))
    assert words[0][-1] == "sea" and words[0][:2] == ["The", "wintry"]
    counts = tool["count_words"](words)
    assert counts["sea"] == 85 and counts["troy"] == 70
    ends = tool["line_ends"](str(text), counts)
    assert ends == {"sea", "nae"}  # all words of so small a text are common
    foreign = tool["line_ends"].__globals__
    foreign["COMMONEST"] = 12  # of which those beside "nae" are none
    assert tool["line_ends"](str(text), counts) == {"sea"}
