"""The NumPy engine: a trained model that reads, predicts and writes."""
