"""The NumPy engine, and writing with it."""
