"""What the command says: a line for each fault as soon as it is known, and the sum of them."""

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed

from tests.faults.copies import Copies, EngineCopy, Outcome
from tests.faults.fault import Fault, NotebookFault


def say(text: str = "") -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_unfaulted(outcomes: Mapping[str, Outcome]) -> bool:
    """Tell of the runs without a fault, by name; return whether all are green."""
    for name, outcome in outcomes.items():
        if outcome.how != "green":
            say(outcome.output)
            say(f"without a fault {name} is {outcome.how}: {outcome.test or 'nothing began'}")
    say(", ".join(f"{name} {outcome.seconds:.1f} s" for name, outcome in outcomes.items()))
    return all(outcome.how == "green" for outcome in outcomes.values())


def try_each[C: EngineCopy, F: Fault | NotebookFault](
    made: Copies[C], faults: Sequence[F], try_out: Callable[[C, F], Outcome]
) -> dict[F, Outcome]:
    """Try every fault, and say how it went as soon as that is known."""
    runs = {
        made.start(lambda copy, fault=fault: try_out(copy, fault)): fault  # type: ignore[misc]
        for fault in faults
    }
    width = max(len(fault.name) for fault in faults)
    outcomes = {}
    for run in as_completed(runs):
        fault, outcome = runs[run], run.result()
        outcomes[fault] = outcome
        said = {
            "green": "SURVIVED",
            "broken": "BROKEN: nothing began",
            "hung": f"hung in {outcome.test or 'all of it'}",
        }
        say(f"{fault.name:{width}} {outcome.seconds:5.1f} s  {said.get(outcome.how, outcome.test)}")
        if outcome.how == "broken":
            say(outcome.output)
    return outcomes


def sum_up[F: Fault | NotebookFault](outcomes: Mapping[F, Outcome], seconds: float) -> int:
    """Say how many were caught, and which were not; return the exit code."""
    survived = [fault.name for fault, outcome in outcomes.items() if outcome.how == "green"]
    broken = [fault.name for fault, outcome in outcomes.items() if outcome.how == "broken"]
    caught = len(outcomes) - len(survived) - len(broken)
    say(f"\n{caught} of {len(outcomes)} faults caught in {seconds:.0f} s")
    for name in survived:
        say(f"SURVIVED: {name}")
    for name in broken:
        say(f"BROKEN: {name}")
    return 2 if broken else int(bool(survived))
