"""What the JSON of a model file may say: plain values of known types, within limits.

Nothing that a file names is ever looked up, imported or called.
"""

import json
from typing import Any

from gru_textgen.errors import InputError
from gru_textgen.model_file.container import Unfit, shown
from gru_textgen.model_file.limits import MAX_SYMBOLS
from gru_textgen.text.normalisation import FORMS, OPTIONS
from gru_textgen.text.units import TOKENS

CONFIG_KEY = "gru_textgen"  # under which a model's configuration holds our record
# 5 has words; 4 has other module paths, and counts; 3 knew no packages of modules, 2 no
# input_scale, 1 no half precision nor weight_dropout.
FORMAT_VERSION = 5
MAX_ORDER = 10  # symbols of an n-gram that is counted
MAX_COUNTED = 1 << 20  # characters: they are counted whenever a file is opened
_LARGEST = 3e38  # that float32 holds, about
_DEEPEST = 16
_LONGEST_SEPARATOR = 10_000  # characters: it is read before each prompt
_MAX_PERIODS = 4096  # of a text's loops
_LONGEST_SETTING = 100_000  # characters
_LONGEST_WORD = 10_000  # characters
_SCALARS = (str, int, float, bool, type(None))
_KNOWN_OBJECTS = {  # by the module that Keras writes with each
    "keras": ("DTypePolicy",),
    "keras.initializers": ("GlorotUniform", "Orthogonal", "Zeros"),
    "keras.layers": ("InputLayer", "Dropout", "Dense"),
    "keras.losses": ("SparseCategoricalCrossentropy",),
    "keras.optimizers": ("Adam", "AdamW", "Nadam", "RMSprop", "Lion", "SGD"),
    "keras.optimizers.schedules": ("CosineDecay",),
    "gru_textgen.nn.gru": ("GRU",),
    "gru_textgen.nn.embedding": ("Embedding", "TiedDense"),
    "gru_textgen.nn.metrics": ("Perplexity", "BitsPerCharacter"),
    "gru_textgen.nn.model": ("TextModel",),
    # Up to version 3:
    "gru_textgen.gru": ("GRU",),
    "gru_textgen.model": ("TextModel", "Perplexity", "BitsPerCharacter"),
}
_RECORD = {  # of ours, by name: its type
    "vocabulary": list,
    "separator": str,
    "settings": dict,
    "source": dict,
    "sha256": str,
    "figures": dict,
    "versions": dict,
    "text": dict,
    "counts": dict,
    "words": dict,
    "format_version": int,
}


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, in which every object of Keras's is a known one.

    Raises:
        InputError: if it is of a later version, whose objects need not be known here.
        Unfit: if it is not that of a model of ours.
    """
    try:
        config = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unfit("its config.json is not valid JSON") from error
    refuse_later_version(_inner(_inner(config, "config"), CONFIG_KEY))
    _check_objects(config, _DEEPEST)
    return record({"configuration": config}, "configuration")


def _inner(config: Any, name: str) -> Any:
    return config.get(name) if isinstance(config, dict) else None


def refuse_later_version(found: Any) -> None:
    """Raise an InputError for the record of a version that is not known yet."""
    version = _inner(found, "format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise InputError(
            "The model was made by a later version of gru_textgen: upgrade gru_textgen."
        )


def _check_objects(value: Any, depth: int) -> None:
    """Refuse what Keras would make an object of, unless it is one of a model's."""
    if depth == 0:
        raise Unfit("its config.json is nested too deeply")
    if isinstance(value, dict):
        if not value.keys().isdisjoint(("module", "class_name", "registered_name")):
            _check_object(value)
        value = value.values()
    elif not isinstance(value, list):
        return
    for inner in value:
        if isinstance(inner, (dict, list)):
            _check_objects(inner, depth - 1)


def _check_object(value: dict[str, Any]) -> None:
    module, name = value.get("module"), value.get("class_name")
    known = _KNOWN_OBJECTS.get(module, ()) if isinstance(module, str) else ()
    registered = value.get("registered_name")
    if name not in known or registered not in (None, f"gru_textgen>{name}"):
        raise Unfit(
            f"it uses the class {shown(name)} of {shown(module)}, which is not allowed"
        )


def check_record(found: dict[str, Any]) -> None:
    """Refuse a record, as `ModelInfo.to_config` gives it, of any other form."""
    for name, value in found.items():
        kind = _RECORD.get(name)
        if kind is None or type(value) is not kind:
            raise Unfit(
                f"its metadata field {shown(name)} is unknown or of the wrong type"
            )
    _check_vocabulary(found.get("vocabulary"), bool(found.get("words")))
    if found.get("words"):
        _check_words(found["words"], len(found["vocabulary"]))
    if len(found.get("separator", "")) > _LONGEST_SEPARATOR:
        raise Unfit(f"its separator is longer than {_LONGEST_SEPARATOR} characters")
    _check_settings(found.get("settings", {}))
    _check_source(found.get("source", {}))
    for name, value in found.get("figures", {}).items():
        if type(value) not in ((int,) if name == "epoch" else (int, float)):
            raise Unfit(f"its figure {shown(name)} is not a number")
    if any(type(value) is not str for value in found.get("versions", {}).values()):
        raise Unfit("its versions are not strings")
    _check_text(found.get("text", {}))
    symbols = found.get("vocabulary", [])
    if found.get("text", {}).get("documents") and found.get("separator") not in symbols:
        raise Unfit("its separator is not a character of its vocabulary")
    if found.get("counts"):
        _check_counts(found["counts"])


