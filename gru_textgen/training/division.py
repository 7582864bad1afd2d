"""How a text divides into documents: what stands between them, and whether each is
learnt from an empty state to its end."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gru_textgen.errors import InputError
from gru_textgen.model_file.limits import SIGMOID
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.documents import UNITS, end_symbol
from gru_textgen.text.facts import TextFacts
from gru_textgen.text.normalisation import normalise
from gru_textgen.text.splits import DOCUMENTS, LAST
from gru_textgen.text.units import WORD
from gru_textgen.training.settings import WINDOWS, TrainingSettings

_FEWEST = 30  # documents, for them to be split by document without being asked to


@dataclass(frozen=True)
class Division:
    """The documents of a text.

    Attributes:
        separator: what stands between two documents, or "".
        documents: as `text.documents.end_symbol` takes it, where the text is learnt
            document by document; else None.
        lengths: of those documents, the symbol before each included.
        remarks: sentences about it, for the user.
    """

    separator: str
    documents: str | None = None
    lengths: np.ndarray | None = None
    remarks: tuple[str, ...] = ()

    def applied(self, settings: TrainingSettings) -> TrainingSettings:
        """The settings, with what was decided here in the place of None."""
        if self.documents is None:
            return dataclasses.replace(settings, split=LAST)
        return dataclasses.replace(
            settings, separator=None, documents=self.documents, split=DOCUMENTS
        )


def divide(
    settings: TrainingSettings,
    corpus: Corpus,
    facts: TextFacts,
    lengths_of: Callable[[str], np.ndarray],
) -> Division:
    """Decide how a text divides into documents.

    Args:
        settings: of the run.
        corpus: the text.
        facts: of the text.
        lengths_of: gives the lengths of the documents of the text.

    Raises:
        InputError: if the separator that was asked for does not occur in the text, or
            there are no documents where some were asked for.
    """
    if settings.documents is not None:
        return _as_asked(settings, lengths_of)
    separator, remarks = _separator(settings, corpus, facts)
    if settings.split == DOCUMENTS and not separator:
        raise InputError(
            "`split=documents` needs a text of documents: give `documents`, such as "
            "line or paragraph."
        )
    marks = facts.divider.strip() if settings.separator is None else ""
    divided = marks and separator.strip() == marks
    listed = separator and (corpus.report.between or divided or facts.is_list())
    whole = settings.split == LAST or settings.cut == WINDOWS
    # A layer that cannot empty its state within a window reads none by itself.
    whole |= settings.split is None and settings.recurrent_activation != SIGMOID
    if whole or not (listed or settings.split == DOCUMENTS):
        _refuse_test(settings)
        return Division(separator, remarks=remarks)
    documents = "line" if separator == "\n" else separator
    lengths = lengths_of(documents)
    if settings.split is None and len(lengths) < _FEWEST:
        _refuse_test(settings)
        return Division(separator, remarks=remarks)
    end = end_symbol(documents, settings.level == WORD)
    if divided and not corpus.report.between:  # reading has said so
        remarks += (
            f"Lines of {marks} stand between documents: each document "
            "is learnt as a whole (`separator=''` reads all as one text).",
        )
    return Division(end, documents, lengths, remarks)


def _as_asked(
    settings: TrainingSettings, lengths_of: Callable[[str], np.ndarray]
) -> Division:
    documents = settings.documents or ""
    if documents not in UNITS:
        documents = wanted(documents, settings)
    elif settings.join_lines and documents != "file":
        raise InputError(
            f"`join_lines` removes the line ends by which the documents ({documents}) "
            "are told apart: give another `documents`, or no `join_lines`."
        )
    lengths = lengths_of(documents)
    if len(lengths) < 2:
        raise InputError(
            f"The text is a single document by `documents={settings.documents}`: give "
            "line, paragraph, file or a text that stands between its documents."
        )
    if settings.split == LAST:
        _refuse_test(settings)
        own = {"line": "\n", "paragraph": "\n\n"}
        return Division(own.get(documents, documents))
    end = end_symbol(documents, settings.level == WORD)
    return Division(end, documents, lengths)


def _refuse_test(settings: TrainingSettings) -> None:
    if settings.test_split:
        raise InputError(
            "`test_split` is a fraction of documents: give `documents`, such as line "
            "or paragraph, or `split=documents`."
        )


def wanted(separator: str, settings: TrainingSettings) -> str:
    """A separator in the form that the text is given.

    Args:
        separator: as it was asked for.
        settings: of the run.

    Raises:
        InputError: if that form is empty.
    """
    plain = separator.replace("\r\n", "\n").replace("\r", "\n")
    found = normalise(plain, **settings.normalisation)
    if separator and not found:
        raise InputError(
            f"The separator {separator!r} is removed by the normalisation of the text: "
            "give another one."
        )
    return found


def _separator(
    settings: TrainingSettings, corpus: Corpus, facts: TextFacts
) -> tuple[str, tuple[str, ...]]:
    """What stands between documents, or "", and sentences about it.

    It is what was asked for; what the corpus says or was put between its records, if
    normalising leaves it as it is; a line of marks that comes again and again; or a
    line's end in a list.
    """
    if settings.separator is not None:
        if settings.separator and not facts.separators:
            raise InputError(
                f"The separator {settings.separator!r} does not occur in the text: "
                "give the text that stands between its documents, or `separator=''`."
            )
        return wanted(settings.separator, settings), ()
    separator, remarks = corpus.separator or corpus.report.between, []
    if not separator and facts.divider:
        separator = f"\n{facts.divider}\n"
    elif not separator and facts.is_list():
        separator = "\n"
        remarks.append(
            f"The text is a list of {facts.lines:,} lines: each is read as a document "
            "(`separator=''` reads it as one text)."
        )
    if separator == "\n" and facts.duplicates:
        remarks.append(
            f"{facts.duplicates:,} of the {facts.lines:,} lines of the text are "
            "duplicates; the model sees a line as often as it occurs."
        )
    if normalise(separator, **settings.normalisation) != separator:
        return "", tuple(remarks)
    return separator, tuple(remarks)
