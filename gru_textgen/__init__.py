"""Character-level text generation on a GRU written from its equations.

Importing this package loads neither TensorFlow nor NumPy: each name is fetched from
its module when it is first used.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "Corpus": "text.corpus",
    "Form": "verse.forms",
    "GRU": "nn.gru",
    "GRUCell": "nn.gru",
    "InputError": "errors",
    "TextGenerator": "inference.generator",
    "TextModel": "nn.model",
    "TrainingSettings": "training.settings",
    "Vocabulary": "text.vocabulary",
    "load_model": "nn.loading",
    "preset": "training.settings",
    "recipe": "training.recipe",
    "resume": "training.train",
    "train": "training.train",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
