"""The GPU against the CPU: values, gradients, a resumed run. And, without a GPU, the
order in which cuDNN is given the weights."""

import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.nn.cudnn import cudnn_applies, cudnn_parameters, right_padded
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.kernel import gru_sequence

RNG = np.random.default_rng(3)
UNITS, FEATURES = 5, 4


@pytest.fixture
def gpu():
    """Skips a test where TensorFlow finds no GPU."""
    if not tf.config.list_logical_devices("GPU"):
        pytest.skip("needs a GPU that TensorFlow finds")
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)  # products whole
    yield
    tf.config.experimental.enable_tensor_float_32_execution(before)


def as_cudnn_does(x, h, parameters):
    """What NVIDIA's manual says of CUDNN_GRU, a gate after the other, in NumPy: six
    matrices with a row for each unit, then six biases, for r, i (our z) and h'."""
    sizes = 3 * [UNITS * FEATURES] + 3 * [UNITS * UNITS] + 6 * [UNITS]
    parts = np.split(parameters, np.cumsum(sizes)[:-1])
    W = [part.reshape(UNITS, FEATURES) for part in parts[:3]]
    R = [part.reshape(UNITS, UNITS) for part in parts[3:6]]
    b_w, b_r = parts[6:9], parts[9:]
    states = []
    for x_t in x.swapaxes(0, 1):
        r = 1 / (1 + np.exp(-(x_t @ W[0].T + h @ R[0].T + b_w[0] + b_r[0])))
        i = 1 / (1 + np.exp(-(x_t @ W[1].T + h @ R[1].T + b_w[1] + b_r[1])))
        new = np.tanh(x_t @ W[2].T + r * (h @ R[2].T + b_r[2]) + b_w[2])
        h = (1 - i) * new + i * h
        states.append(h)
    return np.stack(states, axis=1)


def test_cudnn_is_given_the_weights_in_its_own_order():
    shapes = (FEATURES, 3 * UNITS), (UNITS, 3 * UNITS), (3 * UNITS,), (3 * UNITS,)
    weights = [tf.constant(RNG.normal(size=shape)) for shape in shapes]
    x, h = RNG.normal(size=(2, 6, FEATURES)), RNG.normal(size=(2, UNITS))
    found = as_cudnn_does(x, h, cudnn_parameters(*weights).numpy())
    expected = gru_sequence(tf.constant(x), tf.constant(h), *weights)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_mask_for_cudnn_begins_each_row_and_has_no_gap():
    rows = {(1, 1, 1): True, (1, 1, 0): True, (1, 0, 0): True}
    rows |= {(0, 1, 1): False, (1, 0, 1): False, (0, 0, 0): False}
    for row, fits in rows.items():
        assert bool(right_padded(tf.constant([row, (1, 1, 0)]) > 0)) == fits


@pytest.mark.gpu
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("more", [{}, {"weight_dropout": 0.3}, {"use_bias": False}])
def test_a_gpu_has_the_values_and_gradients_of_a_cpu(gpu, more, ids, masked):
    inputs = RNG.normal(size=(3, 7, FEATURES)).astype("float32")
    if ids:
        inputs = RNG.integers(0, FEATURES, (3, 7))
    mask = np.arange(7) < np.array([[7], [4], [1]]) if masked else None
    results, weights = [], None
    for device in ("CPU", "GPU"):
        with tf.device(f"/{device}:0"):
            vocabulary_size = FEATURES if ids else None
            cudnn = "auto" if device == "GPU" else False
            layer = GRU(
                UNITS,
                vocabulary_size=vocabulary_size,
                return_sequences=True,
                use_cudnn=cudnn,
                seed=1,
                **more,
            )
            layer.build(inputs.shape)
            weights = weights or layer.get_weights()
            layer.set_weights(weights)
            with tf.GradientTape() as tape:
                outputs = layer(inputs, mask=mask, training=True)
                loss = tf.reduce_sum(tf.sin(2 * outputs))
            results.append([outputs, *tape.gradient(loss, layer.trainable_weights)])
    for on_cpu, on_gpu in zip(*results, strict=True):
        np.testing.assert_allclose(on_gpu, on_cpu, rtol=1e-4, atol=1e-5)


@pytest.mark.gpu
def test_cudnn_computes_a_layer_of_the_run_on_a_gpu(gpu):
    assert cudnn_applies("float32") and not cudnn_applies("bfloat16")
    layer = GRU(UNITS, use_cudnn=True)  # which is refused where cuDNN does not apply
    assert layer(np.zeros((2, 3, FEATURES), "float32")).shape == (2, UNITS)


@pytest.mark.gpu
def test_a_run_that_is_resumed_on_a_gpu_ends_as_one_that_was_not(gpu, tmp_path, text):
    from gru_textgen.nn.loading import load_model
    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import resume, train

    sizes = dict(units=16, seq_length=16, sample_length=0, device="gpu")
    whole, parts = (
        TrainingSettings(tmp_path / name, epochs=epochs, schedule="constant", **sizes)
        for name, epochs in (("whole", 2), ("parts", 1))
    )
    train(whole, text)
    train(parts, text)
    resume(parts.output, epochs=2, device="gpu")
    models = [load_model(settings.folder.checkpoint) for settings in (whole, parts)]
    for a, b in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
