"""The commands, as a person types them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.inference.sampling import DEFAULT_TEMPERATURE
from gru_textgen.model_file.reader import ModelInfo, read_info
from gru_textgen.nn.model import build_model
from gru_textgen.plots.themes import THEMES
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.settings import TrainingSettings, preset

SMALL = "--units 8 --seq-length 16 --batch-size 4 --sample-length 0 --epochs 1".split()


def run(*arguments, input=None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=input)


def started(*arguments, **options):
    """The real command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gru_textgen", *map(str, arguments)],
        text=True,
        encoding="utf-8",
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


@pytest.fixture
def poem(tmp_path, text):
    path = tmp_path / "poem.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_train_then_generate_then_info(poem, tmp_path):
    out = tmp_path / "run"
    result = run("train", poem, *SMALL, "--output", out, "--separator", r"\n\n")
    assert result.exit_code == 0, result.output
    assert "validation loss" in result.output and "run.keras" in result.output
    result = run("generate", "--weights", out / "run.keras", "--length", "30")
    assert result.exit_code == 0 and len(result.output) == 31
    result = run("info", out / "run.keras")
    assert "separator: '\\n\\n'" in result.output and "units: 8" in result.output
    result = run("info", out / "run.keras", "--json")
    assert json.loads(result.output)["settings"]["units"] == 8
    result = run("train", "--resume", out, "--epochs", "2")
    assert result.exit_code == 0, result.output
    assert read_info(out / "checkpoint.keras").figures["epoch"] == 2


def test_a_terminal_obeys_no_model(tmp_path):
    """One that writes an escape only: into a file as it is, harmless on a terminal."""
    pty = pytest.importorskip("pty", reason="there are no terminals to open here")
    model = build_model(ModelInfo(Vocabulary("\x1b")), 2)
    model.save(tmp_path / "m.keras")
    arguments = ["generate", "--weights", tmp_path / "m.keras", "--length", "3"]
    ours, theirs = pty.openpty()
    for more in ([], ["--count", "2"]):
        with started(*arguments, *more, stdout=theirs) as process:
            assert process.wait(60) == 0, process.stderr.read()
        seen = os.read(ours, 1000).decode()
        assert "\ufffd" in seen and "\x1b" not in seen
    os.close(ours)
    os.close(theirs)
    with started(*arguments) as process:
        assert process.communicate()[0] == "\x1b\x1b\x1b\n"


