"""The choice of settings: from facts by hand, and from texts of several kinds."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gru_textgen
from gru_textgen.errors import InputError
from gru_textgen.text.corpus import Corpus, read_anthology
from gru_textgen.training.facts import Facts, measure
from gru_textgen.training.recipe import choose, expected_seconds, find, recipe
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.starts import Start

VERSE = Start("verse", 1.6, 0.01, 512, 2)
PLAYS = Start("shakespeare", 1.9, 0.01, 640, 2)
ENGLISH = Facts(30_000, 27_000, 65, 1.8, (VERSE, PLAYS))


def facts(**changes):
    return dataclasses.replace(ENGLISH, **changes)


def starts(verse, plays, unknown=0.0):
    return (
        dataclasses.replace(VERSE, loss=verse, unknown=unknown),
        dataclasses.replace(PLAYS, loss=plays, unknown=unknown),
    )


def test_a_known_language_is_begun_with_the_model_that_knows_it_best():
    assert choose(ENGLISH).settings["init_from"] == "verse"
    plays = choose(facts(starts=starts(2.4, 1.9))).settings
    assert plays["init_from"] == "shakespeare"
    even = choose(facts(starts=starts(2.0, 1.95))).settings
    assert even["init_from"] == "verse"


def test_what_is_less_known_is_learnt_faster_and_longer():
    kinds = [
        choose(facts(starts=starts(loss, 3.7))).settings for loss in (1.6, 2.4, 3.9)
    ]
    assert [settings["init_from"] for settings in kinds] == ["verse"] * 3
    rates = [settings["learning_rate"] for settings in kinds]
    assert rates == sorted(set(rates)) and kinds[0]["epochs"] < kinds[2]["epochs"]


def test_another_script_is_begun_with_nothing():
    settings = choose(facts(starts=starts(3.9, 3.7, unknown=0.8))).settings
    assert "init_from" not in settings and settings["counts"]


def test_thousands_of_characters_are_read_as_vectors():
    chinese = facts(distinct=2000, starts=starts(9, 9, unknown=0.9))
    assert choose(chinese).settings["one_hot"] is False
    assert "embedding" not in choose(chinese, {"one_hot": True}).settings
    assert "one_hot" not in choose(facts(distinct=999, starts=())).settings
    assert choose(chinese, {"embedding": 64}).settings.keys() >= {"one_hot", "dropout"}


def test_a_manual_is_learnt_faster_and_longer_than_prose_of_its_language():
    base = (Start("verse-fr", 2.3, 0.0, 384, 1),)
    prose = facts(kneser_ney=1.7, starts=base, language="French")
    manual = dataclasses.replace(prose, kneser_ney=1.2)
    rates = [choose(x).settings["learning_rate"] for x in (prose, manual)]
    epochs = [choose(x).settings["epochs"] for x in (prose, manual)]
    assert rates == [1.5e-3, 3e-3] and epochs == [8, 16]
    english = dataclasses.replace(manual, starts=starts(2.3, 2.5), language="English")
    assert choose(english).settings["learning_rate"] == 1.5e-3


def test_chinese_is_known_at_a_higher_loss():
    base = (Start("verse-zh", 4.6, 0.02, 384, 1),)
    chinese = facts(distinct=2000, kneser_ney=5.7, starts=base, language="Chinese")
    assert choose(chinese).settings["learning_rate"] == 1.5e-3
    few = dataclasses.replace(chinese, distinct=100)
    assert choose(few).settings["learning_rate"] == 3e-3


def test_what_is_given_is_not_chosen():
    chosen = choose(ENGLISH, {"epochs": 99, "counts": False, "learning_rate": 1e-5})
    assert chosen.settings.keys().isdisjoint(("epochs", "counts", "learning_rate"))
    assert "99 epochs, learning rate 1e-05:" in chosen.lines[1]
    assert "n-gram counts" not in chosen.lines[1]
    assert choose(ENGLISH, {"epochs": 1}).lines[1].startswith("1 epoch, ")


def test_the_lines_name_the_options_that_change_them():
    assert choose(ENGLISH).lines == (
        "Starting from verse (loss before training: 1.60 nats, n-grams: 1.80). "
        "To change: --init-from none",
        "8 epochs, learning rate 0.0007, mixing in n-gram counts: about 2 minutes on "
        "two idle cores. To change: --epochs, --no-counts",
    )


@given(
    st.integers(1000, 10**8),
    st.floats(0.5, 8),
    st.tuples(*[st.floats(0.5, 20)] * 2),
    st.floats(0, 1),
)
def test_whatever_is_measured_the_settings_are_good(size, counting, losses, unknown):
    found = facts(
        characters=size,
        learnt=size,
        kneser_ney=counting,
        starts=starts(*losses, unknown),
    )
    chosen = choose(found)
    TrainingSettings("run", **chosen.settings)  # raises for one out of its range
    assert len(chosen.lines) == 2 and all(chosen.lines)


@given(st.integers(1000, 10**6))
def test_a_text_a_hundred_times_as_long_takes_longer(size):
    settings = TrainingSettings("run")
    assert expected_seconds(size, settings) < expected_seconds(100 * size, settings)


def test_the_part_that_is_held_out_is_not_looked_at(text):
    cut = int(len(text) * 0.9)
    other = text[:cut] + "§" * (len(text) - cut)
    assert measure(Corpus(text)) == measure(Corpus(other))


def test_a_text_of_a_few_lines_has_no_recipe():
    found = choose(measure(Corpus("Too little to tell.\n" * 20)))
    assert found.settings == {} and found.lines == ()


def test_the_anthology_is_known_and_nonsense_is_not():
    found = measure(read_anthology())
    verse, *_ = found.starts
    assert verse.loss < 1.8 and found.kneser_ney == pytest.approx(1.55, abs=0.1)
    nonsense = "".join(chr(0x430 + i * i % 31) for i in range(3000))
    assert measure(Corpus(nonsense)).starts[0].unknown == 1


def test_sizes_that_are_given_and_long_texts_are_begun_with_nothing(text):
    assert measure(Corpus(text), {"units": 8}).starts == ()
    assert measure(Corpus(text), {"init_from": None}).starts == ()
    assert measure(Corpus(text * 250)).starts == ()


def test_a_model_to_begin_with_may_be_a_file_of_ones_own(text, trained):
    found = measure(Corpus(text), {"init_from": str(trained.path)})
    (start,) = found.starts
    assert (start.units, start.layers) == (32, 2)
    settings = recipe(text, init_from=str(trained.path), epochs=2)
    assert settings["init_from"] == str(trained.path) and settings["epochs"] == 2
    assert settings["learning_rate"] < TrainingSettings.learning_rate
    with pytest.raises(InputError, match="no model 'nothing'"):
        measure(Corpus(text), {"init_from": "nothing"})


def test_weights_to_begin_with_may_be_named_in_python(text, tmp_path):
    settings = TrainingSettings(str(tmp_path / "r"), init_from="nothing")
    with pytest.raises(InputError, match="no model 'nothing'"):
        gru_textgen.train(settings, text)


def test_python_has_it_too(text):
    settings = gru_textgen.recipe(text, seed=5)
    assert settings["seed"] == 5 and settings["init_from"] == "verse"
    assert TrainingSettings("run", **settings).counts


@pytest.mark.parametrize(
    "tokens, layers, counts",
    [(1_000, 1, True), (600_000, 2, True), (1_200_000, 2, False)],
)
def test_many_words_get_a_larger_model_and_few_are_counted(tokens, layers, counts):
    text = "one two three four five six\n" * (tokens // 7)
    given = dict(level="word", tokens="whitespace")
    chosen = recipe(text, **given)
    assert (chosen["layers"], chosen["counts"]) == (layers, counts)
    own = recipe(text, **given, layers=3, counts=False, epochs=1)
    assert (own["layers"], own["counts"], own["epochs"]) == (3, False, 1)
    TrainingSettings("runs/words", **chosen)


def test_a_model_of_words_to_begin_with_brings_its_sizes():
    found = find(Corpus("one two\n" * 99), dict(level="word", init_from="news.keras"))
    assert found.settings.keys().isdisjoint(("units", "layers", "embedding"))
    assert "starting from news, 20 epochs" in found.lines[0]
