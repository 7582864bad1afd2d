"""The page that `gru-textgen export --to html` makes: size, precision and speed.

What each precision of the weights costs a model on the text that its training held out,
and how many characters a second a page writes in Chromium, of two layers of 384 units
that tell 65 ids apart (random weights: the time is the same): by the clock, and by the
seconds of processor that the page got, which others on the machine do not lessen.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.export.html import PRECISIONS, at_precision, export_html
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo, read_model
from gru_textgen.model_file.shipped import find_weights
from gru_textgen.text.corpus import read_named
from gru_textgen.text.vocabulary import Vocabulary

LENGTH = 5_000  # characters that the page is timed on


def precision_table(name: str) -> None:
    """Print the page's size and what the weights' precision changes."""
    info, arrays = read_model(find_weights(name))
    corpus = read_named(info.source["corpus"])
    text = corpus.text[-20_000:]
    print("precision  page, bytes  loss, nats  largest difference of a logit")
    expected = None
    for precision in reversed(PRECISIONS):
        generator = TextGenerator(at_precision(arrays, precision), info)
        loss = evaluate(generator, corpus, held_out=True).stateful.loss
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

    from gru_textgen.nn.model import build_model

    model = build_model(
        ModelInfo(Vocabulary(map(chr, range(48, 112)))), units=384, layers=2
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path, page = Path(folder) / "big.keras", Path(folder) / "big.html"
        model.save(path)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        print(
            "2 x 384 units, characters a second:        by the clock  of its processor"
        )
        for precision in PRECISIONS:
            export_html(path, page, precision)
            say_speed(
                f"{precision}, {page.stat().st_size:,} bytes", browser, page, rounds
            )
        spoilt = page.read_text("utf-8").replace("[0xfd, 9, 2, 0]", "[0xff, 9, 2, 0]")
        page.write_text(spoilt, "utf-8")  # an instruction that no browser knows
        say_speed("in plain JavaScript", browser, page, rounds)
        browser.close()


def say_speed(what: str, browser, page: Path, rounds: int) -> None:
    """Print the medians of one page, after a round that does not count."""
    tab = browser.new_page()
    tab.goto(page.as_uri())
    times = [seconds(tab) for _ in range(rounds + 1)][1:]
    clock, processor = (LENGTH / statistics.median(kind) for kind in zip(*times))
    print(f"{what:40}  {clock:12,.0f}  {processor:16,.0f}")
    tab.close()


def seconds(tab) -> tuple[float, float]:
    """From the press of the button to the text's end; and those that the worker ran."""
    from playwright.sync_api import expect

    tab.get_by_label("At reading speed").uncheck()
    tab.get_by_label("Approximate number of characters").fill(str(LENGTH))
    clock, processor = time.perf_counter(), worker_seconds()
    tab.get_by_role("button", name="Write", exact=True).click()
    expect(tab.locator("#status")).to_contain_text("Seed", timeout=120_000)
    return time.perf_counter() - clock, worker_seconds() - processor


def worker_seconds() -> float:
    """Processor time of all web workers of this machine so far (Linux)."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/task/*/stat"):
        try:
            name, _, fields = file.read_text().partition("(")[2].rpartition(")")
        except OSError:  # it has ended
            continue
        if name.startswith("DedicatedWorker"):
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    precision_table("anthology")
    speed_table(arguments.rounds)
