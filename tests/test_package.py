"""What importing the package does, and does not."""

import subprocess
import sys

import pytest

import gru_textgen


def python(code, *arguments):
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


def test_importing_loads_neither_tensorflow_nor_numpy():
    python(
        "import sys, gru_textgen\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    )


@pytest.mark.parametrize(
    "imports",
    [
        "from gru_textgen import GRU; import keras",
        "import keras; from gru_textgen import GRU",
        "from tensorflow import keras; from gru_textgen import TextModel",
        "from gru_textgen.nn.gru import GRU; import keras",
        "from gru_textgen.nn.metrics import Perplexity; import keras",
        "from gru_textgen.nn.loading import load_model; import keras",
    ],
)
def test_keras_opens_our_files_whichever_comes_first(imports, trained):
    python(
        f"import sys; {imports}\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "assert model.info.settings['units'] == 32",
        trained.path,
    )


def test_every_public_name_is_there():
    for name in gru_textgen.__all__:
        assert getattr(gru_textgen, name).__name__ == name
        assert name in dir(gru_textgen)
    with pytest.raises(AttributeError, match="nonsense"):
        gru_textgen.nonsense
