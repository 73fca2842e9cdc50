"""Our engine against another directory's, such as an older commit's, in paired rounds."""

import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.cases import Case
from benchmarks.environments import PACKAGES, ROOT
from benchmarks.figures import amount, machine
from benchmarks.pairs import CONFIDENCE, FEWEST_PAIRS, Comparison, compare, coverage
from benchmarks.runner import MeasurementError, Results, in_pairs, measure, run
from benchmarks.spec import OTHER, OURS, PEER, Spec
from benchmarks.table import aligned, failures, measured

ROUNDS = 21
"""Rounds unless given: the interval of the median then goes from the 6th to the 16th ratio."""
TOLERANCE = 3.0
"""Percent by which a case may be slower, unless given."""

_HEAD = ("case", "ours", "other", "ours / other", "interval", "least..most", "ours is")
_TRIAL = Spec(what="kept", events=1)
"""Needs every name of the engine that the benchmark uses."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A case on both engines."""

    case: Case
    medians: dict[str, float]
    """By side, in the case's unit; a side that failed is not there."""
    comparison: Comparison | None
    """None if no round has a value of both."""

    def fails(self, tolerance: float) -> bool:
        """Whether the case is slower by more than a percentage, or was measured too seldom."""
        if self.comparison is None or not self.comparison.is_enough:
            return True
        return self.comparison.is_slower(tolerance / 100)


def check_engine(engine: Path) -> None:
    """Find out before the rounds whether the directory holds an engine of ours.

    Raises:
        ValueError: It does not, or a trial with it failed.
    """
    if not engine.is_dir():
        raise ValueError(f"--against: there is no directory {str(engine)!r}")
    if _holds_peer(engine):
        raise ValueError(
            f"--against: {str(engine)!r} holds {PACKAGES[PEER].requirement}, another engine than "
            "ours; python -m benchmarks without --against compares with it"
        )
    if not (engine / "event_collector" / "__init__.py").is_file():
        raise ValueError(f"--against: there is no event_collector in {str(engine)!r}")
    try:
        measure(_TRIAL, OTHER, Path(sys.executable), engine)
    except MeasurementError as exc:
        raise ValueError(
            f"--against: a trial with the event_collector in {str(engine)!r} failed: {exc}"
        ) from None


def _holds_peer(engine: Path) -> bool:
    """Whether the peer is installed or checked out there: its distribution's name tells it."""
    names = [found.metadata["Name"] for found in metadata.distributions(path=[str(engine)])]
    try:
        project = tomllib.loads((engine / "pyproject.toml").read_text(encoding="utf-8"))
        names.append(project["project"]["name"])
    except (OSError, ValueError, LookupError, TypeError):
        pass  # no project, or one without a name: what it holds is tried out
    return PACKAGES[PEER].requirement in (re.sub(r"[-_.]+", "-", str(n)).lower() for n in names)


def run_pairs(
    cases: list[Case], *, rounds: int, engine: Path, tell: Callable[[int, str], None]
) -> Results:
    """Measure each case with both engines, round after round, each first in every other round."""
    return run(
        lambda number: in_pairs(cases, number),
        rounds=rounds,
        pythons=dict.fromkeys((OURS, OTHER), Path(sys.executable)),
        engines={OURS: ROOT, OTHER: engine},
        tell=tell,
    )


def pairs(cases: list[Case], results: Results) -> list[Pair]:
    """Each case's figures."""
    return [_pair(case, results) for case in cases]


def _pair(case: Case, results: Results) -> Pair:
    medians = {}
    for side in (OURS, OTHER):
        if values := [value for value in results.of(case, side) if value is not None]:
            medians[side] = statistics.median(values)
    ours, others = results.of(case, OURS), results.of(case, OTHER)
    return Pair(case, medians, compare(ours, others, more_is_better=case.more_is_better))


def as_text(
    found: list[Pair], results: Results, day: date, *, engine: Path, tolerance: float
) -> str:
    """The whole report for a terminal."""
    where = [measured(results, day), f"ours:  {_named(ROOT)}", f"other: {_named(engine)}"]
    if engine == ROOT:
        where.append("Both are the same engine: what differs is noise.")
    table = aligned(_HEAD, [_cells(pair, tolerance) for pair in found])
    parts = ["\n".join(where), table, *_notes(results), *failures(results)]
    return "\n\n".join([*parts, _conclusion(found, tolerance)]) + "\n"


