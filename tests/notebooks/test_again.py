"""A cell of the course that is run again works: learners change one, and run it once more."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.notebooks.course import COURSE, LOAD, MACHINES

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

LEFT_OUT = {LOAD, MACHINES}
"""The one simulates for a minute; the other kills processes, and waits for new ones."""


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in COURSE if name not in LEFT_OUT])
def test_each_cell_can_be_run_twice(name: str) -> None:
    """In one kernel, one after the other: nothing raises, and what is checked holds both times."""
    path = NOTEBOOKS / f"{name}.ipynb"
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                for _ in range(2):
                    client.execute_cell(cell, number)
