"""The page, as a person uses it in a real browser, against the Python engine."""

import base64
import json
import re
import shutil
import unicodedata
import warnings

import keras
import numpy as np
import pytest

from gru_textgen.export.html import (
    PRECISIONS,
    at_precision,
    description,
    export_html,
    packed,
)
from gru_textgen.inference.ending import default_ending
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.model_file.shipped import find_weights
from gru_textgen.nn.model import build_model
from gru_textgen.text.normalisation import normalise
from gru_textgen.text.vocabulary import PLAIN_FORMS, Vocabulary
from gru_textgen.verse.forms import Form, named_form
from tests.helpers.models import random_model
from tests.helpers.pages import (
    ENGINE_SCRIPTS,
    SECONDS,
    add_scripts,
    contrast,
    described,
    opened,
    reads_the_clipboard,
)

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
pytestmark = pytest.mark.slow
expect = sync_api.expect
expect.set_options(timeout=SECONDS)
NO_SIMD = ("[0xfd, 9, 2, 0]", "[0xff, 9, 2, 0]")  # an instruction that no browser knows


@pytest.fixture(scope="module")
def poet(tmp_path_factory):
    """The shipped weights' page in float32, for which the text is the engine's own."""
    path = tmp_path_factory.mktemp("pages") / "poet.html"
    export_html(find_weights("anthology"), path, "float32")
    return path


@pytest.fixture(scope="module")
def engine():
    return TextGenerator.load("anthology")


@pytest.fixture
def tab(browser, poet):
    """The poet, opened from disk; no error, and no request but for the file itself."""
    with opened(browser, poet) as tab:
        yield tab


def write(tab, prompt="", **settings):
    """Fill in the form and press the button; the text when it is whole."""
    tab.get_by_label("Begin with").fill(prompt)
    tab.locator("#settings").evaluate("(settings) => { settings.open = true; }")
    for label, value in settings.items():
        tab.get_by_label(label.replace("_", " "), exact=True).fill(str(value))
    tab.get_by_role("button", name="Write", exact=True).click()
    expect(tab.locator("#status")).to_contain_text("Seed", timeout=SECONDS)
    return shown(tab)


def shown(tab):
    return "\n".join(
        tab.locator(".line").evaluate_all("ls => ls.map(l => l.innerText)")
    )


