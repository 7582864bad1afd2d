"""What can be measured of a text in a few seconds, before anything is learnt from it.

A part of it is predicted by who does not know it: by shipped models, and by the n-grams
of the text before that part. The part is the end of the text that is learnt from, never
of the held-out one. Of a text of documents, some of which are drawn to be held out, it
may contain a few of those.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gru_textgen.inference.kneser_ney import best_order, losses
from gru_textgen.text.corpus import Corpus
from gru_textgen.text.normalisation import OPTIONS, normalised
from gru_textgen.text.splits import split_point
from gru_textgen.text.vocabulary import Vocabulary
from gru_textgen.training.settings import TrainingSettings
from gru_textgen.training.starts import Start, Starts, measure_start, measure_starts
from gru_textgen.verse.languages import OTHER

LARGEST_TUNED = (
    500_000  # characters; from there on a model begun with nothing learns enough
)
_READ = 1 << 20  # characters that are measured on, at most
_FEWEST = 1000  # characters to learn from, for a measurement to mean anything
_PREDICTED = 4000  # characters that models predict, at most
# Settings that no model to begin with suits: it brings its own, or suits streams.
_OWN = ("units", "layers", "recurrent_activation", "reset_after", "cut")


@dataclass(frozen=True)
class Facts:
    """What was measured of a text.

    Attributes:
        characters: of the text.
        learnt: of them, to learn from.
        distinct: different characters among those measured on.
        kneser_ney: loss of a part of what is learnt from, in nats a character, by the
            n-grams of the text before that part; None for a text too short to tell.
        starts: models to begin with, measured on the same part.
        language: of the text, in English; "other" for one that is not recognised.
        remarks: why a model to begin with could not be fetched.
    """

    characters: int
    learnt: int
    distinct: int
    kneser_ney: float | None
    starts: tuple[Start, ...] = ()
    language: str = OTHER.name
    remarks: tuple[str, ...] = ()


def measure(corpus: Corpus, given: Mapping = {}) -> Facts:
    """Look at a text: how long it is, and what it costs those who do not know it.

    Args:
        corpus: the text.
        given: settings that are decided already.

    Raises:
        InputError: if the text cannot be read, or there is no model `init_from`.
    """
    length, head = _beginning(pieces_of(corpus, given))
    split = given.get("validation_split", TrainingSettings.validation_split)
    if not 0 < split < 1:
        split = TrainingSettings.validation_split  # the settings refuse it in time
    learnt = split_point(length, split)
    head = head[:learnt]
    if learnt < _FEWEST:
        return Facts(length, learnt, len(set(head)), None)
    size = min(_PREDICTED, len(head) // 10)
    before, part = head[:-size], head[-size:]
    vocabulary = Vocabulary.from_text([head])
    counted = _counted(before, part, vocabulary)
    found = _starts(given, learnt, head, part, len(vocabulary))
    return Facts(
        length,
        learnt,
        len(set(head)),
        counted,
        found.measured,
        found.language,
        found.remarks,
    )


def pieces_of(corpus: Corpus, given: Mapping) -> Iterator[str]:
    """The text, piece by piece, normalised as the settings say."""
    options = {name: given[name] for name in OPTIONS if name in given}
    return normalised(corpus.pieces(), **options)


def _beginning(pieces: Iterable[str]) -> tuple[int, str]:
    """The length of a text, and as much of its beginning as is measured on."""
    length, kept = 0, []
    for piece in pieces:
        if length < _READ:
            kept.append(piece[: _READ - length])
        length += len(piece)
    return length, "".join(kept)


def _starts(
    given: Mapping, learnt: int, head: str, part: str, vocab_size: int
) -> Starts:
    """The models that may be begun with."""
    if "init_from" in given:
        name = given["init_from"]
        if name is None:
            return Starts()
        return Starts((measure_start(str(name), part, vocab_size),))
    if learnt > LARGEST_TUNED or any(name in given for name in _OWN):
        return Starts()
    return measure_starts(head, part, vocab_size)


def _counted(before: str, part: str, vocabulary: Vocabulary) -> float:
    """What a part costs the n-grams of the text before it, of the best order."""
    learnt, ids = vocabulary.encode(before), vocabulary.encode(part)
    order = best_order(learnt, len(vocabulary))
    *_, of_order = losses(learnt, ids, len(vocabulary), order)
    return float(of_order.mean())
