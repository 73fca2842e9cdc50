"""Execute notebooks and keep their outputs, the same in every run.

    python tests/notebooks/refresh.py notebooks/playground.ipynb

What differs from run to run and says nothing is taken out: execution times, and the ids of
widgets. A widget whose id is empty stays hidden until its cell is run.
"""

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

WIDGET = "application/vnd.jupyter.widget-view+json"


def refresh(path: Path) -> None:
    """Execute a notebook in a fresh kernel and write it back."""
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,  # what is printed may come in one message or in two
    )
    client.execute(cwd=str(path.parent))
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):
                output["data"][WIDGET]["model_id"] = ""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.validate(notebook)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        refresh(Path(name))
