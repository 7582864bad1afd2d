"""What an engineer expects of a layer that stands in Keras's place: its arguments and
attributes, derivatives of every order, and Keras's own tests of its GRU."""

import inspect
import unittest

import keras
import numpy as np
import pytest
import tensorflow as tf

from gru_textgen.nn import gru
from gru_textgen.nn.gru import GRU

RNG = np.random.default_rng(0)
X = tf.constant(RNG.normal(size=(4, 5, 3)), tf.float32)
SAMPLES = {  # another value than the default of every argument of Keras's
    "units": 3,
    "activation": "relu",
    "recurrent_activation": "hard_sigmoid",
    "kernel_initializer": "ones",
    "recurrent_initializer": "zeros",
    "bias_initializer": "ones",
    "kernel_regularizer": "l1",
    "recurrent_regularizer": "l2",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "kernel_constraint": "non_neg",
    "recurrent_constraint": "max_norm",
    "bias_constraint": "unit_norm",
    "dropout": 0.5,
    "recurrent_dropout": 0.5,
    "seed": 3,
    "use_cudnn": False,
}
MORE = {  # taken by name alone
    "implementation": 1,
    "zero_output_for_mask": True,
    "name": "mine",
    "dtype": "float64",
    "trainable": False,
}


def arguments():
    """Of Keras's constructor, as it is installed, with a value for each."""
    given = {}
    for name, argument in inspect.signature(
        keras.layers.GRU.__init__
    ).parameters.items():
        if name in SAMPLES:
            given[name] = SAMPLES[name]
        elif isinstance(argument.default, bool):
            given[name] = not argument.default
        else:  # an argument that this test does not know fails it, as it should
            assert name in ("self", "kwargs"), name
    return given | MORE


