"""Trials: the engine's tests, run on a copy of the engine that has one fault.

The notebooks are tried likewise; see `tests.notebooks`.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

LEFT_OUT = (
    "check collector_refusals data errors frames imports public_api queue_arguments "
    "results results_travel text"
)
"""The engine's tests that are not run: they are about values and refusals."""

LONG = ("machine", "simulation")
"""With these the names of tests begin that take too long to run for every fault."""

TEST_TIMEOUT = "TIMEOUT = 3.0"
"""In the copy, in place of what `tests/support.py` says: a lost event is the rule here."""

PYTEST = (
    "-m pytest -x -q --tb=short -p no:cacheprovider -p tests.mutants.probe "
    "-o addopts= --import-mode=importlib"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A small change of the engine that some test must notice."""

    name: str
    """What a user would suffer, in words."""
    file: str
    """The engine's file that it is in."""
    find: str
    """Text that occurs once in that file."""
    put: str
    """What the fault has in its place."""
    tests: str
    """The test files to begin with, without `test_`; the other fast ones follow. Of a fault for
    the notebooks: the one that should notice it, without `.ipynb`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the tests ended."""

    how: str
    """ "green", "red", "hung", or "broken" where not even a test began."""
    test: str
    """The test that was begun last: the one that failed or hung."""
    seconds: float
    output: str


class UnfitFaultError(Exception):
    """A fault is about a text that the engine does not have, or not once."""

    def __init__(self, fault: Fault, count: int) -> None:
        super().__init__(
            f"the fault {fault.name!r} does not fit any more: event_collector/{fault.file} must "
            f"have this text once, and has it {count} times; fit it to the engine:\n{fault.find}"
        )


def faulty(fault: Fault, engine: Path = ROOT / "event_collector") -> str:
    """The text of the fault's file in an engine, with the fault in it.

    Raises:
        UnfitFaultError: The text to be replaced is not there, or not once.
    """
    text = (engine / fault.file).read_text(encoding="utf-8")
    if (count := text.count(fault.find)) != 1:
        raise UnfitFaultError(fault, count)
    return text.replace(fault.find, fault.put)


def files(first: str = "") -> list[str]:
    """The fast test files of the engine; these first, if they are there."""
    present = {path.stem.removeprefix("test_") for path in ROOT.glob("tests/engine/test_*.py")}
    fast = sorted(
        name for name in present.difference(LEFT_OUT.split()) if not name.startswith(LONG)
    )
    names = dict.fromkeys([*(name for name in first.split() if name in present), *fast])
    return [f"tests/engine/test_{name}.py" for name in names]


class EngineCopy:
    """A copy of the engine in a directory of its own, for one run at a time.

    Args:
        place: The directory. It is made.
        parts: Other parts of the repository that are copied too.
    """

    def __init__(self, place: Path, *parts: str) -> None:
        self.place = place
        self._process: subprocess.Popen[str] | None = None
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        for part in ("event_collector", *parts):
            shutil.copytree(ROOT / part, place / part, ignore=ignored)

    def execute(
        self, command: Sequence[str], limit: float, *, environment: Mapping[str, str]
    ) -> tuple[int | None, str]:
        """Run Python with this copy, for so many seconds at most.

        Returns:
            The exit code, None if it had to be ended; and what it wrote.
        """
        self._process = process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.place,
            env={**os.environ, "PYTHONPATH": str(self.place), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.stop()
            return None, process.communicate()[0]
        return process.returncode, output

    def stop(self) -> None:
        """End what runs here, if anything does, with all that it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    @contextmanager
    def having(self, fault: Fault) -> Iterator[None]:
        """Have a fault in this copy of the engine."""
        path = self.place / "event_collector" / fault.file
        before, after = path.read_text(encoding="utf-8"), faulty(fault, path.parent)
        try:
            _write(path, after)
            yield
        finally:
            _write(path, before)


class Copy(EngineCopy):
    """A copy of the engine and its tests."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, "tests/engine", "tests/mutants")
        shutil.copy(ROOT / "pyproject.toml", place)
        support = (ROOT / "tests/support.py").read_text(encoding="utf-8")
        assert support.count("TIMEOUT = 20.0") == 1
        support = support.replace("TIMEOUT = 20.0", TEST_TIMEOUT)
        (place / "tests/support.py").write_text(support, encoding="utf-8")

    def run(self, tests: Sequence[str], limit: float) -> Outcome:
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

    def try_out(self, fault: Fault, limit: float) -> Outcome:
        """Run the tests with a fault in the engine."""
        with self.having(fault):
            return self.run(files(fault.tests), limit)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()  # which the same size and the same second would keep in use
