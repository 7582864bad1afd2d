"""What importing the package does, and does not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gru_textgen


def python(code, *arguments):
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


def test_importing_loads_neither_tensorflow_nor_numpy():
    python(
        "import sys, gru_textgen\n"
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    )


@pytest.mark.slow
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


def test_a_type_checker_knows_the_public_names():
    """Each wrong line of the program is an error of its kind, and no other line is."""
    program = Path(__file__).parent / "programs" / "typed.py"
    lines = program.read_text(encoding="utf-8").splitlines()
    expected = {
        (i, line.rpartition("# error: ")[2])
        for i, line in enumerate(lines, start=1)
        if "# error: " in line
    }
    checker = [sys.executable, "-m", "mypy", "--no-incremental", str(program)]
    said = subprocess.run(checker, capture_output=True, encoding="utf-8").stdout
    found = re.findall(r"typed\.py:(\d+): error: .*\[([\w-]+)\]$", said, re.MULTILINE)
    assert {(int(line), kind) for line, kind in found} == expected, said
