"""What the page that learns gives to be imported."""

import base64

from gru_textgen.export.html import packed
from tests.helpers.models import random_model


def download(units=(5,), **changes):
    """A file as the page downloads it, of random weights."""
    arrays = random_model(units, 3, True)
    return {
        "gru_textgen": "playground",
        "version": 1,
        "name": "mine",
        "source": "mine.txt",
        "symbols": ["\n", "a", "b"],
        "separator": "",
        "normalisation": {"normalise": "NFC"},
        "layers": [{"units": n, "resetAfter": True} for n in units],
        "loops": [2, 3],
        "settings": {"epochs": 10, "learning_rate": 0.004},
        "figures": {"seconds": 1.5, "val_loss": 2.25},
        "weights": base64.b64encode(packed(arrays, "float32")).decode(),
        **changes,
    }