def expected(generator, prompt, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of unknown characters
        stop = generator.info.separator
        return generator.generate(prompt, stop=stop, **options)


@pytest.mark.parametrize(
    "prompt, seed, temperature, top_p, min_p",
    [
        ("", 2, 0.5, 1, 0),
        ("", 2, 0.8, 1, 0.1),
        ("", 0, 0, 1, 0.1),
        ("The Clock\n\n", 2**32 + 7, 0.8, 0.9, 0.05),
        ("I said", 2**130 + 1, 1.5, 1, 0),
        ("The É☃’—sea", 3, 1, 0.3, 0),
    ],
)
def test_a_seed_gives_the_engines_text(
    tab, engine, prompt, seed, temperature, top_p, min_p
):
    text = write(
        tab,
        prompt,
        Seed=seed,
        Temperature=temperature,
        **{"Top-p": top_p, "Min-p": min_p, "Approximate_number_of_characters": 400},
    )
    options = dict(temperature=temperature, top_p=top_p, min_p=min_p)
    options |= dict(seed=seed, length=400)
    assert text == expected(engine, prompt, **options)


@pytest.mark.parametrize(
    "form, prompt, options, seed",
    [
        ("haiku", "", {}, 1),
        ("couplet", "The sea, my", {}, 2),
        ("triolet", "", {}, 3),
        ("", "", {"rhyme": "aa / b-b", "acrostic": "storm"}, 4),
        ("clerihew", "", {}, 5),
    ],
)
def test_a_poem_in_a_form_is_the_engines(tab, engine, form, prompt, options, seed):
    tab.locator("#verse").evaluate("(verse) => { verse.open = true; }")
    tab.get_by_label("Form", exact=True).select_option(form)
    for label in ("Rhyme scheme", "Acrostic"):
        tab.get_by_label(label).fill(options.get(label.lower().split()[0], ""))
    text = write(tab, prompt, Seed=seed)
    asked = named_form(form) if form else Form(**options)
    assert text == str(engine.compose(asked, prompt=prompt, seed=seed))


def test_a_form_by_a_model_of_titled_poems_has_the_engines_title(browser, tmp_path):
    path = tmp_path / "titled.html"
    export_html(find_weights("verse"), path, "float32")
    engine, titles = TextGenerator.load("verse"), []
    with opened(browser, path) as tab:
        for seed in (1, 2, 3):
            fill_form(tab, "haiku", "", "")
            poem = engine.compose("haiku", seed=seed)
            assert write(tab, Seed=seed) == str(poem)
            titles.append(poem.title)
    assert any(titles)


def test_a_poem_ends_where_the_engines_does(browser, tmp_path):
    path = tmp_path / "documents.html"
    export_html(find_weights("verse-es"), path, "float32")
    engine, length = TextGenerator.load("verse-es"), 3000
    poems = []
    with opened(browser, path) as tab:
        for seed in range(1, 7):
            poems.append(write(tab, Seed=seed, Approximate_number_of_characters=length))
            assert poems[-1] == expected(engine, "", seed=seed, length=length)
    assert sorted(map(len, poems))[3] < 0.8 * length  # most end by themselves


def test_a_form_that_cannot_be_kept_is_refused(tab):
    tab.locator("#verse").evaluate("(verse) => { verse.open = true; }")
    for form, prompt, rhyme, acrostic, says in [
        ("sonnet", "", "AB?B", "", "has no “?”"),
        ("couplet", "", "", "sea", "3 letters, and the poem only 2 lines"),
        ("haiku", "", "", "é", "No line can begin with “é”"),
        ("haiku", "", "", "x12", "No line can begin with “1”"),
        ("couplet", "Grzegorz", "", "", "“grzegorz” is none"),
        ("couplet", "Beautiful beautiful beautiful", "", "", "cannot begin with"),
        ("haiku", "The", "", "s", "is to begin with “s”"),
        ("haiku", "One\ntwo", "", "", "a part of the first line"),
        ("haiku", "7 stars", "", "", "Write the number in words"),
    ]:
        tab.get_by_label("Form", exact=True).select_option(form)
        tab.get_by_label("Rhyme scheme").fill(rhyme)
        tab.get_by_label("Acrostic").fill(acrostic)
        tab.get_by_label("Begin with").fill(prompt)
        tab.get_by_role("button", name="Write", exact=True).click()
        expect(tab.locator("#status")).to_contain_text(says)
        stop = tab.get_by_role("button", name="Stop")
        expect(stop).to_have_attribute("aria-disabled", "true")


def test_unknown_characters_are_named_as_the_engine_reads_them(tab, engine):
    with pytest.warns(UserWarning) as caught:
        engine.generate("The É☃", length=1)
    write(tab, "The É☃", Approximate_number_of_characters=1)
    notice = tab.locator("#remark")
    quotes = str.maketrans("“”", "''")
    assert notice.inner_text().translate(quotes) == str(caught[0].message)
    write(tab, "The", Approximate_number_of_characters=1)
    expect(notice).to_be_empty()


def test_a_poem_ends_where_the_model_ends_it(tab, engine):
    assert write(tab, Seed=4) == engine.generate(seed=4)
    facts = tab.locator("#status")
    expect(facts).to_contain_text("Seed 4 · ")
    expect(facts).to_contain_text(f"{len(engine.generate(seed=4))} characters")


@reads_the_clipboard
def test_stop_ends_at_once_and_copy_takes_what_stands_there(tab):
    expect(tab.locator("#status")).to_contain_text("Seed")  # of the text on arrival
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.locator("#settings").evaluate("(settings) => { settings.open = true; }")
    tab.get_by_label("At reading speed").check()
    tab.get_by_label("Begin with").fill("The ")
    tab.get_by_label("Temperature").fill("0")  # it never ends a poem soon
    stop = tab.get_by_role("button", name="Stop")
    expect(stop).to_have_attribute("aria-disabled", "true")
    tab.get_by_role("button", name="Write", exact=True).click()
    expect(stop).to_have_attribute("aria-disabled", "false")
    expect(tab.locator("#poem")).to_contain_text("The ")
    tab.wait_for_timeout(500)
    stop.click()
    text = shown(tab)
    expect(tab.locator("#status")).to_contain_text("Stopped. Seed")
    tab.wait_for_timeout(300)
    assert shown(tab) == text
    tab.get_by_role("button", name="Copy").click()
    expect(tab.locator("#status")).to_contain_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == text


def test_a_seed_is_kept_to_write_the_text_again(tab):
    first = write(tab, Approximate_number_of_characters=60)
    assert (
        write(tab, Approximate_number_of_characters=60) != first
    )  # another seed each time
    second = shown(tab)
    tab.get_by_role("button", name="Keep the seed").click()
    tab.get_by_role("button", name="Write", exact=True).click()
    expect(tab.locator("#status")).to_contain_text("Seed", timeout=SECONDS)
    assert shown(tab) == second


@pytest.mark.parametrize("seed", ["-1", "many"])
def test_a_seed_that_is_none_is_refused(tab, seed):
    status = tab.locator("#status")
    expect(status).to_contain_text("Seed")
    before = status.inner_text()
    tab.locator("#settings").evaluate("(settings) => { settings.open = true; }")
    tab.get_by_label("Seed", exact=True).fill(seed)
    tab.get_by_role("button", name="Write", exact=True).click()
    assert tab.get_by_label("Seed", exact=True).evaluate("(s) => !s.validity.valid")
    expect(status).to_have_text(before)


def test_the_keyboard_is_enough(tab):
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="Dark theme")).to_be_focused()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Begin with")).to_be_focused()
    tab.keyboard.type("The sea")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("#status")).to_contain_text("Seed", timeout=SECONDS)
    assert shown(tab).startswith("The sea")
    names = []
    for _ in range(8):
        tab.keyboard.press("Tab")
        here = tab.locator(":focus")
        style = here.evaluate("(e) => getComputedStyle(e).outlineStyle")
        assert style == "solid"  # where the focus is can be seen
        names.append(here.evaluate("(e) => e.id || e.innerText"))
    settings = ["Settings", "temperature", "top-p", "min-p", "length", "seed"]
    assert names == ["write", "stop", *settings]
    tab.locator("#slowly").check()
    tab.locator("#write").press("Enter")
    expect(tab.locator("#status")).to_have_text("Writing…")
    tab.keyboard.press("Escape")
    expect(tab.locator("#status")).to_contain_text("Stopped.")
    for label in ("Temperature", "Top-p", "Min-p", "Seed"):
        assert len(described(tab, label)) > 40
    tab.get_by_text("Words on this page").press("Enter")
    said = tab.locator("dt").all_inner_texts()
    assert {"Bits of surprise", "Seed", "Unit", "Update gate", "Weight"} <= {*said}
    expect(tab.locator("dd").last).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_anyones_way(browser, poet, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    phone = {"width": 360, "height": 740}
    with opened(browser, poet, color_scheme=theme, viewport=phone) as tab:
        for details in tab.locator("details").all():
            details.evaluate("(d) => { d.open = true; }")
        tab.locator("#colour").select_option("surprise")
        write(tab, "The ☃", Seed=1)
        results = axe.run(tab)
        assert results.violations_count == 0, results.generate_report()
        assert tab.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_characters_can_be_read_on_every_tint(browser, poet, theme):
    """WCAG asks for a contrast of 4.5; axe does not see highlights."""
    with opened(browser, poet, color_scheme=theme) as tab:
        tab.locator("#colour").select_option("surprise")
        ink, *tints = tab.evaluate(
            """() => ["--ink", "--surprise", "--gate"].map((name) => {
                const probe = document.body.appendChild(document.createElement("i"));
                probe.style.color = `var(${name})`;
                return getComputedStyle(probe).color.match(/\\d+/g).map(Number);
            })"""
        )
        tab.emulate_media(media="print")
        printed = tab.evaluate("""() => {
                const { color, backgroundColor } = getComputedStyle(document.body);
                const tint = getComputedStyle(document.documentElement)
                    .getPropertyValue("--tint");
                return [color, backgroundColor, tint];
            }""")
    assert printed == ["rgb(0, 0, 0)", "rgb(255, 255, 255)", "transparent"]
    assert all(contrast(ink, tint) >= 4.5 for tint in tints)


def test_the_theme_is_the_systems_until_it_is_chosen(browser, poet):
    with opened(browser, poet, color_scheme="dark") as tab:
        button = tab.locator("#theme")
        expect(button).to_have_text("Light theme")  # where it goes to
        background = "getComputedStyle(document.body).backgroundColor"
        dark = tab.evaluate(background)
        button.click()
        assert tab.evaluate(background) != dark
        tab.reload()
        expect(button).to_have_text("Dark theme")


def test_a_text_stands_there_on_arrival(tab):
    """Whole, and the one that its seed gives: a poem of an unlucky seed is short."""
    expect(tab.locator("#status")).to_contain_text("Seed")
    text, seed = shown(tab), re.search(r"Seed (\d+)", tab.inner_text("#status"))[1]
    assert text.strip() and write(tab, Seed=seed) == text
    description = tab.locator("meta[name=description]").get_attribute("content")
    assert description == tab.locator("header p").inner_text()


@reads_the_clipboard
def test_a_link_carries_the_text(browser, poet, tab, tmp_path):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = write(tab, "The séa & I\n", Temperature=0.5)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save as text").click()
    download.value.save_as(tmp_path / "text.txt")
    assert (tmp_path / "text.txt").read_text("utf-8").rstrip() == text.rstrip()
    tab.get_by_label("Temperature").fill("1.5")  # after the text: not of it
    tab.get_by_role("button", name="Link to this text").click()
    expect(tab.locator("#status")).to_contain_text("The link is copied: it opens this")
    expect(tab.locator("#status")).to_contain_text("on this machine only")
    link = tab.evaluate("navigator.clipboard.readText()")
    friend = browser.new_page(reduced_motion="reduce")
    for address in (link, link.replace("#", "?")):
        friend.goto(address)
        expect(friend.locator("#status")).to_contain_text("Seed")
        assert shown(friend) == text
        assert friend.get_by_label("Temperature").input_value() == "0.5"
    friend.close()


@pytest.mark.parametrize(
    "form, rhyme, acrostic",
    [("haiku", "", ""), ("", "aa", "so"), ("couplet", "a-a", "sea")],
)
def test_a_link_carries_the_form(browser, poet, tab, form, rhyme, acrostic):
    """And not what a form does not use; what follows it in the tab is free again."""
    fill_form(tab, form, rhyme, acrostic)
    tab.get_by_label("Temperature").evaluate("(t) => { t.value = 1.5; }")
    poem = write(tab, Seed=7)
    fill_form(tab, "", "", "")  # after the poem: not of it
    tab.get_by_role("button", name="Link to this text").click()
    expect(tab.locator("#status")).to_contain_text("on this machine only")
    assert "temperature" not in tab.url
    expect(tab.get_by_label("Temperature")).to_be_enabled()
    friend = browser.new_page(reduced_motion="reduce")
    for address in (tab.url, tab.url.replace("#", "?")):
        friend.goto(address)
        expect(friend.locator("#status")).to_contain_text("Seed 7 · ")
        assert shown(friend) == poem
        found = [friend.locator(x) for x in ("#form-name", "#rhyme", "#acrostic")]
        assert [x.input_value() for x in found] == [form, rhyme, acrostic]
        expect(found[0]).to_be_visible()
        for unused in ("Temperature", "Top-p", "Min-p", "At reading speed"):
            expect(friend.get_by_label(unused)).to_be_disabled()
        assert "A form is asked for" in friend.inner_text("#settings")
        friend.goto("about:blank")
    friend.goto(tab.url)
    friend.goto(poet.as_uri() + "#seed=3")  # in the same tab
    expect(friend.locator("#status")).to_contain_text("Seed 3 · ")
    assert friend.locator("#form-name").input_value() == ""
    free = shown(friend)
    expect(friend.get_by_label("Temperature")).to_be_enabled()
    friend.close()
    assert free == write(tab, Seed=3, Temperature=0.8)


def fill_form(tab, form, rhyme, acrostic):
    tab.locator("#verse").evaluate("(verse) => { verse.open = true; }")
    tab.get_by_label("Form", exact=True).select_option(form)
    tab.get_by_label("Rhyme scheme").fill(rhyme)
    tab.get_by_label("Acrostic").fill(acrostic)


def test_a_link_of_a_form_of_anything_is_read_as_far_as_it_makes_sense(tab):
    """A form that is none is left out; a scheme that is none is refused, in words."""
    for link, (form, says) in {
        "form=__proto__&seed=2": ("", "Seed 2 · "),
        "form=haiku&acrostic=%0A&seed=3": ("haiku", "Seed 3 · "),
        "acrostic=so&form&top-p=x&seed=4": ("", "Seed 4 · 2 lines"),
        "form=couplet&rhyme=%3Cimg%3E&seed=5": ("couplet", "has no “<”"),
        f"rhyme={'A' * 9999}": ("", "200 lines or fewer, not 9999"),
    }.items():
        tab.evaluate("(link) => { location.hash = link; }", link)
        expect(tab.locator("#status")).to_contain_text(says)
        assert tab.locator("#form-name").input_value() == form


@pytest.fixture(scope="module")
def poets(tmp_path_factory):
    """Two tiny models, and a page of both."""
    folder = tmp_path_factory.mktemp("poets")
    paths = [folder / "first.keras", folder / "second & last.keras"]
    for path, symbols in zip(paths, ("ab\n", "xyz\n")):
        keras.utils.set_random_seed(1)
        build_model(ModelInfo(Vocabulary(symbols)), 4).save(path)
    export_html(paths, folder / "page.html", "float32")
    return *map(TextGenerator.load, paths), folder / "page.html"


def test_a_page_of_several_models_writes_as_the_one_that_is_chosen(browser, poets):
    first, second, page = poets
    with opened(browser, page) as tab:
        assert write(tab, Seed=2) == first.generate(seed=2)
        tab.get_by_label("Poet").select_option("second & last")
        expect(tab.get_by_role("heading")).to_have_text("second & last")
        expect(tab.locator("#status")).to_contain_text("Seed 2")
        assert shown(tab) == second.generate(seed=2)
        tab.get_by_role("button", name="Link to this text").click()
        expect(tab.locator("#status")).to_contain_text("on this machine")
        tab.reload()
        expect(tab.locator("#status")).to_contain_text("Seed 2")
        assert shown(tab) == second.generate(seed=2)
        assert tab.title() == "second & last: a poet on one page"


def test_a_length_is_a_number_of_characters_and_nothing_else(tab, engine):
    lines = default_ending(engine.info.separator).about_lines
    without = f"about {lines} lines" if lines else "until the text ends"
    field = "Approximate number of characters"
    assert without in described(tab, field)
    assert tab.get_by_label(field).get_attribute("placeholder") == "any"


def test_a_link_on_a_site_is_for_everybody(browser, poets):
    """What stands after "?" holds until the link says something else."""
    tab, file = browser.new_page(reduced_motion="reduce"), poets[2]
    tab.route("**/*", lambda route: route.fulfill(path=file, content_type="text/html"))
    tab.goto("http://poet.test/?prompt=abba&seed=3&length=40")
    expect(tab.locator("#status")).to_contain_text("Seed 3")
    assert shown(tab).startswith("abba")
    write(tab, "", Seed=4)
    tab.get_by_role("button", name="Link to this text").click()
    expect(tab.locator("#status")).to_contain_text("whoever opens it reads this text")
    address, text = tab.url, shown(tab)
    tab.goto("about:blank")
    tab.goto(address)
    expect(tab.locator("#status")).to_contain_text("Seed 4")
    assert shown(tab) == text and "prompt=&seed=4" in address
    tab.close()


def test_a_link_of_anything_is_read_as_far_as_it_makes_sense(browser, poet):
    with opened(browser, poet) as tab:
        tab.evaluate(
            "location.hash = '#seed=-1&temperature=hot&length=1e9&form=x&top-p'"
        )
        expect(tab.locator("#status")).to_contain_text("Seed")
        for label, value in {"Seed": "", "Temperature": "0.8"}.items():
            assert tab.get_by_label(label, exact=True).input_value() == value


def test_colours_are_those_of_surprise_and_of_the_update_gate(tab, engine):
    text = write(tab, Seed=5, Approximate_number_of_characters=120)
    tab.locator("#colour").select_option("surprise")
    ids = engine.vocabulary.encode(engine.info.separator + text)
    logits, _ = engine.engine.run(ids[None], engine.engine.initial_state())
    logits = logits[0, -1 - len(text) : -1, 1:].astype(np.float64)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    bits = -np.log2(p[np.arange(len(text)), ids[-len(text) :].astype(int) - 1])
    expected = [int(min(7, b / 6 * 8)) for b, c in zip(bits, text) if c != "\n"]
    assert tints(tab) == expected
    expect(tab.locator("#status")).to_contain_text(f"{bits.mean():.2f} bits")
    tab.locator("#colour").select_option("layer-1")
    found = tints(tab)
    assert min(found) == 0 and max(found) == 7 and len(found) == len(expected)
    tab.locator("#colour").select_option("none")
    assert tints(tab) == []


def tints(tab):
    """The tint of each character that has one, in the order of the text."""
    return tab.evaluate("""() => {
            const lines = [...document.querySelectorAll(".line")];
            const found = [];
            for (const [name, ranges] of CSS.highlights) {
                if (!name.startsWith("tint")) continue;
                for (const { startContainer: node, startOffset } of ranges) {
                    const place = 1000 * lines.indexOf(node.parentNode) + startOffset;
                    found.push([place, Number(name.slice(5))]);
                }
            }
            return found.sort((a, b) => a[0] - b[0]).map(([, tint]) => tint);
        }""")


# ---- The model in JavaScript, apart from the page

ENGINE = """({ description, weights, ids, simd }) => {
    const model = readModel(description, weights, simd);
    return ids.map((id) => ({
        logits: Array.from(model.step(id)), kept: model.layers.map((l) => l.kept),
    }));
}"""


@pytest.fixture
def laboratory(browser):
    """A blank tab that holds the engine's scripts, but for the worker's."""
    tab = browser.new_page()
    add_scripts(tab, *ENGINE_SCRIPTS)
    yield tab
    tab.close()


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    "reset_after, gates", [(True, "sigmoid"), (False, "hard_sigmoid")]
)
@pytest.mark.parametrize("units", [[40], [5, 33, 64]])
def test_logits_are_the_engines(laboratory, units, reset_after, gates, precision, simd):
    arrays = random_model(units, 12, reset_after, gates)
    info = ModelInfo(Vocabulary("abcdefghijkl"))
    ids = np.random.default_rng(1).integers(0, 13, 50)
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
    # At int8 the states are rounded as well, to 1 / 32,767.
    atol = 1e-3 if precision == "int8" and simd else 1e-4
    np.testing.assert_allclose(found, logits[0], atol=atol)
    if precision != "float32":
        exact = TextGenerator(arrays, info).engine
        assert np.abs(exact.run(ids[None], exact.initial_state())[0] - found).max() > 0


