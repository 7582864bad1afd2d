"""Ours beside the peers: `python -m benchmarks.NAME`."""
