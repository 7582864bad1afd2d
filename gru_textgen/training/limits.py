"""What a setting may be: described once, for its check, its option and its help."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

from gru_textgen.errors import InputError, suggest

_KINDS = {
    bool: "True or False",
    bool | None: "True, False or None",
    int: "an integer",
    int | None: "an integer or None",
    float: "a number",
    str: "a string",
    str | None: "a string or None",
}


@dataclass(frozen=True)
class Description:
    """What a setting means and may be.

    Attributes:
        help: one sentence, as `--help` shows it.
        low, high: the least and the greatest number.
        above, below: exclusive bounds.
        choices: all values of a setting that has but few.
    """

    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """In words, as "from 1 to 64"; empty if there are no bounds."""
        if self.low is None and self.above is None:
            return ""
        low = _shown(self.above if self.low is None else self.low)
        high = _shown(self.below if self.high is None else self.high)
        return (
            ("above " if self.low is None else "from ")
            + low
            + (" to below " if self.high is None else " to ")
            + high
        )

    def admits(self, value: float) -> bool:
        """Whether a number is finite and within the bounds."""
        return (
            math.isfinite(value)
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def _shown(number: float | None) -> str:
    if isinstance(number, int) and number < 10**12:
        return f"{number:,}"
    return f"{number:g}"


def setting(default: Any, help: str, **limits: Any) -> Any:
    """A dataclass field with its description.

    Args:
        default: its value where none is given.
        help: what it means, one sentence.
        **limits: other attributes of `Description`.
    """
    return field(default=default, metadata={"of": Description(help, **limits)})


def descriptions(settings: Any) -> dict[str, tuple[Any, Any, Description]]:
    """Type, default and description of each setting, by its name.

    Args:
        settings: a dataclass of fields that `setting` made, or an instance of it.
    """
    return {
        each.name: (each.type, each.default, each.metadata["of"])
        for each in fields(settings)
        if "of" in each.metadata
    }


def check(settings: Any) -> None:
    """Raise an InputError for a setting of the wrong type, or out of its range."""
    for name, (kind, _, description) in descriptions(settings).items():
        value = getattr(settings, name)
        allowed = (int, float) if kind is float else kind
        wrong = isinstance(value, bool) and kind not in (bool, bool | None)
        if wrong or not isinstance(value, allowed):
            raise InputError(f"{name} must be {_KINDS[kind]}, not {value!r}.")
        if description.choices and value not in description.choices:
            known = suggest(str(value), description.choices)
            raise InputError(f"There is no {name} {value!r}.{known}")
        if description.range and value is not None and not description.admits(value):
            expected = description.range
            raise InputError(f"{name} must be {expected}, not {value}.")