def test_random_numbers_are_numpys(laboratory):
    for seed in (0, 1, 2**32 - 1, 2**32, 2**64 + 3, 2**200 + 12345):
        found = laboratory.evaluate(
            """(seed) => {
                const random = new PCG64([seed, 0]);
                return Array.from({ length: 1001 }, () => random.random());
            }""",
            str(seed),
        )
        rng = np.random.default_rng((seed, 0))
        assert found == rng.random(1001, np.float32).tolist()


def test_numbers_of_other_kinds_are_numpys_in_any_order(laboratory):
    """A half of 64 bits that one kind leaves is the next one's."""
    found = laboratory.evaluate("""() => {
            const random = new PCG64(["7", 0]), found = [];
            for (let i = 0; i < 300; i++) {
                found.push(random.random(), random.double(), random.below(6, 11));
                found.push(random.choice([0.2, 0.5, 0.1]), random.below(3, 4));
                found.push(random.below(0, 3 * 2 ** 29));
            }
            return found;
        }""")
    rng, p = np.random.default_rng((7, 0)), np.array([0.2, 0.5, 0.1])
    for i in range(0, len(found), 6):
        assert found[i] == rng.random(dtype=np.float32)
        assert found[i + 1 : i + 3] == [rng.random(), rng.integers(6, 11)]
        assert found[i + 3] == rng.choice(3, p=p / p.sum())
        assert found[i + 4 : i + 6] == [rng.integers(3, 4), rng.integers(3 * 2**29)]


