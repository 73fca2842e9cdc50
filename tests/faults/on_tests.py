"""Faults on the tests, which are run on a copy of the engine and the widgets until one fails.

A fault of the engine is tried on all its fast tests. One of the widgets is tried on the test files
alone that it names: those of the panels take too long for every fault.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.copies import Copies, EngineCopy, Outcome, copies
from tests.faults.fault import ENGINE, ROOT, WIDGETS, Fault
from tests.faults.report import say, say_unfaulted, sum_up, try_each

ROOMS = "engine", "recording", "inputs"
"""The rooms of the engine's tests."""

LEFT_OUT = (
    "check collector_refusals data errors frames package public_api queue_arguments "
    "results results_travel text"
)
"""The engine's test files that are not run: they are about values and refusals."""

LONG = ("machine", "simulation", "laws", "cluster")
"""So the names of test files begin, or of their folders, that take too long for every fault."""

TIMEOUT = "TIMEOUT = 60.0", "TIMEOUT = 3.0"
"""What `tests/support.py` says, and what it says in a copy: a lost event is the rule there."""

LIMIT = 240.0
"""Seconds for a run of all test files. A test that hangs ends it sooner: see `probe`."""

PYTEST = (
    "-m pytest -x -q --tb=short -p no:cacheprovider -p tests.faults.probe -p anyio "
    "-o addopts= --import-mode=importlib"
)


class CopyWithTests(EngineCopy):
    """A copy of the engine, the widgets and their tests."""

    def __init__(self, place: Path) -> None:
        parts = (*(f"tests/{room}" for room in ROOMS), "tests/widgets", "tests/faults")
        super().__init__(place, WIDGETS.relative_to(ROOT).as_posix(), *parts)
        shutil.copy(ROOT / "pyproject.toml", place)
        support = (ROOT / "tests/support.py").read_text(encoding="utf-8")
        assert support.count(TIMEOUT[0]) == 1
        (place / "tests/support.py").write_text(support.replace(*TIMEOUT), encoding="utf-8")

    def run(self, tests: Sequence[str], *, limit: float = LIMIT) -> Outcome:
        """Run test files until one test fails, for so many seconds at most."""
        begun, hung = self.place / "begun.txt", self.place / "hung.txt"
        for told in (begun, hung):
            told.unlink(missing_ok=True)
        started = time.monotonic()
        code, output = self.execute(
            [*PYTEST.split(), *tests], limit, environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        )
        seconds = time.monotonic() - started
        test = begun.read_text(encoding="utf-8") if begun.exists() else ""
        place = hung.read_text(encoding="utf-8") if hung.exists() else ""
        if not test:
            how = "broken"
        elif code is None or place:
            how = "hung"
        else:
            how = "red" if code else "green"
        return Outcome(how, test, seconds, output + place)


def test_files(*rooms: str) -> dict[str, list[Path]]:
    """The test files of rooms by name, without `test_`, in whatever folder they lie."""
    found: dict[str, list[Path]] = {}
    for path in (
        path for room in rooms for path in sorted(ROOT.glob(f"tests/{room}/**/test_*.py"))
    ):
        found.setdefault(path.stem.removeprefix("test_"), []).append(path.relative_to(ROOT))
    return found


def to_run(first: str = "") -> list[str]:
    """The fast test files of the engine; these first, if they are there."""
    files, left_out = test_files(*ROOMS), LEFT_OUT.split()
    named = [path for name in first.split() for path in files.get(name, ())]
    fast = [
        path
        for name, paths in sorted(files.items())
        for path in paths
        if name not in left_out and not any(part.startswith(LONG) for part in (name, *path.parts))
    ]
    return [path.as_posix() for path in dict.fromkeys([*named, *fast])]


def of_widgets(names: str) -> list[str]:
    """These test files of the widgets."""
    files = test_files("widgets")
    return [path.as_posix() for name in names.split() for path in files.get(name, ())]


def files_for(fault: Fault) -> list[str]:
    """The test files that a fault is tried on."""
    return to_run(fault.tests) if fault.of == ENGINE.name else of_widgets(fault.tests)


def check(faults: list[Fault], jobs: int, limit: float) -> int:
    """Try the faults on green tests; return the exit code."""
    began = time.monotonic()
    with copies(CopyWithTests, jobs) as made:
        if not _green(made, faults, jobs, limit):
            return 2

        def try_out(copy: CopyWithTests, fault: Fault) -> Outcome:
            with copy.having(fault):
                return copy.run(files_for(fault), limit=limit)

        outcomes = try_each(made, faults, try_out)
    return sum_up(outcomes, time.monotonic() - began)


def _green(made: Copies[CopyWithTests], faults: list[Fault], jobs: int, limit: float) -> bool:
    """Whether the tests are green without a fault; otherwise nothing can be said about faults."""
    files = list(dict.fromkeys(path for fault in faults for path in files_for(fault)))
    parts = [part for number in range(jobs) if (part := files[number::jobs])]
    say(f"without a fault: {len(files)} test files")
    runs = [made.start(lambda copy, part=part: copy.run(part, limit=limit)) for part in parts]  # type: ignore[misc]
    return say_unfaulted({f"part {number}": run.result() for number, run in enumerate(runs, 1)})
