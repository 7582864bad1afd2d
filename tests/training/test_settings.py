"""Settings that mean nothing are refused, by name."""

import pytest

from gru_textgen.errors import InputError
from gru_textgen.training.settings import PRESETS, TrainingSettings, preset


@pytest.mark.parametrize(
    "setting",
    [
        {"units": 0},
        {"layers": -1},
        {"layers": 32},  # more than a model file may have
        {"units": 2**31},
        {"epochs": 10**20},
        {"batch_size": 10**20},
        {"units": 2.5},
        {"seed": True},
        {"learning_rate": "fast"},
        {"epochs": 0},
        {"seq_length": 0},
        {"batch_size": -4},
        {"dropout": 1.0},
        {"weight_dropout": -0.1},
        {"state_reset": 1.0},
        {"calibration_split": -0.1},
        {"input_scale": 0.0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"clip_norm": float("inf")},
        {"validation_split": -0.1},
        {"validation_split": 1.0},
        {"patience": -1},
        {"seed": -1},
        {"seed": 2**32},
        {"schedule": "cosin"},
        {"optimizer": "adamm"},
    ],
)
def test_a_setting_that_means_nothing_is_named(setting):
    name = next(iter(setting))
    with pytest.raises(InputError, match=name):
        TrainingSettings("runs/x", **setting)


def test_the_model_is_named_after_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for output in (".", tmp_path, str(tmp_path)):
        assert TrainingSettings(output).folder.model.name == f"{tmp_path.name}.keras"
    assert TrainingSettings(tmp_path).output == str(tmp_path)
    with pytest.raises(InputError, match="cannot be called 'checkpoint'"):
        TrainingSettings("runs/checkpoint")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_settings_and_no_door_to_others(name):
    preset(name).clear()
    assert (
        TrainingSettings("runs/x", **preset(name)).units
        == {
            "tiny": 128,
            "small": 256,
            "medium": 384,
            "large": 640,
        }[name]
    )


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(InputError, match="Did you mean 'large'.*tiny, small, medium"):
        preset("lrge")
