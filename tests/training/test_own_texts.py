"""What is given to `train` as a text, and what it says of it."""

import dataclasses

import pytest

from gru_textgen.errors import InputError
from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import read_info
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.documents import END, MARK
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import train

SMALL = dict(units=8, seq_length=16, batch_size=4, sample_length=20, jit_compile=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "given, separator",
    [
        (lambda text, path: text.strip().split("\n\n"), END),
        (lambda text, path: path, ""),
        (lambda text, path: text.encode(), ""),
    ],
    ids=["list", "Path", "bytes"],
)
def test_a_text_may_be_a_list_a_path_or_bytes(tmp_path, text, given, separator):
    path = tmp_path / "poems.txt"
    path.write_text(text)
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    info = read_info(train(settings, given(text, path)).path)
    assert info.separator == separator
    read = text.strip().replace("\n\n", MARK) + "\n" if separator else text
    assert info.sha256 == Corpus(read).sha256


@pytest.mark.parametrize("text", [3, None, [1, 2], {"a": 1}, b"\xff\xfe\xfd" * 400])
def test_what_is_no_text_is_a_sentence(tmp_path, text):
    with pytest.raises(InputError, match="text|documents"):
        train(TrainingSettings(str(tmp_path / "r")), text)
    assert not (tmp_path / "r").exists()


def test_a_file_s_name_is_not_taken_for_a_text(tmp_path, monkeypatch):
    (tmp_path / "poems.txt").write_text("a text")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"name of a file.*Path\('poems.txt'\)"):
        train(TrainingSettings(str(tmp_path / "r")), "poems.txt")


@pytest.mark.slow
def test_a_list_of_names_is_read_as_documents(tmp_path):
    names = sorted({a + b + c for a in "bdgk" for b in ("ar", "el") for c in "aeilou"})
    said = []
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    text = "\n".join(names * 2) + "\n"
    info = read_info(train(settings, Corpus(text), say=said.append).path)
    assert info.separator == "\n"
    assert any("a list of 96 lines" in sentence for sentence in said)
    assert any(
        "48 of the 96 lines of the text are duplicates" in sentence for sentence in said
    )
    settings = dataclasses.replace(settings, output=str(tmp_path / "s"), separator="")
    assert read_info(train(settings, Corpus(text)).path).separator == ""


@pytest.mark.slow
def test_quotations_between_lines_of_a_mark_are_read_as_documents(tmp_path):
    sayings = [
        f"The {a} is a {b},\nof {c}." for a in "bdgk" for b in "or" for c in "aei"
    ]
    text = "%\n" + "\n%\n".join(sayings * 2) + "\n%\n%\n"
    said = []
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    path = train(settings, Corpus(text), say=said.append).path
    assert any("Lines of % stand between documents" in sentence for sentence in said)
    assert any("48 documents" in sentence for sentence in said)
    info = read_info(path)
    assert info.settings["documents"] == "\n%\n" and "%" not in info.vocabulary
    settings = dataclasses.replace(settings, output=str(tmp_path / "s"), separator="")
    assert "%" in read_info(train(settings, Corpus(text)).path).vocabulary


def test_a_separator_that_does_not_stand_in_the_text_is_refused(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), separator="\n***\n", **SMALL)
    with pytest.raises(InputError, match="does not occur in the text"):
        train(settings, text)
    assert not settings.folder.model.exists() and not settings.folder.ids.exists()


def test_characters_unknown_in_the_held_out_part_are_counted(tmp_path, text):
    said, other = [], "ветер огонь\n" * 20
    settings = TrainingSettings(
        str(tmp_path / "r"), epochs=1, validation_split=0.1, **SMALL
    )
    whole = text + other  # the end of the text is in another script
    train(settings, whole, say=said.append)
    held_out = whole[int(len(whole) * 0.9) :]
    unknown = sum(c not in whole[: int(len(whole) * 0.9)] for c in held_out)
    expected = f"{unknown:,} of the {len(held_out):,} held-out characters are unknown"
    assert unknown > 100 and any(expected in sentence for sentence in said)
    assert any("The end of the text differs from the rest" in s for s in said)


@pytest.mark.slow
def test_all_of_a_text_can_be_learnt(tmp_path, text):
    said = []
    settings = TrainingSettings(
        str(tmp_path / "r"), epochs=2, validation_split=0.0, **SMALL
    )
    result = train(settings, text, say=said.append)
    assert any("No text is held out" in sentence for sentence in said)
    assert any(f"{len(text):,} characters of training text, 0 held" in s for s in said)
    generator = TextGenerator.load(result.path)
    with pytest.raises(InputError, match="without a held-out part"):
        evaluate(generator, text, held_out=True)


def test_the_file_tells_how_far_its_text_repeats_itself(tmp_path, text):
    settings = TrainingSettings(str(tmp_path / "r"), epochs=1, **SMALL)
    indented = "".join(f"{' ' * 9}{line}\n" for line in text.split("\n"))
    shown = read_info(train(settings, indented).path).text
    assert shown["longest_line"] == 9 + max(map(len, text.split("\n")))
    assert shown["loops"][0] == 8 and len(shown["loops"]) == 128


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_another_backend_of_keras_is_one_sentence(tmp_path, text, backend, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with pytest.raises(InputError, match=f"KERAS_BACKEND selects '{backend}'"):
        train(TrainingSettings(str(tmp_path / "r")), text)
