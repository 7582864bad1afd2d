"""The sizes that a model file may have, and its activations of the gates. This module
imports nothing."""

MAX_UNITS = 1 << 16
MAX_LAYERS = 64  # of any kind
MAX_GRU_LAYERS = (MAX_LAYERS - 2) // 2  # a Dropout after each; an input, an output
MAX_SYMBOLS = 1 << 17
SIGMOID, HARD_SIGMOID = GATES = ("sigmoid", "hard_sigmoid")