def test_prompts_are_read_as_pythons_vocabulary_reads_them(laboratory):
    vocabulary = Vocabulary("\n !\"'-.23ABCabcdefilnorstßé")
    points = [*range(32, 0x250), *range(0x300, 0x370), *range(0x2000, 0x2070)]
    points += [*range(0x2150, 0x2190), *range(0xFB00, 0xFB07), *range(0xFF01, 0xFF5F)]
    assigned = [chr(p) for p in points if unicodedata.category(chr(p)) != "Cn"]
    prompts = [*assigned, "e\u0301", "a\u0301b", "co\u0308", "\U0001f600", "ẞ"]
    found = laboratory.evaluate(
        """({ prompts, description }) => {
            const vocabulary = new Vocabulary(description);
            return prompts.map((prompt) => vocabulary.read(prompt).text);
        }""",
        {
            "prompts": prompts,
            "description": {
                "symbols": vocabulary.symbols,
                "plainForms": {chr(p): form for p, form in PLAIN_FORMS.items()},
                "normalisation": {},
            },
        },
    )
    assert found == [vocabulary.read_prompt(prompt).text for prompt in prompts]


def test_prompts_are_normalised_as_the_models_text_was(laboratory):
    prompt, options = "Ein Ma\u0308rz — “Tag”,\n  und!", ("lowercase", "join_lines")
    normalisation = dict.fromkeys((*options, "strip_punctuation"), True)
    for form in ("NFC", "NFD", "none"):
        normalisation["normalise"] = form
        found = laboratory.evaluate(
            """([prompt, normalisation]) =>
                new Vocabulary({ symbols: [], normalisation }).normalised(prompt)""",
            [prompt, normalisation],
        )
        assert found == normalise(prompt, **normalisation)