def _named(engine: Path) -> str:
    """A directory, with its commit if it is a checkout."""
    if commit := _commit(engine):
        return f"{engine} ({commit})"
    return str(engine)


def _commit(engine: Path) -> str:
    """The commit that is checked out, "-dirty" if something was changed; empty if none is."""
    if not (engine / ".git").exists():
        return ""
    command = ["git", "-C", str(engine), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def _cells(pair: Pair, tolerance: float) -> list[str]:
    comparison = pair.comparison
    medians = [amount(pair.medians.get(side), pair.case.unit) for side in (OURS, OTHER)]
    if comparison is None:
        return [pair.case.title, *medians, "-", "-", "-", "unknown"]
    spans = (comparison.interval, (min(comparison.ratios), max(comparison.ratios)))
    return [
        pair.case.title,
        *medians,
        f"{comparison.median:.3f}",
        *(f"{low:.3f}..{high:.3f}" for low, high in spans),
        effect(pair.case, comparison, tolerance),
    ]


def effect(case: Case, comparison: Comparison, tolerance: float) -> str:
    """What differs, in words; in capitals if it is too much."""
    percent = 100 * comparison.slowdown
    if abs(percent) < 0.05:
        return "the same"
    worse, better = ("larger", "smaller") if case.unit == "bytes" else ("slower", "faster")
    word = worse if percent > 0 else better
    if comparison.is_slower(tolerance / 100):
        word = word.upper()
    text = f"{word} by {abs(percent):.1f} %"
    if len(comparison.ratios) == 1:
        return f"{text}, spread unknown"
    return f"{text}, within its spread" if comparison.within_spread else text


def _notes(results: Results) -> list[str]:
    how = (
        "Values are medians over the rounds. A ratio is the median of the rounds' own ratios; the "
        f"interval holds it with {100 * CONFIDENCE:.0f} % confidence, however the ratios are "
        "spread. A difference is within its spread if the interval holds 1."
    )
    notes = [how]
    if results.rounds < FEWEST_PAIRS:
        notes.append(
            f"These are fewer than {FEWEST_PAIRS} rounds: the interval is from the least to the "
            f"most, and its confidence {100 * coverage(results.rounds, 1):.1f} %. Take them as a "
            "trial."
        )
    return notes


def _conclusion(found: list[Pair], tolerance: float) -> str:
    slower, unknown = [], []
    for pair in found:
        if pair.comparison is None or not pair.comparison.is_enough:
            unknown.append(pair.case.name)
        elif pair.fails(tolerance):
            slower.append(pair.case.name)
    text = f"slower or larger by more than {tolerance:g} %, and by more than the spread: "
    text += f"{', '.join(slower) or 'none'} ({len(slower)} of {len(found)})"
    if unknown:
        text += f"\ntoo few pairs to tell: {', '.join(unknown)}"
    return text


def as_json(
    found: list[Pair], results: Results, day: date, *, engine: Path, tolerance: float
) -> dict[str, Any]:
    """All figures, with every round's value."""
    return {
        "measured": machine(day),
        "rounds": results.rounds,
        "engines": {
            side: {"directory": str(path), "commit": _commit(path) or None}
            for side, path in ((OURS, ROOT), (OTHER, engine))
        },
        "tolerance": tolerance,
        "failures": results.failures,
        "cases": {pair.case.name: _pair_as_json(pair, results, tolerance) for pair in found},
    }


def _pair_as_json(pair: Pair, results: Results, tolerance: float) -> dict[str, Any]:
    case, comparison = pair.case, pair.comparison
    facts: dict[str, Any] = {
        "title": case.title,
        "unit": case.unit,
        "more_is_better": case.more_is_better,
        "values": {side: results.of(case, side) for side in (OURS, OTHER)},
        "medians": pair.medians,
        "comparison": None,
    }
    if comparison is not None:
        facts["comparison"] = {
            "ratios": comparison.ratios,
            "median": comparison.median,
            "interval": comparison.interval,
            "slower_by_percent": 100 * comparison.slowdown,
            "within_spread": comparison.within_spread,
            "too_slow": comparison.is_slower(tolerance / 100),
        }
    return facts
