"""What the tests share: a tiny text, and a model trained on it once."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the tests are two processes

import hypothesis  # noqa: E402
import pytest  # noqa: E402

# Noisy machines: no example is too slow. The same examples every time.
hypothesis.settings.register_profile("gru_textgen", deadline=None, derandomize=True)
hypothesis.settings.load_profile("gru_textgen")

TEXT = "".join(
    f"The {animal} sat on the {place},\nand that was the end of that.\n\n"
    for animal in ("cat", "rat", "bat", "owl", "fox", "hen", "cow", "dog")
    for place in ("mat", "wall", "roof", "gate", "hill", "bed")
)


@pytest.fixture(scope="session")
def text():
    """Verse of a kind, 2,900 characters, whose documents a blank line separates."""
    return TEXT


@pytest.fixture(scope="session")
def short():
    """Its beginning: enough for a run whose loss does not matter."""
    return TEXT[:800]


@pytest.fixture(scope="session")
def trained(tmp_path_factory, text):
    """The result of a short run on `text`: a folder with everything a run leaves."""
    from gru_textgen.text.corpus import Corpus
    from gru_textgen.training.settings import TrainingSettings
    from gru_textgen.training.train import train

    folder = tmp_path_factory.mktemp("runs") / "cats"
    settings = TrainingSettings(
        str(folder),
        units=32,
        layers=2,
        seq_length=32,
        batch_size=8,
        epochs=12,
        dropout=0.1,
        learning_rate=0.02,
        sample_length=40,
    )
    return train(settings, Corpus(text, "cats", "\n\n", {"files": ["cats.txt"]}))


@pytest.fixture
def generator(trained):
    """The trained model, ready to write."""
    from gru_textgen.inference.generator import TextGenerator

    return TextGenerator.load(trained.path)


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, or Firefox with GRU_TEXTGEN_BROWSER=firefox. Tests are skipped
    where it, or what drives it, is missing."""
    from tests.helpers.pages import launched

    with launched() as browser:
        yield browser
