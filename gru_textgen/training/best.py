"""The model of the best epoch, as a run that is resumed finds it in its folder."""

import os
from collections.abc import Callable
from pathlib import Path

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelInfo, read_stored
from gru_textgen.training.checkpoint import Checkpoint, loss_of, set_aside


def loss_to_beat(
    path: Path, found: Checkpoint, say: Callable[[str], None]
) -> float | None:
    """The validation loss of the model in a run's folder, which a better one replaces.

    A file that is damaged, or the model of another run, is renamed, not overwritten.

    Args:
        path: Path of the model file.
        found: The checkpoint that the run resumes from.
        say: Is given a sentence about a model that is lost.

    Returns:
        The loss in nats; None if there is no model, and the next one is the best.
    """
    try:
        info = read_stored(path).info  # all of it: what is damaged is no model
        if _are_of_one_run(info, found.info):
            return float(loss_of(info.figures))
        wrong = "is a model of another run"
    except (InputError, KeyError, TypeError, ValueError):
        wrong = "is damaged"
    if os.path.lexists(path):
        wrong += f" and is kept as {set_aside(path).name}"
    else:
        wrong = "is missing"
    if found.progress.rows:
        best = min(found.progress.rows, key=loss_of)
        say(
            f"{path}, which should be the model of the best epoch so far (epoch "
            f"{best['epoch'] + 1}, validation loss {loss_of(best):.4f} nats), "
            f"{wrong}: the best epoch from here on is kept."
        )
    return None


def _are_of_one_run(model: ModelInfo, checkpoint: ModelInfo) -> bool:
    """Whether they have the same text and settings, as far as both name them. (A run
    may be moved and be given more epochs, and versions differ in what they name.)"""
    if (model.sha256, model.vocabulary.symbols) != (
        checkpoint.sha256,
        checkpoint.vocabulary.symbols,
    ):
        return False
    names = model.settings.keys() & checkpoint.settings.keys()
    names -= {"output", "name", "init_from", "epochs"}
    return all(model.settings[name] == checkpoint.settings[name] for name in names)
