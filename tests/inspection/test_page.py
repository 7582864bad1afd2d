"""The page that looks inside a model, in a real browser, as a person would use it."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from gru_textgen.export.html import engine
from gru_textgen.inspection import page as pages
from gru_textgen.inspection.influence import connectivity
from gru_textgen.inspection.matches import Place, match
from gru_textgen.inspection.trace import half_lives, trace
from gru_textgen.inspection.units import readable_units
from tests.helpers.pages import contrast


@pytest.fixture(scope="module")
def page_file(trained, text, tmp_path_factory):
    from gru_textgen.inference.generator import TextGenerator

    generator = TextGenerator.load(trained.path)
    path = tmp_path_factory.mktemp("page") / "page.html"
    own = engine(generator.info, generator.arrays, "float32")
    path.write_text(pages.inspection_page(generator, text[:600], "</script> & co", own))
    return generator, path


def data_of(path):
    html = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html)
    return json.loads(found[1])


def test_the_data_are_the_model_s_own_to_a_byte(page_file, text):
    generator, path = page_file
    data, found = data_of(path), trace(generator, text[:600])
    assert data["text"] == text[:600] and data["name"] == "</script> & co"
    for ours, layer in zip(data["layers"], found.layers):
        for name, values, low in (
            ("z", layer.z, 0),
            ("r", layer.r, 0),
            ("c", layer.candidate, -1),
            ("h", layer.h, -1),
            ("start", layer.start, -1),
        ):
            raw = np.frombuffer(base64.b64decode(ours[name]), np.uint8)
            read = low + raw.reshape(values.shape) * ((1 - low) / 255)
            np.testing.assert_allclose(read, values, atol=(1 - low) / 509)
    sway = connectivity(generator, found, data["lags"] - 1)
    raw = np.frombuffer(base64.b64decode(data["sway"]), np.uint8).reshape(sway.shape)
    np.testing.assert_array_equal(raw.argmax(axis=1), sway.argmax(axis=1))
    np.testing.assert_allclose(data["surprise"], found.surprise, atol=0.006)
    first = data["next"][0][0]
    assert first[0] == found.probabilities[0].argmax()
    assert [s["unit"] for s in data["scores"]] == [
        s.unit for s in readable_units(generator, text[:600])
    ]


def test_the_page_asks_nothing_of_the_network_and_ends_where_it_should(page_file):
    html = page_file[1].read_text(encoding="utf-8")
    html = html.replace("xmlns='http://www.w3.org/2000/svg'", "")  # no address
    assert "http" not in html and html.count("</script>") == 5
    assert not re.search(r'\b(src|href)=(?!"data:)', html)


def test_a_long_text_is_cut_and_a_short_one_has_no_scores(generator, text):
    html = pages.inspection_page(generator, text)
    assert f'"text":{json.dumps(text[:2000])}' in html
    assert '"scores":[]' in pages.inspection_page(generator, "The cat")


@pytest.fixture(params=["light", "dark"])
def opened(request, browser, page_file):
    """The page in a theme, and what it complained of."""
    page = browser.new_page(color_scheme=request.param)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file[1].as_uri())
    yield page
    page.close()
    assert complaints == []


@pytest.mark.parametrize("verse, direction", [("شعر حر\n", "rtl"), ("verse\n", "ltr")])
def test_a_text_runs_as_its_script_does(browser, tmp_path, verse, direction):
    from gru_textgen.inference.generator import TextGenerator
    from gru_textgen.model_file.reader import ModelInfo
    from gru_textgen.nn.model import build_model
    from gru_textgen.text.vocabulary import Vocabulary

    info = ModelInfo(Vocabulary.from_text(verse))
    generator = TextGenerator(build_model(info, 4).arrays(), info)
    path = tmp_path / "page.html"
    path.write_text(pages.inspection_page(generator, verse), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    script = "getComputedStyle(document.querySelector('#text')).direction"
    assert page.evaluate(script) == direction
    page.close()


def background(page, i):
    return colours_of(page, f'[data-i="{i}"]')


def colours_of(page, selector, kind="backgroundColor"):
    script = (
        "([selector, kind]) => getComputedStyle(document.querySelector(selector))[kind]"
    )
    found = page.evaluate(script, [selector, kind])
    return tuple(map(int, re.findall(r"\d+", found)))


@pytest.mark.slow
def test_a_person_moves_through_the_text(opened, page_file, text):
    generator, path = page_file
    found = trace(generator, text[:600])
    assert opened.title() == "Inside </script> & co"
    opened.hover('[data-i="5"]')
    assert opened.inner_text("#character") == text[5]
    best = found.symbols[found.probabilities[5].argmax()]
    row = opened.inner_text("#likeliest tr:first-child")
    assert row.startswith(best.replace(" ", "␣").replace("\n", "↵"))
    assert f"{100 * found.probabilities[5].max():.1f}%" in row
    means = opened.inner_text("#layers tr:nth-child(2)").split()
    assert float(means[1]) == pytest.approx(found.layers[1].z[5].mean(), abs=0.01)
    layer = found.layers[1]
    change = np.linalg.norm(layer.h[5] - layer.before[5])
    assert float(means[3]) == pytest.approx(change, abs=0.03)
    entropy = found.entropy[5].round(2)
    as_many = 2**entropy
    digits = 1 if entropy < 2 else 0
    assert opened.inner_text("#doubt").startswith(
        f"Entropy of the prediction {entropy:.1f} bits: "
    )
    assert f" among {as_many:.{digits}f} equally likely" in opened.inner_text("#doubt")
    opened.click('[data-i="9"]')
    opened.hover("h1")
    assert opened.inner_text("#facts").startswith("character 10 of 600")
    opened.focus("#text")
    opened.keyboard.press("ArrowDown")
    lower = int(re.search(r"character (\d+)", opened.inner_text("#facts"))[1]) - 1
    assert text[:lower].count("\n") == 1
    opened.keyboard.press("Home")
    assert opened.inner_text("#character") == text[text.index("\n") + 1]
    opened.keyboard.press("ArrowLeft")
    assert opened.inner_text("#character") == "↵"
    assert opened.inner_text("#said").startswith("line end; next, most likely")


@pytest.fixture(scope="module")
def answering(browser, page_file):
    """The page, where another text can be typed, and its generator."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(page_file[1].as_uri())
    page.click("#other summary")
    yield page, page_file[0]
    page.close()