def test_a_text_without_documents_ends_where_the_engine_ends_it(browser, tmp_path):
    keras.utils.set_random_seed(1)
    build_model(ModelInfo(Vocabulary("ab\n")), 4).save(tmp_path / "m.keras")
    export_html(tmp_path / "m.keras", tmp_path / "page.html", "float32")
    with opened(browser, tmp_path / "page.html") as tab:
        text = write(tab, Seed=2)
    written = TextGenerator.load(tmp_path / "m.keras").generate(seed=2)
    assert text == written and 18 <= len(written.split("\n")) <= 36


@pytest.mark.parametrize("letters, direction", [("شعرنا", "rtl"), ("poem", "ltr")])
def test_a_line_runs_as_its_script_does(browser, tmp_path, letters, direction):
    keras.utils.set_random_seed(1)
    build_model(ModelInfo(Vocabulary(letters + "\n")), 4).save(tmp_path / "m.keras")
    export_html(tmp_path / "m.keras", tmp_path / "page.html", "float32")
    with opened(browser, tmp_path / "page.html") as tab:
        write(tab, letters, Seed=2, Approximate_number_of_characters=39)
        line = tab.locator(".line:not(:empty)").first
        assert line.evaluate("line => getComputedStyle(line).direction") == direction
        prompt = tab.get_by_label("Begin with")
        assert prompt.evaluate("box => getComputedStyle(box).direction") == direction


