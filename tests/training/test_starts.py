"""The models to begin with: which are measured, fetched and chosen."""

import base64
import dataclasses
import hashlib
import json
import math

import pytest

import gru_textgen
from gru_textgen.export.html import packed
from gru_textgen.model_file import shipped
from gru_textgen.model_file.from_page import import_page_model
from gru_textgen.model_file.shipped import SHIPPED, Shipped
from gru_textgen.text import corpus, download
from gru_textgen.text.corpus import Corpus
from gru_textgen.training.facts import Facts, measure
from gru_textgen.training.recipe import choose, find
from gru_textgen.training.starts import Start, base_of, language_of
from tests.helpers.downloads import download as page_download
from tests.helpers.models import random_model
from tests.helpers.servers import serving

LETTERS = "\n adelnoqsu"
SPANISH = "de la que el en los\nel sol que se le da\n" * 60
VERSE = Start("verse", 3.9, 0.0, 512, 2)
BASE = Start("verse-xx", 2.2, 0.0, 384, 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the file of a model of Spanish, which knows letters alone and is
    not on this machine."""
    arrays = random_model([4], len(LETTERS), True)
    (layer,) = arrays.layers
    for array in (*vars(layer).values(), arrays.kernel, arrays.bias):
        if hasattr(array, "fill"):
            array.fill(0)
    weights = base64.b64encode(packed(arrays, "float32")).decode()
    found = page_download([4], symbols=list(LETTERS), weights=weights)
    site = tmp_path / "site"
    site.mkdir()
    (site / "mine.json").write_text(json.dumps(found), "utf-8")
    import_page_model(site / "mine.json", site / "verse-xx.keras")
    data = (site / "verse-xx.keras").read_bytes()
    row = Shipped(hashlib.sha256(data).hexdigest(), len(data), "Spanish")
    for name, of in list(SHIPPED.items()):
        if of.language == row.language:
            monkeypatch.delitem(SHIPPED, name)
    monkeypatch.setitem(SHIPPED, "verse-xx", row)
    monkeypatch.setattr(corpus, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(shipped, "ADDRESS", None)
    monkeypatch.delenv(shipped.ADDRESS_VARIABLE, raising=False)
    monkeypatch.delenv(download.OFFLINE_VARIABLE, raising=False)
    monkeypatch.setattr(download, "sleep", lambda seconds: None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return site


def facts(*starts, language="Spanish"):
    return Facts(30_000, 27_000, 65, 1.8, starts, language)


def names(found):
    return [start.name for start in found.starts]


@pytest.mark.parametrize(
    "text, language",
    [
        ("Der Mond ist aufgegangen, die goldnen Sternlein prangen", "German"),
        ("que el viento no se lleve la voz de los que cantan", "Spanish"),
        ("a já jsem to tak, že se v noci na hvězdy dívá", "Czech"),
        ("The cat sat on the mat, and that was the end of that.", "English"),
        ("床前明月光 疑是地上霜", "Chinese"),
        ("anna\nbob\ncarl\n", "other"),
        ("", "other"),
    ],
)
def test_a_language_is_recognised(text, language):
    assert language_of(text) == language


def test_a_language_has_its_base(folder):
    assert base_of("Spanish") == "verse-xx"
    assert base_of("English") is base_of("other") is None


def test_a_text_is_begun_with_the_model_of_its_language(folder):
    """If it is better at all; the model of another language, if it knows the text or is
    far better, as for names."""
    nearer = dataclasses.replace(BASE, loss=3.3)
    worst = dataclasses.replace(VERSE, loss=4.7)
    guessing = dataclasses.replace(BASE, loss=4.0)
    plays = dataclasses.replace(VERSE, name="shakespeare", loss=3.0)
    strange = dataclasses.replace(BASE, loss=3.5)
    worse = dataclasses.replace(BASE, loss=4.0)
    for starts, language, expected in [
        ((BASE,), "Spanish", "verse-xx"),
        ((VERSE, BASE), "Spanish", "verse-xx"),
        ((VERSE, strange), "Spanish", "verse-xx"),
        ((VERSE, worse), "Spanish", "verse"),
        ((VERSE, BASE), "other", "verse-xx"),
        ((VERSE, strange), "other", "verse"),
        ((VERSE, nearer), "other", "verse-xx"),
        ((worst, guessing), "other", "verse"),  # no better than guessing
        ((worst, plays), "English", "verse"),  # as for code
    ]:
        chosen = choose(facts(*starts, language=language))
        assert chosen.settings["init_from"] == expected
        assert chosen.lines[0].startswith(f"Starting from {expected} ")


def test_a_script_that_no_model_knows_is_said(folder):
    unknown = dataclasses.replace(VERSE, unknown=0.9, loss=float("inf"))
    chosen = choose(facts(unknown, language="other"))
    assert "init_from" not in chosen.settings
    assert chosen.lines[0].startswith("No model knows the characters of this text. ")


def test_a_base_that_is_worse_than_guessing_is_refused(folder):
    """As for a list of Chinese names, all of other characters than the poems'."""
    guessing = math.log(facts().distinct)
    base = dataclasses.replace(BASE, loss=guessing + 1.1)
    chosen = choose(facts(base, language="Spanish"))
    assert "init_from" not in chosen.settings
    assert chosen.lines[0].startswith("No model predicts this text better than guess")
    better = dataclasses.replace(BASE, loss=guessing + 0.9)
    chosen = choose(facts(better, language="Spanish"))
    assert chosen.settings["init_from"] == "verse-xx"


def test_the_base_of_a_text_is_fetched_and_measured_alone(folder, monkeypatch):
    with serving(folder) as site:
        monkeypatch.setenv(shipped.ADDRESS_VARIABLE, site.url)
        found = measure(Corpus(SPANISH))
        assert measure(Corpus(SPANISH)) == found
        assert site.seen == ["/verse-xx.keras"]
    (start,) = found.starts
    assert start.name == "verse-xx" and start.loss == pytest.approx(2.485, abs=0.01)
    assert gru_textgen.recipe(SPANISH)["init_from"] == "verse-xx"
    assert "verse-xx" not in names(measure(Corpus("The cat is on the mat.\n" * 99)))


def test_a_base_that_cannot_be_fetched_fails_no_run(folder, monkeypatch):
    (folder / "verse-xx.keras").write_bytes(b"another")
    with serving(folder) as site:
        monkeypatch.setenv(shipped.ADDRESS_VARIABLE, site.url)
        remark, *lines = find(Corpus(SPANISH)).lines
        assert "verse-xx" in remark and "sha256" in remark and "\n" not in remark
        assert lines[0].startswith("Starting from verse ") and site.seen
        monkeypatch.setenv(download.OFFLINE_VARIABLE, "1")
        site.seen.clear()
        assert len(find(Corpus(SPANISH)).lines) == 2 and not site.seen


def test_without_an_address_the_models_at_hand_are_measured(folder):
    found = measure(Corpus(SPANISH))
    assert names(found)[0] == "verse" and "verse-xx" not in names(found)
    assert found.remarks == () and found.language == "Spanish"


def test_an_installed_package_measures_the_model_that_it_has(folder, monkeypatch):
    alone = [file for file in shipped.shipped_weights() if file.stem == "verse"]
    monkeypatch.setattr(shipped, "shipped_weights", lambda: alone)
    assert names(measure(Corpus("The cat is on the mat.\n" * 99))) == ["verse"]
