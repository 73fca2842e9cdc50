"""The notebooks are tests: each fault of the engine turns the notebook about it red.

The command `python -m tests.notebooks` tries all faults on all notebooks.
"""

from collections import Counter

import nbformat
import pytest

from tests.mutants.trial import Fault, faulty
from tests.notebooks.faults import COURSE, FAULTS, FIRST
from tests.notebooks.trials import NotebookCopy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> NotebookCopy:
    """A copy of the engine and of the notebooks."""
    return NotebookCopy(tmp_path_factory.mktemp("faulty") / "copy")


def put_notebook(copy: NotebookCopy, name: str, *cells: str) -> None:
    """Write a notebook of these code cells, which show nothing, among the copied ones."""
    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    path = copy.place / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_notebook_about_it_notices(copy: NotebookCopy, fault: Fault) -> None:
    """A cell fails, or shows something else than before, or does not end."""
    outcome = copy.try_out(fault)
    assert outcome.how in ("red", "hung"), f"{fault.tests} is {outcome.how}:\n{outcome.output}"


def test_without_a_fault_a_notebook_is_green(copy: NotebookCopy) -> None:
    """What the faults turn red is green on a copy as such, whatever was tried on it before."""
    outcome = copy.run(FIRST)
    assert outcome.how == "green", outcome.output


def test_a_notebook_is_run_on_the_copy(copy: NotebookCopy) -> None:
    """Its kernel imports the copied engine, not the one that is installed."""
    engine = str(copy.place / "event_collector" / "__init__.py")
    put_notebook(
        copy, "where", f"import event_collector\nassert event_collector.__file__ == {engine!r}"
    )
    outcome = copy.run("where")
    assert outcome.how == "green", outcome.output


def test_a_cell_that_does_not_end_is_noticed(copy: NotebookCopy) -> None:
    """A fault may make a notebook wait for ever; its time is bounded, and so is the trial's."""
    put_notebook(copy, "endless", "import asyncio", "done = False", "await asyncio.Event().wait()")
    outcome = copy.run("endless", cell_limit=2)
    assert (outcome.how, outcome.test) == ("hung", "cell 2"), outcome.output


def test_a_notebook_that_is_not_there_is_no_find(copy: NotebookCopy) -> None:
    """Where no cell was run, nothing was noticed."""
    assert copy.run("99_nowhere").how == "broken"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_a_change_that_python_can_read(fault: Fault) -> None:
    """It fits the engine, and is not noticed for its spelling alone."""
    compile(faulty(fault), fault.file, "exec")


def test_every_notebook_of_the_course_has_faults_to_notice() -> None:
    """Each one tests what it teaches; no name is used twice."""
    assert set(COURSE) == {fault.tests for fault in FAULTS}
    assert Counter(fault.name for fault in FAULTS).most_common(1)[0][1] == 1
