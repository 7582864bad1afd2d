"""Figures as tables of text for a terminal."""

import math
from collections.abc import Mapping, Sequence

from gru_textgen.evaluation.evaluation import Evaluation, Figures
from gru_textgen.evaluation.form import FormFigures
from gru_textgen.evaluation.ngram import Baselines
from gru_textgen.evaluation.novelty import Lengths, Novelty
from gru_textgen.verse.cleaning import RULES, Report
from gru_textgen.verse.passages import FEWEST_PAGES, PAGE
from gru_textgen.verse.poems import MARKS, REPEATS, PoemReport

_COLUMNS = {
    "loss, nats": lambda f: f"{f.loss:.4f}",
    "bits per character": lambda f: f"{f.bits_per_character:.4f}",
    "perplexity": lambda f: f"{f.perplexity:.4f}",
    "word perplexity": lambda f: _whole(f.word_perplexity),
    "top-1 accuracy": lambda f: f"{f.top_1_accuracy:.2%}",
    "top-5 accuracy": lambda f: f"{f.top_5_accuracy:.2%}",
    "calibration error": lambda f: f"{f.calibration_error:.2%}",
}


def evaluation_table(evaluation: Evaluation) -> str:
    """All figures of one model, one column per protocol, and its loss by context."""
    both = evaluation.stateful, evaluation.windows
    rows = [("", *(figures.protocol for figures in both))]
    rows += [(name, *map(cell, both)) for name, cell in _COLUMNS.items()]
    lines = [_described(evaluation), "", *_aligned(rows), ""]
    if evaluation.loss_by_context:
        unit = evaluation.unit
        lines.append(f"Loss of the same {unit} by the number of preceding {unit} read:")
        losses = evaluation.loss_by_context.items()
        lines += _aligned([(f"{n:,}", f"{loss:.4f}") for n, loss in losses])
    return "\n".join(lines)


def comparison_table(evaluations: Mapping[str, Evaluation]) -> str:
    """Figures of several models on one text, one row per model, by both protocols."""
    lines = []
    for protocol in ("stateful", "windows"):
        figures: dict[str, Figures] = {
            name: getattr(e, protocol) for name, e in evaluations.items()
        }
        title = next(iter(figures.values())).protocol
        rows = [(title, *_COLUMNS)]
        for name, of_model in figures.items():
            rows.append((name, *(cell(of_model) for cell in _COLUMNS.values())))
        lines += [*_aligned(rows), ""]
    lines += [f"{name}: {_described(e)}" for name, e in evaluations.items()]
    return "\n".join(lines)


def baselines_table(found: Baselines, per_character: float | None = None) -> str:
    """The loss of each baseline on the held-out part.

    Args:
        found: the losses.
        per_character: tokens of the text for each character, if the losses are those of
            tokens: then the perplexity of a token stands beside them.
    """
    losses = {
        "uniform": found.uniform,
        "unigram": found.unigram,
        f"Kneser-Ney, order {found.order}": found.kneser_ney,
        "xz (compression)": found.xz,
    }
    rows = [("loss of baselines", "nats", "bits per character", "perplexity")]
    for name, loss in losses.items():
        bits = loss * (per_character or 1) / math.log(2)
        rows.append((name, f"{loss:.4f}", f"{bits:.4f}", f"{math.exp(loss):.2f}"))
    shown = 3 if per_character is None else 4
    return "\n".join(_aligned([row[:shown] for row in rows]))


