"""Faults of the guard, on the few tests that each of them names."""

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.copies import Copies, EngineCopy, Outcome, copies
from tests.faults.fault import ROOT, Fault
from tests.faults.report import say, say_unfaulted, sum_up, try_each

LIMIT = 300.0
"""Seconds for a run."""

PYTEST = "-m pytest -x -q --tb=short -rfE -p no:cacheprovider -n 0 -o addopts="
FOLDERS = ("widgets/guard", "guard")
"""Where the guard's tests lie."""

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class CopyWithGuard(EngineCopy):
    """A copy of the engine, the widgets, and what tests them; faults are put into the guard.

    Args:
        place: A directory for it. It is made.
    """

    def __init__(self, place: Path) -> None:
        super().__init__(place, "widgets", "tests", "benchmarks")
        for name in ("pyproject.toml", "README.md"):
            (place / name).write_bytes((ROOT / name).read_bytes())

    def run(self, tests: Sequence[str], *, limit: float = LIMIT) -> Outcome:
        """Run test files, or tests of them, until one fails."""
        began = time.monotonic()
        paths = os.pathsep.join([str(self.place), str(self.place / "widgets")])
        code, output = self.execute(
            [*PYTEST.split(), "--import-mode=importlib", *tests],
            limit,
            environment={"PYTHONPATH": paths},
        )
        failed = _FAILED.search(output)
        how = {None: "hung", 0: "green", 1: "red"}.get(code, "broken")
        return Outcome(how, failed[1] if failed else "", time.monotonic() - began, output)


def to_run(tests: str) -> list[str]:
    """What to give to pytest, for the tests that a fault names.

    Args:
        tests: Files of tests without `test_`, or one with `::` and a test. Where two have the same
            name, their folder stands before it, as in "runner.command".

    Raises:
        ValueError: There is no such file, or more than one.
    """
    found = []
    for each in tests.split():
        file, _, test = each.partition("::")
        *folder, name = file.split(".")
        paths = {
            path
            for place in FOLDERS
            for path in (ROOT / "tests" / place).rglob(f"test_{name}.py")
            if path.parts[-1 - len(folder) : -1] == tuple(folder)
        }
        if len(paths) != 1:
            raise ValueError(f"{len(paths)} files of the guard's tests are called {file!r}")
        path = paths.pop().relative_to(ROOT).as_posix()
        found.append(f"{path}::{test}" if test else path)
    return found


def check(faults: Sequence[Fault], jobs: int, limit: float) -> int:
    """Try the faults on green tests; return the exit code."""
    began = time.monotonic()
    with copies(CopyWithGuard, jobs) as made:
        if not _green(made, faults, limit):
            return 2

        def try_out(copy: CopyWithGuard, fault: Fault) -> Outcome:
            with copy.having(fault):
                return copy.run(to_run(fault.tests), limit=limit)

        outcomes = try_each(made, faults, try_out)
    return sum_up(outcomes, time.monotonic() - began)


def _green(made: Copies[CopyWithGuard], faults: Sequence[Fault], limit: float) -> bool:
    """Whether these tests are green without a fault; otherwise nothing can be said."""
    tests = sorted({test for fault in faults for test in to_run(fault.tests)})
    say(f"without a fault: {len(tests)} tests or files of them")
    run = made.start(lambda copy: copy.run(tests, limit=2 * limit))
    return say_unfaulted({"all": run.result()})
