"""The page that learns, as a person uses it, and what it gives back."""

import json
import re

import numpy as np
import pytest

from gru_textgen.export import form_table
from gru_textgen.export.playground import export_playground
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.lexicon import Lexicon
from gru_textgen.model_file.from_page import import_page_model
from gru_textgen.model_file.reader import ModelInfo, read_info, read_model
from gru_textgen.nn.model import build_model
from gru_textgen.text.corpus import read_anthology
from gru_textgen.text.splits import split_point
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.verse.forms import Form
from gru_textgen.verse.pronunciation import dictionary
from tests.helpers.pages import (
    SECONDS,
    add_scripts,
    contrast,
    described,
    opened,
)

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = pytest.mark.slow
expect = sync_api.expect
expect.set_options(timeout=SECONDS)
LATER = re.compile(r"pass ([2-9]|\d{2,}) ")
# After so many updates the curve has means of several.
MUCH_LATER = re.compile(r"pass (1[1-9]|[2-9]\d|\d{3,}) ")
LONG = 1_000  # passes: it is still learning when a test is done with it


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "playground.html"
    export_playground(path)
    return path


@pytest.fixture
def tab(browser, playground):
    with opened(browser, playground) as tab:
        yield tab


def learn(tab, text=None, passes=LONG, **settings):
    """Fill in the form and press the button."""
    for details in tab.locator("details").all():
        details.evaluate("(details) => { details.open = true; }")
    if text is not None:
        tab.get_by_label("Text to learn").fill(text)
    if tab.locator("#units").is_enabled():
        tab.locator("#units").select_option("64")
    tab.get_by_label("Passes over the text").fill(str(passes))
    tab.get_by_role("button", name="Learn", exact=True).click()


def downloaded(tab, name, path):
    with tab.expect_download() as download:
        tab.get_by_role("button", name=name).click()
    download.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def learnt(browser, playground, text, tmp_path_factory):
    """What a page has downloaded when it had learnt, and what it showed."""
    folder = tmp_path_factory.mktemp("learnt")
    with opened(browser, playground) as tab:
        tab.get_by_label("Learning rate").fill("-2")  # 0.01
        learn(tab, text * 2, passes=12)
        expect(tab.locator("#status")).to_have_text(
            "Learnt. Open “Keep it” to download it; “12 more passes” goes on learning.",
            timeout=SECONDS,
        )
        tab.get_by_label("Name").fill("cats")
        losses = ("learnt", "held-out", "counted")
        return {
            "json": downloaded(tab, "gru-textgen import", folder / "cats.json"),
            "poet": downloaded(tab, "a page that writes", folder / "cats.html"),
            "losses": [float(tab.locator(f"#{x}-loss").inner_text()) for x in losses],
            "sample": tab.locator("#sample").inner_text(),
            "history": tab.locator("#history li").all_inner_texts(),
            "columns": tab.locator("#gates").evaluate("(canvas) => canvas.width / 14"),
            "line": tab.get_by_label("Line").input_value(),
        }


def test_a_text_is_learnt(learnt, text):
    by_training, held_out, counted = learnt["losses"]
    assert by_training < 0.3 and held_out < 0.5 and counted < 0.5
    assert "sat on the" in learnt["sample"]
    assert "sat on the" not in learnt["history"][0]
    assert learnt["history"][0].startswith("after 0 updates")
    assert learnt["line"] in text and learnt["columns"] == len(learnt["line"])


def test_the_download_is_the_model_that_the_page_measured(learnt, text, tmp_path):
    path = tmp_path / "cats.keras"
    import_page_model(learnt["json"], path)
    generator = TextGenerator.load(path)
    ids = generator.vocabulary.encode(text * 2)
    ids = ids[split_point(len(ids), 0.1) :]
    logits, _ = generator.engine.run(ids[None], generator.engine.initial_state())
    logits = logits[0, :-1].astype(np.float64)
    loss = np.log(np.exp(logits).sum(axis=1)) - logits[range(len(logits)), ids[1:]]
    assert read_info(path).figures["val_loss"] == pytest.approx(loss.mean(), abs=1e-5)
    assert loss.mean() <= learnt["losses"][1] + 0.005


