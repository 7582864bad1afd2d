"""How good a model is: losses, baselines, what samples are."""
