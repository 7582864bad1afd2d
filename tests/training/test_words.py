"""A model of words from a text to a file and back: a news file as tokens."""

import json
import math
import re

import numpy as np
import pytest
from click.testing import CliRunner

from gru_textgen.cli import main
from gru_textgen.errors import InputError
from gru_textgen.evaluation.baselines import baselines_of
from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inspection.gate_plots import gate_heat_map
from gru_textgen.inspection.trace import trace
from gru_textgen.model_file.pack import pack
from gru_textgen.model_file.reader import read_info, read_model
from gru_textgen.nn.loading import load_model
from gru_textgen.text.corpus import Corpus, read_files
from gru_textgen.text.words import WordVocabulary
from gru_textgen.training.facts import measure
from gru_textgen.training.run import line_to_continue
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import train
from tests.training.test_train import StopsAt, assert_same_runs

# Sentences in tokens, with N for numbers and <unk> for rare words.
NEWS = "".join(
    f" the {name} of {place} {verb} $ N million in N <unk> \n"
    for name in ("bank", "mayor", "board", "union")
    for place in ("palo alto", "new york", "india", "boston")
    for verb in ("paid", "lost", "asked", "raised", "<unk>")
)
TINY = dict(
    level="word",
    tokens="whitespace",
    units=12,
    layers=1,
    embedding=8,
    embedding_dropout=0.1,
    seq_length=10,
    batch_size=4,
    epochs=3,
    learning_rate=0.02,
    sample_length=20,
    jit_compile=False,
)


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    path = tmp_path_factory.mktemp("news") / "news.txt"
    path.write_text(NEWS)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory, news):
    """A run that was stopped in its second epoch and resumed by the command, with what
    that printed; and one that was not stopped."""
    folder = tmp_path_factory.mktemp("words")
    at_once, stopped = (
        TrainingSettings(str(folder / name / "run"), **TINY) for name in "ab"
    )
    result = train(at_once, read_files([news]))
    train(stopped, read_files([news]), callbacks=[StopsAt(120)])
    resumed = CliRunner().invoke(main, ["train", "--resume", stopped.output])
    assert resumed.exit_code == 0, resumed.output
    return result, at_once, stopped, resumed.output


@pytest.fixture(scope="module")
def generator(run):
    return TextGenerator.load(run[0].path)


def test_a_run_that_was_stopped_comes_to_the_same(run):
    _, at_once, stopped, said = run
    assert_same_runs(at_once, stopped)
    loss = read_info(stopped.folder.model).figures["val_loss"]
    assert f"perplexity {math.exp(loss):.2f}, " in said
    assert "counting sequences of tokens has " in " ".join(said.split())


def test_the_file_says_its_level_and_opens_in_keras_and_in_numpy(run):
    info, arrays = read_model(run[0].path)
    assert (info.level, info.format_version) == ("word", 5)
    assert info.vocabulary.units.tokens == "whitespace"
    assert info.text["tokens"] == len(info.vocabulary.encode(NEWS))
    assert info.text["characters"] == len(NEWS)
    ids = info.vocabulary.encode(NEWS[:300]).astype(np.int32)[None]
    engine = Engine(arrays)
    found, _ = engine.run(ids, engine.initial_state())
    expected = load_model(run[0].path)(ids)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_text_goes_on_to_the_end_of_its_line(generator):
    text = generator.generate("in palo alto", lines=1, seed=2)
    assert text.startswith("in palo alto ") and "\n" not in text
    words = text.removeprefix("in palo alto ").split(" ")
    assert set(words) <= set(NEWS.split()) - {"<unk>"}
    pieces = generator.stream("in palo alto", lines=1, seed=2)
    assert "in palo alto" + "".join(pieces) == text
    allowed = generator.generate("in", length=900, whole=False, seed=1, unknown="<unk>")
    assert len(allowed) == len("in") + 900 and "<unk>" in allowed


