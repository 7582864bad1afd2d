"""Training: settings, a run and its folder, streams, callbacks, checkpoints."""
