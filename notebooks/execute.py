"""Run notebooks from top to bottom, and save them with what came out.

    python notebooks/execute.py [NOTEBOOK ...]        all of them by default

Each exercise is checked twice: as the reader finds it, and with its solution. A
notebook of which a cell or a check fails is left as it was.
"""

import html
import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
SHORT = "GRU_TEXTGEN_SHORT"  # set to 1, notebooks train for a moment only
_LONGEST_CELL = 1200  # seconds; on a busy machine minutes become many
_LONGEST_SHORT_CELL = 240
_LONGEST_ANSWER = 30  # of the kernel to what is no cell
_LONGEST_START = 180
_WIDGET = "application/vnd.jupyter.widget-view+json"

Cells = list[nbformat.NotebookNode]


def executed(
    path: Path, short: bool = False
) -> tuple[nbformat.NotebookNode, Cells, Cells]:
    """Run a notebook, then the solutions of its exercises, in one fresh kernel.

    Args:
        path: of the notebook; it is read only. Its kernel imports the package of the
            clone that this file is in.
        short: whether to train for a moment only, to see that every cell runs.

    Returns:
        The notebook with its outputs; the checks of its exercises as they stand; the
        same checks after the solutions.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    checks, length = tagged(notebook, "check"), len(notebook.cells)
    notebook.cells += _solved(notebook)
    client = NotebookClient(
        notebook,
        timeout=_LONGEST_ANSWER,
        interrupt_on_timeout=True,  # a lost answer to what is no cell ends no run
        startup_timeout=_LONGEST_START,
        timeout_func=lambda cell: _LONGEST_SHORT_CELL if short else _LONGEST_CELL,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        # What C++ writes to the terminal is no output of a cell; Python's warnings are.
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    # nbclient would play the front end of Output widgets and send the kernel messages
    # of its own, on the socket on which it waits for the reply to a cell. That sending
    # takes away the signal that the reply has come: after a slider's cell it then
    # waited for the cell's whole time limit, on a busy machine in one run of three.
    # Without a handler it sends none, and what a slider draws first stands in the
    # notebook.
    client.comm_open_handlers["jupyter.widget"] = lambda message: None
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.resolve())}
    environment[SHORT] = "1" if short else "0"
    # NumPy's products are small: threads would wait for each other on a busy machine.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    client.execute(env=environment)
    notebook.cells, solved = notebook.cells[:length], notebook.cells[length:]
    for cell in notebook.cells:
        _tidy(cell, client.widget_state)
    # What the sliders look like is their kernel's business; which Python it was says
    # nothing to the reader.
    notebook.metadata.pop("widgets", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    return notebook, checks, [cell for cell in solved if "check" in cell.metadata.tags]


def tagged(notebook: nbformat.NotebookNode, tag: str) -> Cells:
    """The cells that have a tag: `exercise`, `check` or `solution`."""
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]


def said(cell: nbformat.NotebookNode) -> str:
    """What a cell has printed."""
    return "".join(output.get("text", "") for output in cell.outputs)


def _solved(notebook: nbformat.NotebookNode) -> Cells:
    """Each solution as a code cell, and after it the exercise's check once more."""
    cells = []
    pairs = zip(tagged(notebook, "solution"), tagged(notebook, "check"), strict=True)
    for solution, check in pairs:
        code = re.search(r"```python\n(.*?)\n```", solution.source, re.DOTALL)[1]
        tags = {"tags": ["check"]}
        cells.append(nbformat.v4.new_code_cell(code, metadata={"tags": []}))
        cells.append(nbformat.v4.new_code_cell(check.source, metadata=tags))
    return cells


def _tidy(cell: nbformat.NotebookNode, widgets: dict[str, dict]) -> None:
    """Put a still in the place of sliders, which only a running kernel can move."""
    for output in list(cell.get("outputs", [])):
        view = output.get("data", {}).pop(_WIDGET, None)
        if view:
            children = widgets[view["model_id"]]["children"]
            states = [widgets[child.removeprefix("IPY_MODEL_")] for child in children]
            sliders = [state for state in states if "value" in state]
            names = ", ".join(
                f"{state['description']} from {state['min']:g} to {state['max']:g}, "
                f"at {state['value']:g}"
                for state in sliders
            )
            alt = f"A slider, which moves where a kernel runs: {names}."
            cell.outputs.remove(output)
            cell.outputs.insert(0, output)  # above what the slider draws, as it stands
            output.data["text/plain"] = f"({alt})"
            output.data["image/svg+xml"] = _still(sliders, alt)
            output.metadata["image/svg+xml"] = {"alt": alt}


def _still(sliders: list[dict], alt: str) -> str:
    """Sliders as they stand, as SVG."""
    rows = []
    for row, state in enumerate(sliders):
        share = (state["value"] - state["min"]) / (state["max"] - state["min"])
        y, x = 32 * row + 20, 60 + 300 * share
        rows.append(
            f'<text x="40" y="{y + 5}" text-anchor="end">'
            f"{html.escape(state['description'])}</text>"
            f'<path d="M60 {y}H360" stroke="#767676" stroke-width="4"/>'
            f'<circle cx="{x:g}" cy="{y}" r="9" fill="#0072B2"/>'
            f'<text x="378" y="{y + 5}">{state["value"]:g}</text>'
        )
    height = 32 * len(sliders) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="440" height="{height}" '
        f'font-family="sans-serif" font-size="15"><title>{html.escape(alt)}</title>'
        f'<rect width="440" height="{height}" fill="#ffffff"/>{"".join(rows)}</svg>'
    )


def main(names: list[str]) -> None:
    """Execute the notebooks of these paths, or all, in place.

    Raises:
        ValueError: if a check passes an empty exercise, or refuses a solution.
    """
    for path in [Path(name) for name in names] or sorted(HERE.glob("*.ipynb")):
        notebook, checks, solved = executed(path)
        for number, (before, after) in enumerate(zip(checks, solved), start=1):
            if not said(before).startswith("Not yet: ") or said(after) != "Right.\n":
                raise ValueError(
                    f"{path.name}, exercise {number}: the check says {said(before)!r} "
                    f"of the empty exercise and {said(after)!r} of its solution."
                )
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