READ_BYTES = """([layer, name]) => {
    const { units, [name]: bytes } = data.layers[layer];
    return Array.from(bytes.subarray(0, data.surprise.length * units));
}"""


def test_another_text_is_traced_as_python_traces_it(answering, text):
    page, generator = answering
    other = text[100:400] + "☃"
    page.fill("#typed", other)
    page.click("#read")
    page.wait_for_selector("#text span[data-i='300']")
    assert "has never seen “☃”" in page.inner_text("#answer")
    with pytest.warns(UserWarning, match="never seen"):
        found = trace(generator, other)
    assert page.inner_text("#facts").startswith("character 1 of 301")
    assert page.evaluate("data.text") == found.text
    for name, values in {"surprise": found.surprise, "entropy": found.entropy}.items():
        np.testing.assert_allclose(page.evaluate(f"data.{name}"), values, atol=1e-3)
    best = page.evaluate("data.next.map(([[id]]) => id)")
    assert np.mean(best == found.probabilities.argmax(axis=1)) > 0.99
    for i, layer in enumerate(found.layers):
        of = {"z": (layer.z, 0), "r": (layer.r, 0), "c": (layer.candidate, -1)}
        for name, (values, low) in {**of, "h": (layer.h, -1)}.items():
            bytes_ = np.array(page.evaluate(READ_BYTES, [i, name]))
            read = low + bytes_.reshape(values.shape) * ((1 - low) / 255)
            np.testing.assert_allclose(read, values, atol=(1 - low) / 500)
        lives = page.evaluate(f"data.layers[{i}].half_lives.map((x) => x ?? Infinity)")
        np.testing.assert_allclose(lives, half_lives(layer.z), rtol=1e-3)


def test_the_list_and_the_panel_speak_of_the_text_that_is_shown(answering, text):
    """How long a unit holds is of that text in both places, and both say so."""
    page, _ = answering
    button = page.locator("#units button").first
    page.fill("#typed", text[:200])
    page.click("#read")
    page.wait_for_function("(other) => data.text === other", arg=text[:200])
    for life, says in {None: "holds", 12.3: "holds for about 12 characters"}.items():
        if life:  # as in a text where all units hold as long
            page.evaluate(
                """(life) => exchange({ layers: data.layers.map((layer) => (
                    { ...layer, half_lives: layer.half_lives.map(() => life) })) })""",
                life,
            )
        button.click()
        words = button.inner_text().partition(": ")[2]
        assert words.startswith(says)
        assert page.inner_text("#in-words").startswith(f"It {words}. How long")
    mean = "a mean over the text that the page shows now"
    assert mean in page.inner_text("#in-words") and mean in page.inner_text("#scored")


