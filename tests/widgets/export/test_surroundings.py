"""Export: what a kernel has around the cells, such as names of its own, and no history at all."""

from pathlib import Path

import pytest

from tests.widgets.export.exported import ECHO, SETUP, Notebook, ruff
from tests.widgets.kernels import Kernel


@pytest.fixture
def notebook(shared: Kernel, tmp_path: Path) -> Notebook:
    """A notebook with a workbench, whose cells were forgotten before."""
    return Notebook(shared, tmp_path)


def test_the_module_keeps_its_own_name(notebook: Notebook) -> None:
    """It does not run when it is imported, as it would by the notebook's `__main__`."""
    cell = "import logging as l\nlog = l.getLogger(__name__)"
    text = notebook.export(cell, ECHO.replace("payload.value", "log.name + __name__"))
    assert "\nlog = l.getLogger(__name__)\n" in text
    assert "__name__ =" not in text.replace("__name__ ==", "")


def test_a_branch_right_after_the_imports_has_one_blank_line(notebook: Notebook) -> None:
    """As ruff sorts them."""
    branch = "try:\n    import absent as j\nexcept ImportError:\n    import json as j"
    notebook.export(branch, ECHO.replace("payload.value", "j.dumps(1)"))
    assert ruff("check", str(notebook.module)).strip() == "All checks passed!"


def test_cells_that_are_run_without_a_history_are_found_too(tmp_path: Path) -> None:
    """nbval runs them like that, without the guard."""
    module = tmp_path / "weather.py"
    kernel = Kernel()
    try:
        for cell in (SETUP, "LIMIT = 40", ECHO.replace("payload.value)", "LIMIT)")):
            assert kernel.finish(kernel.begin(cell, kept=False)).error == ""
        said = kernel.finish(kernel.begin(f"bench.export({str(module)!r})", kept=False))
    finally:
        kernel.stop()
    assert said.error == ""
    assert "\nLIMIT = 40\n" in module.read_text("utf-8")