@pytest.mark.slow
def test_the_default_folder_is_named_after_the_text(poem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("train", poem, *SMALL).exit_code == 0
    assert (tmp_path / "runs" / "poem" / "poem.keras").exists()
    again = run("train", poem, *SMALL)
    assert again.exit_code == 2 and "--overwrite" in again.stderr
    assert run("train", poem, *SMALL, "--overwrite").exit_code == 0


def test_every_setting_has_its_option(poem, tmp_path):
    options = {
        "layers": 2,
        "dropout": 0.1,
        "weight_dropout": 0.2,
        "input_scale": 3.0,
        "state_reset": 0.1,
        "learning_rate": 0.01,
        "schedule": "plateau",
        "optimizer": "adamw",
        "clip_norm": 0.5,
        "validation_split": 0.2,
        "calibration_split": 0.3,
        "patience": 3,
        "seed": 7,
        "sample_prompt": "The\n",
    }
    given = [
        word
        for name, value in options.items()
        for word in ("--" + name.replace("_", "-"), str(value).replace("\n", r"\n"))
    ]
    out = tmp_path / "r"
    assert run("train", poem, *SMALL, *given, "--output", out).exit_code == 0
    settings = read_info(out / "r.keras").settings
    assert {name: settings[name] for name in options} == options


@pytest.mark.slow
def test_the_recipe_is_said_and_stands_in_the_file(poem, tmp_path):
    out = tmp_path / "one"
    result = run("train", poem, *SMALL, "--output", out)
    assert result.exit_code == 0, result.output
    where, why, how, *_ = result.output.splitlines()
    assert "Training on" in where
    assert "Starting from random weights" in why and "--no-counts" in how
    assert "choosing among" in result.output and "Best epoch" in result.output
    found = read_info(out / "one.keras")
    assert found.settings["counts"] and found.figures["epochs_run"] == 1
    shown = " ".join(run("info", out / "one.keras").output.split())
    assert "choosing among" in shown
    written = run("generate", "--weights", out / "one.keras", "--length", "30")
    assert written.exit_code == 0 and len(written.output) == 31

    brief = ["--epochs", "1", "--sample-length", "0", "--no-counts"]
    tuned = ["--init-from", out / "one.keras", "--output", tmp_path / "two"]
    result = run("train", poem, *brief, *tuned)
    assert result.exit_code == 0, result.output
    assert "Starting from one" in result.output
    found = read_info(tmp_path / "two" / "two.keras")
    assert found.settings["learning_rate"] < TrainingSettings.learning_rate
    assert not found.settings["counts"] and found.counts == {}


def test_a_preset_is_no_recipe(poem, tmp_path):
    result = run("train", poem, *SMALL, "--preset", "tiny", "--output", tmp_path / "r")
    assert result.exit_code == 0 and "Starting from" not in result.output
    assert not read_info(tmp_path / "r" / "r.keras").settings["counts"]


def test_an_option_beats_the_preset(poem, tmp_path):
    out = tmp_path / "r"
    result = run("train", poem, *SMALL, "--preset", "medium", "--output", out)
    assert result.exit_code == 0, result.output
    settings = read_info(out / "r.keras").settings
    assert (settings["units"], settings["seq_length"]) == (8, 16)  # of SMALL
    assert settings["dropout"] == preset("medium")["dropout"]
    more = run("train", poem, "--preset", "tiny", "--init-from", out / "r.keras")
    assert more.exit_code == 2 and "--preset" in more.stderr


@pytest.mark.slow
def test_text_from_standard_input(tmp_path, text):
    out = tmp_path / "r"
    result = run("train", "-", *SMALL, "--output", out, input=text)
    assert result.exit_code == 0, result.output
    result = run("train", "--resume", out, "--epochs", "2")
    assert result.exit_code == 0, result.stderr
    (out / "text.ids").unlink()
    again = run("train", "--resume", out, "--epochs", "3")
    assert again.exit_code == 2 and "give the same text again" in again.stderr
    result = run("train", "-", "--resume", out, "--epochs", "3", input=text)
    assert result.exit_code == 0, result.stderr


BAD = {
    "no text": (["train"], "--corpus"),
    "missing file": (["train", "nowhere.txt"], "no file nowhere.txt"),
    "empty file": (["train", "empty.txt"], "no text in empty.txt"),
    "short text": (["train", "short.txt"], "too short"),
    "binary file": (["train", "binary.txt"], "binary"),
    "wrong encoding": (["train", "latin.txt"], "byte 3 "),
    "unknown encoding": (["train", "short.txt", "--encoding", "utf-9"], "utf-9"),
    "unknown corpus": (["train", "--corpus", "sonets"], "'sonnets'"),
    "folder without corpus": (["train", "--corpus-dir", "folder"], "--corpus"),
    "encoding of no file": (["train", "--encoding", "latin-1"], "--encoding"),
    "checkpoint": (
        ["train", "long.txt", "--output", "checkpoint"],
        "cannot be called 'checkpoint'",
    ),
    "seed": (["train", "long.txt", "--seed", "4294967296"], "seed"),
    "file and corpus": (["train", "short.txt", "--corpus", "names"], "not both"),
    "negative units": (["train", "long.txt", "--units", "-5"], "units"),
    "zero epochs": (["train", "long.txt", "--epochs", "0"], "epochs"),
    "units no number": (["train", "long.txt", "--units", "many"], "many"),
    "unknown preset": (["train", "short.txt", "--preset", "big"], "large"),
    "no run to resume": (["train", "--resume", "folder"], "no run"),
    "settings on resume": (["train", "--resume", "folder", "--units", "3"], "--epochs"),
    "file as a folder": (["train", "long.txt", "--output", "long.txt/x"], "long.txt"),
    "unknown weights": (["generate", "--weights", "antology"], "'anthology'"),
    "missing weights": (["generate", "--weights", "no.keras"], "no.keras"),
    "no model of ours": (
        ["generate", "--weights", "binary.txt"],
        "not a gru_textgen model",
    ),
    "a text as the model": (["generate", "long.txt"], "gru-textgen train long.txt"),
    "temperature": (["generate", "--temperature", "hot"], "hot"),
    "temperature nan": (["generate", "--temperature", "nan"], "nan"),
    "negative temperature": (["generate", "--temperature", "-1"], "temperature"),
    "zero length": (["generate", "--length", "0"], "length"),
    "zero count": (["generate", "--count", "0"], "count"),
    "top-p": (["generate", "--top-p", "1.5"], "top_p"),
    "two prompts": (["generate", "--prompt", "a", "--prompt-file", "b"], "not both"),
    "missing prompt": (["generate", "--prompt-file", "nowhere.txt"], "nowhere.txt"),
    "unknown character": (["generate", "--prompt", "☃", "--strict"], "U+2603"),
    "no such folder": (["generate", "--output", "no/where.txt"], "no/where.txt"),
    "nothing to measure on": (["evaluate", "anthology"], "--corpus"),
    "window": (["evaluate", "anthology", "short.txt", "--window", "0"], "window"),
    "no held-out part": (["evaluate", "anthology", "long.txt", "--held-out"], "sha256"),
    "baselines": (["evaluate", "anthology", "long.txt", "--baselines"], "--held-out"),
    "seed of no samples": (
        ["evaluate", "anthology", "long.txt", "--seed", "1"],
        "--samples",
    ),
    "not the name of a picture": (
        ["evaluate", "anthology", "short.txt", "--plot", "x.y"],
        "picture",
    ),
    "theme of no picture": (
        ["evaluate", "anthology", "short.txt", "--theme", "dark"],
        "--plot",
    ),
    "theme of an evaluation": (
        ["evaluate", "anthology", "short.txt", "--plot", "x.png", "--theme", "drak"],
        "'dark'",
    ),
    "two models in one ONNX file": (
        ["export", "anthology", "anthology", "--to", "onnx", "--output", "x.onnx"],
        "takes one model",
    ),
    "inspection of no text": (["inspect", "anthology", "--output", "x.html"], "--text"),
    "inspection of two texts": (
        ["inspect", "anthology", "long.txt", "--text", "a", "--output", "x.html"],
        "only one of",
    ),
    "inspection of an empty text": (
        ["inspect", "anthology", "--text", "", "--output", "x.html"],
        "The text is empty",
    ),
    "inspection into no picture": (
        ["inspect", "anthology", "--text", "a", "--output", "x.y"],
        "picture",
    ),
    "a page's theme": (
        [
            "inspect",
            "anthology",
            "--text",
            "a",
            "--output",
            "x.html",
            "--theme",
            "dark",
        ],
        "--theme",
    ),
    "a theme there is not": (
        ["inspect", "anthology", "--text", "a", "--output", "x.png", "--theme", "drak"],
        "'dark'",
    ),
    "a layer there is not": (
        ["inspect", "anthology", "--text", "a", "--output", "x.png", "--layer", "3"],
        "no layer 3",
    ),
    "comparison of no text": (["compare", "anthology"], "--corpus"),
    "unknown model": (["compare", "antology", "--text", "long.txt"], "'anthology'"),
    "unknown option": (["generate", "--temprature", "1"], "--temperature"),
    "unknown command": (["frobnicate"], "frobnicate"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_status_2(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").write_bytes(b" \n")
    Path("short.txt").write_bytes(b"short\n")
    Path("long.txt").write_bytes(b"a long text\n" * 500)
    Path("binary.txt").write_bytes(b"PK\0\1\2\3")
    Path("latin.txt").write_bytes("caf\xe9 noir".encode("latin-1") * 500)
    Path("folder").mkdir()
    before = sorted(Path().rglob("*"))
    arguments, expected = BAD[case]
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("gru-textgen: ") and expected in result.stderr
    assert result.stderr.count("\n") == 1 and result.stderr[-2] in ".?)"
    assert result.stdout == ""
    assert sorted(Path().rglob("*")) == before


def test_a_prompt_from_a_file_and_an_output_file(trained, tmp_path):
    (tmp_path / "p.txt").write_text("The cat", encoding="utf-8")
    out = tmp_path / "o.txt"
    arguments = ["--weights", trained.path, "--lines", "1", "--output", out]
    result = run("generate", "--prompt-file", tmp_path / "p.txt", *arguments)
    assert result.exit_code == 0 and result.output == ""
    assert out.read_text(encoding="utf-8").startswith("The cat")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.txt", "p.txt"]


def test_the_model_is_given_alone_or_with_its_option():
    options = ["--seed", "1", "--length", "9"]
    alone = run("generate", "anthology", *options).stdout
    assert alone == run("generate", "--model", "anthology", *options).stdout
    twice = run("generate", "anthology", "--model", "anthology")
    assert twice.exit_code == 2 and "Give the model once" in twice.stderr


def test_several_texts_have_between_them_what_the_documents_had(trained):
    arguments = ["--model", trained.path, "--count", "2", "--length", "40"]
    written = run("generate", *arguments, "--seed", "9").stdout
    rows = json.loads(run("generate", *arguments, "--seed", "9", "--json").stdout)
    between = read_info(trained.path).separator
    assert between and written == between.join(row["text"] for row in rows) + "\n"


def test_a_packed_copy_is_smaller_and_predicts_alike(trained, poem, tmp_path):
    losses = []
    for name, more in [("half.keras", []), ("full.keras", ["--full"])]:
        copy = tmp_path / name
        result = run("pack", trained.path, "--output", copy, *more)
        assert f"{copy}: {copy.stat().st_size:,} bytes" in result.stdout
        figures = json.loads(run("evaluate", copy, poem, "--json").stdout)
        losses.append(figures["stateful"]["loss"])
    whole = json.loads(run("evaluate", trained.path, poem, "--json").stdout)
    assert losses[1] == whole["stateful"]["loss"]
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)
    sizes = [path.stat().st_size for path in (tmp_path / "half.keras", copy)]
    assert sizes[0] < sizes[1] < trained.path.stat().st_size


def test_json_holds_each_text_and_the_seed(trained):
    arguments = ["--weights", trained.path, "--count", "3", "--seed", "9", "--json"]
    result = run("generate", "--prompt", "The", *arguments)
    rows = json.loads(result.stdout)
    assert [row["seed"] for row in rows] == [9, 9, 9]
    assert len({row["text"] for row in rows}) > 1
    single = run("generate", "--prompt", "The", *arguments[:2], "--seed", "9")
    assert rows[0]["text"] + "\n" == single.stdout


def test_sampling_options_reach_the_sampler(trained):
    common = ["--weights", trained.path, "--length", "60", "--seed", "3"]
    likeliest = run("generate", *common, "--temperature", "0").stdout
    for option in (["--top-k", "1"], ["--top-p", "1e-9"], ["--min-p", "1"]):
        assert run("generate", *common, *option).stdout == likeliest
    assert run("generate", *common, "--temperature", "1.5").stdout != likeliest
    stopped = run("generate", *common, "--temperature", "0", "--stop", " ").stdout
    assert stopped == likeliest.split(" ")[0] + "\n"


def test_evaluate_prints_a_table_or_json_and_draws(trained, poem, tmp_path, text):
    shown = run("evaluate", trained.path, poem, "--window", "50").output
    assert "windows of 50" in shown and f"{len(text):,} characters" in shown
    picture = tmp_path / "e.svg"
    drawn = ["--json", "--plot", picture, "--theme", "dark"]
    result = run("evaluate", trained.path, poem, *drawn)
    figures = json.loads(result.stdout)
    assert figures["windows"]["protocol"] == "windows of 256"
    assert f"{figures['stateful']['loss']:.4f}" in shown
    svg = picture.read_text(encoding="utf-8")
    assert "confidence" in svg and THEMES["dark"].paper in svg
    held_out = run("evaluate", trained.path, poem, "--json", "--held-out")
    length = json.loads(held_out.stdout)["characters"]
    assert length == len(text) - int(len(text) * 0.9)


def test_evaluate_holds_the_model_against_counts_and_its_own_text(trained, poem):
    more = ["--held-out", "--baselines", "--samples", "2", "--length", "90"]
    shown = run("evaluate", trained.path, poem, *more).stdout
    assert (
        "Kneser-Ney, order" in shown
        and "2 samples, compared with the training text" in shown
    )
    figures = json.loads(run("evaluate", trained.path, poem, *more, "--json").stdout)
    assert f"{figures['baselines']['kneser_ney']:.4f}" in shown
    assert figures["novelty"]["known_words"] > 0.5


@pytest.mark.filterwarnings("default")
def test_inspect_writes_a_page_or_a_picture(trained, poem, tmp_path, text):
    page, picture = tmp_path / "page.html", tmp_path / "gates.svg"
    result = run("inspect", trained.path, poem, "--output", page)
    assert result.exit_code == 0
    assert "first 2,000 characters" in result.stderr
    assert result.stdout == f"{page}\n"
    assert text[:20].split("\n")[0] in page.read_text(encoding="utf-8")
    result = run("inspect", trained.path, "--text", "The cat", "--output", picture)
    assert result.exit_code == 0 and result.stderr == ""
    assert result.stdout == f"{picture}\n"
    assert "update gate z" in picture.read_text(encoding="utf-8")


def test_compare_shows_each_model(trained, poem, tmp_path):
    copy = Path(shutil.copy(trained.path, tmp_path / "copy.keras"))
    models = [trained.path, copy]
    shown = run("compare", *models, "--text", poem, "--window", "64").output
    assert shown.count(str(trained.path)) == shown.count(str(copy)) == 3
    figures = json.loads(run("compare", *models, "--text", poem, "--json").stdout)
    assert figures[str(trained.path)] == figures[str(copy)]
    given = run("compare", *models, "--text", "-", "--json", input=poem.read_text())
    assert json.loads(given.stdout) == figures


@pytest.mark.filterwarnings("default")
def test_an_unknown_character_is_one_line_on_standard_error(trained):
    arguments = ["--weights", trained.path, "--length", "9", "--prompt", "A ☃!"]
    result = run("generate", *arguments)
    assert result.exit_code == 0 and result.stdout.startswith("A ☃!")
    assert result.stderr.count("\n") == 1 and "U+2603" in result.stderr


def test_help_needs_no_numpy_and_only_training_needs_tensorflow(trained, poem):
    program = Path(__file__).parents[1] / "programs" / "without.py"
    for arguments, absent in (
        (["--help"], ["numpy", "tensorflow"]),
        (["generate", "--weights", trained.path, "--length", "20"], ["tensorflow"]),
        (["info", trained.path], ["tensorflow"]),
        (["evaluate", trained.path, poem], ["tensorflow", "matplotlib"]),
        (["compare", trained.path, "--text", poem], ["tensorflow", "matplotlib"]),
        (
            ["inspect", trained.path, poem, "--output", poem.with_name("p.html")],
            ["tensorflow", "matplotlib"],
        ),
    ):
        command = [sys.executable, str(program), ",".join(absent), *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly_and_the_run_goes_on(poem, tmp_path, number):
    out = tmp_path / "run"
    process = started(
        *["train", poem, *SMALL, "--output", out, "--epochs", "5000"],
        *["--patience", "5000"],
        cwd=tmp_path,
    )
    checkpoint, deadline = out / "checkpoint.keras", time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert f"gru-textgen train --resume {out}" in errors
    epoch = read_info(checkpoint).figures["epoch"]
    result = run("train", "--resume", out, "--epochs", epoch + 1)
    assert result.exit_code == 0, result.stderr
    assert read_info(checkpoint).figures["epoch"] == epoch + 1


@pytest.mark.slow
def test_a_second_signal_stops_at_once_and_leaves_whole_files(poem, tmp_path):
    out = tmp_path / "run"
    process = started(
        *["train", poem, *SMALL, "--output", out, "--epochs", "5000"],
        *["--patience", "5000", "--sample-length", "1000000"],
        cwd=tmp_path,
    )
    samples, deadline = out / "samples.txt", time.monotonic() + 120
    while not samples.exists() and time.monotonic() < deadline:
        time.sleep(0.1)  # it writes its long sample then, and will not save for long
    os.kill(process.pid, signal.SIGINT)
    while "again to stop at once" not in process.stderr.readline():
        pass  # two signals at once would count as one
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in errors
    assert read_info(out / "run.keras").figures["epoch"] == 1
    assert not list(out.glob(".run*.keras"))


@pytest.mark.slow
def test_a_full_disk_is_a_sentence(trained):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        process = started("generate", "--weights", trained.path, stdout=full)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "No space left on device" in errors and "Traceback" not in errors


@pytest.mark.slow
def test_a_pipe_gets_utf_8_whatever_the_locale_says(trained):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    arguments = ["--weights", trained.path, "--prompt", "The ☃", "--length", "5"]
    output, errors = started("generate", *arguments, env=environment).communicate()
    assert output.startswith("The ☃") and "Traceback" not in errors


def test_an_output_that_is_no_file_is_written_as_it_is(trained):
    if not Path("/dev/null").exists():
        pytest.skip("this system has no /dev/null")
    result = run("generate", "--weights", trained.path, "--output", "/dev/null")
    assert result.exit_code == 0 and Path("/dev/null").is_char_device()


@pytest.mark.slow
def test_training_as_a_script(poem, tmp_path):
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "gru_textgen.training",
            poem,
            *SMALL,
            "--output",
            "r",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "r" / "r.keras").exists()


def test_the_help_names_the_defaults_of_the_settings():
    settings = TrainingSettings("x")
    shown = " ".join(run("train", "--help").output.split())
    for name in ("units", "layers", "dropout", "seq_length", "batch_size"):
        option = "--" + name.replace("_", "-")
        text = shown.split(option + " ")[1].split(" --")[0]
        assert f"default: {getattr(settings, name)}]" in text
    for option in ("epochs", "learning-rate", "patience", "init-from"):
        text = shown.split(f" --{option} ")[-1].split(" --")[0]
        assert "default: chosen for the text]" in text
    assert f"[default: {DEFAULT_TEMPERATURE}]" in run("generate", "--help").output
