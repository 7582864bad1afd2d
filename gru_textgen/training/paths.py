"""The files of a run, by what they are."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run, and where its files lie.

    Attributes:
        path: of the folder.
        name: of the model file, without its ending. It belongs to the run: a folder may
            be renamed.
    """

    path: Path
    name: str

    @property
    def model(self) -> Path:
        """The model of the best epoch."""
        return self.path / f"{self.name}.keras"

    @property
    def checkpoint(self) -> Path:
        """The model as it was last saved, with all that the run needs to resume."""
        return self.path / "checkpoint.keras"

    @property
    def previous(self) -> Path:
        """The checkpoint before that one."""
        return self.path / "checkpoint.previous.keras"

    @property
    def damaged(self) -> Path:
        """A checkpoint that was no longer whole when the run was resumed."""
        return self.path / "checkpoint.damaged.keras"

    @property
    def checkpoints(self) -> tuple[Path, Path]:
        """Both checkpoints, the newest first."""
        return self.checkpoint, self.previous

    @property
    def ids(self) -> Path:
        """The text as ids."""
        return self.path / "text.ids"

    @property
    def samples(self) -> Path:
        """The samples of every epoch."""
        return self.path / "samples.txt"

    @property
    def history(self) -> Path:
        """The figures of every epoch."""
        return self.path / "history.csv"

    @property
    def picture(self) -> Path:
        """The losses of every epoch, as a picture."""
        return self.path / "loss.png"

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that a run writes."""
        models = (self.model, *self.checkpoints, self.damaged)
        return (*models, self.ids, self.samples, self.history, self.picture)
