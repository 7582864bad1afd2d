"""Run a SavedModel where this package cannot be imported.

In the current folder: `poet` is read; `result.npz` and `record.json` are written.
"""

import json
import sys

import numpy as np
import tensorflow as tf

sys.modules["gru_textgen"] = None  # importing it is an error
loaded = tf.saved_model.load("poet")
run = loaded.signatures["serving_default"]
with open("poet/assets/gru_textgen.json", encoding="utf-8") as file:
    record = json.load(file)
assert loaded.record.asset_path.numpy().decode().endswith("gru_textgen.json")
ids = tf.constant([[record["symbols"].index(c) for c in "The sea"]], tf.int64)
inputs = run.structured_input_signature[1]
zeros = {n: tf.zeros((1, s.shape[1])) for n, s in inputs.items() if n != "ids"}
result = run(ids=ids, **zeros)
np.savez("result", **{name: value.numpy() for name, value in result.items()})
with open("record.json", "w", encoding="utf-8") as file:
    json.dump(record, file)
