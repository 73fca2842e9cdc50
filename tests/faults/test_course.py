"""The course's notebooks are tests: a fault of the engine turns the notebook about it red.

One fault for each notebook is tried here, the first in the catalogue that names it. All of them
are tried by `python -m tests.faults --course`.
"""

import nbformat
import pytest

from tests.faults.catalogue import BESIDE, FAULTS
from tests.faults.fault import Fault
from tests.faults.on_notebooks import CopyWithNotebooks
from tests.notebooks.course import COURSE, FIRST

FIRST_OF_EACH = sorted(
    {fault.notebook: fault for fault in reversed(FAULTS) if fault.notebook}.values(),
    key=lambda fault: fault.notebook,
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> CopyWithNotebooks:
    """A copy of the engine and of the notebooks."""
    return CopyWithNotebooks(tmp_path_factory.mktemp("faulty") / "copy")


def put_notebook(copy: CopyWithNotebooks, name: str, *cells: str) -> None:
    """Write a notebook of these code cells, which show nothing, among the copied ones."""
    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    path = copy.place / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=f"{fault.notebook}: {fault.name}", marks=[pytest.mark.long][: n > 1])
        for n, fault in enumerate(FIRST_OF_EACH)
    ],
)
def test_the_notebook_about_it_notices(copy: CopyWithNotebooks, fault: Fault) -> None:
    """A cell fails, or shows something else than before, or does not end."""
    outcome = copy.try_out(fault)
    assert outcome.noticed, f"{fault.notebook} is {outcome.how}:\n{outcome.output}"


@pytest.mark.long
def test_a_fault_beside_the_cells_is_noticed_with_the_guard_alone(copy: CopyWithNotebooks) -> None:
    """One is tried here; all are by `python -m tests.faults --course --guard`."""
    assert copy.try_out(BESIDE[0]).how == "green"
    outcome = copy.try_out(BESIDE[0], guarded=True)
    assert (outcome.how, outcome.test) == ("red", "closing"), outcome.output


@pytest.mark.long
def test_without_a_fault_a_notebook_is_green(copy: CopyWithNotebooks) -> None:
    """What the faults turn red is green on a copy as such, whatever was tried on it before."""
    outcome = copy.run(FIRST)
    assert outcome.how == "green", outcome.output


def test_a_notebook_is_run_on_the_copy(copy: CopyWithNotebooks) -> None:
    """Its kernel imports the copied engine, not the one that is installed."""
    engine = str(copy.place / "event_collector" / "__init__.py")
    put_notebook(
        copy, "where", f"import event_collector\nassert event_collector.__file__ == {engine!r}"
    )
    outcome = copy.run("where")
    assert outcome.how == "green", outcome.output


@pytest.mark.long
def test_a_cell_that_does_not_end_is_noticed(copy: CopyWithNotebooks) -> None:
    """A fault may make a notebook wait for ever; its time is bounded, and so is the trial's."""
    put_notebook(copy, "endless", "import asyncio", "done = False", "await asyncio.Event().wait()")
    outcome = copy.run("endless", cell_limit=2)
    assert (outcome.how, outcome.test) == ("hung", "cell 2"), outcome.output


def test_a_notebook_that_is_not_there_notices_nothing(copy: CopyWithNotebooks) -> None:
    """Where no cell was run, nothing was tried."""
    assert copy.run("99_nowhere").how == "broken"


def test_every_notebook_of_the_course_has_faults_to_notice() -> None:
    """Each one tests what it teaches."""
    assert {fault.notebook for fault in FIRST_OF_EACH} == set(COURSE)
