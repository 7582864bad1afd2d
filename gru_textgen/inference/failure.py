"""Why no line was found: the demand without which there would be one."""

from dataclasses import replace
from typing import Any

import numpy as np

from gru_textgen.inference.demands import Demands
from gru_textgen.inference.layout import Layout
from gru_textgen.inference.levels import LineSymbols
from gru_textgen.inference.rows import LineDemand
from gru_textgen.verse.forms import LinePlan


def failure(
    demands: Demands,
    symbols: LineSymbols,
    plan: LinePlan,
    demand: LineDemand,
    required: str,
) -> str:
    """A sentence that names the line, the demand that it cannot meet, and a way out."""
    everything = np.ones_like(demand.inner)
    rhyme = np.isin(demands.lexicon.end_word, np.flatnonzero(demand.last))
    relaxed: list[tuple[str, dict[str, Any]]] = [
        (f"without the first letter {plan.first_letter!r}", {"first": everything}),
        (f"without the word {required!r}", {"required": -1}),
        ("with another rhyme", {"ends": rhyme & demands.rhymer.usable}),
        ("with more characters", {"longest": None}),
        (
            "if fewer words or letters were avoided",
            {"inner": everything, "last": everything},
        ),
    ]
    ways = []
    for way, change in relaxed:
        if "required" in change:
            change = {**change, "layout": Layout(demand.layout.measure)}
        if symbols.automaton(replace(demand, **change)).possible:
            ways.append(way)
    asked = f"Line {plan.index + 1} ({plan.measure}) cannot be met"
    if symbols.automaton(demand).possible:
        return (
            f"{asked}: in many tries the model found no line for all that is asked. "
            "Try another seed, a larger --pool, or a higher temperature."
        )
    return (
        f"{asked}; it could be {ways[0]}."
        if ways
        else f"{asked}, whatever is left out."
    )
