"""A model as one HTML file that writes by itself."""

from pathlib import Path


def export_html(
    model_path: str | Path, output: str | Path, precision: str = "float16"
) -> None:
    """Write the page (to follow)."""
    raise NotImplementedError
