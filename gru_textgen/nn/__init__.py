"""The layers, the model and its loading.

All classes that model files name are imported here: whichever module of the package is
imported first, Keras knows them all.
"""

from gru_textgen.nn import gru, metrics, model

__all__ = ["gru", "metrics", "model"]
