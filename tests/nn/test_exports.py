"""The layer in files that other runtimes read, each read by its own."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.nn.gru import GRU

SHAPES = [(1, 5), (None, 5), (1, None), (None, None)]
KINDS = {
    "features": {},
    "reset before": {"reset_after": False},
    "backwards": {"go_backwards": True},
    "ids": {"vocabulary_size": 7},
    "unrolled": {"unroll": True},
}
RUN_LITERT = str(Path(__file__).parents[1] / "programs" / "run_litert.py")


def model_and_inputs(kind, shape):
    rng = np.random.default_rng(0)
    more = KINDS[kind]
    if kind == "ids":
        inputs = keras.Input(batch_shape=shape, dtype="int32")
        x = rng.integers(0, 7, (1, 5)).astype("int32")
    else:
        inputs = keras.Input(batch_shape=(*shape, 3))
        x = rng.normal(size=(1, 5, 3)).astype("float32")
    layers = [GRU(4, return_sequences=True, **more), GRU(3), keras.layers.Dense(2)]
    return keras.Sequential([inputs, *layers]), x


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["features", "ids"])
def test_a_savedmodel_runs_in_tensorflow(tmp_path, kind, shape):
    model, x = model_and_inputs(kind, shape)
    model.export(tmp_path / "m", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    np.testing.assert_allclose(loaded.serve(x), model(x), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, shape",
    [
        ("features", (1, 5)),
        ("features", (None, None)),
        ("reset before", (None, 5)),
        ("backwards", (1, None)),
        ("ids", (None, None)),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of the converter
def test_a_litert_file_runs_in_its_interpreter(tmp_path, kind, shape):
    """In a process of its own: a file that is wrong may end the process."""
    model, x = model_and_inputs(kind, shape)
    model.export(tmp_path / "m.tflite", format="litert", verbose=False)
    np.save(tmp_path / "x.npy", x)
    names = [str(tmp_path / name) for name in ("m.tflite", "x.npy", "out.npy")]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, RUN_LITERT, *names], check=True, env=environment)
    np.testing.assert_allclose(np.load(names[-1]), model(x), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")  # of the converter
def test_an_onnx_file_runs_in_its_runtime(tmp_path, kind, shape):
    pytest.importorskip("tf2onnx")
    runtime = pytest.importorskip("onnxruntime")
    if kind == "unrolled" and shape[1] is None:
        pytest.skip("A loop of unknown length cannot be unrolled.")
    model, x = model_and_inputs(kind, shape)
    expected = model(x)  # Keras exports what has been called
    model.export(tmp_path / "m.onnx", format="onnx", verbose=False)
    session = runtime.InferenceSession(tmp_path / "m.onnx")
    (found,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(found, expected, atol=1e-5)
