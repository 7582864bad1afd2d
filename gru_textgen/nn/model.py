"""The `Sequential` of GRU layers that predicts the next character, and its saving."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from gru_textgen.files import atomic_write
from gru_textgen.model_file.keras_layers import model_arrays
from gru_textgen.model_file.limits import SIGMOID
from gru_textgen.model_file.reader import (
    COUNTS,
    FINGERPRINTS,
    Counts,
    ModelArrays,
    ModelInfo,
)
from gru_textgen.model_file.schema import CONFIG_KEY
from gru_textgen.nn.embedding import Embedding, TiedDense
from gru_textgen.nn.gru import GRU
from gru_textgen.nn.metrics import BitsPerCharacter, Perplexity
from gru_textgen.text.units import WORD
from gru_textgen.text.vocabulary import UNKNOWN_ID

# Keras multiplies the loss by it, and divides the gradients: the smallest of them are
# numbers in float16 then, and the largest of a loss of characters still are.
_LOSS_SCALE = 128.0
_COUNTED, _RECORDED = (name.rpartition("/")[2] for name in (COUNTS, FINGERPRINTS))


@keras.saving.register_keras_serializable(package="gru_textgen")
class TextModel(keras.Sequential):
    """A `Sequential` that carries its vocabulary and history, and saves whole files.

    Args:
        layers: as for `keras.Sequential`.
        info: what the file says of the model, a `ModelInfo`.
        **kwargs: as for `keras.Sequential`.

    Attributes:
        counts: of its text, which its file mixes in; or None. Layers and losses know
            nothing of them.
        fingerprints: the record of the documents of its text, which its file holds;
            or None.
        replicas: the `Replicas` that a step runs on; None for a step of Keras's own.
        last_only: whether calls give the logits after the last id of each row alone,
            shape `(batch, 1, vocab_size)`. A run sets it; no file holds it.

    Example:
        >>> import keras
        >>> from gru_textgen import GRU, TextGenerator, TextModel, Vocabulary
        >>> from gru_textgen.model_file.reader import ModelInfo
        >>> vocabulary = Vocabulary("abc ")
        >>> model = TextModel([
        ...     keras.Input((None,), dtype="int32"),
        ...     GRU(16, vocabulary_size=5, return_sequences=True),
        ...     keras.layers.Dense(5),
        ... ], info=ModelInfo(vocabulary))
        >>> model.save("model.keras")
        >>> TextGenerator.load("model.keras").vocabulary.symbols
        ('a', 'b', 'c', ' ')
    """

    def __init__(self, layers=None, info: ModelInfo | None = None, **kwargs):
        super().__init__(layers, **kwargs)
        self.info = info
        self.counts: Counts | None = None
        self.fingerprints: np.ndarray | None = None
        self.last_only = False
        self.replicas = None

    def add(self, layer, rebuild=True):
        """As `keras.Sequential.add`; a `TiedDense` is tied to the embedding."""
        if isinstance(layer, TiedDense):
            layer.tie(next(x for x in self.layers if isinstance(x, Embedding)))
        super().add(layer, rebuild)

    @property
    def reset_id(self) -> int | None:
        """The id before which the state is emptied, if there is one."""
        return None if self.info is None else self.info.reset_id

    def call(self, inputs, training=None, mask=None):
        """As `keras.Sequential.call`; of a model of documents, the state of every GRU
        is emptied where one begins."""
        if self.reset_id is None and not self.last_only:
            return super().call(inputs, training=training, mask=mask)
        resets = None if self.reset_id is None else ops.equal(inputs, self.reset_id)
        *below, output = self.layers
        x = inputs
        for layer in below:
            x = layer(x, resets=resets) if isinstance(layer, GRU) else layer(x)
        return output(x[:, -1:] if self.last_only else x)

    def advance(self, inputs, states, training=False):
        """As a call, from given states; what is carried stays as it is.

        Args:
            inputs: ids, shape `(batch, time)`.
            states: of each GRU, shape `(batch, units)`; none for empty ones.
            training: whether dropout applies.

        Returns:
            The logits, and the state of each GRU after the last id.
        """
        resets = None if self.reset_id is None else ops.equal(inputs, self.reset_id)
        *below, output = self.layers
        x, given, after = inputs, iter(states), []
        for layer in below:
            if isinstance(layer, GRU):
                x = layer(x, next(given, None), training=training, resets=resets)
                after.append(x[:, -1])
            else:
                x = layer(x, training=training)
        return output(x[:, -1:] if self.last_only else x), after

    def train_step(self, data):
        """As `keras.Model.train_step`, on the replicas if there are some."""
        if self.replicas is None:
            return super().train_step(data)
        return self.replicas.train_step(self, data)

    def test_step(self, data):
        """As `keras.Model.test_step`, on the replicas if there are some."""
        if self.replicas is None:
            return super().test_step(data)
        return self.replicas.test_step(self, data)

    def distribute(self, replicas):
        """Let each step run on replicas, which carry the states themselves.

        Args:
            replicas: the `Replicas`.
        """
        self.replicas = replicas
        for layer in self.gru_layers():
            layer.stateful = False

    def carried_states(self) -> list[Any]:
        """What the GRU layers carry from batch to batch, if they do."""
        return [state for layer in self.gru_layers() for state in layer.states or ()]

    def save(self, filepath, overwrite=True, **kwargs):
        """As `keras.Model.save`, but a file is whole or not there at all."""
        path = Path(filepath)
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} exists, and overwrite is False.")
        with atomic_write(path) as part:
            super().save(part, **kwargs)

    def get_config(self):
        """The layers for any batch, in float32: carrying the state from one batch to
        the next, and half precision, are the training run's business, not the
        model's."""
        config = super().get_config()
        for layer in config["layers"]:
            inner = layer["config"]
            if "batch_shape" in inner:
                inner["batch_shape"] = (None, *inner["batch_shape"][1:])
            if "stateful" in inner:
                inner["stateful"] = False
            policy = inner["dtype"]  # of the input layer a name
            if isinstance(policy, dict) and "mixed" in policy["config"]["name"]:
                policy["config"] = {"name": "float32"}
            layer.pop("build_config", None)
        config.pop("build_input_shape", None)
        if self.info is not None:
            counts = {} if self.counts is None else self.counts.record()
            config[CONFIG_KEY] = replace(self.info, counts=counts).to_config()
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        info = config.pop(CONFIG_KEY, None)
        model = super().from_config(config, custom_objects=custom_objects)
        model.info = None if info is None else ModelInfo.from_config(info)
        return model

    def save_own_variables(self, store):
        """Called by Keras: what is saved beside the layers."""
        super().save_own_variables(store)
        if self.counts is not None and self.info is not None:
            store[_COUNTED] = self.counts.ids
        if self.fingerprints is not None and self.info is not None:
            store[_RECORDED] = self.fingerprints

    def load_own_variables(self, store):
        """The inverse of `save_own_variables`."""
        if _COUNTED in store.keys() and self.info is not None:
            self.counts = Counts.from_record(
                np.asarray(store[_COUNTED]), self.info.counts
            )
        if _RECORDED in store.keys():
            self.fingerprints = np.asarray(store[_RECORDED])

    def reset_states(self, streams=None):
        """Forget the text read so far, in every GRU that carries its state.

        Args:
            streams: which of the batch are to forget it, booleans of shape `(batch,)`;
                None for all.
        """
        for layer in self.gru_layers():
            if streams is None:
                layer.reset_state()
            else:
                for state in layer.states:
                    state.assign(ops.where(streams[:, None], 0.0, state))

    def reseed(self, seed: int, epoch: int):
        """Let the seed and the epoch decide the dropout masks from here on, so that a
        run that goes on draws the masks that it would have drawn.

        Args:
            seed: of the run.
            epoch: that begins, counted from 0.
        """
        for i, state in enumerate(self.random_states()):
            state.assign([seed + 2 * i + 1, epoch << 16])

    def move_seeds(self, worker: int):
        """Let the masks of `Dropout` layers, which other workers draw for other rows,
        differ from theirs. Dropped weights are the same for all rows.

        Args:
            worker: this one's index; 0 changes nothing.
        """
        for layer in self.layers:
            if worker and isinstance(layer, keras.layers.Dropout):
                state = layer.seed_generator.state
                state.assign(state + ops.cast([worker << 16, 0], state.dtype))

    def random_states(self) -> list[Any]:
        """What decides the next dropout masks: of the dropout layers in order, then of
        the GRU layers that drop weights."""
        dropping: list[Any] = [
            x
            for x in self.layers
            if isinstance(x, keras.layers.Dropout)
            or isinstance(x, Embedding)
            and x.dropout
        ]
        dropping += [x.cell for x in self.gru_layers() if x.cell.weight_dropout]
        return [x.seed_generator.state for x in dropping]

    def gru_layers(self) -> list[GRU]:
        """The GRU layers in the order in which they are applied."""
        return [layer for layer in self.layers if isinstance(layer, GRU)]

    def arrays(self) -> ModelArrays:
        """A copy of the weights, for the NumPy engine.

        Raises:
            InputError: for a layer that the engine cannot run; it is named.
        """
        found = replace(model_arrays(self), counts=self.counts)
        return replace(found, fingerprints=self.fingerprints)

    def __repr__(self):
        layers = (
            (
                f"{type(x).__name__}({x.units})"
                if hasattr(x, "units")
                else type(x).__name__
            )
            for x in self.layers
        )
        known = f", {len(self.info.vocabulary)} symbols" if self.info else ""
        return f"<TextModel {self.name!r}: {', '.join(layers)}{known}>"


