"""How far a text repeats itself: the longest run of each period.

A text repeats itself with period p, at a place, for as long as each character is the
one p places before it: a row of blanks does so with period 1, "ha ha ha" with period 3.
"""

import numpy as np

PERIODS = 128
"""The longest period that is looked for, in characters: a line of verse, or two."""
CHARACTERS = 1 << 20
"""Characters of a text that are looked at: its longest runs recur."""


def longest_runs(ids: np.ndarray, periods: int = PERIODS) -> list[int]:
    """The longest run of each period.

    Args:
        ids: of a text, shape `(characters,)`; of a longer text, its first million.
        periods: the longest period.

    Returns:
        For the periods 1, 2, … the most characters in a row that each equal the one
        that many places before it.
    """
    ids = np.asarray(ids[:CHARACTERS])
    return [_longest_run(ids, period) for period in range(1, periods + 1)]


def _longest_run(ids: np.ndarray, period: int) -> int:
    if len(ids) <= period:
        return 0
    differs = np.flatnonzero(ids[period:] != ids[:-period])
    ends = np.concatenate([[-1], differs, [len(ids) - period]])
    return int(np.diff(ends).max()) - 1
