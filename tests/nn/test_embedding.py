"""The embedding and the output tied to it, against layers of Keras."""

import keras
import numpy as np
import tensorflow as tf

from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.nn.embedding import Embedding
from gru_textgen.nn.model import build_model
from gru_textgen.text.words import WordVocabulary

WORDS = [f"word{i}" for i in range(19)]
IDS = np.random.default_rng(1).integers(0, 20, (3, 7))


def test_a_tied_model_has_the_loss_and_gradients_of_keras_layers():
    """Of Keras's own embedding, GRU and products, with the same weights."""
    info = ModelInfo(WordVocabulary(WORDS))
    ours = build_model(info, 6, embedding=4, jit_compile=False)
    assert [tuple(w.shape) for w in ours.weights] == [
        *[(20, 4), (4, 18), (6, 18), (2, 18)],
        *[(6, 4), (20,)],
    ]
    embedding = keras.layers.Embedding(20, 4)
    gru = keras.layers.GRU(6, return_sequences=True)
    gru(embedding(IDS))
    table, *of_gru, projection, bias = ours.get_weights()
    embedding.set_weights([table])
    gru.set_weights(of_gru)
    projection, bias = tf.Variable(projection), tf.Variable(bias)

    def peer(ids):
        projected = tf.matmul(gru(embedding(ids)), projection)
        return tf.matmul(projected, embedding.embeddings, transpose_b=True) + bias

    found = []
    theirs = [*embedding.weights, *gru.weights, projection, bias]
    for call, weights in ((ours, ours.weights), (peer, theirs)):
        values = [x if isinstance(x, tf.Variable) else x.value for x in weights]
        with tf.GradientTape() as tape:
            logits = call(IDS[:, :-1])
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(IDS[:, 1:], logits, True)
            )
        gradients = tape.gradient(loss, values)
        found.append([loss, *map(tf.convert_to_tensor, gradients)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_dropout_reads_a_word_as_zeros_wherever_it_stands():
    layer = Embedding(1000, 2, dropout=0.25, seed=3)
    ids = np.tile(np.arange(1000), (2, 1))
    plain = np.asarray(layer(ids))
    kept = np.asarray(layer(ids, training=True))
    dropped = (kept == 0).all(axis=-1)
    assert (dropped[0] == dropped[1]).all()
    assert 180 < dropped[0].sum() < 320
    np.testing.assert_allclose(kept[~dropped], plain[~dropped] / 0.75, rtol=1e-6)
    again = np.asarray(layer(ids, training=True))
    assert ((again == 0).all(axis=-1) != dropped).any()