def test_the_model_is_watched_while_it_writes(answering):
    page, generator = answering
    page.select_option("#mode", "unit_h")
    page.fill("#unit", "3")
    page.fill("#typed", "The cat sat")
    stop = page.locator("#halt")
    assert stop.get_attribute("aria-disabled") == "true"
    page.click("#write-on")
    page.wait_for_selector("#text span[data-i='310']")
    assert stop.get_attribute("aria-disabled") == "true"
    assert page.inner_text("#answer") == ""
    written = page.evaluate("data.text")
    assert len(written) == 311 and written.startswith("The cat sat on the")
    found = trace(generator, written)
    np.testing.assert_allclose(
        page.evaluate("data.surprise"), found.surprise, atol=1e-3
    )
    assert page.input_value("#unit") == "3" and page.input_value("#mode") == "unit_h"
    page.fill("#typed", "")
    page.click("#read")
    assert page.inner_text("#answer") == "There is no text: type a line."
    assert page.evaluate("data.text") == written


MATCH = """([layer, start, stop]) => {
    const l = data.layers[layer], state = (i, u) => value(l, "h", i, u);
    return match(state, letters.length, l.units, start, stop);
}"""


@pytest.mark.parametrize("passage", [(4, 8), (0, 1), (30, 33), (100, 120), (5, 300)])
def test_like_passages_are_those_that_python_finds(answering, passage):
    page, start, stop = answering[0], *passage
    for layer in range(2):
        found = page.evaluate(MATCH, [layer, start, stop])
        bytes_ = np.array(page.evaluate(READ_BYTES, [layer, "h"])).reshape(-1, 32)
        expected = match(bytes_ / 127.5 - 1, start, stop)
        units = zip(expected.units.tolist(), expected.signs.tolist())
        assert [(x["unit"], x["sign"]) for x in found["units"]] == list(units)
        length = stop - start
        assert expected.places == [
            Place(x["start"], x["start"] + length, x["shared"], x["extra"])
            for x in found["places"]
        ]


def test_stop_is_there_while_the_model_writes(browser, page_file):
    page = browser.new_page()  # with motion: character by character
    page.goto(page_file[1].as_uri())
    page.click("#other summary")
    stop = page.locator("#halt")
    stop.click(force=True)
    assert page.inner_text("#answer") == ""
    page.fill("#typed", "The cat sat")
    page.click("#write-on")
    page.wait_for_selector("#text span[data-i='15']")
    assert stop.get_attribute("aria-disabled") == "false"
    stop.click()
    assert page.inner_text("#answer") == "Stopped."
    assert stop.get_attribute("aria-disabled") == "true"
    written = page.evaluate("data.text")
    page.wait_for_timeout(300)
    assert page.evaluate("data.text") == written and len(written) < 311
    page.close()


def test_a_passage_is_selected_by_keyboard_and_by_pointer(answering):
    page = answering[0]
    page.click("#text span[data-i='4']")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    by_keys = page.inner_text("#alike")
    letters = page.evaluate("letters.slice(4, 7).join('')")
    assert f"through “{letters}”" in by_keys.replace("↵", "\n")
    page.click("#places button >> nth=0")
    [first] = page.evaluate(MATCH, [page.evaluate("$('layer').value"), 4, 7])["places"][
        :1
    ]
    assert page.inner_text("#facts").startswith(f"character {first['start'] + 1} of")
    assert page.locator(".alike").count() >= 3
    page.click("#text span[data-i='20']")
    ends = [page.locator(f"#text span[data-i='{i}']").bounding_box() for i in (4, 6)]
    middle = ends[0]["y"] + ends[0]["height"] / 2
    page.mouse.move(ends[0]["x"] + 1, middle)
    page.mouse.down()
    page.mouse.move(ends[1]["x"] + ends[1]["width"] - 1, middle, steps=4)
    page.mouse.up()
    assert page.inner_text("#alike") == by_keys


