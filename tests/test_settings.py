"""Settings that mean nothing are refused, by name."""

import pytest

from gru_textgen.errors import InputError
from gru_textgen.settings import TrainingSettings


@pytest.mark.parametrize(
    "setting",
    [
        {"units": 0},
        {"layers": -1},
        {"epochs": 0},
        {"seq_length": 0},
        {"batch_size": -4},
        {"dropout": 1.0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"clip_norm": float("inf")},
        {"validation_split": 0.0},
        {"validation_split": 1.0},
        {"patience": -1},
        {"seed": -1},
        {"schedule": "cosin"},
        {"optimizer": "adamm"},
    ],
)
def test_a_setting_that_means_nothing_is_named(setting):
    name = next(iter(setting))
    with pytest.raises(InputError, match=name):
        TrainingSettings("runs/x", **setting)