def test_the_poets_page_writes_as_the_model_does(browser, learnt, tmp_path):
    import_page_model(learnt["json"], tmp_path / "cats.keras")
    engine = TextGenerator.load(tmp_path / "cats.keras")
    with opened(browser, learnt["poet"]) as tab:
        expect(tab.get_by_role("heading", name="cats")).to_be_visible()
        tab.locator("#settings").evaluate("(settings) => { settings.open = true; }")
        tab.get_by_label("Seed", exact=True).fill("3")
        tab.get_by_role("button", name="Write", exact=True).click()
        expect(tab.locator("#status")).to_contain_text("Seed", timeout=SECONDS)
        lines = tab.locator(".line").evaluate_all("ls => ls.map(l => l.innerText)")
    assert "\n".join(lines) == engine.generate(seed=3)


def test_the_poets_page_writes_the_same_verse_in_a_form(browser, learnt, tmp_path):
    """Of the words that can be spelled with the few letters of the text."""
    import_page_model(learnt["json"], tmp_path / "cats.keras")
    engine = TextGenerator.load(tmp_path / "cats.keras")
    with opened(browser, learnt["poet"]) as tab:
        tab.locator("#verse").evaluate("(verse) => { verse.open = true; }")
        assert "about 24 lines" in described(tab, "Approximate number of characters")
        tab.get_by_label("Rhyme scheme").fill("aa")
        tab.locator("#seed").fill("3")
        tab.get_by_role("button", name="Write", exact=True).click()
        expect(tab.locator("#status")).to_contain_text("Seed 3", timeout=SECONDS)
        lines = tab.locator(".line").evaluate_all("ls => ls.map(l => l.innerText)")
        tab.get_by_role("button", name="Link to this text").click()
        expect(tab.locator("#status")).to_contain_text("on this machine")
        assert tab.url.endswith("#seed=3&rhyme=aa")
    assert "\n".join(lines) == str(engine.compose(Form("aa"), seed=3))


def test_words_that_a_model_cannot_spell_are_left_out(browser):
    symbols = [*"\n acdehilmnorstuvyT'"]
    expected = form_table._table(Lexicon(dictionary(), symbols))
    tab = browser.new_page()
    add_scripts(tab, "unpack", "lexicon")
    found = tab.evaluate(
        """async ([table, symbols]) => {
            const lexicon = new Lexicon(await unpacked(table), symbols);
            return [lexicon.words.join(" "), lexicon.flags, lexicon.rowPattern,
                lexicon.rowWord, lexicon.endKey, lexicon.endWord];
        }""",
        [form_table.full_form_table()["table"], symbols],
    )
    tab.close()
    rows, ends = expected["rows"], expected["ends"]
    assert found == [
        expected["words"],
        expected["flags"],
        rows["pattern"],
        np.cumsum(rows["word"]).tolist(),
        ends["key"],
        np.cumsum(ends["word"]).tolist(),
    ]


@pytest.mark.parametrize(
    "text, has",
    [
        (read_anthology().text[:3000], True),
        ("Über allen Gipfeln\nist Ruh, in allen Wipfeln\nspürest du kaum " * 9, False),
        ("The sea, the sea. " * 30, False),  # no lines, and few letters
        (read_anthology().text[:3000].replace("\n", " "), False),
        ("qwertyuiop asdfghjkl\nzxcvbnm " * 9, False),
    ],
)
def test_a_page_of_english_lines_has_forms(browser, text, has):
    tab = browser.new_page()
    add_scripts(tab, "unpack", "verse")
    verse = form_table.full_form_table()
    found = tab.evaluate(
        "([...given]) => verseOf(...given)", [verse, text, sorted(set(text))]
    )
    tab.close()
    assert (found and found["table"]) == (verse["table"] if has else None)


