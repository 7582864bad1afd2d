"""A run from text to file."""

import dataclasses
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from gru_textgen.errors import InputError
from gru_textgen.model_file.reader import ModelArrays, ModelInfo, read_model
from gru_textgen.text.corpus import Corpus, read_source
from gru_textgen.text.normalisation import normalise
from gru_textgen.training.checkpoint import read_checkpoint
from gru_textgen.training.encoded import StoredIds, encode, ids_before
from gru_textgen.training.run import Run, TrainingResult
from gru_textgen.training.run_folder import clear_folder, locked, refuse_a_run
from gru_textgen.training.settings import TrainingSettings

# Of runs older than these.
_BEFORE = {
    "weight_dropout": 0.0,
    "input_scale": 1.0,
    "state_reset": 0.0,
    "calibration_split": 0.0,
}


def train(
    settings: TrainingSettings, text: str | Corpus, overwrite: bool = False
) -> TrainingResult:
    """Train a model on a text, from the beginning.

    Args:
        settings: see `TrainingSettings`.
        text: to learn from; its last part is held out.
        overwrite: whether a run that stands in the output folder may go.

    Raises:
        InputError: if the text is too short, or the folder holds a run.
    """
    corpus = _as_corpus(text)
    first: tuple[str, ...] = ()
    weights: ModelArrays | None = None
    if settings.init_from is not None:
        model, weights = read_model(settings.init_from)
        first = model.vocabulary.symbols
        settings = _of_size(settings, weights)
    with locked(Path(settings.output)):
        if not overwrite:
            refuse_a_run(settings)
        encoded = encode(corpus, settings, first=first)
        clear_folder(settings)
        info = ModelInfo(
            encoded.vocabulary,
            _separator(settings, corpus),
            asdict(settings),
            corpus.source,
            encoded.sha256,
            versions=_versions(),
        )
        return Run(settings, info, encoded.ids).fit(weights)


def resume(
    output: str | Path, text: str | Corpus | None = None, epochs: int | None = None
) -> TrainingResult:
    """Go on with the run in a folder, to what it would have come to without a stop.

    Args:
        output: the folder of the run.
        text: the same text; by default the run's ids of it or, if they are gone, what
            stands where it came from.
        epochs: to end after, instead of what the run's settings say.

    Raises:
        InputError: if there is no run, or the text is another one.
    """
    settings = TrainingSettings(str(output))
    if not any(path.exists() for path in settings.checkpoint_paths):
        raise InputError(f"There is no run to go on with in {output}.")
    with locked(Path(output)):
        found = read_checkpoint(settings)
        info = found.info
        settings = _settings(info, output)
        if epochs is not None:
            settings = dataclasses.replace(settings, epochs=epochs)
        if settings.epochs <= found.progress.epoch:
            raise InputError(
                f"The run in {output} has its {found.progress.epoch} epochs: to go on, "
                "ask for more with --epochs."
            )
        if epochs is None and found.progress.stopped_early(settings.patience):
            raise InputError(
                f"The run in {output} ended early, after {found.progress.epoch} "
                f"epochs, the last {settings.patience} without progress: to go on all "
                f"the same, give --epochs {settings.epochs}."
            )
        ids = _ids_again(settings, info, text)
        info = dataclasses.replace(
            info, settings=asdict(settings), versions=_versions()
        )
        return Run(settings, info, ids, found).fit()


def _of_size(settings: TrainingSettings, weights: ModelArrays) -> TrainingSettings:
    """The settings, with units and layers of a model to begin with."""
    units = {len(layer.recurrent_kernel) for layer in weights.layers}
    if len(units) > 1 or not all(layer.reset_after for layer in weights.layers):
        raise InputError(
            f"{settings.init_from} cannot be begun with: its layers are of several "
            "sizes, or have reset_after=False."
        )
    return dataclasses.replace(settings, units=units.pop(), layers=len(weights.layers))


def _settings(info: ModelInfo, output: str | Path) -> TrainingSettings:
    """Those of a run."""
    known = {field.name for field in dataclasses.fields(TrainingSettings)}
    unknown = info.settings.keys() - known
    if unknown:
        raise InputError(
            f"The run in {output} has settings of another version of gru_textgen: "
            f"{', '.join(sorted(unknown))}."
        )
    try:
        return TrainingSettings(**{**_BEFORE, **info.settings, "output": str(output)})
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InputError(f"The run in {output} cannot go on: {error}") from error


def _ids_again(settings: TrainingSettings, info: ModelInfo, text) -> StoredIds:
    """The ids that a run reads, encoded anew if they are gone."""
    ids = ids_before(settings, info.sha256, info.vocabulary)
    if ids is not None and text is None:
        return ids
    corpus = read_source(info.source) if text is None else _as_corpus(text)
    if ids is not None:
        sha256 = corpus.sha256
    else:
        encoded = encode(corpus, settings, info.vocabulary)
        ids, sha256 = encoded.ids, encoded.sha256
    if sha256 != info.sha256:
        raise InputError(
            f"The text is not the one that the run in {settings.output} reads."
        )
    return ids


def _separator(settings: TrainingSettings, corpus: Corpus) -> str:
    """What stands between documents, or "": that of the corpus, if normalising leaves
    it as it is."""
    if settings.separator is not None:
        return settings.separator
    left = normalise(corpus.separator, **settings.normalisation)
    return corpus.separator if left == corpus.separator else ""


def _as_corpus(text: str | Corpus) -> Corpus:
    return text if isinstance(text, Corpus) else Corpus(text)


def _versions() -> dict[str, str]:
    packages = ("tensorflow", "keras", "numpy")
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}
