"""Run a LiteRT file: run_litert.py MODEL INPUT.npy OUTPUT.npy"""

import sys

import numpy as np
import tensorflow as tf

model, x, out = sys.argv[1:]
x = np.load(x)
run = tf.lite.Interpreter(model)
place = run.get_input_details()[0]["index"]
run.resize_tensor_input(place, x.shape)
run.allocate_tensors()
run.set_tensor(place, x)
run.invoke()
np.save(out, run.get_tensor(run.get_output_details()[0]["index"]))
