"""A model in other forms: a page, ONNX, a SavedModel."""
