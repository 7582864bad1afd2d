"""A run from text to file."""

import dataclasses
import os
import platform
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gru_textgen.errors import InputError, check_type, printable
from gru_textgen.model_file.architecture import EmbeddingShape
from gru_textgen.model_file.reader import (
    ModelArrays,
    ModelInfo,
    StoredModel,
    read_model,
    read_stored,
)
from gru_textgen.model_file.shipped import find_weights
from gru_textgen.text.corpus import Corpus, as_corpus, read_as_learnt, read_source
from gru_textgen.text.loops import CHARACTERS, longest_runs
from gru_textgen.text.splits import LAST, split_by_document, split_point
from gru_textgen.text.units import WORD
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.text.words import WordVocabulary
from gru_textgen.training.backend import check_backend
from gru_textgen.training.best import loss_to_beat
from gru_textgen.training.checkpoint import read_checkpoint
from gru_textgen.training.cluster import Cluster
from gru_textgen.training.distribution import Alone, place_of
from gru_textgen.training.division import Division
from gru_textgen.training.encoded import EncodedText, StoredIds, encode, ids_before
from gru_textgen.training.memory import check_size
from gru_textgen.training.output import say
from gru_textgen.training.packing import document_lengths, split_packed
from gru_textgen.training.run import Run, TrainingResult
from gru_textgen.training.run_folder import claimed, clear_folder, locked, run_name
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.starts import check_level

if TYPE_CHECKING:
    from keras.callbacks import Callback

# Of runs older than these.
_BEFORE = {
    "weight_dropout": 0.0,
    "input_scale": 1.0,
    "state_reset": 0.0,
    "calibration_split": 0.0,
    "counts": False,
    "split": LAST,
}


Text = str | Path | bytes | Sequence[str] | Corpus


def train(
    settings: TrainingSettings,
    text: Text,
    overwrite: bool = False,
    say: Callable[[str], None] = say,
    notes: Sequence[str] = (),
    callbacks: Sequence["Callback"] = (),
    force: bool = False,
    cluster: Cluster | None = None,
) -> TrainingResult:
    """Train a model on a text, from the beginning.

    Args:
        settings: see `TrainingSettings`.
        text: to learn from, see `as_corpus`; its last part is held out.
        overwrite: whether a run that stands in the output folder may go.
        say: is given each sentence about the text and the run, for the user.
        notes: more of them, to be said as well.
        callbacks: Keras callbacks of your own, called after those of the run and before
            the one that saves the checkpoint, which does not hold their state. Where a
            resumed run first finishes an epoch, `on_train_begin` is called twice.
        force: whether a run is begun that needs, by an estimate, more memory than the
            machine has available.
        cluster: of the processes, with `strategy="multi-worker"`; by default the one
            in the variable `TF_CONFIG`. The first process alone writes the files and
            says anything.

    Returns:
        How the run ended, and the path of the model file.

    Raises:
        InputError: if the text is too short, the run too large, or the folder holds a
            run, or files that no run has made and this one would write over; if
            another worker does not come, has begun with something else, or is lost.

    Example:
        >>> from gru_textgen import TextGenerator, TrainingSettings, train
        >>> text = "The cat sat on the mat.\\n" * 100
        >>> tiny = dict(units=16, layers=1, epochs=1, sample_length=0)
        >>> settings = TrainingSettings("runs/cats", **tiny, jit_compile=False)
        >>> result = train(settings, text)
        2,160 characters...
        epoch 1 of 1...
        >>> result.path.name
        'cats.keras'
        >>> generator = TextGenerator.load(result.path)
    """
    check_type("settings", settings, TrainingSettings)
    for name, value in (("overwrite", overwrite), ("force", force)):
        check_type(name, value, bool)
    check_backend()
    corpus = as_corpus(text, settings.between)
    first: Vocabulary | WordVocabulary | None = None
    weights: ModelArrays | list[np.ndarray] | None = None
    if settings.init_from is not None:
        path = find_weights(settings.init_from)
        model, weights = read_model(path)
        first, settings = model.vocabulary, _of_size(settings, model, weights)
        if settings.vector_size:
            stored = read_stored(path, optimizer=False)
            weights, settings = stored.weights, _of_embedding(settings, stored)
    settings = dataclasses.replace(settings, name=settings.folder.model.stem)
    check_size(settings, 1, 1, force)
    place = place_of(settings, cluster)
    with (
        place.folder(settings) as settings,
        locked(Path(settings.output)),
        claimed(settings, corpus.source.get("files", []), overwrite),
    ):
        encoded = encode(corpus, settings, first=first)
        check_size(settings, len(encoded.vocabulary), len(encoded.ids), force)
        division = encoded.division
        settings = division.applied(settings)
        _check_same(place, settings, encoded.sha256)
        clear_folder(settings)
        say = say if place.is_chief else _nothing
        remarks = [*corpus.report.sentences(), *division.remarks, *notes]
        for sentence in [*remarks, *_drawn(division, settings)]:
            say(sentence)
        info = ModelInfo(
            encoded.vocabulary,
            division.separator,
            asdict(settings),
            corpus.source,
            encoded.sha256,
            versions=_versions(),
            text=_shown(encoded, settings),
        )
        with encoded.ids:
            run = Run(
                settings, info, encoded.ids, say=say, callbacks=callbacks, place=place
            )
            return run.fit(weights, encoded.fingerprints)


