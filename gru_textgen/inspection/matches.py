"""Where else in a text the same units are on, as in LSTMVis (Strobelt et al. 2016).

A passage is a hypothesis: "these units hold that we are inside a quotation". The other
places where the same units stay on confirm it, or show what they have in common.
"""

from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError


@dataclass(frozen=True)
class Place:
    """A passage of the same length where many of the units are on throughout.

    Attributes:
        start, stop: its characters, `text[start:stop]`.
        shared: how many of the matched units are on all through it.
        extra: how many other units are.
    """

    start: int
    stop: int
    shared: int
    extra: int


@dataclass(frozen=True)
class Match:
    """The units that stay on through a passage, and where else they do.

    Attributes:
        units: shape `(n,)`.
        signs: shape `(n,)`, 1 or -1: a unit is on where sign * state >= threshold.
        places: the best first; those with as many units are ordered by how few others
            are on. None overlaps another or the passage.
    """

    units: np.ndarray
    signs: np.ndarray
    places: list[Place]


def match(
    states: np.ndarray, start: int, stop: int, threshold: float = 0.5, count: int = 5
) -> Match:
    """The units that stay on through a passage, and the other places where they do.

    A unit counts as two here, for its positive and its negative state: both carry
    meaning alike in a GRU, whose states lie between -1 and 1.

    Args:
        states: of one layer at each character, shape `(characters, units)`.
        start: the first character of the passage.
        stop: the one after its last.
        threshold: from which on a state is on, above 0 and below 1.
        count: places to find, at most.

    Raises:
        InputError: if the passage lies outside the text, or the threshold out of range.
    """
    if not 0 <= start < stop <= len(states):
        raise InputError(
            f"The passage from {start} to {stop} is outside the text of "
            f"{len(states):,} characters."
        )
    if not 0 < threshold < 1:
        raise InputError(f"`threshold` must be above 0 and below 1, not {threshold}.")
    on = _on_throughout(states, threshold, stop - start)
    wanted = on[start]
    shared, extra = on[:, wanted].sum(axis=1), on[:, ~wanted].sum(axis=1)
    units = states.shape[1]
    which = np.flatnonzero(wanted)
    places: list[Place] = []
    taken = [start]
    for i in np.lexsort((extra, -shared)).tolist():
        if len(places) == count or not shared[i]:
            break
        if all(abs(i - other) >= stop - start for other in taken):
            taken.append(i)
            places.append(Place(i, i + stop - start, int(shared[i]), int(extra[i])))
    return Match(which % units, np.where(which < units, 1, -1), places)


def _on_throughout(states: np.ndarray, threshold: float, length: int) -> np.ndarray:
    """Whether each unit, positive or negative, is on in all of the `length` characters
    from each one on: booleans of shape `(characters - length + 1, 2 * units)`."""
    on = np.hstack([states >= threshold, states <= -threshold])
    counts = np.vstack([np.zeros_like(on[:1], int), on.cumsum(axis=0)])
    return counts[length:] - counts[:-length] == length
