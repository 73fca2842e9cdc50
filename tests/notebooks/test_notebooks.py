"""What comparing outputs does not check: the committed notebooks are executed, clean and short.

That each notebook runs to its end with the outputs that it shows is checked by nbval, in the
same pytest run; see pyproject.toml.
"""

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
PLAYED = ROOT / "notebooks" / "played.ipynb"  # what the README's command for the terminal makes
NOTEBOOKS = sorted(set((ROOT / "notebooks").glob("*.ipynb")) - {PLAYED})
WIDGET = "application/vnd.jupyter.widget-view+json"

LINES = 25
"""The most lines that a code cell has, apart from blank ones."""

FOREIGN = {
    "an address": r"\bat 0x[0-9a-f]+|\b0x[0-9a-f]{8,}",
    "a traceback": r"Traceback \(most recent call last\)",
    "a file of the kernel": r"ipykernel_\d+|/tmp/",
    "a home folder": r"/(home|root)/|C:\\\\Users",
    "a time of running": r"\b\d{1,2}:\d{2}:\d{2}\.\d+|\b20[2-9]\d-\d{2}-\d{2}",
    "a warning": r"Warning:",
}
"""What no output shows: it would differ in the next run, or says that something went wrong."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def path(request: pytest.FixtureRequest) -> Path:
    """Each committed notebook."""
    notebook: Path = request.param
    return notebook


@pytest.fixture
def notebook(path: Path) -> Any:
    """Its content."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def code_cells(notebook: Any) -> list[Any]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: Any) -> list[Any]:
    """All that the cells gave."""
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def texts(output: Any) -> list[str]:
    """What can be read of an output."""
    data = output.get("data", {})
    shown = [str(value) for kind, value in data.items() if not kind.startswith("image/")]
    return [*shown, str(output.get("text", ""))]


def test_there_is_a_playground() -> None:
    """Issue 4: it is the notebook that the README opens."""
    assert ROOT / "notebooks" / "playground.ipynb" in NOTEBOOKS


def test_it_was_executed_from_top_to_bottom(notebook: Any) -> None:
    """The counts are 1, 2, 3 ..., so that the outputs are those of one run."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    results = [out for out in outputs(notebook) if out.output_type == "execute_result"]
    assert {out.execution_count for out in results} <= set(counts)


@pytest.mark.parametrize("what", FOREIGN)
def test_no_output_shows_what_differs_from_run_to_run(notebook: Any, what: str) -> None:
    """Decision 26: a reader who runs it sees the same outputs."""
    for output in outputs(notebook):
        for text in texts(output):
            assert not re.search(FOREIGN[what], text), text


def test_no_output_is_an_error_or_on_stderr(notebook: Any) -> None:
    """An exception that a notebook teaches is caught and printed."""
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"


def test_it_says_nothing_of_the_run_itself(notebook: Any) -> None:
    """No times, no widget state, no version: a commit shows what an author changed."""
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    views = [out.data[WIDGET] for out in outputs(notebook) if WIDGET in out.get("data", {})]
    assert {view.model_id for view in views} <= {""}


def test_a_widget_has_a_text_beside_it(notebook: Any) -> None:
    """Where no widget can be shown, as on a page of a repository, there is something to read."""
    for output in outputs(notebook):
        if WIDGET in output.get("data", {}):
            assert output.data["text/plain"]


def test_every_code_cell_is_short(notebook: Any) -> None:
    """A cell is read at a glance, and ends in no semicolon, which would hide what it gave."""
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert 1 <= len(lines) <= LINES, cell.source
        assert not cell.source.rstrip().endswith(";")


def test_it_begins_with_a_title_and_explains_its_cells(notebook: Any) -> None:
    """A heading first; never more than two code cells without a word between them."""
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)
    assert notebook.cells[0].source.startswith("# ")
    assert "ccc" not in kinds


def test_refreshing_it_changes_nothing(path: Path, tmp_path: Path) -> None:
    """Executed anew it is the same file, apart from the pixels of its pictures."""
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    _refresh(copy)
    assert _without_pixels(copy) == _without_pixels(path)


def _refresh(path: Path) -> None:
    spec = importlib.util.spec_from_file_location("refresh", Path(__file__).with_name("refresh.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.refresh(path)


def _without_pixels(path: Path) -> str:
    return re.sub(r'("image/png": ")[^"]*', r"\1", path.read_text(encoding="utf-8"))
