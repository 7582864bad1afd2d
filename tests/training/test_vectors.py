"""A model of characters that reads vectors, as Chinese needs: from a text to a file and
on to another text."""

import numpy as np
import pytest

from gru_textgen.errors import InputError
from gru_textgen.export.html import export_html
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inspection.trace import trace
from gru_textgen.model_file.pack import pack
from gru_textgen.model_file.reader import read_info, read_model
from gru_textgen.nn.loading import load_model
from gru_textgen.text.corpus import Corpus
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.train import train

VERSE = "床前明月光，疑是地上霜。\n舉頭望明月，低頭思故鄉。\n" * 40
TINY = dict(
    one_hot=False,
    embedding=8,
    embedding_dropout=0.1,
    units=12,
    layers=1,
    seq_length=10,
    batch_size=4,
    epochs=2,
    learning_rate=0.02,
    sample_length=20,
    jit_compile=False,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors") / "run"
    return train(TrainingSettings(str(folder), **TINY), Corpus(VERSE)).path


def test_keras_the_engine_and_the_figures_agree(path):
    info, arrays = read_model(path)
    assert info.level == "character" and arrays.factors.embedding.shape[1] == 8
    ids = info.vocabulary.encode(VERSE[:300]).astype(np.int32)
    engine = Engine(arrays)
    logits, _ = engine.run(ids[None], engine.initial_state())
    np.testing.assert_allclose(logits, load_model(path)(ids[None]), atol=1e-5)
    assert info.figures["val_loss"] < np.log(len(info.vocabulary)) - 0.5
    perplexity = info.figures["val_perplexity"]
    assert perplexity == pytest.approx(np.exp(info.figures["val_loss"]), rel=1e-3)


def test_it_writes_and_is_looked_into_packed_and_exported(path, tmp_path):
    generator = TextGenerator.load(path)
    text = generator.generate("床前", lines=2, seed=1)
    assert text.startswith("床前") and set(text) <= set(VERSE)
    assert trace(generator, VERSE[:9]).ids.tolist() == list(
        generator.vocabulary.encode(VERSE[:9])
    )
    pack(path, tmp_path / "packed.keras")
    packed = TextGenerator.load(tmp_path / "packed.keras")
    assert packed.perplexity(VERSE[:200]) == pytest.approx(
        generator.perplexity(VERSE[:200]), rel=0.01
    )
    export_html(path, tmp_path / "page.html")


def test_another_text_is_begun_with_it(path, tmp_path):
    more = (VERSE[:26] + "空山不見人，但聞人語響。\n") * 40
    settings = TrainingSettings(
        str(tmp_path / "run"), **{**TINY, "one_hot": True}, init_from=str(path)
    )
    found = read_info(train(settings, Corpus(more)).path)
    known = read_info(path).vocabulary.symbols
    assert found.vocabulary.symbols[: len(known)] == known
    assert "空" in found.vocabulary.symbols
    assert found.settings["one_hot"] is False and found.settings["embedding"] == 8
    assert found.figures["val_loss"] < read_info(path).figures["val_loss"] + 0.5


def test_no_calibration_of_vectors():
    with pytest.raises(InputError, match="one-hot models of characters"):
        TrainingSettings("run", one_hot=False, calibration_split=0.01)