@pytest.mark.filterwarnings("default")
def test_the_commands_write_and_measure_words(run, news):
    model = str(run[0].path)

    def printed(*arguments):
        found = CliRunner().invoke(main, list(arguments))
        assert found.exit_code == 0, found.output
        return found

    prompt = ["generate", "--model", model, "--lines", "1", "--seed", "2"]
    found = printed(*prompt, "--prompt", "in palo alot")
    assert "'alot' as 'alto'" in found.stderr
    written = printed(*prompt, "--prompt", "in palo alto").stdout
    assert found.stdout.replace("alot", "alto") == written
    table = printed("evaluate", model, str(news), "--held-out", "--baselines").stdout
    assert "tokens, " in table
    assert re.search(r"loss of baselines .* perplexity$", table, re.M)


def test_unknown_words_of_a_prompt_are_named(generator):
    with pytest.warns(UserWarning, match="'Mayor' as 'mayor'") as caught:
        generator.prompt_ids("the Mayor of Zanzibar")
    assert "'Zanzibar', read as <unk>" in str(caught[0].message)
    with pytest.raises(InputError, match="never seen 'Zanzibar'"):
        generator.prompt_ids("Zanzibar", strict=True)


def test_figures_of_tokens_and_of_characters(run, generator, news):
    """The same loss by the figures of the run, by the evaluation and by hand."""
    corpus = read_files([news])
    found = evaluate(generator, corpus, held_out=True).stateful
    ids = generator.vocabulary.encode(NEWS)
    held_out = ids[int(len(ids) * 0.9) :]
    losses = generator.predictor.losses(held_out)
    assert found.loss == pytest.approx(losses.mean(), rel=1e-5)
    assert found.perplexity == pytest.approx(math.exp(losses.mean()), rel=1e-5)
    text = NEWS.split("\n")[-9:]  # about a tenth: 8 lines
    bits = losses.sum() / math.log(2) / len("\n".join(text))
    assert found.bits_per_character == pytest.approx(bits, rel=0.1)
    figures = read_info(run[0].path).figures
    assert figures["val_perplexity"] == pytest.approx(math.exp(figures["val_loss"]))
    assert (
        baselines_of(generator, corpus).kneser_ney
        < baselines_of(generator, corpus).unigram
    )


def test_a_packed_copy_writes_the_same(run, generator, tmp_path):
    pack(run[0].path, tmp_path / "small.keras", half=False)
    small = TextGenerator.load(tmp_path / "small.keras")
    assert small.generate("the", seed=3) == generator.generate("the", seed=3)


