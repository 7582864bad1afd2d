"""The size of a run, by arithmetic: what is too large is refused before it begins."""

from gru_textgen.errors import InputError
from gru_textgen.machine import check_memory
from gru_textgen.model_file.configuration import weight_count
from gru_textgen.model_file.container import ARRAYS, MAX_BYTES
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.streams import fitting_batch_size

_NUMBER = 4  # bytes of a float32
# Measured, see SECURITY.md: what TensorFlow takes before the model is built; copies of
# each weight (gradients, the optimizer's, those that are saved); numbers that a unit
# and a symbol keep of each character of a batch until the gradients are known.
_TENSORFLOW = 800_000_000
_COPIES, _OF_UNIT, _OF_SYMBOL = 10, 12, 3


def weights_of(settings: TrainingSettings, symbols: int) -> int:
    """Number of weights of the model, by `weight_count`."""
    units = [settings.units] * settings.layers
    return weight_count(units, symbols, settings.vector_size)


def memory_of(settings: TrainingSettings, symbols: int, characters: int) -> int:
    """Estimate of the memory that a run needs at most, bytes.

    Args:
        settings: of the run.
        symbols: that the model tells apart.
        characters: of the text, of which short ones have fewer streams.
    """
    window = settings.seq_length
    batch = window * fitting_batch_size(characters, settings.batch_size, window)
    kept = settings.units * settings.layers * _OF_UNIT + symbols * _OF_SYMBOL
    numbers = weights_of(settings, symbols) * _COPIES + batch * kept
    return _TENSORFLOW + _NUMBER * numbers


def check_size(
    settings: TrainingSettings, symbols: int, characters: int, force: bool
) -> None:
    """Refuse a run whose model no file could hold, or that needs more memory than the
    machine has.

    Args:
        settings: of the run.
        symbols: that the model tells apart, at least.
        characters: of the text, at least.
        force: whether the memory is not compared.

    Raises:
        InputError: if the run is refused, with its size.
    """
    weights = weights_of(settings, symbols)
    largest = MAX_BYTES[ARRAYS] // _NUMBER
    if weights > largest:
        raise InputError(
            f"The model would have {weights:,} weights, and a file holds at most "
            f"{largest:,}: choose fewer `units` or `layers`."
        )
    if not force:
        check_memory(
            "This run",
            memory_of(settings, symbols, characters),
            "choose fewer `units` or `layers`, or a smaller `batch_size` or "
            "`seq_length`; `force=True` trains anyway",
        )
