"""Writing: a model that spells a known text, and a trained one."""

import re
import tracemalloc
import warnings

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.inference.engine import Session
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.sampling import Sampling
from gru_textgen.model_file.reader import GRUArrays, ModelArrays, ModelInfo
from gru_textgen.text.vocabulary import Vocabulary
from tests.helpers.models import random_model

CYCLE = "abc\n"


def speller(separator="", cycle=CYCLE):
    """A model that has learnt by hand to write `cycle` over and over.

    The update gate is shut, so the state is the candidate, and the candidate is the
    one-hot vector of the character read; the Dense layer names the one after it.
    """
    n = len(cycle)
    kernel = np.zeros((n + 1, 3 * n), np.float32)
    kernel[1:, 2 * n :] = 20 * np.eye(n)
    bias = np.zeros(3 * n, np.float32)
    bias[:n] = -50
    zeros = np.zeros(3 * n, np.float32)
    layer = GRUArrays(kernel, np.zeros((n, 3 * n), np.float32), bias, zeros, True)
    dense = np.zeros((n, n + 1), np.float32)
    for i in range(n):
        dense[i, 1 + (i + 1) % n] = 30
    dense[:, 0] = 99  # it would always rather write the unknown symbol
    loops = {"loops": [10**6] * 8}  # its text does nothing else
    info = ModelInfo(Vocabulary(cycle), separator, text=loops)
    return TextGenerator(ModelArrays([layer], dense, np.zeros(n + 1, np.float32)), info)


def test_a_known_text_is_spelled():
    assert speller().generate(length=10, seed=0) == "abc\nabc\nab"
    assert speller().generate("ab", length=6) == "abc\nabc\n"


def test_the_unknown_symbol_is_never_written():
    text = speller().generate(length=300, temperature=50.0, seed=1)
    assert set(text) == set(CYCLE)


def test_the_unknown_symbol_is_written_if_asked_for():
    writer, options = speller(), {"length": 2, "seed": 1}
    assert writer.generate("a", unknown="?", **options)[1] == "?"
    texts = writer.generate_batch(["a", "b"], unknown="<rare>", **options)
    assert [text[1:7] for text in texts] == ["<rare>"] * 2


def test_lines_end_the_text_and_the_prompts_line_counts():
    assert speller().generate(lines=2) == "abc\nabc"
    assert speller().generate("ab", lines=1) == "abc"


def test_a_stop_ends_the_text_and_is_not_part_of_it():
    assert speller().generate(stop="c\na") == "ab"
    assert speller().generate(stop=["never", "\n"]) == "abc"
    assert "".join(speller().stream(stop="bc", length=50)) == "a"


def test_text_held_back_for_a_stop_is_given_in_the_end():
    assert speller().generate(stop="abc\nabx", length=6) == "abc\nab"


def test_without_conditions_one_document_is_written():
    assert speller(separator="\nab").generate() == "c"
    # About 24 lines, or 1,000 characters, and here nothing is a good end: see `Ending`.
    assert speller().generate() == "\n".join(["abc"] * 30)
    assert speller(cycle="ab.\n").generate() == "\n".join(["ab."] * 18)
    assert len(speller(cycle="abcd").generate()) == 2000


def test_a_model_of_documents_begins_one():
    assert speller(separator="b").generate(length=2) == "c\n"
    assert speller().generate(length=1) == "a"