def build_model(
    info: ModelInfo,
    units: int,
    layers: int = 1,
    dropout: float = 0.0,
    weight_dropout: float = 0.0,
    input_scale: float = 1.0,
    batch_size: int | None = None,
    jit_compile: bool | None = None,
    recurrent_activation: str = SIGMOID,
    reset_after: bool = True,
    precision: str = "float32",
    embedding: int = 0,
    embedding_dropout: float = 0.0,
) -> TextModel:
    """A new model: GRU layers over one-hot characters, and a `Dense` to the logits; of
    words GRU layers over an embedding, to which the output is tied.

    Args:
        info: with the vocabulary.
        units: size of each layer's state.
        layers: number of GRU layers.
        dropout: share of each layer's outputs that training drops.
        weight_dropout: share of each recurrent kernel's weights that it drops.
        input_scale: the value of the one in one-hot characters.
        batch_size: if given, the model carries its state from one batch of this size
            to the next, until `reset_states`.
        jit_compile: whether XLA compiles the layers, as `GRU` says.
        recurrent_activation: of the gates, "sigmoid" or "hard_sigmoid".
        reset_after: whether the reset gate applies after the recurrent product.
        precision: Keras's policy of the GRU layers, one of `settings.PRECISIONS`;
            weights, and the layer to the logits, are float32 with every one.
        embedding: size of the vector of a word; 0 reads one-hot ids.
        embedding_dropout: share of the words that training drops from a batch.

    Returns:
        A model of ids `(batch, time)` to logits `(batch, time, len(vocabulary))`.
    """
    vocab_size = len(info.vocabulary)
    model = TextModel(info=info)
    model.add(keras.Input(batch_shape=(batch_size, None), dtype="int32"))
    if embedding:
        model.add(Embedding(vocab_size, embedding, embedding_dropout))
    for i in range(layers):
        model.add(
            GRU(
                units,
                return_sequences=True,
                stateful=batch_size is not None,
                vocabulary_size=None if i or embedding else vocab_size,
                weight_dropout=weight_dropout,
                input_scale=1.0 if i else input_scale,
                jit_compile=jit_compile,
                recurrent_activation=recurrent_activation,
                reset_after=reset_after,
                dtype=precision,
            )
        )
        if dropout:
            model.add(keras.layers.Dropout(dropout, dtype=precision))
    if embedding:
        model.add(TiedDense())
        return model
    model.add(keras.layers.Dense(vocab_size, dtype="float32"))  # whole logits
    # An unknown character says nothing: its one-hot row adds nothing to the gates.
    kernel = model.gru_layers()[0].cell.kernel
    kernel.assign(ops.slice_update(kernel, (UNKNOWN_ID, 0), ops.zeros((1, 3 * units))))
    return model


def compile_model(
    model: TextModel,
    optimizer: str,
    learning_rate,
    clip_norm: float | None,
    accumulate: int = 1,
) -> None:
    """Loss, metrics and the optimizer of that Keras name, with clipped gradients.

    A model of words has no metrics: over so many logits each costs as much as the loss,
    from which they follow.

    Args:
        model: as `build_model` makes it.
        optimizer: one of `settings.OPTIMIZERS`.
        learning_rate: a number, or a schedule of updates.
        clip_norm: largest norm of all gradients together, or None.
        accumulate: batches whose gradients are averaged for an update.
    """
    words = model.info is not None and model.info.level == WORD
    optimizer_class = type(keras.optimizers.get(optimizer))
    half = any(layer.compute_dtype == "float16" for layer in model.gru_layers())
    model.compile(
        optimizer=optimizer_class(
            learning_rate,
            global_clipnorm=clip_norm,
            gradient_accumulation_steps=accumulate if accumulate > 1 else None,
            loss_scale_factor=_LOSS_SCALE if half else None,
        ),
        jit_compile=False,  # the layers compile their loops themselves
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=None if words else [Perplexity(), BitsPerCharacter()],
    )
