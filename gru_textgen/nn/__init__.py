"""The layers, the whole-sequence kernel, the model, and loading weights into it."""
