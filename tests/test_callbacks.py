"""Samples after each epoch."""

import io

from gru_textgen.callbacks import WriteSamples
from gru_textgen.generation import TextGenerator
from gru_textgen.loading import load_model


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