@pytest.mark.slow
def test_the_text_takes_the_colours_of_what_is_chosen(opened, page_file, text):
    from gru_textgen.plots.themes import THEMES

    generator, path = page_file
    layer = trace(generator, text[:600]).layers[0]
    dark = opened.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    look = THEMES["dark" if dark else "light"]
    scales = (look.sequential, look.diverging)
    sheet = "#%02x%02x%02x" % colours_of(opened, "#text")
    on_sheet = [[sheet if c == look.paper else c for c in scale] for scale in scales]
    look = replace(look, sequential=on_sheet[0], diverging=on_sheet[1])
    assert opened.inner_text("#layer").split() == ["1", "2"]
    opened.select_option("#layer", label="1")
    opened.fill("#unit", "8")
    for mode, values, low in (("unit_h", layer.h, -1), ("unit_z", layer.z, 0)):
        opened.select_option("#mode", mode)
        shade = look.colours(low, 1).to_rgba(values[30, 7], bytes=True)[:3]
        assert np.abs(np.array(background(opened, 30)) - shade).max() <= 5
    opened.click("#units button >> nth=0")
    best = data_of(path)["scores"][0]
    assert opened.input_value("#unit") == str(best["unit"] + 1)
    name = f"Layer {best['layer'] + 1}, unit {best['unit'] + 1}"
    assert opened.inner_text("#unit-name") == name
    assert f"follows “{best['feature']}”" in opened.inner_text("#in-words")
    assert opened.inner_text("#units button >> nth=0").startswith(name.lower())
    assert opened.get_attribute("#units button >> nth=0", "aria-pressed") == "true"
    opened.select_option("#mode", "sway")
    opened.click('[data-i="40"]')
    assert opened.inner_text("#text .next") == text[41].replace("\n", "↵\n")
    paper = look.colours(0, 1).to_rgba(0, bytes=True)[:3]
    assert background(opened, 50) == tuple(paper) != background(opened, 40)


def test_every_character_is_legible_on_every_colour(opened):
    for mode in ("surprise", "unit_h", "unit_z", "sway"):
        opened.select_option("#mode", mode)
        for i in range(0, 600, 30):
            ink = colours_of(opened, f'[data-i="{i}"]', "color")
            assert contrast(ink, background(opened, i)) >= 4.5


def test_every_colour_has_its_key_in_numbers(opened):
    """The key names the ends of the scale, and its own ends have their colours."""
    opened.select_option("#layer", label="1")
    opened.fill("#unit", "8")
    for mode, words in {
        "surprise": "0 8 or more bits of surprise",
        "doubt": "0 5 or more bits of entropy",
        "r": "0 1 mean of r",
        "unit_h": "−1 1 state of layer 1, unit 8",
    }.items():
        opened.select_option("#mode", mode)
        assert " ".join(opened.locator("#scale span").all_inner_texts()).split() == (
            words.split()
        )
    lowest = opened.evaluate("css(colour(-1, -1, 1))")
    ramp = opened.locator("#scale .ramp").evaluate("(r) => r.style.background")
    assert re.findall(r"\d+", ramp)[:3] == re.findall(r"\d+", lowest)
    of_squares = [key.all_inner_texts() for key in keys(opened, "#keys")]
    assert [" ".join(key).split() for key in of_squares] == [
        "0 1 z and r".split(),
        "−1 1 c and h".split(),
        "−1 or less 1 or more change Δh".split(),
    ]


def keys(page, where):
    """The words of each key of colours."""
    return [key.locator("span") for key in page.locator(f"{where} .key").all()]


def test_the_words_of_the_page_are_explained_on_it(opened):
    words = opened.locator("#words")
    assert not words.locator("dl").is_visible()
    opened.focus("#words summary")
    opened.keyboard.press("Enter")
    meanings = dict(
        zip(
            words.locator("dt").all_inner_texts(), words.locator("dd").all_inner_texts()
        )
    )
    asked = {"Unit", "Layer", "State h", "Update gate z", "Reset gate r", "Half-life"}
    assert asked | {"Candidate c", "Entropy", "Change Δh"} <= meanings.keys()
    assert all(len(meaning) > 40 for meaning in meanings.values())
    change = "how much the state changed at this character"
    assert change in opened.inner_text("#panels")
    title = opened.get_attribute("#panels th abbr", "title")
    assert change.removeprefix("how much ") in title


