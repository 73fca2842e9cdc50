"""Figures: medians, ratios and whether the targets are met."""

import os
import platform
import statistics
from dataclasses import dataclass
from datetime import date
from typing import Any

from benchmarks.cases import Case, Target, Unit
from benchmarks.environments import PACKAGES
from benchmarks.runner import Results
from benchmarks.spec import OURS, PEER

ENOUGH_ROUNDS = 5
"""With fewer rounds a median tells little."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours to another side's: the median over the rounds, and the least and the most."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.least)}..{number(self.most)})"


@dataclass(frozen=True, slots=True)
class Row:
    """A case with its figures."""

    case: Case
    medians: dict[str, float]
    """By side, in the case's unit; a side that failed is not there."""
    ratios: dict[str, Ratio]
    """Ours to each other side. Each round has its own ratio, of measurements made in turn."""

    def meets(self, target: Target) -> bool | None:
        """Whether a target is met; None if there is nothing to compare with."""
        if target.against is not None and target.against not in self.ratios:
            return None
        if target.against is None:
            ours = self.medians.get(OURS)
            return None if ours is None else target.met_by(ours)
        return target.met_by(self.ratios[target.against].median)

    @property
    def missed(self) -> bool:
        """Whether the case has a target that was not met, or could not be measured."""
        return not all(self.meets(target) for target in self.case.targets)


def rows(cases: list[Case], results: Results) -> list[Row]:
    """The figures of each case."""
    return [_row(case, results) for case in cases]


def _row(case: Case, results: Results) -> Row:
    medians, ratios = {}, {}
    for side in case.sides:
        values = [value for value in results.of(case, side) if value is not None]
        if values:
            medians[side] = statistics.median(values)
        if side != OURS and (ratio := _ratio(results.of(case, OURS), results.of(case, side))):
            ratios[side] = ratio
    return Row(case, medians, ratios)


def _ratio(ours: list[float | None], theirs: list[float | None]) -> Ratio | None:
    each = [
        one / other
        for one, other in zip(ours, theirs, strict=True)
        if one is not None and other is not None and other > 0
    ]
    return Ratio(statistics.median(each), min(each), max(each)) if each else None


def number(value: float) -> str:
    """A ratio in three figures, without an exponent."""
    if value >= 99.95:
        return f"{value:.0f}"
    if value >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.0995 else f"{value:.3f}"


def amount(value: float | None, unit: Unit) -> str:
    """A value with its unit; a dash for none."""
    if value is None:
        return "-"
    match unit:
        case "events/s" | "deliveries/s":
            rounded = round(value, 3 - len(f"{value:.0f}"))
            return f"{rounded:,.0f}/s"
        case "s":
            return f"{value:.2f} s"
        case "bytes":
            return f"{value:,.0f} B"
        case "ms":
            return f"{value:,.1f} ms"
        case "share":
            return f"{value:.2f}"


def wanted(case: Case) -> str:
    """A case's targets in words."""
    return "; ".join(_bound(target, case) for target in case.targets)


def _bound(target: Target, case: Case) -> str:
    sign = "<=" if target.at_most else ">="
    if target.against is None:
        return f"{sign} {target.bound:g}{' ms' if case.unit == 'ms' else ''}"
    return f"{sign} {target.bound:g} of {target.against}"


def verdict(row: Row) -> str:
    """Whether the targets of a row are met, in words."""
    words = {True: "yes", False: "NO", None: "unknown"}
    return "; ".join(words[row.meets(target)] for target in row.case.targets)


def machine(day: date) -> dict[str, str]:
    """Where and when the figures were measured."""
    facts = {
        "date": day.isoformat(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else "")
        or str(os.cpu_count()),
        "memory": "unknown",
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        facts["memory"] = f"{size / 2**30:.0f} GiB"
    return facts


def as_json(found: list[Row], results: Results, day: date) -> dict[str, Any]:
    """All figures, with every round's value."""
    return {
        "measured": machine(day),
        "rounds": results.rounds,
        "peer": PACKAGES[PEER].pinned,
        "failures": results.failures,
        "cases": {row.case.name: _row_as_json(row, results) for row in found},
    }


def _row_as_json(row: Row, results: Results) -> dict[str, Any]:
    case = row.case
    return {
        "title": case.title,
        "unit": case.unit,
        "values": {side: results.of(case, side) for side in case.sides},
        "medians": row.medians,
        "ratios": {
            side: {"median": ratio.median, "least": ratio.least, "most": ratio.most}
            for side, ratio in row.ratios.items()
        },
        "target": wanted(case) or None,
        "met": [row.meets(target) for target in case.targets],
    }
