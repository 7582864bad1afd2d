"""The page that `gru-textgen export --to html` makes: size, precision and speed.

What each precision of the weights costs a model on the text that its training held out,
and how many characters a second a page writes in Chromium, of two layers of 384 units
that tell 65 ids apart (random weights: the time is the same), by the clock, with the
product in WebAssembly and in plain JavaScript.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from gru_textgen.archive import ModelInfo, read_model
from gru_textgen.corpus import read_named
from gru_textgen.export_html import PRECISIONS, at_precision, export_html
from gru_textgen.generation import TextGenerator, find_weights
from gru_textgen.vocabulary import Vocabulary

LENGTH = 10_000  # characters that the page is timed on


def precision_table(name: str) -> None:
    """Print the page's size and what the weights' precision changes."""
    info, arrays = read_model(find_weights(name))
    corpus = read_named(info.source["corpus"])
    text = corpus.text[-20_000:]
    print("precision  page, bytes  loss, nats  largest difference of a logit")
    expected = None
    for precision in sorted(PRECISIONS, key="float32 float16 int8".split().index):
        generator = TextGenerator(at_precision(arrays, precision), info)
        loss = generator.evaluate(corpus, held_out=True).stateful.loss
        ids = generator.vocabulary.encode(text)[None]
        logits, _ = generator.engine.run(ids, generator.engine.initial_state())
        expected = logits if expected is None else expected
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            export_html(find_weights(name), page, precision)
            size = page.stat().st_size
        difference = np.abs(logits - expected).max()
        print(f"{precision:9}  {size:11,}  {loss:10.5f}  {difference:.1e}")


def speed_table(rounds: int) -> None:
    """Print the characters a second of both roads, medians of so many rounds."""
    from playwright.sync_api import sync_playwright

    from gru_textgen.model import build_model

    model = build_model(ModelInfo(Vocabulary(map(chr, range(48, 112)))), units=384)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path, page = Path(folder) / "big.keras", Path(folder) / "big.html"
        model.save(path)
        export_html(path, page)
        print(f"2 x 384 units, {page.stat().st_size:,} bytes")
        plain = page.with_name("plain.html")
        spoilt = page.read_text().replace("[0xfd, 9, 2, 0]", "[0xff, 9, 2, 0]")
        plain.write_text(spoilt)  # an instruction that no browser knows
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for road, file in (("WebAssembly", page), ("JavaScript", plain)):
            tab = browser.new_page()
            tab.goto(file.as_uri())
            length = LENGTH if road == "WebAssembly" else LENGTH // 5
            speeds = [length / seconds(tab, length) for _ in range(rounds)]
            print(
                f"{road}: {statistics.median(speeds):,.0f} characters a second, "
                f"{min(speeds):,.0f} to {max(speeds):,.0f}"
            )
        browser.close()


def seconds(tab, length: int) -> float:
    """From the press of the button to the text's end."""
    from playwright.sync_api import expect

    tab.get_by_label("At a reader’s pace").uncheck()
    tab.get_by_label("Characters at most").fill(str(length))
    begin = time.perf_counter()
    tab.get_by_role("button", name="Write", exact=True).click()
    expect(tab.locator("#status")).to_contain_text("Seed", timeout=60_000)
    return time.perf_counter() - begin


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    precision_table("anthology")
    speed_table(arguments.rounds)
