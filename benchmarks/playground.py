"""The page that `gru-textgen playground` makes: its speed, memory and loss.

`speed` prints how many characters a second it learns by units, `memory` what its
process holds while it learns, and `loss` what it makes of the anthology beside
`gru-textgen train` with the same sizes, passes and rate, both measured by the NumPy
engine on the text that neither has learnt from.
"""

import argparse
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.page import worker_seconds
from gru_textgen.export.playground import export_playground
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.from_page import import_page_model
from gru_textgen.text.corpus import read_anthology
from gru_textgen.text.splits import split_point

UNITS = (64, 128, 192, 256)
LEARNT = "study.update * study.streams.count * WINDOW"  # characters
HOURS = 3_600_000 * 2  # milliseconds that a run may take


@contextmanager
def page():
    """A tab on the page, with the anthology as its text."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "playground.html"
        export_playground(path)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page()
        tab.goto(path.as_uri())
        tab.get_by_role("button", name="Use the example").click()
        yield tab
        browser.close()


def learn(tab, units: int, passes: int) -> None:
    """Choose the settings and press the button."""
    tab.locator("#settings").evaluate("(settings) => { settings.open = true; }")
    tab.get_by_label("Units").select_option(str(units))
    tab.get_by_label("Passes over the text").fill(str(passes))
    tab.get_by_role("button", name="Learn", exact=True).click()


def speed(seconds: int) -> None:
    """Print characters a second, with all that the worker does beside learning: by the
    clock, and by the seconds of processor that it got, which others do not lessen."""
    print("units  by the clock  of its processor")
    for units in UNITS:
        with page() as tab:
            learn(tab, units, 1000)
            tab.wait_for_timeout(5000)  # the counting is done, the code compiled
            worker = tab.workers[0]
            begun = worker.evaluate(LEARNT), time.perf_counter(), worker_seconds()
            tab.wait_for_timeout(1000 * seconds)
            ended = worker.evaluate(LEARNT), time.perf_counter(), worker_seconds()
            characters, clock, processor = (y - x for x, y in zip(begun, ended))
            print(
                f"{units:5}  {characters / clock:12,.0f}"
                f"  {characters / processor:16,.0f}",
                flush=True,
            )


def memory(minutes: int) -> None:
    """Print the memory of the page's process, its worker included (Linux)."""
    with page() as tab:
        learn(tab, 128, 1000)
        print("minute  resident memory, MB")
        session = tab.context.browser.new_browser_cdp_session()
        for minute in range(1, minutes + 1):
            tab.wait_for_timeout(60_000)
            found = session.send("SystemInfo.getProcessInfo")["processInfo"]
            pids = [process["id"] for process in found if process["type"] == "renderer"]
            print(f"{minute:6}  {sum(map(resident, pids)):19.0f}", flush=True)


def resident(pid: int) -> float:
    """The resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return 0.0


def loss(units: int, passes: int) -> None:
    """Print the loss of the page's model beside that of `gru-textgen train`."""
    from playwright.sync_api import expect

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.json"
        with page() as tab:
            learn(tab, units, passes)
            expect(tab.locator("#status")).to_contain_text("Learnt", timeout=HOURS)
            tab.locator("#keeping").evaluate("(keeping) => { keeping.open = true; }")
            with tab.expect_download() as download:
                tab.locator("#download").click()
            download.value.save_as(path)
        import_page_model(path, path.with_suffix(".keras"))
        say("page", path.with_suffix(".keras"))
        say("train", trained(Path(folder) / "run", units, passes))


def trained(folder: Path, units: int, epochs: int) -> Path:
    """The model of a run that is like the page's."""
    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import train

    settings = TrainingSettings(
        str(folder),
        units=units,
        layers=1,
        epochs=epochs,
        dropout=0.0,
        weight_dropout=0.0,
        sample_length=0,
        patience=epochs,
        split="last",
    )
    return train(settings, read_anthology()).path


def say(name: str, path: Path) -> None:
    """Print the loss of a model on the last tenth of the anthology, in nats."""
    generator, text = TextGenerator.load(path), read_anthology().text
    ids = generator.vocabulary.encode(text[split_point(len(text), 0.1) :])
    logits, _ = generator.engine.run(ids[None], generator.engine.initial_state())
    logits = logits[0, :-1].astype(np.float64)
    of_next = logits[np.arange(len(logits)), ids[1:].astype(int)]
    print(f"{name:6} {(np.log(np.exp(logits).sum(axis=1)) - of_next).mean():.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["speed", "memory", "loss"])
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--passes", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--minutes", type=int, default=10)
    arguments = parser.parse_args()
    if arguments.what == "speed":
        speed(arguments.seconds)
    elif arguments.what == "memory":
        memory(arguments.minutes)
    else:
        loss(arguments.units, arguments.passes)