def _check_same(place: Alone, settings: TrainingSettings, sha256: str) -> None:
    """Refuse, of several processes, one with another text, setting or version."""
    if not place.several:
        return
    own = {"output", "name", "init_from", "device"}  # may be the process's own
    compared = {n: x for n, x in asdict(settings).items() if n not in own}
    versions = {"gru_textgen": version("gru_textgen"), **_versions()}
    with place.watched():
        place.check_same({"text": sha256, **compared, **versions})


def _nothing(sentence: str) -> None:
    """What the processes beside the chief say."""


def _shown(encoded: EncodedText, settings: TrainingSettings) -> dict[str, Any]:
    """What the writing is to know of the text, as `ModelInfo.text`."""
    found = {"longest_line": encoded.facts.longest_line}
    if settings.level == WORD:
        found["characters"], found["tokens"] = encoded.characters, len(encoded.ids)
    lengths = encoded.division.lengths
    if lengths is None:
        cut = split_point(len(encoded.ids), settings.validation_split)
        learnt = encoded.ids[:cut]
    else:
        learnt = split_packed(encoded.ids, lengths, settings)[0].ids
        found |= _of_documents(lengths)
        if encoded.fingerprints is not None:
            found["fingerprints"] = len(encoded.fingerprints)
    return {**found, "loops": longest_runs(learnt[:CHARACTERS].read())}


def _of_documents(lengths: np.ndarray) -> dict[str, int]:
    """Their number and their median length, which a few long ones do not change; of
    lengths with the symbol before each."""
    return {
        "documents": len(lengths),
        "document_length": int(np.median(lengths)) - 1,
    }


def _drawn(division: Division, settings: TrainingSettings) -> list[str]:
    """How many documents are held out, in a sentence."""
    if division.lengths is None:
        return []
    count = len(division.lengths)
    chosen = split_by_document(
        count, settings.seed, settings.validation_split, settings.test_split
    )
    test = f", {len(chosen.test):,} for a test" if len(chosen.test) else ""
    return [
        f"{count:,} documents: {len(chosen.learnt):,} to learn from, "
        f"{len(chosen.held_out):,} held out for validation{test}, drawn by the seed "
        "(`split=last` holds out the end of the text)."
    ]


def resume(
    output: str | Path,
    text: Text | None = None,
    epochs: int | None = None,
    say: Callable[[str], None] = say,
    callbacks: Sequence["Callback"] = (),
    device: str | None = None,
    strategy: str | None = None,
    cluster: Cluster | None = None,
) -> TrainingResult:
    """Go on with the run in a folder, to what it would have come to without a stop.

    Args:
        output: the folder of the run.
        text: the same text; by default the run's ids of it or, if they are gone, what
            stands where it came from.
        epochs: to end after, instead of what the run's settings say.
        say: is given each sentence about the run, for the user.
        callbacks: of your own, see `train`.
        device: as the setting; a run may go on elsewhere than it began.
        strategy: as the setting.
        cluster: as for `train`. All processes read the folder.

    Returns:
        How the run ended, and the path of the model file.

    Raises:
        InputError: if there is no run, or the text is another one; if another worker
            does not come, has something else, or is lost.

    Example:
        >>> from gru_textgen import TrainingSettings, resume, train
        >>> text = "The cat sat on the mat.\\n" * 100
        >>> tiny = dict(units=16, layers=1, epochs=1, sample_length=0)
        >>> settings = TrainingSettings("runs/cats", **tiny, jit_compile=False)
        >>> result = train(settings, text)
        2,160 characters...
        epoch 1 of 1...
        >>> resume("runs/cats", epochs=2).epochs
        2,160 characters...
        epoch 2 of 2...
        2
    """
    check_backend()
    check_type("epochs", epochs, int, type(None))
    check_run(output)
    where: dict[str, Any] = {"device": device, "strategy": strategy}
    settings = TrainingSettings(str(output), **where)
    place = place_of(settings, cluster)
    with locked(Path(output)) if place.is_chief else nullcontext():
        found = read_checkpoint(settings)
        info = found.info
        settings = dataclasses.replace(_settings(info, output), **where)
        if epochs is not None:
            settings = dataclasses.replace(settings, epochs=epochs)
        if settings.epochs <= found.progress.epoch:
            raise InputError(
                f"The run in {output} has finished its {found.progress.epoch} epochs: "
                "to continue, give a larger number of `epochs`."
            )
        if epochs is None and found.progress.stopped_early(settings.patience):
            raise InputError(
                f"The run in {output} stopped early after {found.progress.epoch} "
                f"epochs, the last {settings.patience} without improvement: to "
                f"continue anyway, give `epochs={settings.epochs}`."
            )
        _check_same(place, settings, info.sha256)
        say = say if place.is_chief else _nothing
        best = loss_to_beat(settings.folder.model, found, say)
        stored = ids_before(settings, info.sha256, info.vocabulary)
        with (
            place.folder(settings) as settings,
            _ids_again(settings, info, text, stored) as ids,
        ):
            shown = info.text
            if info.reset_id is not None and "document_length" not in shown:
                # (A run of an earlier version has not recorded it.)
                shown = shown | _of_documents(document_lengths(ids, info.reset_id))
            info = dataclasses.replace(
                info, settings=asdict(settings), versions=_versions(), text=shown
            )
            return Run(settings, info, ids, found, say, callbacks, best, place).fit()


