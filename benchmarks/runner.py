"""Runs the measurements: rounds in turn, each measurement in a process of its own."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.environments import ROOT
from benchmarks.spec import OURS, Order, Spec, Values

TIMEOUT = 600.0
"""Seconds that one measurement may take."""

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
    cases: Iterable[Case],
    *,
    rounds: int,
    pythons: dict[str, Path],
    engine: Path = ROOT,
    tell: Callable[[int, str], None],
) -> Results:
    """Measure every case on its sides, round after round.

    Args:
        cases: What to measure. Cases that share a spec are measured once.
        rounds: How often, 1 or more.
        pythons: The Python of each side.
        engine: The directory that holds our `event_collector`.
        tell: Called before each measurement with the round, from 1, and what is measured.
    """
    results = Results(rounds)
    for number in range(1, rounds + 1):
        for case, side in measurements(cases):
            tell(number, f"{case.name}, {side}")
            try:
                values = measure(case.spec, side, pythons[side], engine)
            except MeasurementError as exc:
                results.failures.setdefault(f"{case.name}, {side}", str(exc))
                values = None
            results.values.setdefault((case.spec, side), []).append(values)
    return results


def measurements(cases: Iterable[Case]) -> list[tuple[Case, str]]:
    """What one round consists of: the cases in order, in each the sides in turn."""
    found = {(case.spec, side): (case, side) for case in cases for side in case.sides}
    return list(found.values())


def measure(spec: Spec, side: str, python: Path, engine: Path = ROOT) -> Values:
    """One measurement in a new process, which finds no other `event_collector` than its own.

    Raises:
        MeasurementError: The process failed or took longer than `TIMEOUT`.
    """
    order: Order = {"side": side, "spec": asdict(spec)}
    if side == OURS:
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
