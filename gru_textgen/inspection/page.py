"""A page to move about in: a text and what goes on inside a model, in one HTML file."""

import base64
import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from gru_textgen.errors import printable
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inspection.influence import connectivity
from gru_textgen.inspection.trace import LayerTrace, Trace, half_lives, trace
from gru_textgen.inspection.units import UnitScore, longest_scored, readable_units
from gru_textgen.machine import one_thread_a_product
from gru_textgen.pages.templates import filled, script_data
from gru_textgen.plots.themes import THEMES

LONGEST = 2_000  # characters that a page shows: some megabytes
SHORTEST_SCORED = 400  # characters, below which no unit's score is worth a look
_WEIGHTS = 10_000_000_000  # times characters: less than a minute
_SYMBOLS = 1 << 26  # times characters: some seconds
_UNITS = 1 << 22  # times characters: some hundred megabytes
_LAGS = 64  # characters back that connectivity shows
_LIKELIEST = 8


def longest_text(generator: TextGenerator) -> int:
    """How many characters a page shows: 2,000, or fewer of a very large model, so that
    neither its memory nor its time grows without bounds."""
    arrays = generator.arrays
    units = sum(len(layer.recurrent_kernel) for layer in arrays.layers)
    weights = arrays.kernel.size + sum(
        layer.kernel.size + layer.recurrent_kernel.size for layer in arrays.layers
    )
    of_size = _WEIGHTS // weights, _SYMBOLS // len(arrays.bias), _UNITS // units
    return max(1, min(LONGEST, *of_size))


@one_thread_a_product()
def inspection_page(
    generator: TextGenerator,
    text: str,
    name: str = "a GRU",
    engine: Mapping[str, str] | None = None,
) -> str:
    """A self-contained HTML page on what a model does at each character of a text.

    Args:
        generator: the model.
        text: its first `longest_text` characters are shown; units that follow something
            readable are looked for in its first 20,000.
        name: of the model.
        engine: the model for the page itself, which then shows the gates of any text
            typed into it, as `export.html.engine` gives it; None leaves it out.

    Raises:
        InputError: if the text is empty.
    """
    found = trace(generator, text[: longest_text(generator)])
    scored = len(text) >= SHORTEST_SCORED
    scores = readable_units(generator, text) if scored else []
    data = _data(found, connectivity(generator, found, _LAGS - 1), scores)
    data |= {
        "name": printable(name),
        "scored_on": min(len(text), longest_scored(generator)),
        "enough": None if scored else SHORTEST_SCORED,
    }
    values = {"data": script_data(data), "form": "", "engine": ""}
    if engine is not None:
        values["form"] = filled("inspect_form.html", {})
        values["engine"] = filled("inspect_engine.html", engine)
    return filled("inspect.html", values)


def _data(found: Trace, sway: np.ndarray, scores: list[UnitScore]) -> dict:
    likeliest, p = found.likeliest(_LIKELIEST)
    strongest = np.maximum(sway.max(axis=1, keepdims=True), np.finfo(float).tiny)
    return {
        "text": found.text,
        "symbols": found.symbols,
        "surprise": found.surprise.round(2).tolist(),
        "entropy": found.entropy.round(2).tolist(),
        "next": [
            [[i, round(1000 * share)] for i, share in zip(ids, shares)]
            for ids, shares in zip(likeliest.tolist(), p.tolist())
        ],
        "layers": [_layer(layer) for layer in found.layers],
        "lags": sway.shape[1],
        "sway": _bytes(sway / strongest, 0),
        "scores": [{**asdict(s), "score": round(s.score, 2)} for s in scores],
        "themes": {name: asdict(theme) for name, theme in THEMES.items()},
    }


def _layer(layer: LayerTrace) -> dict:
    lives = half_lives(layer.z)
    return {
        "units": layer.h.shape[1],
        "z": _bytes(layer.z, 0),
        "r": _bytes(layer.r, 0),
        "c": _bytes(layer.candidate, -1),
        "h": _bytes(layer.h, -1),
        "start": _bytes(layer.start, -1),
        "half_lives": [
            round(x, 1) if math.isfinite(x) else None for x in lives.tolist()
        ],
    }


def _bytes(values: np.ndarray, low: float) -> str:
    """Values from `low` to 1 as base64 of one byte each."""
    bytes_ = np.rint((values - low) * (255 / (1 - low))).clip(0, 255).astype(np.uint8)
    return base64.b64encode(bytes_.tobytes()).decode("ascii")
