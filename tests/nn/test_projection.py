"""Ids in the place of one-hot vectors."""

import numpy as np
import tensorflow as tf

from gru_textgen.nn.projection import project


def test_ids_are_projected_as_their_one_hot_vectors():
    rng = np.random.default_rng(2)
    kernel = tf.constant(rng.normal(size=(5, 3)))
    ids = tf.constant([[0, 4, 4], [2, 0, 1]])
    weights = rng.normal(size=(2, 3, 3))
    results = []
    for inputs in (ids, tf.one_hot(ids, 5, dtype=tf.float64)):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            rows = project(inputs, kernel)
            loss = tf.reduce_sum(rows * weights)
        results.append((rows, tape.gradient(loss, kernel)))
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
