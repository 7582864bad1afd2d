"""A model as one HTML file that writes by itself, in any browser, without a network.

The page is made of the files in `pages/`: `poet.html` names the others, which are put
where it names them, and the model's weights follow in base64.
"""

import base64
import copy
import dataclasses
import html
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from gru_textgen.characters import PLAIN_FORMS
from gru_textgen.errors import InputError, printable
from gru_textgen.export.form_table import form_table
from gru_textgen.export.record import without_counts, words_of
from gru_textgen.files import check_output, text_output
from gru_textgen.inference.ending import default_ending
from gru_textgen.inference.loops import run_limits
from gru_textgen.inference.sampling import default_min_p
from gru_textgen.model_file.limits import HARD_SIGMOID
from gru_textgen.model_file.reader import ModelArrays, ModelInfo, read_model
from gru_textgen.pages.templates import filled, script_data
from gru_textgen.text.loops import PERIODS

PRECISIONS = ("int8", "float16", "float32")


def export_html(
    model_path: str | Path | Sequence[str | Path],
    output: str | Path,
    precision: str = PRECISIONS[0],
) -> None:
    """Write a page that writes as the model does.

    Args:
        model_path: a model file; or several, among which the page offers a choice and
            begins with the first.
        output: the new file.
        precision: of the weights, one of `PRECISIONS`. With "float32" a seed's text is
            the Python engine's; with the others that of `at_precision`'s weights.

    Raises:
        InputError: if there is no such model, or its weights do not fit the precision.
    """
    check_output(output)
    page = poet_page(model_path, precision)
    with text_output(output) as file:
        file.write(page)


def poet_page(
    model_path: str | Path | Sequence[str | Path], precision: str = PRECISIONS[0]
) -> str:
    """The page that `export_html` writes.

    Args:
        model_path: as for `export_html`.
        precision: as for `export_html`.

    Raises:
        InputError: as `export_html` does.
    """
    paths = [model_path] if isinstance(model_path, str | Path) else list(model_path)
    if not paths:
        raise InputError("There is no model: give one or more.")
    poets = [_poet(path, precision) for path in paths]
    models = "".join(filled("poet_model.html", poet) for poet in poets)
    return filled("poet.html", poets[0] | {"models": models})


def _poet(model_path: str | Path, precision: str) -> dict[str, str]:
    """What a page of poets holds of one: `name`, `about`, `model`, `weights`."""
    info, arrays = read_model(model_path)
    arrays = without_counts(arrays)
    about = printable(_about(info, arrays))
    more = {"verse": form_table(info, arrays), "about": about}
    return {
        "name": html.escape(printable(Path(model_path).stem)),
        "about": html.escape(about),
        **engine(info, arrays, precision, more),
    }


def engine(
    info: ModelInfo,
    arrays: ModelArrays,
    precision: str,
    more: dict[str, Any] | None = None,
) -> dict[str, str]:
    """A model as a page's engine reads it: `model` in JSON, `weights` in base64.

    Args:
        info: of the model.
        arrays: its weights; counts are left out.
        precision: of the weights, one of `PRECISIONS`.
        more: what else the page reads in `model`.

    Raises:
        InputError: if the weights do not fit the precision.
    """
    weights = encoded(arrays, precision)
    plain = description(info, arrays, precision) | {"resetId": info.reset_id}
    return {"model": script_data(plain | (more or {})), "weights": weights}


def encoded(arrays: ModelArrays, precision: str) -> str:
    """All weights in base64, as `packed` has them.

    Args:
        arrays: the weights.
        precision: one of `PRECISIONS`.

    Raises:
        InputError: if they do not fit the precision.
    """
    check_fits(arrays, precision)
    return base64.b64encode(packed(arrays, precision)).decode()


def check_fits(arrays: ModelArrays, precision: str) -> None:
    """Raise an InputError if a weight is none, or beyond the precision's range."""
    pieces = list(_pieces(arrays))
    if not all(np.isfinite(piece).all() for piece in pieces):
        raise InputError(
            "The weights of the model contain NaN or infinity: train it again."
        )
    matrices = (piece for piece in pieces if piece.ndim == 2)
    if precision == "float16" and any(
        np.abs(matrix).max() > np.finfo(np.float16).max for matrix in matrices
    ):
        raise InputError(
            "The weights of the model are too large for float16: use float32 or int8."
        )


