"""The memory horizon of any Keras model, for a comparison of recurrent layers."""

from collections.abc import Callable

import numpy as np

from gru_textgen.errors import InputError


def windows(ids: np.ndarray, time: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Passages of a text for `keras_memory_horizon`, at even distances.

    Args:
        ids: of the text, shape `(characters,)`.
        time: characters of a passage.
        count: passages.

    Returns:
        Inputs `(count, time)`, and the character after each, `(count,)`.

    Raises:
        InputError: if the text is too short.
    """
    if len(ids) <= time:
        raise InputError(
            f"The text must have more than {time} characters, not {len(ids)}."
        )
    starts = np.linspace(0, len(ids) - time - 1, count).astype(int)
    passages = np.asarray(ids)[starts[:, None] + np.arange(time + 1)]
    return passages[:, :-1], passages[:, -1]


def keras_memory_horizon(
    model, inputs: np.ndarray, targets: np.ndarray, loss: Callable | None = None
) -> np.ndarray:
    """`influence.memory_horizon` of any Keras layers, by TensorFlow's `GradientTape`.

    It steps through the cells by itself, from states of zeros. TensorFlow is loaded
    when it is called.

    Args:
        model: a `keras.Sequential` with one or more recurrent layers (`GRU`, `LSTM`,
            `SimpleRNN`, ours), whose other layers work on each step alone.
        inputs: ids `(batch, time)` or numbers `(batch, time, features)`.
        targets: of the last step, `(batch, ...)`.
        loss: of targets and the last step's outputs, one number for each in the
            batch; by default the cross-entropy of ids, outputs being logits.

    Returns:
        Shape `(time,)`: at [k] the mean over the batch of the norm of d loss / d (all
        that the layers carry on k steps before the last; of an LSTM, h and c). At 0
        stands the output that the prediction is read from.

    Raises:
        InputError: if no layer of the model is recurrent.
    """
    import keras
    import tensorflow as tf

    recurrent = [x for x in model.layers if isinstance(x, keras.layers.RNN)]
    if not recurrent:
        raise InputError("The model has no recurrent layer, so it has no state.")
    inputs = tf.convert_to_tensor(inputs)
    states = {x.name: x.get_initial_state(len(inputs)) for x in recurrent}
    carried = []
    with tf.GradientTape() as tape:
        tape.watch(states)
        for step in range(inputs.shape[1]):
            # Copies, so that the gradient is by what is carried on, not by what is
            # read out at the same step.
            states = {k: [tf.identity(s) for s in v] for k, v in states.items()}
            carried.append([s for state in states.values() for s in state])
            x = inputs[:, step]
            for layer in model.layers:
                if layer not in recurrent:
                    x = layer(x)
                    continue
                if getattr(layer.cell, "vocabulary_size", None):
                    x = x[:, tf.newaxis]
                x, states[layer.name] = layer.cell(x, states[layer.name])
                read_out = x
        losses = (loss or _cross_entropy)(targets, x)
    sources = [*carried[1:], [read_out]]
    found = tape.gradient(losses, sources, unconnected_gradients="zero")
    norms = [np.sqrt(sum((g.numpy() ** 2).sum(axis=1) for g in step)) for step in found]
    return np.array([norm.mean() for norm in reversed(norms)])


def _cross_entropy(targets, logits):
    import keras

    return keras.losses.sparse_categorical_crossentropy(
        targets, logits, from_logits=True
    )
