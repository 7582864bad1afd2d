"""How fast the engine evaluates: `python benchmarks/evaluating.py`.

The anthology's model, and its first layer by itself, read the anthology over and over,
a megabyte, by both protocols in turns. (On a text unlike its own a model may remember
longer than a stream reads ahead, and the one pass is then read again.)
"""

import dataclasses
import time

import numpy as np

from gru_textgen.evaluation.scoring import (
    Tally,
    score_stateful,
    score_windows,
)
from gru_textgen.inference.engine import Engine
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.text.corpus import read_anthology

_CHARACTERS, _ROUNDS = 1 << 20, 3


def main() -> None:
    """Measure, and print a table."""
    generator = TextGenerator.load("anthology")
    ids = generator.vocabulary.encode(read_anthology().text)
    ids = np.resize(ids, _CHARACTERS + 1)
    layers = generator.arrays.layers
    print("characters a second  stateful  windows of 256")
    for count in (1, 2):
        engine = Engine(dataclasses.replace(generator.arrays, layers=layers[:count]))
        rates = [_rates(engine, ids) for _ in range(_ROUNDS)]
        stateful, windows = np.median(rates, axis=0)
        print(f"{count} x 256{stateful:>22,.0f}{windows:>16,.0f}")


def _rates(engine: Engine, ids: np.ndarray) -> tuple[float, float]:
    began = time.perf_counter()
    score_stateful(engine, ids, engine.initial_state(), Tally())
    between = time.perf_counter()
    score_windows(engine, ids, 256, Tally())
    ended = time.perf_counter()
    return _CHARACTERS / (between - began), _CHARACTERS / (ended - between)


if __name__ == "__main__":
    main()
