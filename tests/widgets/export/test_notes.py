"""What an export says beforehand: of what is not as it was typed, and of what lies beside it."""

from pathlib import Path

import pytest

from tests.widgets.export.exported import ECHO, Notebook
from tests.widgets.kernels import Kernel


@pytest.fixture
def notebook(shared: Kernel, tmp_path: Path) -> Notebook:
    """A notebook with a workbench, whose cells were forgotten before."""
    return Notebook(shared, tmp_path)


def test_what_is_made_anew_says_what_was_set_later(notebook: Notebook) -> None:
    """A logger, an object of a class: the module has them as they are made."""
    cells = ["class K: pass", "it = K()", "it.n = 3"]
    text = notebook.export(*cells, ECHO.replace("payload.value", "it"))
    assert "\nit = K()\n" in text
    assert "it.n, which cell [" in notebook.said
    assert "has set, is not set in the module" in notebook.said


def test_what_was_set_in_a_module_is_named(notebook: Notebook) -> None:
    """The environment, an option of a library: the module does not set it."""
    cell = "import os as system\nsystem.environ['MODE_OF_IT'] = '1'"
    notebook.export(cell, ECHO.replace("payload.value", "system.environ.get('MODE_OF_IT')"))
    assert "system.environ['MODE_OF_IT'], which cell [" in notebook.said


def test_a_module_beside_the_notebook_is_named(notebook: Notebook, tmp_path: Path) -> None:
    """It is not installed, and the service may lie elsewhere."""
    (tmp_path / "beside_it.py").write_text("N = 3\n")
    there = f"import os, sys\nhere = os.getcwd()\nos.chdir({str(tmp_path)!r})"
    used = ECHO.replace("payload.value", "beside_it.N")
    try:
        notebook.export(there, "sys.path.insert(0, '')\nimport beside_it", used)
    finally:
        notebook.run("os.chdir(here)\nsys.path.remove('')")
    said = "beside_it.py lies beside the notebook: the module needs it beside itself"
    assert said in notebook.said