def check_run(output: str | Path) -> None:
    """Raise an InputError unless there is a run to resume in a folder."""
    check_type("output", output, str, Path)
    if not any(map(os.path.exists, TrainingSettings(str(output)).folder.checkpoints)):
        raise InputError(f"There is no run to resume in {printable(output)[:300]}.")


def _of_size(
    settings: TrainingSettings, model: ModelInfo, weights: ModelArrays
) -> TrainingSettings:
    """The settings, with units and layers of a model to begin with."""
    check_level(model, settings.level, str(settings.init_from))
    units = {len(layer.recurrent_kernel) for layer in weights.layers}
    if len(units) > 1 or not all(layer.is_standard for layer in weights.layers):
        raise InputError(
            f"Training cannot start from {settings.init_from}: its layers differ in "
            "size, or have reset_after=False or gates other than the sigmoid."
        )
    return dataclasses.replace(
        settings,
        units=units.pop(),
        layers=len(weights.layers),
        one_hot=weights.factors is None,
    )


def _of_embedding(settings: TrainingSettings, stored: StoredModel) -> TrainingSettings:
    """The settings, with those of the vectors of a model to begin with."""
    vocabulary = stored.info.vocabulary
    if isinstance(vocabulary, WordVocabulary):
        settings = dataclasses.replace(settings, tokens=vocabulary.units.tokens)
    return dataclasses.replace(
        settings,
        embedding=cast(EmbeddingShape, stored.architecture.embedding).size,
        input_scale=stored.architecture.grus()[0].input_scale,
    )


def _settings(info: ModelInfo, output: str | Path) -> TrainingSettings:
    """Those of a run."""
    known = {field.name for field in dataclasses.fields(TrainingSettings)}
    unknown = info.settings.keys() - known
    if unknown:
        raise InputError(
            f"The run in {output} has settings unknown to this version of gru_textgen: "
            f"{', '.join(sorted(unknown))}."
        )
    own = {"output": str(output), "name": run_name(info.settings, Path(output))}
    try:
        return TrainingSettings(**{**_BEFORE, **info.settings, **own})
    except (ValueError, TypeError, ArithmeticError) as error:
        raise InputError(f"The run in {output} cannot be resumed: {error}") from error


def _ids_again(
    settings: TrainingSettings,
    info: ModelInfo,
    text: Text | None,
    ids: StoredIds | None,
) -> StoredIds:
    """The ids that a run reads, encoded anew if they are gone."""
    if ids is not None and text is None:
        return ids
    if text is None:
        corpus = read_source(info.source)
    else:
        corpus = as_corpus(text, info.source.get("between"))
        corpus = read_as_learnt(corpus, info.source)
    if ids is not None:
        sha256 = corpus.sha256
    else:
        encoded = encode(corpus, settings, info.vocabulary)
        ids, sha256 = encoded.ids, encoded.sha256
    if sha256 != info.sha256:
        raise InputError(
            f"The text is not the training text of the run in {settings.output}."
        )
    return ids


def _versions() -> dict[str, str]:
    packages = ("tensorflow", "keras", "numpy")
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}
