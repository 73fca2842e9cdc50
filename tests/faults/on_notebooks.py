"""Faults on the course's notebooks: each is run under strict nbval on a copy of the engine."""

import os
import re
import time
from concurrent.futures import as_completed
from pathlib import Path

from tests.faults.copies import Copies, EngineCopy, Outcome, copies
from tests.faults.fault import ROOT, Fault, NotebookFault
from tests.faults.report import say, say_unfaulted, sum_up, try_each
from tests.notebooks.course import COURSE

NOTEBOOKS = (*COURSE, "playground")

NBVAL = (
    "-m pytest -x -q --tb=short -rfE -p no:cacheprovider -p nbval.plugin -o addopts= "
    "--nbval --nbval-current-env"
)

CELL_LIMIT = 20
"""Seconds for a cell, after which it is taken to hang. The slowest needs about one."""

LIMIT = 120.0
"""Seconds for a notebook."""

GUARD = "-p event_collector_widgets.guard.plugin --notebook-guard"
"""What has the guard on, too."""

_FAILED = re.compile(r"^FAILED .*::(Cell \d+|closing)", re.MULTILINE)
_PASSED = re.compile(r"^\d+ passed", re.MULTILINE)
_HUNG = re.compile(r"Timeout of \d+ seconds exceeded")


class CopyWithNotebooks(EngineCopy):
    """A copy of the engine, and of the notebooks, which are run on it.

    Args:
        place: A directory for it. It is made.
    """

    def __init__(self, place: Path) -> None:
        super().__init__(place, "notebooks")

    def run(
        self,
        notebook: str,
        *,
        limit: float = LIMIT,
        cell_limit: int = CELL_LIMIT,
        guarded: bool = False,
    ) -> Outcome:
        """Run a notebook until one of its cells fails.

        Args:
            notebook: Its name, without `.ipynb`.
            limit: Seconds for all of it.
            cell_limit: Seconds for each of its cells.
            guarded: Whether the guard is on, and the notebook closed at its end.

        Returns:
            How it ended; in place of a test there is the failed code cell, counted from 0.
        """
        began = time.monotonic()
        options = [*NBVAL.split(), *(GUARD.split() if guarded else ())]
        code, output = self.execute(
            [*options, f"--nbval-cell-timeout={cell_limit}", f"notebooks/{notebook}.ipynb"],
            limit,
            environment={
                "PYTHONPATH": os.pathsep.join([str(self.place), str(ROOT / "widgets")]),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
        )
        failed = _FAILED.search(output)
        if code is None or (failed and _HUNG.search(output)):
            how = "hung"
        elif code == 0 and _PASSED.search(output):
            how = "green"
        else:
            how = "red" if code == 1 and failed else "broken"
        cell = failed[1].lower() if failed else ""
        return Outcome(how, cell, time.monotonic() - began, output)

    def try_out(
        self,
        fault: Fault | NotebookFault,
        notebook: str = "",
        *,
        limit: float = LIMIT,
        guarded: bool = False,
    ) -> Outcome:
        """Run a notebook with a fault in it or in the engine: the one about it, unless told."""
        with self.having(fault):
            return self.run(notebook or fault.notebook, limit=limit, guarded=guarded)


def check_own(faults: list[Fault], jobs: int, limit: float) -> int:
    """Try each fault on the notebook whose subject it spoils; return the exit code."""
    began = time.monotonic()
    notebooks = [name for name in COURSE if any(fault.notebook == name for fault in faults)]
    with copies(CopyWithNotebooks, jobs) as made:
        if not _green(made, notebooks, limit):
            return 2
        outcomes = try_each(made, faults, lambda copy, fault: copy.try_out(fault, limit=limit))
    return sum_up(outcomes, time.monotonic() - began)


def check_guarded(faults: list[Fault | NotebookFault], jobs: int, limit: float) -> int:
    """Try each on its notebook with the guard on; say what would be green without it."""
    began = time.monotonic()
    notebooks = sorted({fault.notebook for fault in faults})
    beside = [fault for fault in faults if isinstance(fault, NotebookFault)]
    with copies(CopyWithNotebooks, jobs) as made:
        if not _green(made, notebooks, limit, guarded=True):
            return 2
        outcomes = try_each(
            made, faults, lambda copy, fault: copy.try_out(fault, limit=limit, guarded=True)
        )
        if beside:
            say("\nwithout the guard:")
            bare = try_each(made, beside, lambda copy, fault: copy.try_out(fault, limit=limit))
            green = sum(outcome.how == "green" for outcome in bare.values())
            say(f"{green} of {len(beside)} faults beside the cells are green without the guard")
    return sum_up(outcomes, time.monotonic() - began)


def check_all(faults: list[Fault], jobs: int, limit: float) -> int:
    """Try each fault on every notebook, for a table of who notices what; return the exit code."""
    began = time.monotonic()
    with copies(CopyWithNotebooks, jobs) as made:
        if not _green(made, list(NOTEBOOKS), limit):
            return 2
        table = _fill(made, faults, limit)
    for fault, row in table.items():
        if any(outcome.noticed for outcome in row.values()) and not row[fault.notebook].noticed:
            say(f"not noticed where it should be, in {fault.notebook}: {fault.name}")
    return sum_up({fault: _worst(row) for fault, row in table.items()}, time.monotonic() - began)


def _green(
    made: Copies[CopyWithNotebooks], notebooks: list[str], limit: float, *, guarded: bool = False
) -> bool:
    """Whether the notebooks are green without a fault; otherwise nothing can be said."""
    runs = {
        name: made.start(lambda copy, name=name: copy.run(name, limit=limit, guarded=guarded))  # type: ignore[misc]
        for name in notebooks
    }
    say(f"without a fault: {len(notebooks)} notebooks")
    return say_unfaulted({name: run.result() for name, run in runs.items()})


def _fill(
    made: Copies[CopyWithNotebooks], faults: list[Fault], limit: float
) -> dict[Fault, dict[str, Outcome]]:
    """Try every fault on every notebook; write a row of the table when one is complete."""
    runs = {
        made.start(lambda copy, fault=fault, name=name: copy.try_out(fault, name, limit=limit)): (  # type: ignore[misc]
            fault,
            name,
        )
        for fault in faults
        for name in NOTEBOOKS
    }
    width = max(len(fault.name) for fault in faults)
    table: dict[Fault, dict[str, Outcome]] = {fault: {} for fault in faults}
    say(f"\n{'':{width}}  {'  '.join(name[:2] for name in NOTEBOOKS)}")
    for run in as_completed(runs):
        fault, name = runs[run]
        row = table[fault]
        row[name] = outcome = run.result()
        if outcome.how == "broken":
            say(outcome.output)
        if len(row) == len(NOTEBOOKS):
            marks = "   ".join(mark(row[name], own=name == fault.notebook) for name in NOTEBOOKS)
            say(f"{fault.name:{width}}  {marks}")
    say()
    return table


def mark(outcome: Outcome, *, own: bool) -> str:
    """What the table says of a fault and a notebook; `own` is the one that should notice it."""
    if outcome.how == "green":
        return "!" if own else "."
    sign = {"red": "x", "hung": "t", "broken": "?"}[outcome.how]
    return sign.upper() if own else sign


def _worst(row: dict[str, Outcome]) -> Outcome:
    """What the sum says of a fault: broken if a run was, noticed if a notebook noticed it."""
    return max(row.values(), key=lambda outcome: (outcome.how == "broken", outcome.noticed))
