"""All rows by nbclient, on the installed kernel: faulty they are red, mended they are green.

The other runners and kernels are tried by `python -m tests.guard`.
"""

import re
from pathlib import Path

import pytest

from tests.guard.catalogue import HEALTHY, ROWS, healthy_cells
from tests.guard.notebooks import healthy_plan
from tests.guard.row import Row
from tests.guard.table import table
from tests.guard.tried import differences, run

README = Path(__file__).parents[2] / "notebooks" / "README.md"
KINDS = (
    *("TaskGroup", "asyncio.timeout", "asyncio.Queue", "to_thread", "ThreadPoolExecutor", "Timer"),
    *("pandas", "matplotlib", "widgets", "httpx", "aiohttp", "tqdm", "sqlite3", "logging"),
    *("subprocess", "contextvars", "yield", "Workbench", "CollectorQueue"),
)
"""Words of what is taught with notebooks."""


@pytest.mark.long
@pytest.mark.parametrize("faulty", [True, False], ids=["faulty", "mended"])
def test_each_row_is_red_with_its_line_and_green_without_its_fault(faulty: bool) -> None:
    """One kernel for all: no cell but those that have to fails, and each says why."""
    found = differences(ROWS, "nbclient", faulty=faulty)
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_fits_together(row: Row) -> None:
    """Its line is a regular expression, its red cell is there, and mending it changes something."""
    re.compile(row.line)
    assert row.red is None or -len(row.cells) <= row.red < len(row.cells)
    assert row.variant(faulty=False) != row.variant(faulty=True)


def test_no_two_rows_have_the_same_name() -> None:
    """By which they are asked for."""
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_readme_says_of_each_row_where_it_is_red() -> None:
    """Its table is what `python -m tests.guard --table` prints."""
    assert table(ROWS) in README.read_text("utf-8")


@pytest.mark.long
def test_healthy_notebooks_stay_green() -> None:
    """No false alarm: all of them in one kernel, which is closed at the end."""
    together = healthy_plan(healthy_cells(name) for name in HEALTHY)
    found = together.differences(run(together, "nbclient"))
    assert not found, "\n\n".join(found)


def test_there_are_healthy_notebooks_of_many_kinds() -> None:
    """Of all that is taught with notebooks there are some."""
    assert len(HEALTHY) >= 60
    code = "\n".join(HEALTHY.values())
    missing = [word for word in KINDS if word not in code]
    assert missing == []
