"""The proof that the notebooks are tests: each must be green, and notice faults of the engine.

    python -m tests.notebooks [--list] [--only WORDS] [--jobs N]

Every fault is put into a copy of the engine, and every notebook run on it under strict nbval.
In the table, x is a notebook that noticed the fault, t one that did not end in time, X and T the
same for the one that should, and ! the one that should but did not. The exit code is 1 if no
notebook noticed some fault, and 2 if the check itself cannot be made.
"""

import argparse
import os
import queue
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.trial import ROOT, Fault, Outcome, UnfitFaultError, faulty
from tests.notebooks.faults import COURSE, FAULTS
from tests.notebooks.trials import NotebookCopy

NOTEBOOKS = (*COURSE, "playground")
WIDTH = max(len(fault.name) for fault in FAULTS)

type Outcomes = dict[str, Outcome]


class Trials:
    """Runs notebooks on copies of the engine, as many at a time as there are copies."""

    def __init__(self, place: Path, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._copies = [NotebookCopy(place / f"copy_{number}") for number in range(count)]
        self._idle: queue.SimpleQueue[NotebookCopy] = queue.SimpleQueue()
        for copy in self._copies:
            self._idle.put(copy)

    def start(self, notebook: str, fault: Fault | None) -> "Future[Outcome]":
        """Run a notebook, with a fault or none, as soon as there is a copy for it."""
        return self._threads.submit(self._run, notebook, fault)

    def _run(self, notebook: str, fault: Fault | None) -> Outcome:
        copy = self._idle.get()
        try:
            return copy.run(notebook) if fault is None else copy.try_out(fault, notebook)
        finally:
            self._idle.put(copy)

    def close(self) -> None:
        """Begin nothing more, and end what runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for copy in self._copies:
            copy.stop()
        self._threads.shutdown()


@contextmanager
def trials(count: int) -> Iterator[Trials]:
    """Trials in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="notebooks-") as place:
        made = Trials(Path(place).resolve(), count)
        try:
            yield made
        finally:
            made.close()


def say(text: str = "") -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def check_unfaulted(made: Trials, notebooks: list[str]) -> bool:
    """Whether the notebooks are green without a fault; otherwise nothing can be said."""
    runs = {notebook: made.start(notebook, None) for notebook in notebooks}
    outcomes = {notebook: run.result() for notebook, run in runs.items()}
    for notebook, outcome in outcomes.items():
        if outcome.how != "green":
            say(outcome.output)
            say(f"without a fault {notebook} is {outcome.how}: {outcome.test or 'none began'}")
    cells = " ".join(f"{name[:2]} {outcome.seconds:.1f} s" for name, outcome in outcomes.items())
    say(f"without a fault: {cells}")
    return all(outcome.how == "green" for outcome in outcomes.values())


def try_all(made: Trials, faults: list[Fault], notebooks: list[str]) -> dict[Fault, Outcomes]:
    """Try every fault on every notebook; write a row of the table when one is complete."""
    runs = {
        made.start(notebook, fault): (fault, notebook) for fault in faults for notebook in notebooks
    }
    found: dict[Fault, Outcomes] = {fault: {} for fault in faults}
    say(f"\n{'':{WIDTH}}  {'  '.join(notebook[:2] for notebook in notebooks)}")
    for run in as_completed(runs):
        fault, notebook = runs[run]
        found[fault][notebook] = outcome = run.result()
        if outcome.how == "broken":
            say(outcome.output)
        if len(found[fault]) == len(notebooks):
            marks = (mark(fault, name, found[fault][name]) for name in notebooks)
            say(f"{fault.name:{WIDTH}}  {'   '.join(marks)}".rstrip())
    return found


def mark(fault: Fault, notebook: str, outcome: Outcome) -> str:
    """What the table says of a fault and a notebook."""
    own = notebook == fault.tests
    if outcome.how == "green":
        return "!" if own else "."
    sign = {"red": "x", "hung": "t", "broken": "?"}[outcome.how]
    return sign.upper() if own else sign


def check(faults: list[Fault], jobs: int) -> int:
    """Try the faults on green notebooks; return the exit code."""
    began = time.monotonic()
    notebooks = [name for name in NOTEBOOKS if (ROOT / "notebooks" / f"{name}.ipynb").exists()]
    for name in NOTEBOOKS:
        if name not in notebooks:
            say(f"there is no notebooks/{name}.ipynb")
    with trials(jobs) as made:
        if not check_unfaulted(made, notebooks):
            return 2
        found = try_all(made, faults, notebooks)
    hows = {fault: {outcome.how for outcome in outs.values()} for fault, outs in found.items()}
    missed = [fault.name for fault in faults if not hows[fault] & {"red", "hung"}]
    broken = [fault.name for fault in faults if "broken" in hows[fault]]
    seconds = time.monotonic() - began
    say(f"\n{len(faults) - len(missed)} of {len(faults)} faults caught in {seconds:.0f} s")
    for fault in faults:
        own = found[fault].get(fault.tests)
        if fault.name not in missed and own is not None and own.how == "green":
            say(f"not caught where it should be, in {fault.tests}: {fault.name}")
    for name in missed:
        say(f"CAUGHT BY NONE: {name}")
    for name in broken:
        say(f"BROKEN: {name}")
    return 2 if broken else int(bool(missed))


def unfit_among(faults: list[Fault]) -> Iterator[UnfitFaultError]:
    """What is wrong with the faults that do not fit the engine."""
    for fault in faults:
        try:
            faulty(fault)
        except UnfitFaultError as error:
            yield error


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--list", action="store_true", help="name the faults, and try none")
    parser.add_argument("--only", default="", help="those faults whose name has these words in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time")
    return parser.parse_args()


def main() -> int:
    """Run the command; return its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    asked = arguments()
    faults = [fault for fault in FAULTS if asked.only in fault.name]
    unfit = list(unfit_among(faults))
    for fault in faults if asked.list else ():
        say(f"{fault.name:{WIDTH}}  {fault.file:15}  {fault.tests}")
    for error in unfit:
        say(str(error))
    if not faults:
        say(f"no fault has {asked.only!r} in its name; see --list")
    if unfit or not faults:
        return 2
    return 0 if asked.list else check(faults, max(1, asked.jobs))


if __name__ == "__main__":
    sys.exit(main())
