"""A list trained document by document: split, killed, resumed, measured, written."""

import dataclasses
import signal
import statistics

import keras
import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.evaluation.held_out import HELD_OUT, LEARNT, TEST, TextParts
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.pack import pack
from gru_textgen.model_file.reader import read_info
from gru_textgen.nn.loading import load_model
from gru_textgen.text.corpus import Corpus, as_corpus
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import resume, train

NAMES = sorted(
    {a + b + c + d for a in "bdg" for b in "aei" for c in "lnr" for d in "aoy"}
)
SMALL = dict(
    units=8, seq_length=16, batch_size=4, jit_compile=False, test_split=0.1, epochs=2
)


class StopsAt(keras.callbacks.Callback):
    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.batch:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names") / "r"
    settings = TrainingSettings(str(folder), documents="line", **SMALL)
    said = []
    return train(settings, Corpus("\n".join(NAMES) + "\n"), say=said.append), said


def test_the_split_is_said_and_recorded(names):
    result, said = names
    info = read_info(result.path)
    assert any("81 documents: 65 to learn from, 8 held out" in line for line in said)
    assert (info.settings["split"], info.settings["documents"]) == ("documents", "line")
    assert info.text["documents"] == 81 and info.separator == "\n"
    assert info.document_length == statistics.median(map(len, NAMES))
    parts = TextParts(info, Corpus("\n".join(NAMES) + "\n"), {})
    found = [
        "".join(parts.pieces(part)).strip("\n").split("\n")
        for part in (LEARNT, HELD_OUT, TEST)
    ]
    assert [len(part) for part in found] == [65, 8, 8]
    assert sorted(sum(found, [])) == NAMES


def test_held_out_and_test_parts_are_measured_a_document_at_a_time(names):
    result, _ = names
    generator, text = TextGenerator.load(result.path), Corpus("\n".join(NAMES) + "\n")
    for options in ({"held_out": True}, {"test": True}):
        found = evaluate(generator, text, **options)
        part = "".join(
            TextParts(generator.info, text, {}).pieces(
                "held_out" if "held_out" in options else "test"
            )
        )
        losses = [
            generator.engine.losses(generator.vocabulary.encode(f"\n{name}\n"))
            for name in part.strip("\n").split("\n")
        ]
        assert found.stateful.characters == sum(map(len, losses))
        expected = np.concatenate(losses).mean()
        assert found.stateful.loss == pytest.approx(expected, rel=1e-5)
    figures = read_info(result.path).figures
    assert figures["val_loss"] == pytest.approx(
        evaluate(generator, text, held_out=True).stateful.loss, abs=0.15
    )


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bits(names, tmp_path):
    settings = TrainingSettings(str(tmp_path / "r"), documents="line", **SMALL)
    text = Corpus("\n".join(NAMES) + "\n")
    assert train(settings, text, callbacks=[StopsAt(3)]).interrupted
    resume(tmp_path / "r", text)
    models = [load_model(names[0].path.parent / "checkpoint.keras")]
    models.append(load_model(settings.folder.checkpoint))
    for a, b in zip(*(model.get_weights() for model in models)):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(*(model.fingerprints for model in models))


def test_documents_are_written_whole_different_and_new(names, tmp_path):
    pack(names[0].path, tmp_path / "small.keras")
    for path in (names[0].path, tmp_path / "small.keras"):
        generator = TextGenerator.load(path)
        plain = generator.documents(30, seed=1)
        assert plain == generator.generate_batch([""] * 30, seed=1)
        assert not any("\n" in name for name in plain)
        found = generator.documents(30, unique=True, new=True, seed=1)
        assert len(set(found)) == 30 and not set(found) & set(NAMES)
        wanted = [name for name in dict.fromkeys(plain) if name not in NAMES]
        assert found[: len(wanted)] == wanted
    with pytest.raises(InputError, match="Only 1 of the 2 texts were found among 500"):
        generator.documents(2, unique=True, temperature=0.0)


def test_running_text_has_no_record_of_documents(generator):
    with pytest.raises(InputError, match="no record of its documents"):
        generator.documents(2, new=True)


@pytest.mark.slow
def test_documents_of_several_lines_end_with_one_symbol(tmp_path, text):
    poems = text.strip().split("\n\n")
    poems += ["\n".join(poems)]  # as long as all others together
    text = "\n\n".join(poems) + "\n"
    settings = TrainingSettings(str(tmp_path / "r"), documents="paragraph", **SMALL)
    result = train(settings, Corpus(text))
    info = read_info(result.path)
    assert info.document_length == int(statistics.median(map(len, poems)))
    assert info.separator == "\x1e" and info.text["documents"] == len(poems)
    generator = TextGenerator.load(result.path)
    assert "\x1e" not in generator.generate(seed=1)
    found = evaluate(generator, text)
    assert found.stateful.characters == sum(len(poem) + 1 for poem in poems)
    assert "\x1e" not in settings.folder.samples.read_text()


@pytest.mark.slow
def test_a_run_that_lacks_the_length_of_its_documents_gets_it(tmp_path, monkeypatch):
    """As one of an earlier version does; one of running text stays as it is."""
    for documents in ("line", None):
        more = dict(SMALL, epochs=1, sample_length=0)
        more |= {} if documents else {"test_split": 0.0, "split": "last"}
        folder = str(tmp_path / str(documents))
        settings = TrainingSettings(folder, documents=documents, **more)
        with monkeypatch.context() as earlier:
            only = {"documents": len(NAMES)}
            earlier.setattr("gru_textgen.training.train._of_documents", lambda _: only)
            path = train(settings, Corpus("\n".join(NAMES) + "\n")).path
        assert "document_length" not in read_info(path).text
        info = read_info(resume(folder, epochs=2).path)
        usual = statistics.median(map(len, NAMES)) if documents else None
        assert info.document_length == usual


@pytest.mark.parametrize(
    "options, match",
    [
        ({"documents": "%"}, "single document"),
        ({"documents": "file"}, "single document"),
        ({"documents": "line", "separator": "x"}, "not both"),
        ({"documents": ""}, "not an empty string"),
        ({"documents": "line", "join_lines": True}, "`join_lines` removes"),
        ({"documents": "!", "strip_punctuation": True}, "removed by the normalisation"),
        ({"split": "documents", "separator": ""}, "needs a text of documents"),
        ({"split": "last", "test_split": 0.1}, "fraction of documents"),
        ({"split": "documents", "test_split": 0.95}, "together must be below 1"),
    ],
)
def test_what_cannot_be_met_is_a_sentence(tmp_path, text, options, match):
    with pytest.raises(InputError, match=match):
        train(TrainingSettings(str(tmp_path / "r"), **options), text)
    assert not list(tmp_path.glob("*/*.keras"))


@pytest.mark.slow
def test_a_list_may_be_read_as_running_text(tmp_path):
    more = dict(SMALL, test_split=0.0, epochs=1, sample_length=0)
    settings = TrainingSettings(str(tmp_path / "r"), split="last", **more)
    info = read_info(train(settings, Corpus("\n".join(NAMES))).path)
    assert (info.separator, info.reset_id) == ("\n", None)
    other = dataclasses.replace(settings, output=str(tmp_path / "s"), split=None)
    info = read_info(train(other, as_corpus(NAMES)).path)
    assert (info.separator, info.text["documents"]) == ("\n", 81)