def packed(arrays: ModelArrays, precision: str) -> bytes:
    """The weights as the page reads them, little-endian.

    Arrays follow one another as `_pieces` gives them: matrices row by row, for int8
    after one float32 scale for each row, and vectors in float32.
    """
    parts = []
    for piece in _pieces(arrays):
        if piece.ndim == 1 or precision == "float32":
            parts.append(piece.astype("<f4").tobytes())
        elif precision == "float16":
            parts.append(piece.astype("<f2").tobytes())
        else:
            scales, values = _int8(piece)
            parts += [scales.astype("<f4").tobytes(), values.tobytes()]
    return b"".join(parts)


def at_precision(arrays: ModelArrays, precision: str) -> ModelArrays:
    """The weights as the page has them, rounded to its precision, in float32 again."""
    arrays = copy.deepcopy(dataclasses.replace(arrays, counts=None))
    for piece in _pieces(arrays):  # views, which are written over
        if piece.ndim == 2 and precision == "float16":
            piece[...] = piece.astype(np.float16)
        elif piece.ndim == 2 and precision == "int8":
            scales, values = _int8(piece)
            piece[...] = values * scales[:, None]
    if arrays.factors is None:
        return arrays
    first, kernel = arrays.factors.multiplied(arrays.layers[0])
    return dataclasses.replace(
        arrays, layers=[first, *arrays.layers[1:]], kernel=kernel
    )


def _int8(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A scale for each row, and the row in multiples of it, from -127 to 127."""
    scales = np.abs(matrix).max(axis=1) / np.float32(127)
    scales[scales == 0] = 1
    return scales, np.rint(matrix / scales[:, None]).astype(np.int8)


def _pieces(arrays: ModelArrays) -> Iterator[np.ndarray]:
    """Views of all weights in the page's order: of each layer W, U, b and b_2, each
    for the gates z, r, h, then of the Dense layer. Matrices have a row for each number
    of the product; but the first W a row for each id, for one-hot vectors pick those.

    A model with an embedding begins with that, a row for each id. Its first W is as
    the others are, and the projection, if it has one, stands for the Dense matrix.
    """
    factors = arrays.factors
    if factors is not None:
        yield factors.embedding
    for i, layer in enumerate(arrays.layers):
        one_hot = i == 0 and factors is None
        whole = factors.kernel if i == 0 and factors else layer.kernel
        kernel = np.split(whole, 3, axis=1)
        yield from kernel if one_hot else (gate.T for gate in kernel)
        yield from (gate.T for gate in np.split(layer.recurrent_kernel, 3, axis=1))
        yield from np.split(layer.input_bias, 3)
        yield from np.split(layer.recurrent_bias, 3)
    if factors is None:
        yield arrays.kernel.T
    elif factors.projection is not None:
        yield factors.projection.T
    yield arrays.bias


def description(info: ModelInfo, arrays: ModelArrays, precision: str) -> dict:
    """What the page has to know of a model beside its weights."""
    ending = default_ending(info.separator, info.document_length)
    factors = arrays.factors
    return {
        "layers": [
            {
                "units": len(layer.recurrent_kernel),
                "resetAfter": layer.reset_after,
                "hardGates": layer.recurrent_activation == HARD_SIGMOID,
            }
            for layer in arrays.layers
        ],
        "embedding": 0 if factors is None else factors.embedding.shape[1],
        "projected": factors is not None and factors.projection is not None,
        "precision": precision,
        "words": words_of(info.vocabulary),
        "symbols": info.vocabulary.symbols,
        "separator": info.separator,
        "minP": default_min_p(len(info.vocabulary)),
        "longest": ending.length,
        "aboutLines": ending.about_lines or 0,
        "runs": run_limits(info.text.get("loops"), PERIODS).tolist(),
        "normalisation": info.normalisation,
        "plainForms": {chr(point): form for point, form in PLAIN_FORMS.items()},
    }


def _about(info: ModelInfo, arrays: ModelArrays) -> str:
    """A sentence on the model, for the page's head."""
    units = [str(len(layer.recurrent_kernel)) for layer in arrays.layers]
    files = [PurePath(file).name for file in info.source.get("files", [])]
    source = info.source.get("corpus") or ", ".join(files[:3])
    learnt = f", learnt from {source}" if source else ""
    return (
        f"A recurrent network of {' + '.join(units)} units that writes one "
        f"{info.level} after the other{learnt}."
    )