def test_learning_pauses_goes_on_and_outlives_the_page(tab, text):
    learn(tab, text)
    facts, pause = tab.locator("#facts"), tab.locator("#pause")
    status, box = tab.locator("#status"), tab.get_by_label("Text to learn")
    expect(facts).to_contain_text(MUCH_LATER)
    expect(tab.locator("#counted-loss")).to_contain_text(".")
    tab.get_by_label("Learning rate").fill("-3")
    expect(tab.locator("#rate-value")).to_have_text("0.001")
    pause.click()
    expect(status).to_have_text("Paused.")
    stopped = facts.inner_text()
    tab.wait_for_timeout(300)
    assert facts.inner_text() == stopped
    pause.click()
    expect(facts).not_to_have_text(stopped)
    expect(tab.locator("#next")).to_be_empty()
    tab.locator("#units").select_option("128")
    expect(tab.locator("#next")).to_contain_text("holds for the next one")
    pause.click()
    expect(status).to_have_text("Paused.")
    expect(tab.locator("#kept summary")).to_have_text("Kept in this browser (1)")
    before = shown(tab)
    tab.reload()
    expect(status).to_contain_text("“The cat sat on the mat” of ")
    expect(tab.locator("#next")).to_contain_text("holds for the next one")
    expect(status).to_contain_text("is restored: its text, settings, curve and network")
    expect(tab.locator("#gates-meaning")).to_contain_text("bits")  # all has come
    after = shown(tab)
    history = before.pop("history")
    assert history == after.pop("history")[: len(history)]
    assert after == before and before["curve"] != "M0 0"
    assert box.input_value() == text
    assert tab.locator("#rate-value").inner_text() == "0.001"
    stopped = facts.inner_text()
    tab.wait_for_timeout(300)
    assert facts.inner_text() == stopped  # it waits
    pause.click()
    expect(status).to_have_text("Learning…")
    expect(facts).not_to_have_text(stopped)


def shown(tab):
    """What a page shows of a network that rests."""
    return {
        "pass": tab.locator("#facts").inner_text().split(" · ")[0],
        "curve": tab.locator("#curve .learnt").get_attribute("d"),
        "measured": tab.locator("#curve .held-out").get_attribute("d"),
        "losses": [
            tab.locator(f"#{x}-loss").inner_text()
            for x in ("learnt", "held-out", "counted")
        ],
        "history": tab.locator("#history li").all_text_contents(),
        "line": tab.locator("#line").input_value(),
        "settings": [tab.locator(f"#{x}").input_value() for x in ("units", "passes")],
    }


def test_another_text_costs_nothing_that_is_learnt(tab, text, tmp_path):
    """By keyboard: what is learning is not stopped, nor deleted, unasked."""
    learn(tab, text)
    status, begin, ask = (
        tab.locator("#status"),
        tab.locator("#learn"),
        tab.locator("#sure"),
    )
    expect(tab.locator("#facts")).to_contain_text("characters a second")
    other = "Another line of another text, number seven.\n" * 12
    tab.get_by_label("Text to learn").fill(other)
    expect(status).to_contain_text("“Begin again” learns what is in the box")
    begin.press("Enter")
    expect(ask).to_contain_text("It is kept in this browser")
    tab.keyboard.press("Escape")
    expect(ask).to_be_hidden()
    stopped = tab.locator("#facts").inner_text()
    expect(tab.locator("#facts")).not_to_have_text(stopped)
    begin.press("Enter")
    tab.keyboard.press("Shift+Tab")
    expect(tab.get_by_role("button", name="Stop it")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("#kept summary")).to_have_text("Kept in this browser (2)")
    expect(tab.locator("#line")).to_have_value(other[:43])
    tab.locator("#pause").click()
    expect(status).to_have_text("Paused.")
    name = tab.get_by_label("Name")
    expect(name).to_have_value("Another line of another text, number")
    first = tab.get_by_role("button", name="Open “The cat sat on the mat”")
    expect(first).to_have_count(1)
    name.fill("Ferry's & Co.")
    name.press("Enter")
    expect(tab.get_by_role("button", name="Open “Ferry's & Co.”")).to_have_count(1)
    page = downloaded(tab, "a page that writes", tmp_path / "page.html")
    assert "<h1>Ferry's &amp; Co.</h1>" in page.read_text("utf-8")
    expect(tab.locator("#taken")).to_contain_text("Ferry's _ Co.html is a page")
    first.click()
    expect(tab.locator("#taken")).to_be_empty()  # of another network
    expect(tab.get_by_label("Text to learn")).to_have_value(text)
    expect(status).to_contain_text("is restored")
    for left in (1, 0):
        tab.get_by_role("button", name="Delete").first.click()
        tab.get_by_role("button", name="Delete it").click()
        expect(tab.locator("#how-many")).to_have_text(str(left))
    expect(tab.locator("#kept")).to_be_hidden()
    tab.reload()
    expect(status).to_contain_text("No text yet")


