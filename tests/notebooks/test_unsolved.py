"""Exercises: solved they hold, unsolved each of them is refused, in one line that says why."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from event_collector_widgets.course import learners
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.notebooks.course import COURSE, MACHINES, SENSORS, SERVICE

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

LONGEST = 160
"""The most characters of a message that is read at a glance."""


def read(path: Path) -> Any:
    """A notebook."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def exercises(notebook: Any) -> list[int]:
    """The numbers of the cells that hold a solution."""
    return [
        number
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and learners.BEGIN in map(str.strip, cell.source.splitlines())
    ]


def is_check(cell: Any) -> bool:
    """Whether a cell checks something."""
    return cell.cell_type == "code" and any(
        line.lstrip().startswith("check(") for line in cell.source.splitlines()
    )


def check_after(notebook: Any, exercise: int) -> int:
    """The number of the cell that checks an exercise; a part of one may come before another."""
    return next(n for n, cell in enumerate(notebook.cells) if n > exercise and is_check(cell))


def unsolved_exercises() -> list[Any]:
    """What is left unsolved, by notebook and cells: everything, and each part by itself.

    Those of the notebooks that start processes take long.
    """
    found: list[Any] = []
    for path in [NOTEBOOKS / f"{name}.ipynb" for name in COURSE]:
        cells = tuple(exercises(read(path))) if path.exists() else ()
        parts = [(cell,) for cell in cells]
        marks = [pytest.mark.long] if path.stem in (SERVICE, SENSORS, MACHINES) else []
        every = dict.fromkeys([cells, *parts])
        found += [pytest.param(path.stem, left, marks=marks) for left in every]
    return found


@pytest.fixture(scope="module")
def unsolved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The learners' edition."""
    place = tmp_path_factory.mktemp("learners") / "edition"
    learners.write(NOTEBOOKS, place)
    return place


def failure(path: Path, left: tuple[int, ...]) -> tuple[int, CellExecutionError] | None:
    """Which cell fails if just these are not solved, and with what."""
    notebook, solved = read(path), read(NOTEBOOKS / path.name)
    for number in set(exercises(solved)) - set(left):
        notebook.cells[number].source = solved.cells[number].source
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            try:
                client.execute_cell(cell, number)
            except CellExecutionError as error:
                return number, error
    return None


@pytest.mark.parametrize("name", COURSE)
def test_a_notebook_has_an_exercise_and_its_check(name: str) -> None:
    """One at least; nothing is left to be solved after the last check."""
    notebook = read(NOTEBOOKS / f"{name}.ipynb")
    assert exercises(notebook)
    checks = [number for number, cell in enumerate(notebook.cells) if is_check(cell)]
    assert max(exercises(notebook)) < max(checks, default=-1)


@pytest.mark.parametrize(("name", "left"), unsolved_exercises())
def test_an_exercise_that_is_not_solved_is_refused(
    unsolved: Path, name: str, left: tuple[int, ...]
) -> None:
    """All runs up to its check, which says in one clear line what is wrong."""
    assert left
    path = unsolved / f"{name}.ipynb"
    found = failure(path, left)
    assert found is not None, "the check holds though nothing was solved"
    number, error = found
    assert number == check_after(read(path), left[0]), error
    assert error.ename == "CheckError", error
    said = error.evalue
    assert said.strip() == said
    assert 10 <= len(said) <= LONGEST, said
    assert "\n" not in said
    assert not said.endswith(".")


@pytest.mark.parametrize("name", COURSE)
def test_nothing_of_a_solution_is_left(unsolved: Path, name: str) -> None:
    """Learners find other code, and no marker."""
    solved, learnt = read(NOTEBOOKS / f"{name}.ipynb"), read(unsolved / f"{name}.ipynb")
    for number in exercises(solved):
        solution, source = solved.cells[number].source, learnt.cells[number].source
        lines = [line.strip() for line in solution.splitlines()]
        lines = lines[lines.index(learners.BEGIN) + 1 : lines.index(learners.END)]
        taken = {line for line in lines if line and not line.startswith("#:")}
        kept = {line.removeprefix("#:").strip() for line in lines if line.startswith("#:")}
        assert taken - kept, "the solution is what learners start from"
        assert "SOLUTION" not in source
        assert "#:" not in source
