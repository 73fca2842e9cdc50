"""Runs the measurements: rounds in turn, each measurement in a process of its own."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.spec import OTHER, OURS, Order, Spec, Values

TIMEOUT = 600.0
"""Seconds that one measurement may take."""

type Measurement = tuple[Case, str]
"""What is measured, and on which side."""

_MEASURE = Path(__file__).resolve().parent / "measure.py"


class MeasurementError(Exception):
    """A side gave no values."""


@dataclass(slots=True)
class Results:
    """What the rounds have found."""

    rounds: int
    values: dict[tuple[Spec, str], list[Values | None]] = field(default_factory=dict)
    """By spec and side, one entry per round; None where the measurement failed."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why, by the case and side."""

    def of(self, case: Case, side: str) -> list[float | None]:
        """A case's values on a side, round by round; empty if the side was not measured."""
        found = self.values.get((case.spec, side), [])
        return [None if values is None else values[case.key] for values in found]


def run(
    plan: Callable[[int], Iterable[Measurement]],
    *,
    rounds: int,
    pythons: dict[str, Path],
    engines: dict[str, Path],
    tell: Callable[[int, str], None],
) -> Results:
    """Measure round after round.

    Args:
        plan: What the round with this number, from 1, consists of; the same in another order for
            each round.
        rounds: How often, 1 or more.
        pythons: The Python of each side.
        engines: The directory that holds the `event_collector` of each side with our engine.
        tell: Called before each measurement with the round, from 1, and what is measured.
    """
    results = Results(rounds)
    for number in range(1, rounds + 1):
        for case, side in plan(number):
            tell(number, f"{case.name}, {side}")
            try:
                values = measure(case.spec, side, pythons[side], engines.get(side))
            except MeasurementError as exc:
                results.failures.setdefault(f"{case.name}, {side}", str(exc))
                values = None
            results.values.setdefault((case.spec, side), []).append(values)
    return results


def measurements(cases: Iterable[Case]) -> list[Measurement]:
    """The cases in order, in each the sides in turn. Cases that share a spec are measured once."""
    found = {(case.spec, side): (case, side) for case in cases for side in case.sides}
    return list(found.values())


def in_pairs(cases: Iterable[Case], number: int) -> list[Measurement]:
    """The cases in order, in each both engines, in the even rounds the other one first.

    So neither a machine that gets slower or faster nor what a measurement leaves in its caches is
    always to the good of the same engine. Cases that share a spec are measured once.
    """
    sides = (OURS, OTHER) if number % 2 else (OTHER, OURS)
    first: dict[Spec, Case] = {}
    for case in cases:
        first.setdefault(case.spec, case)
    return [(case, side) for case in first.values() for side in sides]


def measure(spec: Spec, side: str, python: Path, engine: Path | None = None) -> Values:
    """One measurement in a new process, which finds no other `event_collector` than its own.

    Args:
        spec: What to measure.
        side: On which side.
        python: The side's Python.
        engine: The directory that holds the `event_collector`, for a side with our engine.

    Raises:
        MeasurementError: The process failed or took longer than `TIMEOUT`.
    """
    order: Order = {"side": OURS if side == OTHER else side, "spec": asdict(spec)}
    if engine is not None:
        order["root"] = str(engine)
    with tempfile.TemporaryDirectory() as elsewhere:
        try:
            done = subprocess.run(
                [str(python), "-I", str(_MEASURE), json.dumps(order)],
                capture_output=True,
                text=True,
                cwd=elsewhere,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"took more than {TIMEOUT:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"]
        raise MeasurementError(lines[-1])
    values: Values = json.loads(done.stdout.splitlines()[-1])
    return values
