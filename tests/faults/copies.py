"""Copies of the engine, in which a fault can be put while the engine itself stays as it is."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.fault import ROOT, Fault, NotebookFault, faulty, faulty_notebook


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run on a copy ended."""

    how: str
    """ "green", "red", "hung", or "broken" where nothing was tried at all."""
    test: str
    """The test or the cell that failed or hung; of a green run, the last one."""
    seconds: float
    output: str

    @property
    def noticed(self) -> bool:
        """Whether something is not as it should be."""
        return self.how in ("red", "hung")


class EngineCopy:
    """A copy of the engine in a directory of its own, for one run at a time.

    Args:
        place: The directory. It is made.
        parts: Other folders of the repository that are copied too.
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
        paths = os.pathsep.join([str(self.place), str(self.place / "widgets")])
        self._process = process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.place,
            env={**os.environ, "PYTHONPATH": paths, **environment},
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
    def having(self, fault: Fault | NotebookFault | None) -> Iterator[None]:
        """Have a fault in this copy, or none."""
        if fault is None:
            yield
            return
        if isinstance(fault, Fault):
            path, after = faulty(fault, fault.home(self.place))
        else:
            path, after = faulty_notebook(fault, self.place / "notebooks")
        before = path.read_text(encoding="utf-8")
        try:
            _write(path, after)
            yield
        finally:
            _write(path, before)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()  # which the same size and the same second would keep in use


class Copies[C: EngineCopy]:
    """Several copies, each for one run at a time, in threads that wait for the runs."""

    def __init__(self, make: Callable[[Path], C], place: Path, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._all = [make(place / f"copy_{number}") for number in range(count)]
        self._idle: queue.SimpleQueue[C] = queue.SimpleQueue()
        for copy in self._all:
            self._idle.put(copy)

    def start(self, work: Callable[[C], Outcome]) -> "Future[Outcome]":
        """Have work done with the next copy that is idle."""
        return self._threads.submit(self._do, work)

    def _do(self, work: Callable[[C], Outcome]) -> Outcome:
        copy = self._idle.get()
        try:
            return work(copy)
        finally:
            self._idle.put(copy)

    def close(self) -> None:
        """Begin nothing more, and end what runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for copy in self._all:
            copy.stop()
        self._threads.shutdown()


@contextmanager
def copies[C: EngineCopy](make: Callable[[Path], C], count: int) -> Iterator[Copies[C]]:
    """Copies in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        made = Copies(make, Path(place).resolve(), count)
        try:
            yield made
        finally:
            made.close()
