"""The grid that an engineer would try: our layer in Keras's place, in every cell.

A cell is a form of use, a way to run it and a precision; in each, every mask is tried.
Both layers have the same weights; outputs and gradients by every weight and input must
be equal. Each run of the tests takes a fixed sample, which meets every form, way and
precision; `pytest -m grid tests/nn/test_grid.py` takes all of it.
"""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.nn.gru import GRU

BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 3
MERGES = ("concat", "sum", "mul", "ave")
BY_ID = ("embedding", "one-hot", "ids")
FORMS = (
    *("all steps", "last step", "stateful", "state", "shared", "subclassed"),
    *("time distributed", *MERGES, *BY_ID),
)
FREE = {
    "fixed": (BATCH, TIME),
    "free batch": (None, TIME),
    "free time": (BATCH, None),
    "free": (None, None),
}
WAYS = (
    *("eager", "fit", "fit eagerly", "fit jit", "jit fixed", "jit free"),
    *(f"graph {free}" for free in FREE),
)
TOLERANCES = {  # relative to the largest number of each tensor
    "float32": 2e-5,
    "float64": 1e-10,
    "mixed_float16": 2e-2,
    "mixed_bfloat16": 2e-1,
}
MASKS = {
    "none": None,
    "right": [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]],
    "left": [[0, 0, 1, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]],
    "holes": [[1, 0, 1, 0, 1], [0, 1, 1, 0, 1], [1, 1, 0, 1, 0]],
    "all": [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]],
}


def masks_of(form):
    """A mask of outer steps is not one of the layer's."""
    return ("none",) if form == "time distributed" else tuple(MASKS)


def possible(form, way, *_):
    return not (form == "stateful" and way.endswith(("batch", "free")))


