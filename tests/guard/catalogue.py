"""The catalogue of faults beside the cells. Adding one is a `Row` in the room's file."""

from textwrap import dedent

from tests.guard.healthy import executors, looking, others, services, waiting
from tests.guard.healthy import plain as plain_healthy
from tests.guard.rows import kept, ours, plain, threads, widgets

ROWS = [*plain.ROWS, *threads.ROWS, *widgets.ROWS, *ours.ROWS, *kept.ROWS]
TEN = [row for at, row in enumerate(ROWS) if at % 5 == 0 or "eagerly" in row.name]
"""Ten or so of every kind, for kernels on which not all are tried each time; and one of which a
look at the task ends Python 3.12.1."""
HEALTHY = {
    **plain_healthy.HEALTHY,
    **waiting.HEALTHY,
    **others.HEALTHY,
    **services.HEALTHY,
    **looking.HEALTHY,
    **executors.HEALTHY,
}
"""Healthy notebooks of many kinds, by name: with the guard they are as green as without it.

Each is a few cells, with a line `---` between two, that leave nothing behind and show nothing. They
share a kernel, so names are a notebook's own.
"""


def healthy_cells(name: str) -> list[str]:
    """The cells of a healthy notebook, one by one."""
    return dedent(HEALTHY[name]).strip().split("\n---\n")
