"""The page of a model of words, in a real browser, against the Python engine."""

import base64
import dataclasses
import json
import random
import unicodedata
import warnings

import numpy as np
import pytest

from gru_textgen.export.html import (
    PRECISIONS,
    at_precision,
    description,
    export_html,
    packed,
)
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.documents import END
from gru_textgen.text.units import Words
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary
from tests.helpers.models import random_word_model
from tests.helpers.pages import ENGINE_SCRIPTS, add_scripts, opened
from tests.integration.test_page import ENGINE, write

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = pytest.mark.slow
expect = sync_api.expect
PROSE = """"Who's there?" said the king; and O'Neil -- paid 1,000.50 to the (old) queen.
The cat, the rat's tail and the dog sat... A man's a man for a' that! "No," she said.

Once more, Straße and café: 'tis the queen; o'er the hills (and far away).
"""
NEWS = """ the bank of palo alto paid $ N million in N <unk> <eos>
 mr. <unk> said the u.s. economy 's growth was n't N % <eos>
 in new york the board lost the case of the old <unk> bank
"""
SAMPLES = {"text": PROSE, "whitespace": NEWS}


def model_of(tokens, units=(24, 20), size=20, **info):
    """A generator of random weights over the words of a sample."""
    vocabulary = WordVocabulary.from_text(SAMPLES[tokens], units=Words(tokens))
    arrays = random_word_model(list(units), len(vocabulary) - 1, size)
    return TextGenerator(arrays, ModelInfo(vocabulary, **info))


@pytest.fixture
def page_of(monkeypatch, tmp_path):
    """Writes the page of a generator."""

    def export(generator, precision="float32"):
        monkeypatch.setattr(
            "gru_textgen.export.html.read_model",
            lambda path: (generator.info, generator.arrays),
        )
        export_html("words.keras", tmp_path / "page.html", precision)
        return tmp_path / "page.html"

    return export


@pytest.fixture(scope="module")
def laboratory(browser):
    """A blank tab that holds the engine's scripts, and those of words."""
    tab = browser.new_page()
    add_scripts(tab, *ENGINE_SCRIPTS, "words")
    yield tab
    tab.close()


