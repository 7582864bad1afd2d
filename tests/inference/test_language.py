"""Forms are for models of English: one is asked to write, and its words looked up."""

import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.language import check_english
from gru_textgen.text.vocabulary import Vocabulary

# "na" is a word of English as well.
CZECH = "přišel večer, žluté světlo hvězd padalo na mokré střechy domů\n"
ENGLISH = "the fiancée and the café were lovely, quick, warm, and bright by my box\n"


class Writer:
    """What is asked of a generator: its characters, and to write."""

    def __init__(self, text):
        self.text, self.vocabulary = text, Vocabulary.from_text(text)

    def generate_batch(self, prompts, **options):
        return [self.text for _ in prompts]


def test_a_model_of_another_language_is_refused_with_what_it_writes():
    with pytest.raises(InputError, match=r"of English.* 8 of 80 are in the dictionary"):
        check_english(Writer(CZECH))


@pytest.mark.parametrize("text", [ENGLISH, ENGLISH.replace("é", "e")])
def test_a_model_of_english_may_have_letters_with_accents(text):
    check_english(Writer(text))