def test_a_loop_ends_where_the_engine_ends_it(browser, tmp_path):
    """At temperature 0 a model as small as this one says the same over and over."""
    keras.utils.set_random_seed(3)
    info = ModelInfo(Vocabulary("ab\n"), text={"loops": [4, 3, 9, 9, 9, 9]})
    build_model(info, 4).save(tmp_path / "m.keras")
    export_html(tmp_path / "m.keras", tmp_path / "page.html", "float32")
    options = dict(seed=2, temperature=0, length=300)
    written = TextGenerator.load(tmp_path / "m.keras").generate(**options)
    with opened(browser, tmp_path / "page.html") as tab:
        text = write(tab, Seed=2, Temperature=0, Approximate_number_of_characters=300)
    assert text == written and "aaaaaa" not in text and "bbbbbb" not in text


def test_rows_of_blanks_end_where_the_engine_ends_them(browser, tmp_path):
    keras.utils.set_random_seed(3)
    symbols = "\n abcdefghijklmnopqrstuvwxyz"
    model = build_model(ModelInfo(Vocabulary(symbols), text={"loops": [40] * 9}), 4)
    kernel, bias = model.layers[-1].get_weights()
    bias[1 + symbols.index(" ")] = 4
    model.layers[-1].set_weights([kernel, bias])
    model.save(tmp_path / "m.keras")
    export_html(tmp_path / "m.keras", tmp_path / "page.html", "float32")
    written = TextGenerator.load(tmp_path / "m.keras").generate(seed=2, length=300)
    with opened(browser, tmp_path / "page.html") as tab:
        text = write(tab, Seed=2, Approximate_number_of_characters=300)
    assert text == written
    rows = [len(row) for row in re.findall(" +", written)]
    assert 3 < max(rows) < 40  # a row that has come to its limit has 40


def test_without_simd_the_same_text(browser, poet, engine, tmp_path):
    page = tmp_path / "plain.html"
    page.write_text(poet.read_text("utf-8").replace(*NO_SIMD), "utf-8")
    with opened(browser, page) as tab:
        expect(tab.locator("#road")).to_contain_text(
            "plain JavaScript", timeout=SECONDS
        )
        text = write(tab, Seed=2, Approximate_number_of_characters=100)
    assert text == expected(engine, "", seed=2, length=100)


def test_a_model_names_nothing_that_the_page_would_run(browser, tmp_path):
    """A file's name and its vocabulary may come from a stranger."""
    path = tmp_path / "<img src=x onerror=alert(1)> {{ gru.js }}.keras"
    shutil.copy(find_weights("anthology"), path)
    export_html(path, tmp_path / "page.html")
    with opened(browser, tmp_path / "page.html") as tab:
        expect(tab.get_by_role("heading")).to_have_text(path.stem)
        assert len(write(tab, Seed=1, Approximate_number_of_characters=30)) <= 30