@pytest.mark.parametrize(
    "command",
    [
        ["inspect", "MODEL", "--text", "the bank", "--output", "page.html"],
        ["playground", "--model", "MODEL", "--output", "page.html"],
    ],
)
def test_what_serves_characters_only_says_so(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    filled = [str(run[0].path) if word == "MODEL" else word for word in command]
    found = CliRunner().invoke(main, filled)
    assert found.exit_code == 2 or isinstance(found.exception, InputError)
    assert "models of characters only" in found.output + str(found.exception)
    assert not list(tmp_path.iterdir())


def test_forms_are_written_and_measured(run):
    model = str(run[0].path)
    asked = ["--form", "haiku", "--include", "bank", "--acrostic", "mit"]
    options = ["--seed", "1", "--pool", "4", "--json"]
    found = CliRunner().invoke(main, ["generate", model, *asked, *options])
    assert found.exit_code == 0, found.output
    [poem] = json.loads(found.output)
    assert [line["syllables"] for line in poem["lines"]] == [5, 7, 5]
    assert [line["text"][0] for line in poem["lines"]] == ["m", "i", "t"]
    assert "bank" in poem["text"].split() and "N" not in poem["text"].split()
    options = ["--form", "haiku", "--samples", "1"]
    found = CliRunner().invoke(main, ["evaluate", model, *options])
    assert found.exit_code == 0, found.output
    assert "tokens stepped        " in found.output and "100.0%" in found.output
    found = CliRunner().invoke(main, ["generate", model, "--form", "sonnet"])
    assert found.exit_code == 2 and len(found.output.strip().splitlines()) == 1


@pytest.mark.filterwarnings("default")
def test_gates_are_traced_and_pictured_word_by_word(generator, run, tmp_path):
    text = "the bank of palo\nof zebras"
    with pytest.warns(UserWarning, match="'zebras', read as <unk>"):
        found = trace(generator, text)
        ids = generator.prompt_ids(text)
    assert found.tokens == ("the", "bank", "of", "palo", "\n", "of", "<unk>")
    bits = generator.engine.losses(ids) / math.log(2)
    np.testing.assert_allclose(found.surprise, bits, rtol=1e-4)
    labels = gate_heat_map(found).axes[0].get_xticklabels()
    assert [label.get_text() for label in labels][3:6] == ["palo", "↵", "of"]
    assert {label.get_rotation() for label in labels} == {90}
    command = ["inspect", str(run[0].path), "--output", str(tmp_path / "gates.png")]
    drawn = CliRunner().invoke(main, [*command, "--text", "the bank " * 41])
    assert drawn.exit_code == 0, drawn.output
    assert "shows the first 80 tokens of the text" in drawn.stderr
    assert (tmp_path / "gates.png").stat().st_size > 10_000


def test_info_and_the_settings_name_the_level(run):
    found = CliRunner().invoke(main, ["info", str(run[0].path)])
    assert "level: word\n" in found.output
    assert "tokens, ['\\n', " in found.output
    with pytest.raises(InputError, match="level=word"):
        TrainingSettings("x", tokens="whitespace")
    with pytest.raises(InputError, match="calibration_split"):
        TrainingSettings("x", level="word", calibration_split=0.1)


@pytest.fixture(scope="module")
def comments(tmp_path_factory, run):
    """A run on documents that begins with the model of the news, and counts."""
    text = "\n".join(f"The bank of {x} AND {y}" for x in "abcdefgh" for y in "ijklmn")
    settings = TrainingSettings(
        str(tmp_path_factory.mktemp("comments") / "run"),
        **{**TINY, "epochs": 1, "sample_length": 0, "learning_rate": 1e-9},
        documents="line",
        counts=True,
        lowercase=True,
        min_count=6,
        max_vocabulary=15,
        init_from=str(run[0].path),
    )
    return TextGenerator.load(train(settings, text + "\nonce").path)


def test_comments_are_documents_of_words(comments):
    """Whole comments of several words, each from its start to its end."""
    assert comments.info.reset_id == 1  # the end of a line
    written = comments.documents(5, seed=1)
    assert len(written) == 5
    assert not any("\n" in document for document in written)


def test_a_run_begins_with_a_model_of_words(comments, generator, run, tmp_path):
    old, new = generator.vocabulary.symbols, comments.vocabulary.symbols
    assert new[: len(old)] == old
    # Of 15 tokens four are in the news; "once" is too rare, and capitals are gone.
    assert len(new) == len(old) + 11 and not {"once", "The", "AND"} & set(new)
    known = len(old) + 1
    for a, b in (
        (comments.arrays.layers[0].kernel[:known], generator.arrays.layers[0].kernel),
        (comments.arrays.kernel[:, :known], generator.arrays.kernel),
        (comments.arrays.bias[:known], generator.arrays.bias),
    ):
        np.testing.assert_allclose(a, b, atol=1e-5)
    for level, other in (("character", str(run[0].path)), ("word", "verse")):
        settings = TrainingSettings(str(tmp_path / "r"), level=level, init_from=other)
        with pytest.raises(InputError, match=f"with `level={level}`"):
            train(settings, NEWS)
    with pytest.raises(InputError, match="a model of words, with `level=character`"):
        measure(Corpus(NEWS), {"init_from": str(run[0].path)})


def test_counts_of_words_help_a_model_that_knows_little(comments):
    """Of the n-grams of the tokens of the text, mixed in, as of characters."""
    assert comments.arrays.counts.share > 0.5
    ids = comments.vocabulary.encode("\nthe bank of a and k\n")
    counted, alone = (x.losses(ids) for x in (comments.predictor, comments.engine))
    assert counted.mean() < alone.mean()
    logits, _ = comments.predictor.run(ids[None], comments.predictor.initial_state())
    np.testing.assert_allclose(np.exp(logits).sum(axis=-1), 1, atol=1e-5)


def test_samples_go_on_from_words_that_are_known():
    vocabulary = WordVocabulary(["the", "king", "and", "queen", "\n"])
    joined = "<unk> the <unk> the king and the queen <unk> and the"
    assert line_to_continue(joined, vocabulary) == "the king and the queen"
    lines = "cut\nthe <unk>\nthe queen\nand <unk> and the king and the queen\ncut"
    assert line_to_continue(lines, vocabulary) == "the queen"