def test_a_text_that_is_learnt_by_heart_is_called_that(tab, tmp_path):
    """Letters without any order: the rest of them cannot be known."""
    text = "".join(np.random.default_rng(1).choice(list("abcdefghij klmnop\n"), 400))
    tab.get_by_label("Learning rate").fill("-1.75")
    learn(tab, text, passes=40)
    expect(tab.locator("#status")).to_contain_text("Learnt.")
    verdict, facts = tab.locator("#verdict"), tab.locator("#facts")
    expect(verdict).to_contain_text("by heart: it repeats your text")
    expect(verdict).to_contain_text("worse than guessing")
    expect(verdict).to_contain_text("more text, 100,000 characters or more, or fewer")
    assert "to go" not in facts.inner_text()
    best = int(re.search(r"in pass (\d+) of 40", verdict.inner_text())[1])
    of_best = int(tab.locator("#written").inner_text().split()[1].replace(",", ""))
    windows = (len(text) * 9 // 10 - 1) // 64
    assert best == -(-of_best // windows) < 40
    found = json.loads(
        downloaded(tab, "gru-textgen import", tmp_path / "a").read_text()
    )
    last = float(tab.locator("#held-out-loss").inner_text())
    assert found["figures"]["val_loss"] < last - 0.1
    assert "surprised it least" in described(tab, "Which network")
    tab.get_by_label("Which network").select_option("as it is now")
    now = json.loads(downloaded(tab, "gru-textgen import", tmp_path / "b").read_text())
    assert now["figures"]["val_loss"] == pytest.approx(last, abs=0.006)
    assert now["weights"] != found["weights"]
    expect(tab.locator("#taken")).to_contain_text("turns the file into a model")
    assert now["weights"] in downloaded(
        tab, "a page that writes", tmp_path / "c"
    ).read_text("utf-8")
    assert "pass 40.html is a page" in tab.locator("#taken").inner_text()
    assert f"<h1>{now['name']}</h1>" in (tmp_path / "c").read_text("utf-8")
    assert now["name"] == f"{found['name']} pass 40"
    tab.reload()
    expect(facts).to_contain_text("pass 40 of 40")
    expect(verdict).to_contain_text("by heart")
    tab.get_by_role("button", name="40 more passes").click()
    expect(facts).to_contain_text(re.compile(r"pass \d+ of 80"))
    expect(verdict).to_contain_text("it now repeats the text")
    expect(verdict).to_contain_text(f"The network of pass {best}, the best, is kept.")


@pytest.mark.parametrize(
    "losses, says",
    [
        ({"learnt": 4}, "The learning rate was too high"),
        ({"learnt": 0.1, "heldOut": 4, "best": 2.2}, "worse than guessing"),
        ({"learnt": 0.1, "heldOut": 2.9, "best": 2.2}, "worse than counting alone"),
        ({"learnt": 1.9, "heldOut": 2.6, "best": 2.6}, "more passes may help"),
        (
            {"learnt": 1.9, "heldOut": 2.2, "best": 2.1},
            "best on the last tenth was in pass 3",
        ),
        (
            {"learnt": 1.9, "heldOut": 2.2, "best": 2.1, "bestPass": 10},
            "best on the last tenth was in the last pass, before its end",
        ),
        ({"learnt": 1.9, "heldOut": 2.2, "best": 2.2}, ""),
    ],
)
def test_what_the_losses_mean_is_said(laboratory, losses, says):
    of = {
        "counted": 2.4,
        "uniform": 3.4,
        "bestPass": 3,
        "passes": 10,
        "characters": 900,
    }
    found = laboratory.evaluate(
        "verdict", {"heldOut": 2.2, "best": 2.2, **of, **losses}
    )
    assert says in found and bool(says) == bool(found)
    assert "10 of 10" not in found


@pytest.mark.parametrize(
    "losses, says",
    [
        ({"learnt": 0.1, "heldOut": 4}, "worse than guessing: it now repeats the text"),
        ({"learnt": 0.1, "heldOut": 3.2}, "worse than it was: it now repeats the text"),
        ({"learnt": 3.3, "heldOut": 3.2}, "the learning rate may be too high"),
        ({"learnt": 0.1, "heldOut": 2.4}, ""),
        ({"learnt": 3.5, "heldOut": 3.6, "best": 3.6}, ""),  # it has just begun
    ],
)
def test_what_goes_wrong_is_said_at_once(laboratory, losses, says):
    of = {"uniform": 3.4, "bestPass": 3, "best": 2.2}
    found = laboratory.evaluate("warning", of | losses)
    assert says in found and bool(says) == bool(found)
    assert not says or found.endswith("The network of pass 3, the best, is kept.")
    if says:
        found = laboratory.evaluate("warning", of | losses | {"bestPass": 0})
        assert found.endswith("The network as it began, the best, is kept.")


@pytest.fixture(scope="module")
def laboratory(browser):
    """A blank tab with the sentences on losses."""
    tab = browser.new_page()
    add_scripts(tab, "verdict")
    yield tab
    tab.close()


def test_a_rate_far_too_high_is_a_sentence(tab, text):
    """What was measured best is there again, and goes on at a lower rate."""
    tab.locator("#rate").evaluate("(rate) => { rate.max = 38; }")
    tab.get_by_label("Learning rate").fill("38")
    learn(tab, text)
    expect(tab.locator("#status")).to_contain_text(
        "the rate was too high", timeout=20_000
    )
    stopped = tab.locator("#facts").inner_text()
    tab.get_by_label("Learning rate").fill("-3")
    tab.get_by_role("button", name="Go on").click()
    expect(tab.locator("#facts")).not_to_have_text(stopped)
    expect(tab.locator("#status")).to_have_text("Learning…")
    expect(tab.locator("#pause")).to_have_text("Pause")


def test_no_text_is_a_sentence(tab):
    status, pause = tab.locator("#status"), tab.locator("#pause")
    for text, sentence in [
        ("", "There is no text yet"),
        ("Too short.", "only 10 characters"),
        (" \n" * 300, "There is no text yet"),
    ]:
        learn(tab, text)
        expect(status).to_contain_text(sentence)
        expect(pause).to_have_attribute("aria-disabled", "true")
        expect(pause).to_have_text("Pause")
        tab.get_by_label("Text to learn").fill("A line.")
        expect(status).to_have_text("There is a text: press Learn.")


def test_files_of_any_kind(tab, tmp_path, text):
    """Pictures are refused; what stood there is learnt all the same."""
    files = {
        "picture.png": b"\x89PNG\r\n\x1a\n\x00\x00\xff",
        "zeros.txt": b"a\x00b" * 200,
        "latin.txt": "é".encode("latin-1") * 300,
    }
    choose = tab.locator("#file")
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        choose.set_input_files(tmp_path / name)
        expect(tab.locator("#status")).to_contain_text(f"{name} is not a text in UTF-8")
    (tmp_path / "wide.txt").write_text(text, encoding="utf-16")
    choose.set_input_files(tmp_path / "wide.txt")
    expect(tab.get_by_label("Text to learn")).to_have_value(text)
    learn(tab)
    expect(tab.locator("#facts")).to_contain_text("characters a second")
    (tmp_path / "huge.txt").write_bytes(b"a" * 20_000_001)
    choose.set_input_files(tmp_path / "huge.txt")
    expect(tab.locator("#status")).to_contain_text("larger than 20 MB")


def test_five_megabytes_and_five_thousand_characters(tab, tmp_path, text):
    many = "".join(chr(0x4E00 + i) for i in range(5000))
    (tmp_path / "large.txt").write_text(many + text * 1800, encoding="utf-8")
    tab.locator("#file").set_input_files(tmp_path / "large.txt")
    expect(tab.locator("#status")).to_contain_text("the first of which are shown")
    learn(tab)
    remark = tab.locator("#remark")
    expect(remark).to_contain_text(
        "the 1000 commonest are learnt, and the others, 0.1%"
    )
    expect(tab.locator("#facts")).to_contain_text("characters a second")
    expect(tab.locator("#facts")).to_contain_text(f"{5000 + 1800 * len(text):,} char")
    tab.locator("#pause").click()
    expect(tab.locator("#status")).to_have_text("Paused.")


def test_a_page_that_was_hidden_says_so(tab, text):
    learn(tab, text)
    facts = tab.locator("#facts")
    for hidden in ("true", "false"):
        tab.evaluate(
            """(hidden) => {
                Object.defineProperty(document, "hidden",
                    { configurable: true, value: hidden === "true" });
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )
        if hidden == "true":
            expect(facts).to_contain_text(LATER)
    expect(tab.locator("#status")).to_contain_text("while the page was hidden")


def counted(tab):
    """Waits for the end of the worker that counts n-grams: the other alone is left."""
    expect(tab.locator("#facts")).to_contain_text("characters a second")
    expect(tab.locator("#counted-loss")).to_contain_text(".")
    expect(tab.locator("#status")).to_have_text("Learning…")
    assert len(tab.workers) == 1


@pytest.mark.parametrize("how", ["error", "silence"])
def test_a_worker_that_dies_is_a_sentence(browser, playground, text, how):
    with opened(browser, playground) as tab:
        tab.clock.install()
        learn(tab, text)
        expect(tab.locator("#facts")).to_contain_text("characters a second")
        counted(tab)
        if how == "error":
            tab.workers[0].evaluate("setTimeout(() => { throw new Error('x'); })")
        else:
            for worker in tab.workers:
                worker.evaluate("setTimeout(close)")
            for _ in range(20):  # a last message may still have been on its way
                tab.clock.run_for(120_000)
                if "has died" in tab.locator("#status").inner_text():
                    break
                tab.wait_for_timeout(100)
        expect(tab.locator("#status")).to_contain_text("has died")
        expect(tab.locator("#pause")).to_have_attribute("aria-disabled", "true")
        learn(tab)
        expect(tab.locator("#status")).to_have_text("Learning…")
        tab.clock.run_for(1000)
        expect(tab.locator("#facts")).to_contain_text("characters a second")


def test_a_model_in_the_page_is_gone_on_from(browser, learnt, text, tmp_path):
    """The first loss is the model's, not that of who knows nothing."""
    import_page_model(learnt["json"], tmp_path / "cats.keras")
    export_playground(tmp_path / "page.html", tmp_path / "cats.keras")
    layers = read_model(tmp_path / "cats.keras")[1].layers
    assert [len(layer.recurrent_kernel) for layer in layers] == [64]
    vocabulary = read_model(tmp_path / "cats.keras")[0].vocabulary
    with opened(browser, tmp_path / "page.html") as tab:
        tab.get_by_label("Learning rate").fill("-4")
        expect(tab.locator("#units-of")).to_have_text("64")
        expect(tab.locator("#units")).to_be_hidden()
        tab.get_by_label("Begin with").select_option("nothing")
        expect(tab.locator("#units")).to_have_value("128")
        expect(tab.locator("#units-of")).to_be_hidden()
        tab.get_by_label("Begin with").select_option("model")
        learn(tab, text * 2 + "☃" * 7)
        expect(tab.get_by_label("Begin with")).to_have_value("model")
        expect(tab.locator("#held-out-loss")).to_contain_text(".")
        assert float(tab.locator("#held-out-loss").inner_text()) < 0.6
        expect(tab.locator("#remark")).to_contain_text("does not know some characters")
        expect(tab.locator("#meaning")).to_contain_text(f"{len(vocabulary.symbols)} ")


def test_the_units_of_a_model_of_several_layers_are_shown(browser, tmp_path):
    info = ModelInfo(Vocabulary("ab\n"))
    build_model(info, 4, 2).save(tmp_path / "m.keras")
    export_playground(tmp_path / "page.html", tmp_path / "m.keras")
    with opened(browser, tmp_path / "page.html") as tab:
        expect(tab.locator("#units-of")).to_have_text("4 + 4, in 2 layers")


def test_the_keyboard_is_enough(tab, text):
    """To use all, and to read what the words of the page mean."""
    for label in ("Units", "Passes over the text", "Learning rate"):
        assert len(described(tab, label)) > 40
    tab.keyboard.press("Tab")
    expect(tab.locator("#theme")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Text to learn")).to_be_focused()
    tab.keyboard.insert_text(text)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("#facts")).to_contain_text("characters a second")
    tab.keyboard.press("Escape")
    expect(tab.locator("#status")).to_have_text("Paused.")
    expect(tab.locator("#kept")).to_be_visible()
    names = []
    for _ in range(12):
        tab.keyboard.press("Tab")
        names.append(tab.locator(":focus").evaluate("(e) => e.id || e.innerText"))
    buttons = ["file", "example", "learn", "pause"]
    settings = ["Settings", "units", "passes", "rate"]
    keeping = ["Keep it", "Kept in this browser (1)"]
    assert names == [*buttons, *settings, *keeping, "line", "kind"]
    tab.locator("#pause").press("Enter")
    expect(tab.locator("#status")).to_have_text("Learning…")
    tab.get_by_text("Words on this page").press("Enter")
    said = tab.locator("dt").all_inner_texts()
    assert {"Bit", "Gate", "Held-out text", "Nat", "Unit", "Update", "Weight"} <= {
        *said
    }
    expect(tab.locator("dd").last).to_be_visible()


COLOURS = """(line) => [
    getComputedStyle(document.querySelector(line)).stroke,
    getComputedStyle(document.querySelector(".sheet")).backgroundColor,
].map((colour) => colour.match(/\\d+/g).map(Number))"""


def test_nothing_stands_in_anyones_way(browser, playground, text):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    phone = {"width": 360, "height": 740}
    with opened(browser, playground, color_scheme="light", viewport=phone) as tab:
        learn(tab, text)
        expect(tab.locator("#facts")).to_contain_text("characters a second")
        expect(tab.locator("#counted-loss")).to_contain_text(".")
        tab.locator("#pause").click()
        expect(tab.locator("#status")).to_have_text("Paused.")
        for kind, ends in {"h": "−1 1", "r": "0, nothing seen 1, all seen"}.items():
            tab.locator("#kind").select_option(kind)
            words = tab.locator("#gates-key span").all_inner_texts()
            assert " ".join(words) == ends
        for other in ("Dark theme", "Light theme"):
            expect(tab.locator("#theme")).to_have_text(other)
            results = axe.run(tab)
            assert results.violations_count == 0, results.generate_report()
            for curve in ("learnt", "held-out", "counted"):
                line, sheet = tab.evaluate(COLOURS, f"#curve .{curve}")
                assert contrast(line, sheet) >= 3
            tab.locator("#theme").click()
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
