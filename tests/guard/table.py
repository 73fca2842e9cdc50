"""The table in the notebooks' README: for each row where it is red, by pytest and by others.

    python -m tests.guard --table

prints it.
"""

from collections.abc import Iterable

from tests.guard.row import Row

HEAD = """\
| fault | pytest, `guard run` | `%load_ext` alone |
|---|---|---|"""
CELL, END = "its cell", "the closing"


def table(rows: Iterable[Row]) -> str:
    """It, as Markdown."""
    return "\n".join([HEAD, *map(line, rows)])


def line(row: Row) -> str:
    """The line of a row: what is red, under a runner that closes, and under one that does not."""
    if row.runner_only:
        return f"| {row.name} | {CELL} | not a fault |"
    closing, alone = (END, "needs `close()`") if row.red is None else (CELL, CELL)
    return f"| {row.name} | {closing} | {alone} |"
