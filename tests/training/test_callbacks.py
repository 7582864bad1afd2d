"""Samples after each epoch, states emptied before a batch."""

import io
import itertools

import numpy as np

from gru_textgen.inference.generator import TextGenerator
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.nn.loading import load_model
from gru_textgen.nn.model import build_model
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.callbacks import ResetStates, WriteSamples
from gru_textgen.training.checkpoint import Progress


def test_samples_are_those_of_the_model_as_it_stands(trained, tmp_path):
    model = load_model(trained.path)
    stream, path = io.StringIO(), tmp_path / "samples.txt"
    callback = WriteSamples("The ", (0.0, 0.8), 30, seed=4, path=path, stream=stream)
    callback.set_model(model)
    callback.on_epoch_end(6, {"val_loss": 1.5})
    generator = TextGenerator.load(trained.path)
    expected = "\n=== after epoch 7, validation loss 1.5000 ===\n"
    for temperature in (0.0, 0.8):
        text = generator.generate(
            "The ", length=30, temperature=temperature, seed=4 + 6
        )
        expected += f"--- temperature {temperature} ---\n{text}\n"
    assert stream.getvalue() == expected
    assert path.read_text(encoding="utf-8") == expected


def test_each_epoch_is_added_to_the_file(trained, tmp_path):
    path = tmp_path / "samples.txt"
    callback = WriteSamples("", (1.0,), 5, path=path, stream=io.StringIO())
    callback.set_model(load_model(trained.path))
    callback.on_epoch_end(0)
    callback.on_epoch_end(1)
    assert path.read_text(encoding="utf-8").count("=== after epoch") == 2


def test_a_terminal_that_cannot_show_a_character_shows_another(trained):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    model = load_model(trained.path)
    callback = WriteSamples("The ☃", (), stream=stream)
    callback.set_model(model)
    callback.temperatures = ()
    callback._write("☃")
    stream.seek(0)
    assert stream.read() == "?"


def test_states_are_emptied_in_streams_that_seed_epoch_and_batch_decide():
    model = build_model(ModelInfo(Vocabulary("ab")), units=3, layers=2, batch_size=200)

    def emptied(seed, epoch, batch):
        """Which streams of 200 were, of all layers alike."""
        for layer in model.gru_layers():
            for state in layer.states:
                state.assign(np.ones(state.shape))
        progress = Progress(epoch=epoch, batch=batch)
        callback = ResetStates(0.2, seed, progress, streams=200)
        callback.set_model(model)
        callback.on_train_batch_begin(0)
        states = [np.array(layer.states[0]) for layer in model.gru_layers()]
        rows = np.concatenate(states, axis=1)
        assert ((rows == 0).all(1) | (rows == 1).all(1)).all()
        return rows[:, 0] == 0

    places = list(itertools.product((0, 1), repeat=3))
    drawn = [emptied(*place) for place in places]
    assert len({tuple(streams) for streams in drawn}) == 8
    assert np.array_equal(drawn[5], emptied(*places[5]))
    assert 0.15 < np.mean(drawn) < 0.25
