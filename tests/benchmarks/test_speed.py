"""The benchmark's figures, on sizes that take no time; never a time itself."""

import json
import sys

import pytest
from click.testing import CliRunner

from benchmarks import speed


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(speed, "TRAINING", {"128": (3, 2, 4, 1)})
    monkeypatch.setattr(speed, "WRITING", {"one": (3, 1, 5), "two": (3, 2, 5)})
    monkeypatch.setattr(speed, "LARGE", 8)


@pytest.mark.slow
def test_a_peer_that_is_not_installed_is_named_and_left_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(speed, "PACKAGES", ("numpy", "no-such-peer"))
    results = speed.measure(rounds=1, say=lambda what: None)
    assert results["left_out"] == ["no-such-peer"]
    figures = results["training"]["128"]
    assert set(figures["milliseconds"]) == {"ours", "ours, embedding", "keras"}
    assert all(ms > 0 for ms in figures["milliseconds"].values())
    assert set(results["writing"]) == {"one", "two"}
    shown = speed.table(results)
    assert "no-such-peer is not installed." in shown
    assert shown.count(" - ") or shown.count(" -\n")  # PyTorch's cells


def test_the_table_gives_each_peer_s_ratio():
    results = {
        "left_out": [],
        "training": {
            "x": {
                "milliseconds": {
                    "ours": 10.0,
                    "ours, embedding": 12.0,
                    "keras": 25.0,
                    "torch": 15.0,
                },
                "gigaflops": {"ours": 60.0, "large product": 80.0},
            }
        },
        "writing": {
            "y": {
                "characters_per_second": {
                    "ours": 20000.0,
                    "torch": 5000.0,
                    "product alone": 40000.0,
                }
            }
        },
    }
    lines = [line.split() for line in speed.table(results).splitlines()]
    assert "x 10 12 25 15 2.50 x 1.50 x 75%".split() in lines
    assert "y 20,000 5,000 4.00 x 40,000".split() in lines


def test_the_command_prints_json(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    arguments = ["--rounds", "1", "--shape", "128", "--json"]
    result = CliRunner().invoke(speed.main, arguments)
    figures = json.loads(result.stdout)
    assert list(figures["training"]) == ["128"]
    assert figures["rounds"] == 1 and figures["machine"]["cores"] >= 1
    assert "training, 128 units" in result.stderr


def test_the_command_offers_the_shapes_that_there_are(monkeypatch):
    monkeypatch.undo()
    result = CliRunner().invoke(speed.main, ["--help"])
    for name in speed.TRAINING:
        assert name in result.output


def test_useful_arithmetic_is_counted_by_hand(monkeypatch):
    """One unit, one step, one stream: 3 products forward by U, 65 by the Dense, two
    operations each, and twice as many backward."""
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(
        speed, "median_times", lambda runs, rounds: {n: 1.0 for n in runs}
    )
    figures = speed._training(1, 1, 1, 1, rounds=1)
    assert figures["gigaflops"]["ours"] == pytest.approx(1e-9 * 3 * 2 * (3 + 65))
    assert figures["gigaflops"]["large product"] == pytest.approx(1e-9 * 2 * 8**3)
