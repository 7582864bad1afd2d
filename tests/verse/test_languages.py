"""Syllables of other languages: words and lines counted by hand, by rules of verse."""

from collections import Counter

import pytest

from gru_textgen.verse.languages import LANGUAGES, OTHER, recognised
from gru_textgen.verse.metre import words_of

BY_NAME = {language.name: language for language in (*LANGUAGES, OTHER)}
# The hyphens are ours, by the grammars of each language.
DIVIDED = {
    "Spanish": "ca-sa po-e-ta dí-a rí-o pa-ís rey ma-yo que gue-rra ver-güen-za "
    "ai-re ciu-dad le-ón cuí-da-te muy ya a-ho-ra tie-rra buey lim-piáis fe-o co-rrí-a",
    "French": "mai-son po-ète nu-age thé-âtre a-mour beau-té l'oi-seau roi na-ïf "
    "No-ël vo-yage queue bleue guerre heu-reux sœur pi-tié ré-el les ciel cru-el",
    "German": "Lie-be A-ben-teu-er The-a-ter Häu-ser Qual Knie schau-en See-le "
    "Na-ti-on Haus neu-e Früh-ling Ru-he Mäd-chen frei-e",
    "Czech": "srd-ce vlk prst ne-u-mí lou-ka Ma-ri-a bra-tr při-šel žlu-tý ra-di-o "
    "li-dé hvěz-da au-to za-u-jal",
    "other": "stel-la ma-re мо-ло-ко лю-бовь θά-λασ-σα lu-na",
    "English": "e-le-ven moon lan-tern",
}


@pytest.mark.parametrize("name", DIVIDED)
def test_words_are_counted_as_grammars_divide_them(name):
    language = BY_NAME[name]
    for divided in DIVIDED[name].split():
        word = divided.replace("-", "")
        assert language.syllables(word) == divided.count("-") + 1, word


def test_a_preposition_without_a_vowel_is_no_syllable():
    assert [BY_NAME["Czech"].syllables(w) for w in ("v", "k", "a", "pst")] == [
        0,
        0,
        1,
        1,
    ]
    assert BY_NAME["other"].syllables("с") == 0


@pytest.mark.parametrize(
    "name, line, syllables",
    [
        # Proverbs, and the names of the days and months.
        ("Spanish", "Más vale pájaro en mano que cien volando", 14),
        ("Spanish", "lunes, martes, miércoles, jueves y viernes", 12),
        ("French", "Petit à petit, l'oiseau fait son nid", 10),
        ("French", "Après la pluie, le beau temps", 7),
        ("German", "Morgenstund hat Gold im Mund", 7),
        ("German", "Wer anderen eine Grube gräbt, fällt selbst hinein", 13),
        ("Czech", "Bez práce nejsou koláče", 8),
        ("Czech", "Ranní ptáče dál doskáče", 8),
    ],
)
def test_lines_have_the_syllables_that_a_hand_counts(name, line, syllables):
    assert sum(map(BY_NAME[name].syllables, words_of(line))) == syllables


@pytest.mark.parametrize(
    "text, name",
    [
        ("la luz de la luna en el mar y los ojos que se van", "Spanish"),
        ("la lune et les fleurs que dans un rêve il voit", "French"),
        ("und die Sonne schien in das Tal, der Wind ist nicht kalt", "German"),
        ("a na nebi se třpytí hvězdy jak oči, co v noci bdí", "Czech"),
        ("the moon and the stars of a night in May", "English"),
        ("molto dolce stella mattutina", "other"),
    ],
)
def test_a_language_is_recognised(text, name):
    assert recognised(Counter(words_of(text))).name == name


def test_a_chinese_character_is_a_word_and_a_syllable():
    line = "春眠不覺曉，Spring 2"
    assert words_of(line) == [*"春眠不覺曉", "spring"]
    assert OTHER.syllables("春眠") == 2


def test_a_script_whose_vowels_are_not_known_is_refused():
    with pytest.raises(ValueError):
        OTHER.syllables("שלום")


@pytest.mark.parametrize(
    "name, doubtful, sure",
    [
        ("French", "chantent", "souvent"),
        ("French", "aiment", "doucement"),
        ("German", "Lilie", "Liebe"),
        ("Czech", "mohl", "mohla"),
    ],
)
def test_words_that_are_said_in_two_ways_are_doubtful(name, doubtful, sure):
    found = BY_NAME[name].doubtful
    assert found.search(doubtful.lower()) and not found.search(sure.lower())