def generated(generator, prompt, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of unknown words
        return generator.generate(prompt, **options)


@pytest.mark.parametrize(
    "tokens, prompts",
    [
        ("text", ["", "the Old quene", 'A zebra said: "', "The rat's ", "O'Neil's 1,"]),
        ("whitespace", ["", "in Palo Alot", "mr. <unk> paid <eos>\n the ", "N zebras"]),
    ],
)
def test_a_seed_gives_the_engines_text(browser, page_of, tokens, prompts):
    generator = model_of(tokens)
    with opened(browser, page_of(generator)) as tab:
        for seed, prompt in enumerate(prompts):
            for length in (None, 25, 300):
                options = {"Approximate_number_of_characters": length or ""}
                text = write(tab, prompt, Seed=seed, Temperature=1, **options)
                options = dict(seed=seed, temperature=1, length=length)
                assert text == generated(generator, prompt, **options)
                assert text.count("<unk>") == prompt.count("<unk>")
        expect(tab.locator("#about")).to_contain_text("that writes one word after")
        expect(tab.locator("#status")).to_contain_text("bits of surprise a word")
        expect(tab.locator("#temperature-words")).to_contain_text("unlikely word.")
        assert tab.locator("#verse").is_hidden()


def test_many_characters_with_vectors_are_written_as_by_the_engine(browser, page_of):
    """Their default min-p is another than that of few."""
    vocabulary = Vocabulary(["\n", *map(chr, range(0x4E00, 0x4E00 + 1100))])
    arrays = random_word_model([24, 20], len(vocabulary) - 1, 20)
    generator = TextGenerator(arrays, ModelInfo(vocabulary))
    with opened(browser, page_of(generator)) as tab:
        for seed, prompt in enumerate(["", "\u4e01\u4e10"]):
            options = {"Approximate_number_of_characters": 90}
            text = write(tab, prompt, Seed=seed, Temperature=0.8, **options)
            assert text == generated(generator, prompt, seed=seed, length=90)
        assert tab.get_by_label("Min-p").input_value() == "0.01"
        expect(tab.locator("#about")).to_contain_text("that writes one character after")


@pytest.mark.parametrize("separator", [END, "\n", "\n\n"])
def test_a_document_ends_where_the_engine_ends_it(browser, page_of, separator):
    generator = model_of("text", text={"documents": 0 if separator == "\n\n" else 9})
    symbols = (END, *generator.vocabulary.symbols)
    info = dataclasses.replace(
        generator.info,
        vocabulary=WordVocabulary(symbols, Words(), before=",;.", after="("),
        separator=separator,
        text={**generator.info.text, "loops": [2, 3, 9]},
    )
    arrays = random_word_model([24], len(symbols), 12)
    generator = TextGenerator(arrays, info)
    with opened(browser, page_of(generator)) as tab:
        for seed in range(3):
            assert write(tab, Seed=seed) == generated(
                generator, "", seed=seed, stop=separator
            )


def test_unknown_words_are_named_as_the_engine_reads_them(browser, page_of):
    generator = model_of("text")
    prompt = "The QUEN met Zebras & quen"
    with pytest.warns(UserWarning) as caught:
        generator.prompt_ids(prompt)
    with opened(browser, page_of(generator)) as tab:
        write(tab, prompt, Approximate_number_of_characters=1)
        notice = tab.locator("#remark").inner_text()
    assert notice.translate(str.maketrans("“”", "''")) == str(caught[0].message)
    assert "as 'queen'" in str(caught[0].message) and "read as <unk>" in notice


def test_words_are_coloured_whole(browser, page_of):
    generator = model_of("text")
    with opened(browser, page_of(generator)) as tab:
        text = write(tab, Seed=1, Approximate_number_of_characters=120)
        tab.locator("#colour").select_option("surprise")
        found = tab.evaluate("""() => [...CSS.highlights]
            .filter(([name]) => name.startsWith("tint"))
            .flatMap(([, ranges]) => [...ranges].map((range) => {
                const { startContainer: node, startOffset, endOffset } = range;
                return node.data.slice(startOffset, endOffset);
            }))""")
        expect(tab.locator("#meaning")).to_contain_text("How unlikely each word was")
        facts = tab.locator("#status").inner_text()
    assert f"{len(text)} characters" in facts
    words = [word.strip() for word in found]
    expected = [t for t in generator.vocabulary.units.split(text) if t != "\n"]
    assert sorted(words) == sorted(expected)


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("units, size", [([40], 40), ([5, 33, 64], 7)])
def test_logits_are_the_engines(laboratory, units, size, precision, simd):
    vocabulary = WordVocabulary(f"w{i}" for i in range(90))
    info, arrays = ModelInfo(vocabulary), random_word_model(units, 90, size)
    ids = np.random.default_rng(1).integers(0, 91, 50)
    steps = laboratory.evaluate(
        ENGINE,
        {
            "description": json.loads(json.dumps(description(info, arrays, precision))),
            "weights": base64.b64encode(packed(arrays, precision)).decode(),
            "ids": ids.tolist(),
            "simd": simd,
        },
    )
    rounded = TextGenerator(at_precision(arrays, precision), info).engine
    logits, _ = rounded.run(ids[None], rounded.initial_state())
    found = np.array([step["logits"] for step in steps])
    atol = 1e-2 if precision == "int8" and simd else 1e-3  # logits of up to 40
    np.testing.assert_allclose(found, logits[0], atol=atol)


VOCABULARY = """({ description, texts }) => {
    const vocabulary = new WordVocabulary(description);
    return texts.map((text) => {
        const { text: read } = vocabulary.read(text), write = vocabulary.decoder(text);
        const ids = vocabulary.encode(read);
        return { read, ids, written: ids.filter((id) => id).map(write).join("") };
    });
}"""


@pytest.mark.parametrize("tokens", ["text", "whitespace"])
def test_texts_are_read_and_spelt_as_pythons_vocabulary_does(laboratory, tokens):
    """Of random pieces of a text, changed at random, and of characters of all kinds."""
    generator, rng = model_of(tokens), random.Random(0)
    vocabulary, source = generator.vocabulary, SAMPLES[tokens]
    marks = [*" \t\r\n'’.,-_\"1²½é\u0301\u0345\x1e\x85\u3000字", "<eos>", "<unk>", "A1"]
    texts = []
    for _ in range(300):
        start = rng.randrange(len(source))
        piece = list(source[start : start + rng.randrange(40)])
        for _ in range(rng.randrange(4)):
            piece.insert(rng.randrange(len(piece) + 1), rng.choice(marks))
        texts.append(rng.choice((str, str.upper, str.title))("".join(piece)))
    points = [p for p in range(0x3400) if unicodedata.category(chr(p)) not in "CnCs"]
    texts += [f"a{chr(p)}b {chr(p)}" for p in points if p != 0x130]
    given = description(generator.info, generator.arrays, "float32")
    found = laboratory.evaluate(
        VOCABULARY, {"description": json.loads(json.dumps(given)), "texts": texts}
    )
    for text, one in zip(texts, found, strict=True):
        read = vocabulary.read_prompt(text).text
        ids = vocabulary.encode(read).tolist()
        written = vocabulary.decoder(text)(filter(None, ids))
        expected = {"read": read, "ids": ids, "written": written}
        assert one == expected, repr(text)
