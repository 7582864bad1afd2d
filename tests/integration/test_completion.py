"""What a shell completes, asked in click's own way."""

import pytest
from click.shell_completion import ShellComplete

from gru_textgen.cli.program import main

LANGUAGES = ("cs", "de", "es", "fr", "zh")
VERSE = ["verse", *(f"verse-{language}" for language in LANGUAGES)]


def completed(*words):
    """What stands for the last word, as a shell would show it."""
    *before, begun = words
    shell = ShellComplete(main, {}, "gru-textgen", "_GRU_TEXTGEN_COMPLETE")
    found = shell.get_completions(before, begun)
    assert all(item.value.startswith(begun) for item in found if item.type == "plain")
    return [item.value if item.type == "plain" else item.type for item in found]


@pytest.mark.parametrize(
    "words, expected",
    [
        (("generate", "--model", "ve"), [*VERSE, "file"]),
        (("generate", "ve"), [*VERSE, "file"]),
        (("evaluate", "sha"), ["shakespeare", "file"]),
        (("compare", "verse", "anth"), ["anthology", "file"]),
        (("train", "--init-from", "ver"), [*VERSE, "file"]),
        (("generate", "--model", "verse-e"), ["verse-es", "file"]),
        (("train", "--corpus", "t"), ["tinyshakespeare"]),
        (
            ("train", "--preset", ""),
            ["tiny", "small", "medium", "large", "words", "windows"],
        ),
        (("train", "--schedule", "co"), ["cosine", "constant"]),
        (("generate", "--form", "lim"), ["limerick"]),
        (("tr",), ["train"]),
    ],
)
def test_names_are_completed(words, expected):
    assert completed(*words) == expected


def test_the_text_to_train_on_is_a_file():
    assert completed("train", "poe") == ["file"]
