"""A run's folder, whatever happens to it: a model that is random steps of a user's."""

import shutil
import tempfile
from pathlib import Path

import keras
import pytest
from hypothesis import Phase, settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gru_textgen import (
    InputError,
    TrainingSettings,
    resume,
    train,
)
from gru_textgen.export.html import export_html
from gru_textgen.model_file.pack import pack
from gru_textgen.model_file.reader import read_info
from tests.conftest import TEXT

TINY = dict(
    units=8, layers=1, seq_length=16, batch_size=8, sample_length=0, jit_compile=False
)
TINY["save_every"] = 0.005  # minutes: several times an epoch
FILES = strategies.sampled_from(
    "run.keras checkpoint.keras checkpoint.previous.keras history.csv text.ids".split()
)
OWN = "notes.txt"  # the user's, in the folder


class Killed(keras.callbacks.Callback):
    """Keeps what stands in a run's folder after a step: what a kill there leaves."""

    def __init__(self, folder, kept, step):
        super().__init__()
        self.folder, self.kept, self.step = folder, kept, step

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.step:
            shutil.copytree(self.folder, self.kept)


class Folder(RuleBasedStateMachine):
    """What holds after each step: the user's files are as they were, a refusal is a
    sentence, and the model is that of the best epoch that is recorded, or the loss of
    it was said."""

    trained: Path  # a run of one epoch

    def __init__(self):
        super().__init__()
        self.above = Path(tempfile.mkdtemp())
        self.folder = shutil.copytree(self.trained, self.above / "run")
        (self.folder / OWN).write_text("mine")
        self.epochs = self.folders = 1
        self.harmed = False

    def teardown(self):
        shutil.rmtree(self.above)

    def refused_or_done(self, work):
        try:
            return work()
        except InputError as error:
            assert "\n" not in str(error) and str(error).endswith(".")
            return None

    def new(self):
        """The path of another folder."""
        self.folders += 1
        return self.above / f"run{self.folders}"

    def resumed(self, *callbacks):
        def work():
            options = dict(epochs=self.epochs + 1, callbacks=callbacks)
            return resume(self.folder, TEXT, say=lambda sentence: None, **options)

        return self.refused_or_done(work)

    @precondition(lambda self: self.epochs < 3)
    @rule()
    def go_on(self):
        if self.resumed():
            self.epochs += 1

    @precondition(lambda self: self.epochs < 3)
    @rule(step=strategies.integers(0, 20))
    def be_killed(self, step):
        kept = self.new()
        if self.resumed(Killed(self.folder, kept, step)):
            if kept.exists():
                self.folder = kept
            else:
                self.epochs += 1

    @rule(name=FILES, share=strategies.floats(0, 1))
    def damage(self, name, share):
        path = self.folder / name
        if path.exists():
            data = bytearray(path.read_bytes())
            data[int(share * (len(data) - 1))] ^= 0xFF
            path.write_bytes(data)
            self.harmed = True

    @rule(name=FILES)
    def remove(self, name):
        (self.folder / name).unlink(missing_ok=True)
        self.harmed = True

    @rule()
    def rename(self):
        self.folder = self.folder.rename(self.new())

    @rule()
    def copy(self):
        self.folder = shutil.copytree(self.folder, self.new())

    @rule()
    def pack_the_model(self):
        output = self.above / "packed.keras"
        self.refused_or_done(lambda: pack(self.folder / "run.keras", output))
        assert not output.exists() or read_info(output)
        output.unlink(missing_ok=True)

    @rule()
    def export_the_model(self):
        output = self.above / "poet.html"
        model = self.folder / "run.keras"
        self.refused_or_done(lambda: export_html(model, output))
        assert not output.exists() or "</html>" in output.read_text()
        output.unlink(missing_ok=True)

    @invariant()
    def the_files_of_the_user_are_as_they_were(self):
        assert (self.folder / OWN).read_text() == "mine"
        assert not list(self.above.rglob(".*unfinished*"))

    @invariant()
    def the_model_is_that_of_the_best_epoch(self):
        if self.harmed:
            return
        rows = (self.folder / "history.csv").read_text().splitlines()
        column = rows[0].split(",").index("val_loss")
        best = min(float(row.split(",")[column]) for row in rows[1:])
        found = read_info(self.folder / "run.keras").figures["val_loss"]
        assert found == pytest.approx(best, abs=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*")  # of what was damaged
def test_a_folder_survives_its_user(tmp_path):
    Folder.trained = tmp_path / "run"
    train(TrainingSettings(Folder.trained, **TINY, epochs=1), TEXT)
    run_state_machine_as_test(
        Folder,
        settings=settings(
            max_examples=4,
            stateful_step_count=7,
            derandomize=True,
            deadline=None,
            phases=[Phase.generate],  # a smaller case would take as long to find
        ),
    )
