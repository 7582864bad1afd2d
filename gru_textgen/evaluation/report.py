"""What a run has come to, in a paragraph for people who have never read of a loss.

The figures are measured once, when the run ends, and kept in the model file; the words
are made from them whenever they are asked for.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gru_textgen.errors import InputError
from gru_textgen.evaluation.held_out import HELD_OUT, LEARNT, TextParts
from gru_textgen.evaluation.novelty import novelty
from gru_textgen.inference.generator import TextGenerator
from gru_textgen.inference.kneser_ney import best_order, losses
from gru_textgen.model_file.reader import ModelInfo
from gru_textgen.text.corpus import Corpus, read_as_learnt
from gru_textgen.text.units import WORD
from gru_textgen.verse.metre import words_of
from gru_textgen.verse.pronunciation import plain, pronunciations

_SAMPLES, _SAMPLE_LENGTH = 8, 500
_MAX_COUNTED = 1 << 21  # characters: of longer texts counting takes minutes
_MAX_PREDICTED = 20_000
_LITTLE, _SOME = 100_000, 1_000_000  # characters to learn from
_MUCH_COPIED = 0.02  # share of passages of 40 characters
_COMMON, _ENGLISH = 200, 0.8  # of the commonest words, so many are English
_LOOPS = 0.2  # share of samples


def end_figures(
    generator: TextGenerator, corpus: Corpus, epochs: int
) -> dict[str, float]:
    """Measure a model whose training has ended.

    Args:
        generator: the model.
        corpus: the text that it was trained on.
        epochs: that the run took.

    Returns:
        By name: "epochs_run"; "learnt_characters"; "kneser_ney", the loss of n-grams on
        the held-out part, where the text is short enough to count them, and
        "loss_before", that of the model that training started from; and of eight
        samples "sample_known_words", the share of words that stand in the text,
        "sample_dictionary_words", of an English text, there or in the dictionary,
        "sample_spans_40", the share of passages of 40 characters that do,
        "sample_longest_copy" in characters and "sample_loops", the share that repeats
        itself.

    Raises:
        InputError: if the text cannot be read again.
    """
    info, normalisation = generator.info, generator.normalisation
    corpus = read_as_learnt(corpus, info.source)
    if isinstance(corpus.content, str):  # as standard input is, which was read once
        corpus = replace(corpus, source={})
    parts = TextParts(info, corpus, normalisation)
    learnt_text = "".join(parts.pieces(LEARNT))
    cut = len(learnt_text)
    samples = generator.generate_batch(
        [""] * _SAMPLES, length=_SAMPLE_LENGTH, seed=0, stop=()
    )
    found = {"epochs_run": float(epochs), "learnt_characters": float(cut)}
    written = [sample for sample in samples if sample]
    if written:
        copied = novelty([learnt_text], written, generator.info.separator)
        found["sample_longest_copy"] = float(copied.longest)
        found["sample_loops"] = copied.loops
        for name in ("known_words", "spans_40"):
            share = getattr(copied, name)
            if share is not None:
                found[f"sample_{name}"] = share
        share = _in_dictionary(learnt_text, written)
        if share is not None:
            found["sample_dictionary_words"] = share
    if 2 <= cut <= _MAX_COUNTED:
        learnt = generator.vocabulary.encode(learnt_text)
        measured = HELD_OUT if info.settings["validation_split"] else LEARNT
        held_out_text = "".join(parts.pieces(measured))
        held_out = generator.vocabulary.encode(held_out_text)[:_MAX_PREDICTED]
        vocab_size = len(generator.vocabulary)
        *_, of_order = losses(
            learnt, held_out, vocab_size, best_order(learnt, vocab_size)
        )
        found["kneser_ney"] = float(of_order.mean())
        start = _loss_before(info, held_out_text[:_MAX_PREDICTED])
        if start is not None:
            found["loss_before"] = start
    return found


def _loss_before(info: ModelInfo, text: str) -> float | None:
    """The loss of the model that training started from, before it; None of no model, or
    one that is not there any more."""
    name = info.settings.get("init_from")
    try:
        started = TextGenerator.load(name) if name else None
    except InputError:
        return None
    if started is None:
        return None
    if info.reset_id is not None:
        text = text.replace(info.separator, started.beginning)
    return float(started.predictor.losses(started.vocabulary.encode(text)).mean())


def _in_dictionary(text: str, samples: Sequence[str]) -> float | None:
    """The share of the samples' words that stand in the text or in the dictionary of
    English; None of a text that is not English."""
    words = Counter(map(plain, words_of(text)))
    common = [word for word, _ in words.most_common(_COMMON)]
    if sum(map(bool, map(pronunciations, common))) < _ENGLISH * len(common):
        return None
    written = [plain(word) for sample in samples for word in words_of(sample)]
    known = [word in words or bool(pronunciations(word)) for word in written]
    return sum(known) / len(known) if known else None


def paragraph(info: ModelInfo) -> str | None:
    """What a model's figures come to, in words; None where they were not measured.

    Args:
        info: of a model whose figures hold those of `end_figures`.
    """
    figures = info.figures
    if "learnt_characters" not in figures or "val_loss" not in figures:
        return None
    if info.level == WORD:
        return " ".join(
            filter(None, (_loss_of_words(info), _ending(figures, info.settings)))
        )
    parts = (_loss, _writing, _ending, _next_step)
    return " ".join(filter(None, (part(figures, info.settings) for part in parts)))


def choosing_among(loss: float) -> str:
    """A loss in nats as what it means: "like choosing among 4.4 characters"."""
    return f"like choosing among {math.exp(min(loss, 100)):.1f} characters"


def final_loss(figures: Mapping[str, Any]) -> float:
    """The held-out loss of what the file predicts with, counts included."""
    return float(figures.get("val_loss_with_counts", figures["val_loss"]))


def _loss(figures: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    loss = final_loss(figures)
    said = (
        "On the held-out part of the text, predicting the next character "
        f"is {choosing_among(loss)} ({loss:.3f} nats)"
    )
    if "loss_before" in figures:
        before, name = figures["loss_before"], Path(settings["init_from"]).stem
        said += f", where {name} without training has {before:.3f}"
    if "kneser_ney" not in figures:
        return f"{said}."
    counting = figures["kneser_ney"]
    better = "" if loss < counting else ", so that counting is as good for this text"
    return (
        f"{said}; a program that only counts sequences of characters chooses "
        f"among {math.exp(counting):.1f} ({counting:.3f}){better}."
    )


def _loss_of_words(info: ModelInfo) -> str:
    """The perplexity of a token, and that of counting."""
    figures = info.figures
    loss = final_loss(figures)
    said = (
        "On the held-out part of the text, predicting the next token has the "
        f"perplexity {math.exp(loss):.1f} ({loss:.3f} nats), and "
        f"{figures['perplexity']:.1f} on the text learnt from, with dropout"
    )
    if "kneser_ney" not in figures:
        return f"{said}."
    counting = figures["kneser_ney"]
    return f"{said}; counting sequences of tokens has {math.exp(counting):.1f}."


def _writing(figures: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    if "sample_longest_copy" not in figures:
        return ""
    said = []
    if "sample_known_words" in figures:
        share = figures["sample_known_words"]
        words = f"{share:.0%} of the words in its samples occur in the text"
        if "sample_dictionary_words" in figures:
            known = figures["sample_dictionary_words"]
            words += f", {known:.0%} there or in a dictionary of English"
        said.append(words)
    longest = figures["sample_longest_copy"]
    copied = figures.get("sample_spans_40", 0)
    said.append(
        f"{copied:.1%} of the 40-character passages in its samples are copied, and the "
        f"longest copy has {longest:.0f} characters"
    )
    if figures["sample_loops"] > _LOOPS:
        said.append(f"{figures['sample_loops']:.0%} of the samples repeat themselves")
    first, *rest = said
    return f"{first}; {'; '.join(rest)}." if rest else f"{first}."


def _ending(figures: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    best, run = int(figures["epoch"]), int(figures["epochs_run"])
    epochs, patience = settings.get("epochs", run), settings.get("patience", 0)
    if run < epochs and run - best >= max(1, patience):
        return (
            f"Training stopped early, after epoch {run} of {epochs}, because the loss "
            f"had not improved since epoch {best}, whose model is kept."
        )
    if best < run:
        return f"Of {run} epochs the {_nth(best)} was the best, and its model is kept."
    return f"The last of {run} epochs was the best." if run > 1 else ""


def _next_step(figures: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    learnt, loss = int(figures["learnt_characters"]), final_loss(figures)
    copied = figures.get("sample_spans_40", 0)
    if copied > _MUCH_COPIED:
        return "To copy less, generate with a higher --temperature" + (
            ", or train with --no-counts." if settings.get("counts") else "."
        )
    if loss >= figures.get("kneser_ney", math.inf) and not settings.get("counts"):
        return "To improve: --counts, which mixes the counts into the predictions."
    if learnt < _LITTLE:
        return (
            f"{learnt:,} characters are a short text: more text of the same kind helps "
            "more than any option."
        )
    if int(figures["epoch"]) == int(figures["epochs_run"]) and learnt >= _SOME:
        return "To improve: more --epochs, or --preset medium."
    return ""


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
