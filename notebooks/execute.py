"""Run notebooks from top to bottom, and save them with what came out.

    python notebooks/execute.py [NOTEBOOK ...]        all of them by default

A notebook of which a cell fails is left as it was.
"""

import os
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


def executed(path: Path, short: bool = False) -> nbformat.NotebookNode:
    """The notebook with the outputs of a fresh kernel.

    Args:
        path: of the notebook; it is read only. Its kernel imports the package of the
            clone that this file is in.
        short: whether to train for a moment only, to see that every cell runs.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
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
    client.execute(env=environment)
    for cell in notebook.cells:
        _tidy(cell)
    # What the sliders look like is their kernel's business; which Python it was says
    # nothing to the reader.
    notebook.metadata.pop("widgets", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    return notebook


def _tidy(cell: nbformat.NotebookNode) -> None:
    """Say what a widget is where no kernel is there to show it."""
    for output in cell.get("outputs", []):
        if _WIDGET in output.get("data", {}):
            output.data["text/plain"] = "(Sliders, where a kernel runs.)"


def main(names: list[str]) -> None:
    """Execute the notebooks of these paths, or all, in place."""
    for path in [Path(name) for name in names] or sorted(HERE.glob("*.ipynb")):
        notebook = executed(path)
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