@pytest.mark.parametrize("name, value", arguments().items())
def test_every_argument_of_keras_is_taken_and_means_the_same(name, value):
    given = {"units": 2, name: value}
    batch = (4, 5, 3) if name == "stateful" else X.shape
    found = []
    for kind in (GRU, keras.layers.GRU):
        layer = kind(**{"recurrent_initializer": "ones", **given, "seed": 3})
        layer.build(batch)
        found.append(layer)
    ours, theirs = found
    theirs.set_weights(ours.get_weights())
    mask = np.arange(5) < np.array([[5], [3], [1], [4]])
    for training in (False, True):
        outputs = [layer(X, mask=mask, training=training) for layer in found]
        for a, b in zip(*map(tf.nest.flatten, outputs), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert [float(x) for x in ours.losses] == pytest.approx(
        [float(x) for x in theirs.losses], rel=1e-5
    )
    configs = [layer.get_config() for layer in found]
    assert set(configs[1]) <= set(configs[0])
    for key in set(configs[1]) - {"name"}:
        assert configs[0][key] == configs[1][key], key


def test_the_arguments_are_named_and_ordered_as_keras_has_them():
    ours, theirs = (
        list(inspect.signature(kind.__init__).parameters)
        for kind in (GRU, keras.layers.GRU)
    )
    assert ours[: len(theirs) - 1] == theirs[:-1]  # the last are **kwargs
    defaults = [
        {n: p.default for n, p in inspect.signature(kind.__init__).parameters.items()}
        for kind in (GRU, keras.layers.GRU)
    ]
    other = {n for n, value in defaults[1].items() if defaults[0][n] != value}
    assert other == {"recurrent_initializer"}  # on purpose: Glorot uniform


def test_every_attribute_of_keras_is_there():
    ours, theirs = GRU(2, **{"dropout": 0.1}), keras.layers.GRU(2, dropout=0.1)
    for layer in (ours, theirs):
        layer(X)
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert not public - set(dir(ours))
    for name in theirs.get_config():
        if hasattr(theirs, name) and name not in ("name", "recurrent_initializer"):
            mine, other = getattr(ours, name), getattr(theirs, name)
            assert mine == other or type(mine) is type(other), name


@pytest.mark.parametrize("wrong", [{"use_cudnn": "foo"}, {"unknown": 1}, {"units": 0}])
def test_wrong_arguments_are_value_errors_as_in_keras(wrong):
    for kind in (GRU, keras.layers.GRU):
        with pytest.raises(ValueError):
            kind(**{"units": 2, **wrong})
    with pytest.raises(ValueError, match="jit_compile"):
        GRU(2, jit_compile="yes")


def test_cudnn_that_is_demanded_is_an_error_when_called():
    for kind in (GRU, keras.layers.GRU):
        layer = kind(2, use_cudnn=True)
        if not tf.config.list_physical_devices("GPU"):
            with pytest.raises(ValueError, match="use_cudnn"):
                layer(X)


@pytest.mark.parametrize("jit_compile", [None, True, False])
@pytest.mark.parametrize("training", [True, False])
def test_jit_compile_decides_what_xla_compiles(jit_compile, training):
    layer = GRU(2, jit_compile=jit_compile)
    layer.build(X.shape)
    function = tf.function(lambda x: layer(x, training=training))
    graph = str(function.get_concrete_function(X).graph.as_graph_def())
    compiled = training if jit_compile is None else jit_compile
    assert ("_XlaMustCompile" in graph) == compiled
    again = GRU.from_config(layer.get_config())
    assert again.jit_compile is jit_compile


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("has_units", [True, False])
def test_a_processor_with_units_for_bfloat16_is_used(monkeypatch, precision, has_units):
    monkeypatch.setattr(gru, "multiplies_bfloat16", lambda: has_units)
    layer = GRU(2, dtype=precision)
    layer.build(X.shape)
    function = tf.function(lambda x: layer(x, training=True))
    graph = str(function.get_concrete_function(X).graph.as_graph_def())
    by_units = has_units and precision == "mixed_bfloat16"
    assert ("_XlaMustCompile" in graph) == (not by_units)


# Derivatives of higher order.


def gradients(layer, x, mask, weights):
    with tf.GradientTape() as tape:
        tape.watch([x, *weights])
        y = tf.reduce_sum(tf.sin(layer(x, mask=mask, training=True)))
    return tape.gradient(y, [x, *weights])


def penalty(layer, x, mask):
    """The gradient of a gradient's square, by everything."""
    weights = [v.value for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch([x, *weights])
        found = gradients(layer, x, mask, weights)
        loss = tf.add_n([tf.reduce_sum(g**2) for g in found])
    return [loss, *tape.gradient(loss, [x, *weights])]


def jacobians(layer, x, mask):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = layer(x, mask=mask, training=True)
    return [tape.jacobian(y, x), tape.batch_jacobian(y, x)]


def hessian(layer, x, mask):
    with tf.GradientTape() as tape:
        tape.watch(x)
        (found,) = gradients(layer, x, mask, [])
    return [tape.jacobian(found, x)]


def third(layer, x, mask):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(penalty(layer, x, mask)[1] ** 2)
    return [tape.gradient(loss, x)]


def twins(**more):
    ours = GRU(2, jit_compile=True, **more)
    theirs = keras.layers.GRU(2, **more)
    for layer in (ours, theirs):
        layer.build(X.shape)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@pytest.mark.parametrize(
    "derivative, reset_after, masked",
    [
        pytest.param(penalty, True, True, marks=pytest.mark.slow),
        pytest.param(jacobians, True, True, marks=pytest.mark.slow),
        (jacobians, False, False),
        pytest.param(hessian, True, True, marks=pytest.mark.slow),
        pytest.param(third, False, False, marks=pytest.mark.slow),
    ],
)
def test_derivatives_of_higher_order_pass_through_what_xla_compiled(
    derivative, reset_after, masked
):
    ours, theirs = twins(reset_after=reset_after)
    mask = tf.constant(RNG.random((4, 5)) > 0.3) if masked else None
    function = tf.function(lambda: derivative(ours, X, mask), autograph=False)
    graph = str(function.get_concrete_function().graph.as_graph_def())
    assert "_XlaMustCompile" in graph
    for found, expected in zip(function(), derivative(theirs, X, mask), strict=True):
        scale = max(np.abs(expected).max(), 1e-3)
        assert np.abs(found - expected).max() < 1e-4 * scale


@pytest.mark.parametrize("free", [(4, 5), (None, None)])
def test_gradient_penalties_are_keras_s_eagerly_and_in_functions(free):
    ours, theirs = twins()
    expected = penalty(theirs, X, None)
    spec = tf.TensorSpec((*free, 3))
    function = tf.function(
        lambda x: penalty(ours, x, None), input_signature=[spec], autograph=False
    )
    for run in (lambda x: penalty(ours, x, None), function):
        for a, b in zip(run(X), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_keras_s_own_tests_of_its_gru_pass_with_ours_in_its_place(monkeypatch):
    own = pytest.importorskip("keras.src.layers.rnn.gru_test")
    monkeypatch.setattr(own.layers, "GRU", GRU)
    suite = unittest.TestSuite()
    for test in unittest.defaultTestLoader.loadTestsFromTestCase(own.GRUTest):
        name = test.id().rpartition(".")[2].split()[0]  # "test_x0 (1)" of a table
        method = getattr(test, name, None)
        marks = getattr(method, "pytestmark", [])
        if not any(mark.name == "skipif" and mark.args[0] for mark in marks):
            suite.addTest(test)
    result = unittest.TestResult()
    suite.run(result)
    assert not result.failures + result.errors
    assert result.testsRun >= 8
