"""Figures as text for a terminal."""

from collections.abc import Mapping

from gru_textgen.evaluation import Evaluation, Figures

_COLUMNS = {
    "loss, nats": lambda f: f"{f.loss:.4f}",
    "bits per character": lambda f: f"{f.bits_per_character:.4f}",
    "perplexity": lambda f: f"{f.perplexity:.4f}",
    "top-1 accuracy": lambda f: f"{f.top_1_accuracy:.2%}",
    "top-5 accuracy": lambda f: f"{f.top_5_accuracy:.2%}",
    "calibration error": lambda f: f"{f.calibration_error:.2%}",
}


def evaluation_table(evaluation: Evaluation) -> str:
    """All figures of one model, a protocol a column; its loss by context."""
    both = evaluation.stateful, evaluation.windows
    rows = [("", *(figures.protocol for figures in both))]
    rows += [(name, *map(cell, both)) for name, cell in _COLUMNS.items()]
    lines = [_described(evaluation), "", *_aligned(rows), ""]
    if evaluation.loss_by_context:
        lines.append(
            "Loss of the same characters, after reading at most so many others:"
        )
        losses = evaluation.loss_by_context.items()
        lines += _aligned([(f"{n:,}", f"{loss:.4f}") for n, loss in losses])
    return "\n".join(lines)


def comparison_table(evaluations: Mapping[str, Evaluation]) -> str:
    """Figures of several models on one text, a model a row, by both protocols."""
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


def _described(evaluation: Evaluation) -> str:
    return (
        f"{evaluation.characters:,} characters, of which the model does not know "
        f"{evaluation.unknown:,}."
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows of cells in columns, the first to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        row[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:]))
        for row in rows
    ]