def sample():
    """A cell of each form, in which ways and precisions take turns; and one of each way
    that takes XLA seconds to compile."""
    quick = [way for way in WAYS if "jit" not in way]
    for i, form in enumerate(FORMS):
        yield form, quick[i % len(quick)], tuple(TOLERANCES)[(i + i // 4) % 4]
    yield "all steps", "fit jit", "float32"
    yield "ids", "jit fixed", "float64"
    yield "sum", "jit free", "float32"


CELLS = [x for x in itertools.product(FORMS, WAYS, TOLERANCES) if possible(*x)]
SAMPLE = [x for x in dict.fromkeys(sample()) if possible(*x)]
REST = [x for x in CELLS if x not in set(SAMPLE)]


class Subclassed(keras.Model):
    """A model that is no graph of layers."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, inputs, training=False):
        x, mask = inputs
        return self.layer(x, mask=mask, training=training)


def outputs(form, make, ours, x, mask):
    """The output of the layer in a form of use, as a tensor of Keras's."""
    if form == "embedding":
        x = keras.layers.Embedding(FEATURES, FEATURES)(x)
    elif form == "one-hot" or form == "ids" and not ours:
        x = keras.ops.one_hot(x, FEATURES)
    elif form == "ids":
        return make(return_sequences=True, vocabulary_size=FEATURES)(x, mask=mask)
    if form == "last step":
        return make()(x, mask=mask)
    if form == "state":
        layer = make(return_sequences=True, return_state=True)
        start = keras.ops.tanh(x[:, 0, :UNITS])
        steps, last = layer(x, mask=mask, initial_state=start)
        return keras.ops.concatenate([steps, last[:, None]], axis=1)
    layer = make(return_sequences=True, stateful=form == "stateful")
    if form == "shared":
        return layer(x, mask=mask) + layer(keras.ops.flip(x, axis=2), mask=mask)
    if form == "time distributed":
        return keras.layers.TimeDistributed(layer)(keras.ops.stack([x, -x], axis=1))
    if form in MERGES:
        layer = keras.layers.Bidirectional(layer, merge_mode=form)
    return layer(x, mask=mask)


def model_of(form, ours, shape):
    """A model of an input, and a mask that is always given."""

    def make(**more):
        kind = GRU if ours else keras.layers.GRU
        return kind(UNITS, recurrent_initializer="glorot_uniform", **more)

    inputs = keras.Input(batch_shape=(*shape, FEATURES))
    if form in BY_ID:
        inputs = keras.Input(batch_shape=shape, dtype="int32")
    mask = keras.Input(batch_shape=shape, dtype="bool")
    if form == "subclassed":
        model = Subclassed(make(return_sequences=True))
        model([inputs, mask])
        return model
    # A layer that is not given the mask would not be a model of both inputs.
    given = [inputs] if form == "time distributed" else [inputs, mask]
    found = outputs(form, make, ours, inputs, mask)
    return keras.Model(given, found)


def batch(form, mask):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(BATCH, TIME, FEATURES))
    if form in BY_ID:
        x = rng.integers(0, FEATURES, (BATCH, TIME)).astype("int32")
    mask = np.ones((BATCH, TIME), bool) if mask is None else np.array(mask, bool)
    x = x if x.dtype == "int32" else x.astype(keras.config.floatx())
    return [x] if form == "time distributed" else [x, mask]


def work_of(model, way, given):
    """What gives the outputs, and the gradients by the input and the weights, or what a
    fit leaves; of any batch such as the given one."""
    if way.startswith("fit"):
        model.compile(
            keras.optimizers.SGD(0.1),
            "mse",
            run_eagerly=way == "fit eagerly",
            jit_compile=way == "fit jit",
        )

        def fit(*given):
            given = list(given)
            targets = np.full(model(given).shape, 0.5, "float32")
            loss = model.train_on_batch(given, targets)
            return [loss, model.predict_on_batch(given), *model.get_weights()]

        return fit

    def run(*given):
        weights = [v.value for v in model.trainable_variables]
        watched = [x for x in given if x.dtype.is_floating] + weights
        with tf.GradientTape() as tape:
            tape.watch(watched)
            found = model(list(given), training=True)
            pattern = tf.cos(tf.range(1, UNITS + 1, dtype=tf.float32))
            pattern = tf.tile(pattern, [found.shape[-1] // UNITS])
            loss = tf.reduce_sum(tf.cast(found, tf.float32) * pattern)
        gradients = tape.gradient(loss, watched)
        return [found, *map(tf.convert_to_tensor, gradients)]

    if way == "eager":
        return run
    how, free = way.split(" ", 1)
    specs = [tf.TensorSpec((*FREE[free], *x.shape[2:]), x.dtype) for x in given]
    return tf.function(
        run, input_signature=specs, jit_compile=how == "jit", autograph=False
    )


def check(form, way, dtype, masks):
    keras.config.set_dtype_policy(dtype)
    keras.config.set_floatx("float64" if dtype == "float64" else "float32")
    shape = FREE[way.split(" ", 1)[1]] if way.startswith(("graph", "jit")) else None
    if shape is None:
        shape = (BATCH if form == "stateful" else None, None)
    if form == "stateful":
        shape = (BATCH, shape[1])
    models = [model_of(form, ours, shape) for ours in (True, False)]
    rng = np.random.default_rng(2)
    weights = [0.7 * rng.normal(size=w.shape) for w in models[0].get_weights()]
    given = [tf.constant(x) for x in batch(form, None)]
    work = [work_of(model, way, given) for model in models]
    for mask in masks:
        given = [tf.constant(x) for x in batch(form, MASKS[mask])]
        found = []
        for model, run in zip(models, work):
            model.set_weights(weights)
            found.append(run(*given))
        for ours, theirs in zip(*found, strict=True):
            ours, theirs = (np.asarray(x, np.float64) for x in (ours, theirs))
            assert ours.shape == theirs.shape, mask
            scale = max(np.abs(theirs).max(), 1e-2)
            assert np.abs(ours - theirs).max() <= TOLERANCES[dtype] * scale, mask


@pytest.fixture(autouse=True)
def precision_as_before():
    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_floatx(floatx)
    keras.backend.clear_session()


@pytest.mark.parametrize("form, way, dtype", SAMPLE)
def test_a_sample_of_the_grid_equals_keras(form, way, dtype):
    check(form, way, dtype, masks_of(form))


@pytest.mark.slow
@pytest.mark.grid
@pytest.mark.parametrize("form, way, dtype", REST)
def test_the_rest_of_the_grid_equals_keras(form, way, dtype):
    check(form, way, dtype, masks_of(form))


def test_the_sample_meets_everything():
    for choices, met in zip((FORMS, WAYS, TOLERANCES), zip(*SAMPLE)):
        assert set(choices) == set(met)
