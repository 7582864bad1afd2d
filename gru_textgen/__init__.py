"""Character-level text generation on a GRU written from its equations.

Importing this package loads neither TensorFlow nor NumPy: each name is fetched from
its module when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gru_textgen.errors import InputError as InputError
    from gru_textgen.evaluation.evaluation import evaluate as evaluate
    from gru_textgen.inference.generator import TextGenerator as TextGenerator
    from gru_textgen.inference.sampling import Sampling as Sampling
    from gru_textgen.nn.cell import GRUCell as GRUCell
    from gru_textgen.nn.gru import GRU as GRU
    from gru_textgen.nn.loading import load_model as load_model
    from gru_textgen.nn.model import TextModel as TextModel
    from gru_textgen.text.corpus import Corpus as Corpus
    from gru_textgen.text.corpus import as_corpus as as_corpus
    from gru_textgen.text.corpus import read_anthology as read_anthology
    from gru_textgen.text.corpus import read_files as read_files
    from gru_textgen.text.corpus import read_named as read_named
    from gru_textgen.text.vocabulary import Vocabulary as Vocabulary
    from gru_textgen.training.callbacks import WriteSamples as WriteSamples
    from gru_textgen.training.recipe import recipe as recipe
    from gru_textgen.training.settings import TrainingSettings as TrainingSettings
    from gru_textgen.training.settings import preset as preset
    from gru_textgen.training.train import resume as resume
    from gru_textgen.training.train import train as train
    from gru_textgen.verse.forms import Form as Form

__version__ = "0.1.0"

_HOMES = {
    "Corpus": "text.corpus",
    "Form": "verse.forms",
    "GRU": "nn.gru",
    "GRUCell": "nn.cell",
    "InputError": "errors",
    "Sampling": "inference.sampling",
    "TextGenerator": "inference.generator",
    "TextModel": "nn.model",
    "TrainingSettings": "training.settings",
    "Vocabulary": "text.vocabulary",
    "WriteSamples": "training.callbacks",
    "as_corpus": "text.corpus",
    "evaluate": "evaluation.evaluation",
    "load_model": "nn.loading",
    "preset": "training.settings",
    "read_anthology": "text.corpus",
    "read_files": "text.corpus",
    "read_named": "text.corpus",
    "recipe": "training.recipe",
    "resume": "training.train",
    "train": "training.train",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
