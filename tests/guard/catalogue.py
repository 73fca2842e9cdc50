"""The catalogue of faults beside the cells. Adding one is a `Row` in the room's file."""

from textwrap import dedent

from tests.guard.healthy import others
from tests.guard.healthy import plain as plain_healthy
from tests.guard.rows import ours, plain, widgets

ROWS = [*plain.ROWS, *widgets.ROWS, *ours.ROWS]
TEN = [row for number, row in enumerate(ROWS) if number % 5 == 0]
"""Ten or so of every kind, for kernels on which not all are tried each time."""
HEALTHY = {**plain_healthy.HEALTHY, **others.HEALTHY}
"""Healthy notebooks of many kinds, by name: with the guard they are as green as without it.

Each is a few cells, with a line `---` between two, that leave nothing behind and show nothing. They
share a kernel, so names are a notebook's own.
"""


def healthy_cells(name: str) -> list[str]:
    """The cells of a healthy notebook, one by one."""
    return dedent(HEALTHY[name]).strip().split("\n---\n")
