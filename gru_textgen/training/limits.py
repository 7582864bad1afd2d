"""Descriptions of settings: one for the check, the option and the help of each."""

from dataclasses import dataclass, field, fields
from typing import Any, get_args

from gru_textgen.errors import InputError, check_type, shortened, suggest


@dataclass(frozen=True)
class Description:
    """The meaning of a setting and its possible values. Every number has two bounds.

    Attributes:
        help: One sentence, as `--help` shows it.
        low, high: Inclusive bounds of a number.
        above, below: Exclusive bounds, in place of `low` and `high`.
        choices: All values of a setting that has only a few.
    """

    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The bounds in words, as "from 1 to 64"; empty if there are none."""
        bounds = (
            ("at least", self.low),
            ("above", self.above),
            ("at most", self.high),
            ("below", self.below),
        )
        if self.low is not None and self.high is not None:
            return f"from {_shown(self.low)} to {_shown(self.high)}"
        return " and ".join(f"{w} {_shown(x)}" for w, x in bounds if x is not None)

    def admits(self, value: float) -> bool:
        """Whether a number is within the bounds; NaN never is."""
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.12g}"


def setting(default: Any, help: str, **limits: Any) -> Any:
    """A dataclass field with its description.

    Args:
        default: Its value where none is given.
        help: What it means, in one sentence.
        **limits: Other attributes of `Description`.
    """
    return field(default=default, metadata={"of": Description(help, **limits)})


def descriptions(settings: Any) -> dict[str, tuple[Any, Any, Description]]:
    """Type, default and description of each setting, by its name.

    Args:
        settings: A dataclass whose fields `setting` made, or an instance of it.
    """
    return {
        each.name: (each.type, each.default, each.metadata["of"])
        for each in fields(settings)
        if "of" in each.metadata
    }


def check(settings: Any) -> None:
    """Raise an InputError for a setting of the wrong type or outside its range."""
    for name, (kind, _, description) in descriptions(settings).items():
        value = getattr(settings, name)
        kinds = get_args(kind) or (kind,)
        if not (kind is float and type(value) is int):  # which is a number
            check_type(name, value, *kinds)
        if (
            value is not None
            and description.choices
            and value not in description.choices
        ):
            known = suggest(str(value), description.choices)
            raise InputError(f"There is no {name} {shortened(value)}.{known}")
        if description.range and value is not None and not description.admits(value):
            expected = description.range
            raise InputError(f"`{name}` must be {expected}, not {shortened(value)}.")