def test_a_seed_decides_the_text(generator):
    texts = [generator.generate(length=80, seed=s) for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert generator.generate(length=80) != generator.generate(length=80)


def test_temperature_0_is_the_likeliest_character(generator):
    text = generator.generate("The c", length=20, temperature=0)
    for i in range(5, len(text)):
        assert text[i] == next(iter(generator.probabilities(text[:i])))


def test_a_batch_writes_what_each_would_alone(generator):
    prompts = ["The cat", "", "The cat", "The o"]
    batch = generator.generate_batch(prompts, length=60, seed=5)
    assert batch[0] == generator.generate("The cat", length=60, seed=5)
    assert batch[0] != batch[2]
    for prompt, text in zip(prompts, batch):
        assert text.startswith(prompt)
        assert len(prompt) + 50 <= len(text) <= len(prompt) + 120
    assert generator.generate_batch([]) == []
    one_more = generator.generate_batch(prompts + ["x"], length=60, seed=5)
    assert one_more[:4] == batch


def test_each_text_of_a_batch_ends_by_itself(generator):
    texts = generator.generate_batch(["The cat "] * 20, lines=1, seed=1)
    assert len({len(text) for text in texts}) > 1
    assert not any("\n" in text for text in texts)


def test_carrying_the_state_is_reading_everything_again(generator):
    prompt = "The hen sat on the wall,\n"
    text = generator.generate(prompt, length=15, temperature=0)
    ids = generator.vocabulary.encode(generator.info.separator + text)
    logits, _ = generator.engine.run(ids[None], generator.engine.initial_state())
    written = logits[0, -16:-1, 1:].argmax(axis=1) + 1
    assert generator.vocabulary.decode(written) == text[-15:]


def test_probabilities_are_a_distribution_over_the_vocabulary(generator):
    p = generator.probabilities("The c")
    assert set(p) == set(generator.vocabulary.symbols)
    assert sum(p.values()) == pytest.approx(1)
    assert list(p.values()) == sorted(p.values(), reverse=True)


def test_perplexity_is_low_on_text_like_the_training_text(generator, text):
    assert generator.perplexity(text) < 3
    assert generator.perplexity(text[::-1]) > 10


def test_perplexity_is_the_geometric_mean_of_the_inverse_probabilities(generator):
    text = "cat sat"
    ids = generator.vocabulary.encode(text)
    session, product = Session(generator.engine, generator.engine.initial_state()), 1.0
    for now, following in zip(ids, ids[1:]):
        logits = session.step(np.array([now]))
        exp = np.exp(logits[0].astype(np.float64))
        product *= exp[following] / exp.sum()
    assert generator.perplexity(text) == pytest.approx(product ** (-1 / 6), rel=1e-6)
    with pytest.raises(InputError):
        generator.perplexity("c")


def test_an_unknown_character_is_named_once_in_one_warning(generator):
    with pytest.warns(UserWarning, match=r"never seen '☃' \(U\+2603\)") as caught:
        text = generator.generate("The ☃ ☃ ", length=5, seed=1)
    assert len(caught) == 1
    assert text.startswith("The ☃ ☃ ")
    with pytest.raises(InputError, match="U\\+2603"):
        generator.generate("The ☃", strict=True)


def test_a_character_is_read_as_its_closest_form(generator):
    with pytest.warns(UserWarning, match="'Á' .* as 'a'"):
        text = generator.generate("The cÁt", length=30, temperature=0)
    plain = generator.generate("The cat", length=30, temperature=0)
    assert text[7:] == plain[7:]


def test_known_prompts_warn_of_nothing(generator):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generator.generate("The cat", length=1)


@pytest.mark.parametrize(
    "option",
    [
        {"length": 0},
        {"lines": -1},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_k": 0},
        {"top_p": 0.0},
        {"min_p": 2.0},
        {"seed": -1},
    ],
)
def test_bad_settings_are_refused_before_a_character_is_written(generator, option):
    name = next(iter(option))
    for write in (generator.stream, generator.generate):
        with pytest.raises(InputError, match=name):
            write("The", **option)
    with pytest.raises(InputError, match=name):
        generator.generate_batch(["The"], **option)


def test_a_long_prompt_is_read_like_its_end_after_its_beginning(generator):
    prompt = "The cat sat on the mat. " * 60
    ids = generator.vocabulary.encode(generator.info.separator + prompt)
    logits, _ = generator.engine.run(ids[None], generator.engine.initial_state())
    likeliest = generator.vocabulary.decode([logits[0, -1, 1:].argmax() + 1])
    assert generator.generate(prompt, length=1, temperature=0) == prompt + likeliest


@pytest.mark.parametrize(
    "call",
    [
        lambda g: g.generate_batch("abc", length=5),
        lambda g: g.generate_batch(None, length=5),
        lambda g: g.generate_batch([b"abc"], length=5),
        lambda g: g.generate(b"a", length=5),
        lambda g: g.generate("a", length=2.5),
        lambda g: g.generate("a", lines=True),
        lambda g: g.generate("a", length=5, temperature="hot"),
        lambda g: g.generate("a", length=5, top_k=1.5),
        lambda g: g.generate("a", length=5, seed=1.5),
    ],
)
def test_a_wrong_type_is_a_sentence(call):
    with pytest.raises(InputError, match="(is|are|must be) "):
        call(speller())


@pytest.mark.parametrize("write", ["generate", "stream", "generate_batch", "compose"])
def test_settings_come_as_one_object_or_one_by_one_but_not_both(generator, write):
    prompts = {"generate_batch": ["The"], "compose": "haiku"}
    call, prompt = getattr(generator, write), prompts.get(write, "The")
    with pytest.raises(InputError, match="Give either `sampling` or temperature"):
        call(prompt, sampling=Sampling(0.7), top_k=3)
    with pytest.raises(InputError, match="sampling must be a Sampling"):
        call(prompt, sampling=0.7)
    if write != "compose":  # whose poems tests/inference/test_composing.py looks at
        one = call(prompt, sampling=Sampling(0.7, 5, 0.9, None), length=60, seed=2)
        each = dict(temperature=0.7, top_k=5, top_p=0.9, min_p=None)
        assert list(one) == list(call(prompt, **each, length=60, seed=2))


@pytest.mark.parametrize("symbols, expected", [(30, 0.1), (1100, 0.01)])
def test_min_p_is_by_default_what_suits_the_model(symbols, expected):
    vocabulary = Vocabulary(["\n", *map(chr, range(0x4E00, 0x4E00 + symbols))])
    arrays = random_model([12], len(vocabulary) - 1, True)
    generator = TextGenerator(arrays, ModelInfo(vocabulary))
    own = [
        generator.generate(length=90, seed=1, **options)
        for options in ({}, {"sampling": Sampling()}, {"min_p": expected})
    ]
    assert len(set(own)) == 1
    other = 0.1 if expected < 0.1 else 0.01
    assert generator.generate(length=90, seed=1, min_p=other) != own[0]


def test_a_length_ends_with_a_line_and_may_be_kept_to_the_letter():
    assert speller().generate(length=50) == "\n".join(["abc"] * 16)
    assert len(speller().generate(length=50, whole=False)) == 50
    assert len(speller().generate(length=39)) == 39


def test_no_length_cuts_a_line_where_lines_are_counted():
    """401 lines of 50 characters are more than any length of a document."""
    cycle = "".join(chr(0x100 + i) for i in range(49)) + "\n"
    text = speller(cycle=cycle).generate(lines=401)
    assert text == "\n".join([cycle[:-1]] * 401)


def test_a_counted_line_is_no_longer_than_any_of_the_text():
    writer = speller(cycle="abcdefg\n")
    writer.info.text["longest_line"] = 3
    assert writer.generate(lines=3) == "abc\nabc\nabc"


def writer_of_blanks():
    """After a blank comes another, which is a little more likely than anything else."""
    writer = speller(cycle=" x\n")
    writer.arrays.kernel[0] = [0, 31, 30, 0]
    return TextGenerator(writer.arrays, writer.info)


def test_a_row_of_blanks_does_not_go_on_for_ever():
    """A model that writes one character for ever breaks off where its text does."""
    writer = writer_of_blanks()
    for longest in (5, 12):
        writer.info.text["loops"] = [longest, longest - 1]
        text = writer.generate(length=200, temperature=0, whole=False)
        assert max(map(len, re.findall(" +", text))) == longest + 1
    writer.info.text.clear()  # of an older file, which does not tell
    text = writer.generate(length=200, temperature=0, whole=False)
    assert max(map(len, re.findall(" +", text))) == 81


def test_a_batch_breaks_off_each_text_as_it_would_alone():
    writer = writer_of_blanks()
    writer.info.text["loops"] = [7, 6]
    options = dict(length=150, seed=3, temperature=0.7)
    batch = writer.generate_batch([" ", "x", "\n"], **options)
    assert batch[0] == writer.generate(" ", **options)


def test_many_texts_of_a_large_vocabulary_take_bounded_memory():
    """They are written some at a time; each is the one that is written alone."""
    arrays = random_model([3], 60_000, True)
    vocabulary = Vocabulary([chr(0x10000 + i) for i in range(60_000)])
    writer = TextGenerator(arrays, ModelInfo(vocabulary))
    tracemalloc.start()
    options = dict(length=2, whole=False, seed=3)
    texts = writer.generate_batch([chr(0x10000)] * 300, **options)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6  # all together: 300 * 60,000 logits and the same of noise
    for i in (0, 68, 69, 299):
        alone = writer.generate_batch([chr(0x10000)], **options, first=i)
        assert [texts[i]] == alone