def _check_text(text: dict[str, Any]) -> None:
    """What its text has shown: counts, and lists of them."""
    for name, value in text.items():
        counts = value if isinstance(value, list) else [value]
        right = all(type(count) is int and 0 <= count < 1 << 62 for count in counts)
        if not right or len(counts) > _MAX_PERIODS:
            raise Unfit(f"its text statistic {shown(name)} is not a count")
    if not isinstance(text.get("loops", []), list):
        raise Unfit("its text statistic 'loops' is not a list")
    for name in ("longest_line", "documents", "document_length", "fingerprints"):
        if not isinstance(text.get(name, 0), int):
            raise Unfit(f"its text statistic {name!r} is not a count")


def _check_counts(counts: dict[str, Any]) -> None:
    if counts.keys() != {"order", "share", "characters"}:
        raise Unfit("its n-gram counts have unknown or missing fields")
    integer(counts, "order", 1, MAX_ORDER)
    integer(counts, "characters", 1, MAX_COUNTED)
    number(counts, "share", 0, 1)


def _check_source(source: dict[str, Any]) -> None:
    for name, value in source.items():
        names = [] if value is None else [value]
        if name == "files":
            names = value if isinstance(value, list) else [None]
        if any(type(inner) is not str for inner in names):
            raise Unfit(f"its source field {shown(name)} is not a string")


def _check_words(words: dict[str, Any], symbols: int) -> None:
    """How a text is cut into words, and which marks are written without a space."""
    if words.keys() != {"tokens", "before", "after"} or words["tokens"] not in TOKENS:
        raise Unfit("its record of words has unknown or missing fields")
    for name in ("before", "after"):
        ids = words[name]
        right = isinstance(ids, list) and all(type(i) is int for i in ids)
        if not right or any(not 1 <= i <= symbols for i in ids):
            raise Unfit(f"its list of marks {name!r} has an entry that is no id")


def _check_vocabulary(symbols: list[Any] | None, words: bool) -> None:
    if not symbols or len(symbols) > MAX_SYMBOLS:
        raise Unfit(f"its vocabulary is missing, empty or larger than {MAX_SYMBOLS:,}")
    longest = _LONGEST_WORD if words else 1
    if any(type(x) is not str or not 1 <= len(x) <= longest for x in symbols):
        unit = "token" if words else "character"
        raise Unfit(f"its vocabulary contains an entry that is not one {unit}")
    if len(set(symbols)) != len(symbols):
        raise Unfit("its vocabulary contains an entry twice")


def _check_settings(settings: dict[str, Any]) -> None:
    """Plain values, and those that reading a prompt needs are as they must be.

    The ranges of the others are checked where a run goes on with them.
    """
    for name, value in settings.items():
        if not isinstance(value, _SCALARS) or len(str(value)) > _LONGEST_SETTING:
            raise Unfit(f"its setting {shown(name)} has the value {shown(value)}")
    for name in settings.keys() & set(OPTIONS):
        value = settings[name]
        if value not in FORMS if name == "normalise" else type(value) is not bool:
            raise Unfit(f"its setting {shown(name)} has the value {shown(value)}")


def record(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The field `name` of `found`, a JSON object."""
    value = found.get(name)
    if not isinstance(value, dict):
        raise Unfit(f"its {name} is not a JSON object")
    return value


def integer(found: dict[str, Any], name: str, low: int, high: int) -> int:
    """The field `name` of `found`, an integer from `low` to `high`."""
    value = found.get(name)
    if type(value) is not int or not low <= value <= high:
        raise Unfit(f"its {name} is {shown(value)}, not from {low} to {high}")
    return value


def number(
    found: dict[str, Any], name: str, low: float, high: float = _LARGEST
) -> float:
    """The field `name` of `found`, a number from `low` to `high`."""
    value = found.get(name)
    if type(value) not in (int, float) or not low <= value <= high:  # type: ignore
        raise Unfit(f"its {name} is {shown(value)}, not from {low} to {high}")
    return float(value)  # type: ignore[arg-type]


def boolean(found: dict[str, Any], name: str) -> bool:
    """The field `name` of `found`, true or false."""
    value = found.get(name)
    if not isinstance(value, bool):
        raise Unfit(f"its {name} is {shown(value)}, not true or false")
    return value
