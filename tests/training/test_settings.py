"""Settings that mean nothing are refused, by name."""

import pytest

from gru_textgen.cli.train import train
from gru_textgen.errors import InputError, as_options
from gru_textgen.training.limits import descriptions
from gru_textgen.training.settings import PRESETS, TrainingSettings, preset

NUMBERS = {
    name: described
    for name, described in descriptions(TrainingSettings).items()
    if described[0] in (int, float, int | None)
}


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
        {"cut": "sentences"},
        {"window_step": 0},
        {"plateau_factor": 1.0},
        {"plateau_patience": 0},
        {"min_learning_rate": -1.0},
        {"recurrent_activation": "relu"},
        {"cut": "windows", "documents": "line"},
        {"cut": "windows", "split": "documents"},
        {"cut": "windows", "state_reset": 0.1},
        {"init_from": "verse", "reset_after": False},
        {"recurrent_activation": "hard_sigmoid", "documents": "line"},
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


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_two_bounds_and_no_other_type(name):
    *_, described = NUMBERS[name]
    for value in (-(10**400), 10**400, float("nan"), True, "1", b"1", [1]):
        with pytest.raises(InputError, match=f"`{name}` must be"):
            TrainingSettings("runs/x", **{name: value})
    for bound in (described.low, described.high):
        if bound is not None:
            TrainingSettings("runs/x", **{name: bound})
    for bound in (described.above, described.below):
        if bound is not None:
            with pytest.raises(InputError, match=f"`{name}` must be"):
                TrainingSettings("runs/x", **{name: bound})


@pytest.mark.parametrize("name", descriptions(TrainingSettings))
def test_a_setting_of_another_type_is_refused_by_name(name):
    with pytest.raises(InputError, match=f"`{name}` must be"):
        TrainingSettings("runs/x", **{name: object()})


def test_every_option_of_train_is_described_by_its_setting():
    options = {option.name: option for option in train.params}
    for name, (_, default, described) in descriptions(TrainingSettings).items():
        if name in ("name", "jit_compile"):  # settings of Python alone
            assert name not in options
            continue
        help = options[name].help
        assert help.startswith(as_options(described.help)) and described.range in help
        if default not in (None, False):
            chosen = name in ("init_from", "epochs", "learning_rate", "patience")
            shown = "chosen for the text" if chosen else default
            assert f"default: {shown}]" in help


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
            "words": 256,
            "windows": 128,
        }[name]
    )


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(InputError, match="Did you mean 'large'.*tiny, small, medium"):
        preset("lrge")
