"""A step of training on several devices or machines.

Every replica reads its rows of the batch. The mean loss of the whole batch and its
gradients are summed over all replicas, so that every process takes the same step of the
optimizer and keeps the same weights.

This is TensorFlow's documented loop under `strategy.run`, inside the `train_step` that
`fit` calls: the `fit` of Keras 3 has no way of its own through
`MultiWorkerMirroredStrategy` (https://github.com/keras-team/keras/issues/20585). The
optimizer stands outside the strategy, where it clips what was summed; one inside it
would clip the gradients of each replica and then add them up.
"""

import keras
import numpy as np
import tensorflow as tf


class Replicas:
    """The replicas of a `TextModel`, which they take over.

    Args:
        strategy: a `tf.distribute.Strategy` that mirrors.
        workers: processes that run the same program.

    Attributes:
        count: replicas, all processes together.
        local: those of this process.
        agreed: sum over all replicas of what was `asked` before a step, shape
            `(requests,)`.
    """

    REQUESTS = 2

    def __init__(self, strategy: tf.distribute.Strategy, workers: int = 1):
        self.strategy = strategy
        self.count = strategy.num_replicas_in_sync
        self.local = self.count // workers
        self.asked = tf.Variable(tf.zeros(self.REQUESTS), trainable=False)
        self.agreed = tf.Variable(tf.zeros(self.REQUESTS), trainable=False)
        numbers = [tf.TensorSpec([None], tf.float64)]
        self._total = tf.function(self._total_of, numbers, autograph=False)

    def train_step(self, model, batch):
        """One step on this process's rows: ids, and the ids after them, of shape
        `(rows, time)`. Returns the figures by name, of the whole batch."""
        variables = model.trainable_variables

        def replica():
            with tf.GradientTape() as tape:
                loss, states = self._loss(model, batch, training=True)
                scaled = model.optimizer.scale_loss(loss)
            gradients = tape.gradient(scaled, variables)
            return self._sum([loss, self.asked, *gradients]), states

        (loss, agreed, *gradients), states = self.strategy.run(replica)
        self.agreed.assign(self._one(agreed))
        self._carry(model, states)
        model.optimizer.apply([self._one(g) for g in gradients], variables)
        return self._figures(model, self._one(loss), batch)

    def test_step(self, model, batch):
        """The same without learning."""

        def replica():
            loss, states = self._loss(model, batch, training=False)
            return self._sum([loss]), states

        [loss], states = self.strategy.run(replica)
        self._carry(model, states)
        return self._figures(model, self._one(loss), batch)

    def total(self, values):
        """The sum of an array over all processes, which all call this together."""
        values = np.asarray(values, np.float64)
        found = self._total(values.ravel()).numpy() / self.local
        return found.reshape(values.shape)

    def _total_of(self, values):
        [found] = self.strategy.run(lambda: self._sum([values]))
        return self._one(found)

    def _loss(self, model, batch, training):
        """This replica's part of the mean loss of the whole batch, and the states."""
        inputs, targets = map(self._own, batch)
        states = [self._own(state) for state in model.carried_states()]
        logits, states = model.advance(inputs, states, training)
        losses = keras.losses.sparse_categorical_crossentropy(
            targets, logits, from_logits=True
        )
        return tf.reduce_mean(losses) / self.count, states

    def _own(self, tensor):
        """This replica's rows."""
        tensor = tf.convert_to_tensor(tensor)
        context = tf.distribute.get_replica_context()
        rows = tensor.shape[0] // self.local
        first = context.replica_id_in_sync_group % self.local * rows
        rest = [0] * (tensor.shape.rank - 1)
        return tf.slice(tensor, [first, *rest], [rows, *tensor.shape[1:]])

    def _sum(self, tensors):
        tensors = [tf.identity(x) for x in tensors]  # on the replica's own device
        return tf.distribute.get_replica_context().all_reduce("SUM", tensors)

    def _one(self, value):
        """What is the same on every replica."""
        return self.strategy.experimental_local_results(value)[0]

    def _carry(self, model, states):
        """Keep the states of all rows of this process for the next batch."""
        for carried, state in zip(model.carried_states(), states):
            rows = self.strategy.experimental_local_results(state)
            carried.assign(tf.cast(tf.concat(rows, axis=0), carried.dtype))

    def _figures(self, model, loss, batch):
        """The figures so far, with those of a batch."""
        predicted = self.count // self.local * tf.size(batch[1], tf.float32)
        of_loss, *compiled = model.metrics
        of_loss.update_state(loss, predicted)
        for metric in (metric for kind in compiled for metric in kind.metrics):
            metric.add(loss, predicted)
        return model.get_metrics_result()
