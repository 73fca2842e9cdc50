"""The mutation check: small faults, one by one in a copy of the engine; the tests must catch each.

    python -m tests.mutants [--list] [--only WORDS] [--jobs N] [--limit SECONDS]

The exit code is 1 if a fault survives, and 2 if the check itself cannot be made.
"""

import argparse
import os
import queue
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from tests.mutants import living, processing, queueing
from tests.mutants.trial import Copy, Fault, Outcome, UnfitFaultError, faulty, files

FAULTS = (*queueing.FAULTS, *processing.FAULTS, *living.FAULTS)


class Copies:
    """Copies of the engine, each for one run at a time, in threads that wait for the runs."""

    def __init__(self, place: Path, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._all = [Copy(place / f"copy_{number}") for number in range(count)]
        self._idle: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for copy in self._all:
            self._idle.put(copy)

    def start(self, work: Callable[[Copy], Outcome]) -> "Future[Outcome]":
        """Have work done with the next copy that is idle."""
        return self._threads.submit(self._do, work)

    def _do(self, work: Callable[[Copy], Outcome]) -> Outcome:
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
def copies(count: int) -> Iterator[Copies]:
    """Copies in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        made = Copies(Path(place).resolve(), count)
        try:
            yield made
        finally:
            made.close()


def say(text: str = "") -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def check_unfaulted(made: Copies, faults: list[Fault], jobs: int, limit: float) -> bool:
    """Whether the tests are green without a fault; otherwise nothing can be said about faults."""
    named = files(" ".join(fault.tests for fault in faults))
    runs = [
        made.start(lambda copy, part=named[number::jobs]: copy.run(part, limit))  # type: ignore[misc]
        for number in range(min(jobs, len(named)))
    ]
    outcomes = [run.result() for run in runs]
    for outcome in outcomes:
        if outcome.how != "green":
            say(outcome.output)
            say(f"without a fault the tests are {outcome.how}: {outcome.test or 'none began'}")
    seconds = max(outcome.seconds for outcome in outcomes)
    say(f"{'(no fault)':{WIDTH}} {seconds:5.1f} s  {len(named)} test files")
    return all(outcome.how == "green" for outcome in outcomes)


WIDTH = max(len(fault.name) for fault in FAULTS)


def try_all(made: Copies, faults: list[Fault], limit: float) -> dict[Fault, Outcome]:
    """Try every fault, and say how it went as soon as that is known."""
    runs = {
        made.start(lambda copy, fault=fault: copy.try_out(fault, limit)): fault  # type: ignore[misc]
        for fault in faults
    }
    outcomes = {}
    for run in as_completed(runs):
        fault, outcome = runs[run], run.result()
        outcomes[fault] = outcome
        said = {"green": "SURVIVED", "broken": "BROKEN: no test began", "hung": "hung in "}
        test = "" if outcome.how in ("green", "broken") else outcome.test
        say(f"{fault.name:{WIDTH}} {outcome.seconds:5.1f} s  {said.get(outcome.how, '')}{test}")
        if outcome.how == "broken":
            say(outcome.output)
    return outcomes


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--list", action="store_true", help="name the faults, and try none")
    parser.add_argument("--only", default="", help="those faults whose name has these words in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at a time")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for a run")
    return parser.parse_args()


def main() -> int:
    """Run the command; return its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    asked = arguments()
    faults = [fault for fault in FAULTS if asked.only in fault.name]
    unfit = list(unfit_among(faults))
    for fault in faults if asked.list else ():
        say(f"{fault.name:{WIDTH}}  {fault.file}")
    for error in unfit:
        say(str(error))
    if not faults:
        say(f"no fault has {asked.only!r} in its name; see --list")
    if unfit or not faults:
        return 2
    return 0 if asked.list else check(faults, max(1, asked.jobs), asked.limit)


def unfit_among(faults: list[Fault]) -> Iterator[UnfitFaultError]:
    """What is wrong with the faults that do not fit the engine."""
    for fault in faults:
        try:
            faulty(fault)
        except UnfitFaultError as error:
            yield error


def check(faults: list[Fault], jobs: int, limit: float) -> int:
    """Try the faults on a green engine; return the exit code."""
    began = time.monotonic()
    with copies(jobs) as made:
        if not check_unfaulted(made, faults, jobs, limit):
            return 2
        outcomes = try_all(made, faults, limit)
    survived = [fault.name for fault, outcome in outcomes.items() if outcome.how == "green"]
    broken = [fault.name for fault, outcome in outcomes.items() if outcome.how == "broken"]
    caught = len(outcomes) - len(survived) - len(broken)
    say(f"\n{caught} of {len(outcomes)} faults caught in {time.monotonic() - began:.0f} s")
    for name in survived:
        say(f"SURVIVED: {name}")
    for name in broken:
        say(f"BROKEN: {name}")
    return 2 if broken else int(bool(survived))


if __name__ == "__main__":
    sys.exit(main())