@pytest.mark.parametrize(
    "short, says",
    [
        ("The cat", "it has 7 characters, and 400 would be enough"),
        ("T", "it has 1 character, and 400"),
    ],
)
def test_what_no_score_says_is_why(browser, generator, tmp_path, short, says):
    path = tmp_path / "page.html"
    path.write_text(pages.inspection_page(generator, short), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert says in page.inner_text("#scored")
    assert page.locator("#units button").count() == 0
    page.close()


WEAK = {"layer": 1, "unit": 4, "feature": "blank line", "score": 0.04}
SCORES = [
    {"layer": 0, "unit": 3, "feature": "vowel", "score": 0.9},
    WEAK,
    {"layer": 0, "unit": 3, "feature": "capital", "score": -0.5},
]


@pytest.mark.parametrize(
    "scores, buttons, says",
    [
        (
            SCORES,
            "follows “vowel”, correlation 0.90; follows “capital”, correlation −0.50",
            "the feature that its button names",
        ),
        ([WEAK], "", "No unit follows anything readable"),
    ],
)
def test_a_unit_stands_once_with_all_that_it_follows(
    browser, page_file, tmp_path, scores, buttons, says
):
    """And with nothing that it hardly follows."""
    found, html = data_of(page_file[1]), page_file[1].read_text(encoding="utf-8")
    before, after = (
        json.dumps(x, separators=(",", ":")) for x in (found["scores"], scores)
    )
    assert html.count(before) == 1
    path = tmp_path / "page.html"
    path.write_text(html.replace(before, after), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    shown = page.locator("#units button").all_inner_texts()
    assert [button.partition("; ")[2] for button in shown] == [buttons] * bool(buttons)
    assert says in page.inner_text("#scored")
    page.close()


def test_the_button_names_the_theme_that_it_chooses(opened):
    before = colours_of(opened, "body")
    name = opened.inner_text("#theme")
    assert name == ("Dark theme" if min(before) > 200 else "Light theme")
    opened.click("#theme")
    assert opened.inner_text("#theme") != name
    assert (min(colours_of(opened, "body")) > 200) != (min(before) > 200)
    bar = colours_of(opened, "#text", "scrollbarColor")
    assert bar[3:] == colours_of(opened, "body")[:3]  # its track, after its thumb


def test_a_long_text_is_seen_whole_and_a_short_one_fills_the_width(
    opened, browser, generator, tmp_path
):
    opened.set_viewport_size({"width": 1280, "height": 740})
    box = opened.locator("#whole").bounding_box()
    opened.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    assert opened.inner_text("#facts").startswith("character 301 of 600")
    path = tmp_path / "short.html"
    path.write_text(pages.inspection_page(generator, "The cat"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 740})
    page.goto(path.as_uri())
    assert page.locator("#whole").is_hidden()
    panels = [x.bounding_box() for x in page.locator("#panels > section").all()]
    assert len({round(panel["y"]) for panel in panels}) == 1  # beside each other
    page.close()


@pytest.mark.parametrize("width", [800, 960, 1024, 1280, 1700])
def test_the_panels_of_a_long_text_lie_over_nothing(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    for share in (0, 0.3, 0.6, 0.8, 1):
        opened.evaluate(
            "(share) => scrollTo(0, share * document.documentElement.scrollHeight)",
            share,
        )
        boxes = [
            opened.locator(x).bounding_box()
            for x in ("#panels", "#reading", "#readable")
        ]
        panels = boxes[0]
        for other in boxes[1:]:
            beside = panels["x"] >= other["x"] + other["width"]
            above = panels["y"] >= other["y"] + other["height"]
            below = other["y"] >= panels["y"] + panels["height"]
            assert beside or above or below
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_panels_that_are_cut_say_so(opened):
    more = opened.locator("#more")
    opened.set_viewport_size({"width": 1280, "height": 800})
    assert more.is_visible()
    box, panels = more.bounding_box(), opened.locator("#panels").bounding_box()
    assert panels["y"] < box["y"] and box["y"] + box["height"] <= 800
    opened.locator("#panels").evaluate("(p) => p.scrollTo(0, p.scrollHeight)")
    more.wait_for(state="hidden")
    assert opened.locator("#layers").is_visible()
    opened.locator("#panels").evaluate("(p) => p.scrollTo(0, 0)")
    more.wait_for(state="visible")
    opened.set_viewport_size({"width": 1280, "height": 2000})
    more.wait_for(state="hidden")
    opened.set_viewport_size({"width": 800, "height": 800})
    assert not more.is_visible()  # they stand above each other, and nothing is cut


@pytest.mark.slow
def test_it_is_accessible_and_fits_a_phone(opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width in (1280, 360):
        opened.set_viewport_size({"width": width, "height": 740})
        found = axe.Axe().run(opened)
        assert found.response["violations"] == [], found.generate_report()
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
