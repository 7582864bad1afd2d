"""Overlapping windows: how they are cut, and what is learnt of them."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelInfo, read_info
from gru_textgen.nn.loading import load_model
from gru_textgen.nn.model import build_model, compile_model
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.settings import TrainingSettings, preset
from gru_textgen.training.train import resume, train
from gru_textgen.training.windows import OverlappingWindows, split_windows
from tests.training.test_train import StopsAt, assert_same_runs

SMALL = dict(
    jit_compile=False,
    units=8,
    layers=1,
    seq_length=10,
    batch_size=8,
    sample_length=20,
    cut="windows",
    window_step=3,
    clip_norm=0.0,
)
TEXT = "".join(f"The cat {i} sat on the mat.\n" for i in range(20))


@given(st.integers(1, 9), st.integers(1, 6), st.integers(1, 4), st.integers(0, 60))
def test_windows_are_those_of_a_naive_construction(window, step, batch, more):
    ids = np.arange(window + 1 + step * (batch - 1) + more)
    every = [
        (ids[i : i + window].tolist(), [ids[i + window]])
        for i in range(0, len(ids) - window, step)
    ]
    cut = OverlappingWindows(ids, batch, window, step)
    assert cut.windows == len(every) // batch
    inputs, targets = zip(*(cut.batch(k) for k in range(cut.windows)))
    found = zip(np.concatenate(inputs).tolist(), np.concatenate(targets).tolist())
    assert list(found) == every[: cut.windows * batch]


def test_the_seed_and_the_epoch_decide_an_order_of_all_windows():
    cut = OverlappingWindows(np.arange(500), 7, 20, 5)
    assert np.sort(cut.arranged(3, 1)).tolist() == list(range(96))
    assert (cut.arranged(3, 1) == cut.arranged(3, 1)).all()
    assert (cut.arranged(3, 1) != cut.arranged(3, 2)).any()
    assert (cut.arranged(3, 1) != cut.arranged(4, 1)).any()


def test_the_held_out_windows_hold_nothing_that_is_learnt():
    settings = TrainingSettings("x", **{**SMALL, "seq_length": 20})
    ids = np.arange(3000)
    training, validation = split_windows(ids, settings)
    learnt = np.concatenate([training.batch(k)[0] for k in range(training.windows)])
    seen = np.concatenate([validation.batch(k)[0] for k in range(validation.windows)])
    assert learnt.max() < 2700 <= seen.min()


@pytest.mark.parametrize(
    "reset_after, gates", [(True, "sigmoid"), (False, "hard_sigmoid")]
)
def test_a_step_is_that_of_keras_of_one_hot_windows(reset_after, gates):
    """Number of weights, loss and update of `GRU`, `Dense` and `RMSprop(0.01)`."""
    chosen = preset("windows")
    info = ModelInfo(Vocabulary("abcdefg"))
    symbols, units, window = len(info.vocabulary), chosen["units"], 20
    ours = build_model(
        info,
        units,
        jit_compile=False,
        recurrent_activation=gates,
        reset_after=reset_after,
    )
    ours.last_only = True
    rate, clip_norm = chosen["learning_rate"], chosen["clip_norm"] or None
    compile_model(ours, chosen["optimizer"], rate, clip_norm)
    theirs = keras.Sequential(
        [
            keras.Input((window, symbols)),
            keras.layers.GRU(
                units, recurrent_activation=gates, reset_after=reset_after
            ),
            keras.layers.Dense(symbols, activation="softmax"),
        ]
    )
    theirs.compile(
        keras.optimizers.RMSprop(learning_rate=0.01),
        "categorical_crossentropy",
        jit_compile=False,
    )
    assert ours.count_params() == theirs.count_params()
    theirs.set_weights(ours.get_weights())
    ids = np.random.default_rng(0).integers(0, symbols, (2, 8, window + 1), "int32")
    for batch in ids:
        one_hot = np.eye(symbols, dtype=np.float32)[batch]
        loss = theirs.train_on_batch(one_hot[:, :-1], one_hot[:, -1])
        found = ours.train_on_batch(batch[:, :-1], batch[:, -1:])[0]
        assert found == pytest.approx(float(loss), rel=1e-4)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-3)


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_end(tmp_path):
    more = {
        **SMALL,
        "epochs": 2,
        "optimizer": "rmsprop",
        "learning_rate": 0.03,
        "schedule": "plateau",
        "plateau_patience": 1,
        "recurrent_activation": "hard_sigmoid",
        "reset_after": False,
    }
    whole, parts = (TrainingSettings(f"{tmp_path}/{n}", **more) for n in "ab")
    result = train(whole, TEXT)
    steps = int(load_model(whole.folder.checkpoint).optimizer.iterations) // 2
    stopped = train(parts, TEXT, callbacks=[StopsAt(steps + 2)])
    assert stopped.interrupted and not resume(parts.output, TEXT).interrupted
    assert_same_runs(whole, parts)
    info = read_info(result.path)
    assert info.settings["cut"] == "windows" and info.reset_id is None
    assert result.figures["val_loss"] < np.log(len(info.vocabulary))


def test_a_text_shorter_than_a_window_is_refused(tmp_path):
    with pytest.raises(InputError, match="too short"):
        train(TrainingSettings(tmp_path, **{**SMALL, "seq_length": 900}), TEXT)
