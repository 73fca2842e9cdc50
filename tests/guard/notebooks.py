"""Notebooks of rows: many in one kernel, since a cell that fails does not drag the next along."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.guard.row import Row

FIRST = "%load_ext event_collector_widgets"
SETUP = """\
import asyncio, threading
from contextlib import asynccontextmanager
import ipywidgets as widgets
from event_collector import *
from event_collector_widgets import SendPanel, Workbench
from event_collector_widgets.guard import close, expect_errors"""
LAST = "await close()"


@dataclass
class Plan:
    """A notebook, and what has to be seen of each of its cells."""

    cells: list[str] = field(default_factory=list)
    expected: dict[int, list[tuple[Row, str]]] = field(default_factory=dict)
    """By the number of a cell, the rows for which it has to fail, and a line for each."""

    def write(self, path: Path) -> None:
        """Write the notebook. Its cells have run, and have shown nothing."""
        cells = [
            {
                "cell_type": "code",
                "execution_count": number,
                "id": f"cell{number}",
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(self.cells, 1)
        ]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = {"metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps({**notebook, "cells": cells}), encoding="utf-8")

    def differences(self, said: list[str]) -> list[str]:
        """What is not as it has to be.

        Args:
            said: Of each cell, why it has failed; empty if it has not.
        """
        found = []
        if len(said) != len(self.cells):
            found.append(f"{len(self.cells)} cells were to be run, {len(said)} were")
        for number, text in enumerate(said):
            wanted = self.expected.get(number, [])
            if text and not wanted:
                found.append(f"cell {number} failed: {self.cells[number]}\n{text}")
            for row, line in wanted:
                if not re.search(line, text):
                    shown = text or "it did not fail"
                    found.append(f"{row.name}: cell {number} was to fail with {line}\n{shown}")
        return found


def healthy_plan(notebooks: Iterable[list[str]]) -> Plan:
    """One notebook of the cells of several, none of which has to fail."""
    return Plan([FIRST, SETUP, *(cell for cells in notebooks for cell in cells), LAST])


def plan(rows: Iterable[Row], *, faulty: bool, runner: bool) -> Plan:
    """A notebook of rows.

    Args:
        rows: The rows.
        faulty: Whether they have their faults in them, or are mended.
        runner: Whether the guard is told that a test runner is in charge.
    """
    made = Plan([FIRST, SETUP])
    at_end: list[tuple[Row, str]] = []
    for row in rows:
        cells = row.variant(faulty=faulty)
        if faulty and row.red is None:
            at_end.append((row, row.line))
        elif faulty and (runner or not row.runner_only):
            assert row.red is not None
            made.expected[len(made.cells) + range(len(cells))[row.red]] = [(row, row.line)]
        made.cells += cells
    if at_end:
        made.expected[len(made.cells)] = at_end
    made.cells.append(LAST)
    return made
