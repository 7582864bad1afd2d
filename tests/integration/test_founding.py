"""The systems of docs/founding.md, each by its command: trained in a process that is
killed, resumed, written with, measured, packed and exported as a page."""

import dataclasses
import json
import math
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import read_info, read_model
from tests.helpers.pages import launched, opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # five runs, each killed
PAGE = (Path(__file__).parents[2] / "docs" / "founding.md").read_text("utf-8")
SMALL = "--epochs 3000 --patience 3000 --units 8 --sample-length 12".split()
NARROW = "--layers 1 --seq-length 12 --batch-size 4".split()
VECTORS = "--embedding 6 --min-count 1".split()
NEWS = "".join(
    f" the {name} of {place} paid $ N million in N <unk> {end}\n"
    for name in ("bank", "mayor", "board")
    for place in ("palo alto", "new york", "india")
    for end in ("", "<eos>")
)
VERSE = "".join(
    f"The {who} of {place}, he said:\n  'What news? O'er the hills!'\n"
    for who in ("king", "queen", "fool", "lord")
    for place in ("France", "Rome", "Kent")
)
COMMENTS = "".join(
    json.dumps({"id": i, "body": f"I {verb} the {thing}, really!\n\nIt's {how}."})
    + "\n"
    for i, (verb, thing, how) in enumerate(
        (verb, thing, how)
        for verb in ("like", "hate", "want", "know")
        for thing in ("song", "film", "book", "game", "play")
        for how in ("old", "new", "fine", "long", "sad")
    )
)
SYSTEMS = {
    "news": ("ptb.train.txt", NEWS, "--level word --tokens whitespace", VECTORS),
    "verse": (
        *("verse.txt", VERSE),
        *("--level word --lowercase --strip-punctuation --join-lines", VECTORS),
    ),
    "windows": ("poems.txt", VERSE * 2, "--preset windows", []),
    "comments": ("comments.jsonl", COMMENTS, "--field body", []),
    "comments by words": (
        *("comments.jsonl", COMMENTS, "--field body"),
        ["--level", "word", *VECTORS],
    ),
}


def run(*arguments):
    """What a command prints, errors apart."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, (arguments, result.output, result.exception)
    return result.stdout


def killed(command, checkpoint, number):
    """Start a command in its folder, and send it a signal once it has saved a state;
    what it says on its errors."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gru_textgen", *command],
        cwd=checkpoint.parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 600
    try:
        while not checkpoint.exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    expected = -number if number == signal.SIGKILL else 128 + number
    assert process.returncode == expected, errors
    return errors


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request, tmp_path_factory):
    """The name of a system, and its model: killed, resumed and finished."""
    file, text, options, more = SYSTEMS[request.param]
    assert f"gru-textgen train {file} {options}`" in PAGE.replace(
        "--corpus tinyshakespeare", "verse.txt"
    )
    folder = tmp_path_factory.mktemp("founding")
    (folder / file).write_text(text)
    name = file.partition(".")[0]
    out = folder / "runs" / name
    if request.param in ("news", "comments"):
        assert f"generate --model runs/{name}/{name}.keras" in PAGE
    narrow = [] if request.param == "windows" else NARROW
    command = ["train", file, *options.split(), *SMALL, *more, *narrow]
    number = signal.SIGTERM if len(request.param) % 2 else signal.SIGKILL
    said = killed(command, out / "checkpoint.keras", number)
    assert "Traceback" not in said
    if number == signal.SIGTERM:
        assert f"gru-textgen train --resume runs/{name}" in said
    done = read_info(out / "checkpoint.keras").figures["epoch"]
    run("train", "--resume", out, "--epochs", done + 2)
    assert read_info(out / "checkpoint.keras").figures["epoch"] == done + 2
    return request.param, out / f"{name}.keras", folder / file


def test_the_model_writes_and_is_measured(system):
    name, model, file = system
    info = read_info(model)
    symbols = set(info.vocabulary.symbols)
    generate = ["generate", "--model", model, "--seed", "1"]
    if name == "news":
        written = run(*generate, "--prompt", "in palo alto", "--lines", "1")
        assert re.fullmatch(r"in palo alto [^\n]+\n", written)
        assert set(written.split()) <= symbols
        assert {"\n", "N"} <= symbols and not {"<eos>", "<unk>"} & symbols
    elif name == "verse":
        written = run(*generate, "--prompt", "What news, o'er", "--length", "200")
        assert set(written.removeprefix("What news, o'er").split()) <= symbols
        assert all(re.fullmatch("[a-z]+", symbol) for symbol in symbols)
    elif name == "windows":
        assert info.settings["cut"] == "windows"
        assert len(run(*generate, "--length", "30")) == 31
    else:
        assert info.text["documents"] == 100 and info.level == (
            "word" if "words" in name else "character"
        )
        written = run(*generate, "--count", "20", "--temperature", 1)
        assert written.count("\n\n***\n\n") == 19
    fields = ["--field", "body"] if file.suffix == ".jsonl" else []
    measured = run("evaluate", model, file, *fields, "--held-out", "--json")
    found = json.loads(measured)["stateful"]
    assert 1 < found["perplexity"] < 3 * len(symbols)
    bits = found["loss"] / math.log(2) * info.per_character
    assert found["bits_per_character"] == pytest.approx(bits, rel=0.5)


@pytest.mark.filterwarnings("default")  # the page leaves counts out, and says so
def test_its_copy_and_its_page_write_as_it_does(system, tmp_path):
    name, model, _ = system
    small, page = tmp_path / "small.keras", tmp_path / "page.html"
    run("pack", model, "--output", small, "--full")
    assert small.stat().st_size < model.stat().st_size
    run("export", small, "--to", "html", "--output", page, "--precision", "float32")
    info, arrays = read_model(model)
    generator = TextGenerator(dataclasses.replace(arrays, counts=None), info)
    options = {"seed": 3, "stop": info.separator, "length": 200}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of unknown words
        expected = generator.generate("The king", **options)
        whole, copy = map(TextGenerator.load, (model, small))
        text = whole.generate("The king", **options)
        assert copy.generate("The king", **options) == text
    pytest.importorskip("playwright.sync_api", reason="needs playwright")
    from tests.integration.test_page import write

    with launched() as browser, opened(browser, page) as tab:
        settings = {"Approximate_number_of_characters": 200}
        assert write(tab, "The king", Seed=3, **settings) == expected
