"""The catalogue of faults beside the cells. Adding one is a `Row` in the room's file."""

from tests.guard.rows import ours, plain, widgets

ROWS = [*plain.ROWS, *widgets.ROWS, *ours.ROWS]
TEN = [row for number, row in enumerate(ROWS) if number % 5 == 0]
"""Ten or so of every kind, for kernels on which not all are tried each time."""
