"""The arguments that the generator's methods share, checked and made one."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gru_textgen.errors import InputError, check_type, shortened
from gru_textgen.inference.sampling import Sampling

MOST = 1_000_000_000  # characters, lines or texts
MAX_PROMPT = 1_000_000  # characters
PROMPT_READ = 20_000  # of them, at the end: some seconds of reading


def one_sampling(
    given: Sampling | None, plain: Sampling, default: Sampling, min_p: float
) -> Sampling:
    """The settings that a user has given, as one object or as plain arguments.

    Args:
        given: the object, or None.
        plain: what the plain arguments say.
        default: what they say when none was given.
        min_p: what stands for None.

    Raises:
        InputError: if `given` is of another type, or both were given.
    """
    if given is None:
        given = plain
    elif not isinstance(given, Sampling):
        raise InputError(
            "sampling must be a Sampling, such as Sampling(temperature=0.6), not "
            f"{given!r}."
        )
    elif plain != default:
        raise InputError(
            "Give either `sampling` or temperature, top_k, top_p and min_p, not both."
        )
    return given if given.min_p is not None else replace(given, min_p=min_p)


def check_text(name: str, text: str) -> None:
    """Raise InputError unless an argument is a string."""
    if not isinstance(text, str):
        raise InputError(f"{name} must be a string, not {type(text).__name__}.")


def check_prompts(prompts: Sequence[str]) -> None:
    """Raise InputError unless prompts are a list of strings."""
    if isinstance(prompts, (str, bytes)) or not isinstance(prompts, Sequence):
        raise InputError(
            f"prompts are a list of strings, not {type(prompts).__name__}."
        )
    for prompt in prompts:
        check_text("A prompt", prompt)


def end_of_prompt(prompt: str) -> str:
    """What of a prompt is read: a network's state no longer shows what it read tens of
    thousands of characters before.

    Raises:
        InputError: unless it is a string of `MAX_PROMPT` characters at most.
    """
    check_text("prompt", prompt)
    if len(prompt) > MAX_PROMPT:
        raise InputError(
            f"The prompt has more than {MAX_PROMPT:,} characters: give its end."
        )
    if len(prompt) > PROMPT_READ:
        warnings.warn(
            f"The prompt has {len(prompt):,} characters: the model reads the last "
            f"{PROMPT_READ:,}.",
            stacklevel=4,
        )
    return prompt[-PROMPT_READ:]


def check_count(name: str, value: int | None) -> None:
    """Raise InputError unless a count, if given, is an integer from 1 to `MOST`."""
    if value is not None and not (_is_integer(value) and 1 <= value <= MOST):
        raise InputError(
            f"{name} must be an integer from 1 to {MOST:,}, not {shortened(value)}."
        )


def check_writing(
    stop: str | Sequence[str], unknown: str | None, strict: bool, whole: bool
) -> None:
    """Raise InputError unless these arguments of writing are of their types."""
    check_type("stop", stop, str, list, tuple)
    for text in stop:
        check_type("stop", text, str)
    check_type("unknown", unknown, str, type(None))
    check_type("strict", strict, bool)
    check_type("whole", whole, bool)


def generator_of(seed: int | None, i: int, kind: str = "") -> np.random.Generator:
    """Random numbers of the i-th text of a seed; of no seed, new ones each time.

    Args:
        seed: decides them.
        i: which text, from 0.
        kind: of text: those of another kind have other random numbers.

    Raises:
        InputError: for a seed that is no integer from 0.
    """
    if seed is not None and (not _is_integer(seed) or seed < 0):
        raise InputError(f"seed must be an integer from 0, not {seed!r}.")
    return np.random.default_rng(None if seed is None else (seed, i, *kind.encode()))


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