def novelty_table(found: Novelty) -> str:
    """How much of the samples is copied from the training text, and their shape."""
    longest = max((s.copied for s in found.samples), key=lambda copied: copied.longest)
    spans = {20: found.spans_20, 40: found.spans_40, 80: found.spans_80}
    rows = [
        (
            "samples new / partly seen / seen",
            f"{found.new} / {found.partly_seen} / {found.seen}",
        )
    ]
    rows += [
        (f"spans of {length} characters found in the text", _share(share))
        for length, share in spans.items()
    ]
    rows.append(("words found in the text", _share(found.known_words)))
    rows += [
        (f"distinct-{n}", _share(share)) for n, share in enumerate(found.distinct, 1)
    ]
    rows.append(("samples that repeat themselves", _share(found.loops)))
    for name, of_samples, of_text in (
        ("characters per line", found.shape.lines, found.text_shape.lines),
        ("lines per stanza", found.shape.stanzas, found.text_shape.stanzas),
    ):
        if of_text.count < 2:
            continue  # no blank lines: there are no stanzas to compare with
        rows.append((name, f"{_mean(of_samples)}, in the text {_mean(of_text)}"))
    return "\n".join(
        [
            f"{len(found.samples)} samples, compared with the training text:",
            *_aligned(rows),
            f"longest copy ({found.longest} characters): {longest.passage!r}",
        ]
    )


def form_table(name: str, found: FormFigures) -> str:
    """How well poems keep a form, and what it costs."""
    source = "dictionary" if found.pronounced else "spelling"
    rows = [("", source, "second source")]
    rows.append(("lines", _kept(found.in_metre), _kept(found.in_metre_second)))
    rows.append(("rhymes", _kept(found.rhymed), _kept(found.rhymed_second)))
    lines = [
        f"{found.poems} poems, {name}: {found.lines:,} lines and {found.pairs:,} pairs "
        "that must rhyme; those that keep the form",
        *_aligned(rows),
    ]
    if found.nats is not None and found.free_nats is not None:
        lines += [
            "",
            f"nats a character      {found.nats:.4f}, freely {found.free_nats:.4f}",
            f"distinct words        {found.distinct_words:.2%}",
            f"seconds a poem        {found.seconds:.2f}",
            f"{found.unit + ' stepped':<22}{found.steps:,.0f} a poem",
        ]
    return "\n".join(lines)


def _kept(share: float | None) -> str:
    return "not measured" if share is None else f"{share:.1%}"


def cleaning_table(report: Report) -> str:
    """How many lines were kept, and how many each rule removed."""
    counts = {"lines": report.lines, "kept": report.kept}
    counts |= {f"  {rule}": report.dropped[rule] for rule in RULES}
    rows = [
        (name, f"{count:,}", _share(count / report.lines))
        for name, count in counts.items()
    ]
    rows.insert(2, ("removed by rule", "", ""))
    lines = _aligned(rows)
    lines.append(
        f"The text has {len(report.characters)} distinct characters and line ends."
    )
    if not report.words_counted:
        lines.append(
            f"The text has fewer than {FEWEST_PAGES * PAGE:,} lines, too few to detect "
            "other languages: the rule `language` removed none."
        )
    return "\n".join(line.rstrip() for line in lines)


def poems_table(report: PoemReport) -> str:
    """How many poems were kept, and how many each rule changed."""
    counts = {"poems": report.poems, "kept": report.kept}
    if report.groups:
        counts["  held out"] = report.held_out
    if report.excluded:
        counts["excluded"] = report.excluded
    counts["repeats removed"] = report.changed[REPEATS]
    counts |= {f"  {rule}": report.changed[rule] for rule in MARKS}
    share = 1 / max(report.poems, 1)
    rows = [
        (name, f"{count:,}", _share(count * share)) for name, count in counts.items()
    ]
    rows.insert(-len(MARKS), ("changed by rule", "", ""))
    lines = [line.rstrip() for line in _aligned(rows)]
    if report.groups:
        many = len(report.groups)
        lines.append(f"{many:,} group{'s are' if many > 1 else ' is'} held out.")
    return "\n".join(lines)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def _whole(number: float | None) -> str:
    return "-" if number is None else f"{number:,.0f}"


def _mean(lengths: Lengths) -> str:
    return "-" if lengths.mean is None else f"{lengths.mean:.1f}"


def _described(evaluation: Evaluation) -> str:
    return (
        f"{evaluation.characters:,} {evaluation.unit}, {evaluation.unknown:,} of them "
        "unknown to the model."
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of cells in columns: the first aligned left, all others right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        row[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:]))
        for row in rows
    ]
