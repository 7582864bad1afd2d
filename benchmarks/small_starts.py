"""Trains small texts from random weights, from `verse` and from the model of their
language, for the table of docs/small_texts.md.

    python benchmarks/small_translations.py DEBIAN FOLDER
    python benchmarks/small_starts.py FOLDER [--texts NAME,...] [--starts none,base]

learns each TEXT-LANGUAGE.txt of the folder by the settings that the recipe chooses for
each beginning, and prints a row a text: losses on the held-out tenth, stateful, counts
mixed in, in nats a character. Figures are kept in FOLDER/starts, so that the program
can be stopped and begun again.
"""

import argparse
import csv
import json
from pathlib import Path

from gru_textgen import TextGenerator, TrainingSettings, read_files, train
from gru_textgen.evaluation.baselines import baselines_of
from gru_textgen.evaluation.evaluation import evaluate
from gru_textgen.training.facts import measure
from gru_textgen.training.recipe import choose

STARTS = ("none", "verse", "base")
HEAD = """\
| text | characters | Kneser-Ney | random weights | `verse` | base | base, untrained | share of counts | epochs at rate |
|---|---|---|---|---|---|---|---|---|"""  # noqa: E501


def learnt(path: Path, start: str, folder: Path) -> dict:
    """The figures of a run that begins with a model, or with "none"."""
    output = folder / f"{path.stem}-from-{Path(start).stem}"
    kept = output.with_suffix(".json")
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    corpus = read_files([path])
    given = {"init_from": None if start == "none" else start}
    facts = measure(corpus, given)
    settings = {**given, **choose(facts, given).settings, "sample_length": 0}
    settings = TrainingSettings(str(output), **settings)
    result = train(settings, corpus, overwrite=True, say=lambda sentence: None)
    generator = TextGenerator.load(result.path)
    with open(output / "history.csv", encoding="utf-8") as file:
        losses = [row["val_loss_with_counts"] for row in csv.DictReader(file)]
    figures = {
        "characters": facts.characters,
        "kneser_ney": baselines_of(generator, corpus).kneser_ney,
        "loss": evaluate(generator, corpus, held_out=True).stateful.loss,
        "before": facts.starts[0].loss if facts.starts else None,
        "share": generator.info.counts.get("share", 0),
        "rate": settings.learning_rate,
        "by_epoch": [float(loss) for loss in losses],
    }
    kept.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return figures


def row(path: Path, starts: list[str], folder: Path) -> str:
    """Of the table."""
    language = path.stem.rpartition("-")[2]
    found = {}
    for start in starts:
        model = f"verse-{language}" if start == "base" else start
        found[start] = learnt(path, model, folder)
    first = found[starts[0]]
    cells = [path.stem, f"{first['characters']:,}", f"{first['kneser_ney']:.3f}"]
    cells += [f"{found[x]['loss']:.3f}" if x in found else "" for x in STARTS]
    if base := found.get("base"):
        course = f"{len(base['by_epoch'])} at {base['rate']:g}"
        cells += [f"{base['before']:.2f}", f"{base['share']:g}", course]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Learn, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--texts", help="names without .txt, joined by commas")
    parser.add_argument("--starts", default=",".join(STARTS))
    given = parser.parse_args()
    paths = sorted(given.folder.glob("*-??.txt"))
    if given.texts:
        paths = [given.folder / f"{name}.txt" for name in given.texts.split(",")]
    print(HEAD)
    for path in paths:
        line = row(path, given.starts.split(","), given.folder / "starts")
        print(line, flush=True)


if __name__ == "__main__":
    main()
