"""Writing without TensorFlow: the engine, the sampling, the generator."""
