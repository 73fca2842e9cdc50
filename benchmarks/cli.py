"""The command `python -m benchmarks`."""

import argparse
import json
import math
import sys
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import against, plot, table
from benchmarks.cases import CASES, GROUPS, Case, find
from benchmarks.environments import ROOT, EnvironmentMissingError, is_made, python_of
from benchmarks.figures import as_json, rows, wanted
from benchmarks.pairs import FEWEST_PAIRS
from benchmarks.progress import Progress
from benchmarks.runner import Results, in_pairs, measurements, run
from benchmarks.spec import OURS

ROUNDS = 5
"""Rounds unless given."""


def main(argv: list[str] | None = None) -> int:
    """Measure and report; the exit code is 1 if `--check` finds something missed or slower.

    A wrong argument ends with code 2, an interrupted run with 130.
    """
    try:
        return _main(argv)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return 130


def _main(argv: list[str] | None) -> int:
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        cases = find(options.case)
        _check(options)
    except (ImportError, OSError, ValueError) as exc:
        parser.error(str(exc))
    if options.list:
        sys.stdout.write(_listing(cases))
        return 0
    if options.against is not None:
        return _report_pairs(cases, _measure_pairs(cases, options), options)
    try:
        results = _measure(cases, options.rounds)
    except EnvironmentMissingError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return _report(cases, results, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare event_collector with event-collector 0.2.4 and bare asyncio, or with "
        "itself at another commit.",
    )
    add = parser.add_argument
    add("--case", action="append", default=[], metavar="NAME", help="a case or a group; repeatable")
    add(
        "--rounds",
        type=_rounds,
        metavar="N",
        help=f"1 or more; {ROUNDS} unless given, {against.ROUNDS} with --against",
    )
    add("--list", action="store_true", help="list the cases and groups, and measure nothing")
    add("--json", type=Path, metavar="PATH", help="write all values of all rounds")
    add("--plot", type=Path, metavar="PATH", help="write a picture of the ratios")
    add("--readme", action="store_true", help="put the table into benchmarks/README.md")
    add("--date", type=_day, default=None, metavar="YYYY-MM-DD", help="today unless given")
    add(
        "--check",
        action="store_true",
        help="exit with code 1 if a target is missed, or with --against if a case is slower",
    )
    add(
        "--against",
        type=Path,
        metavar="DIR",
        help="compare with the event_collector in this directory, such as another commit's",
    )
    add(
        "--tolerance",
        type=_percent,
        metavar="PERCENT",
        help=f"how much slower --against allows; {against.TOLERANCE:g} unless given",
    )
    return parser


def _rounds(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}") from None
    if count < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {count}")
    return count


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of 0 or more, got {text!r}")
    return percent


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a date as 2030-12-31, got {text!r}") from None


def _check(options: argparse.Namespace) -> None:
    """Find what is wrong before anything is measured."""
    if options.readme and options.case:
        raise ValueError("--readme needs all cases; leave --case out")
    for name, path in (("--json", options.json), ("--plot", options.plot)):
        if path is not None and not path.absolute().parent.is_dir():
            raise ValueError(f"{name}: there is no directory {str(path.parent)!r}")
        if path is not None and path.is_dir():
            raise ValueError(f"{name}: {str(path)!r} is a directory; give a file")
    if options.plot is not None:
        plot.check(options.plot)
    if options.against is None:
        if options.tolerance is not None:
            raise ValueError("--tolerance is for --against; the targets have bounds of their own")
        options.rounds = options.rounds or ROUNDS
    else:
        _check_against(options)


def _check_against(options: argparse.Namespace) -> None:
    for name in ("plot", "readme"):
        if getattr(options, name):
            raise ValueError(f"--{name} shows ours next to the peer; leave it out with --against")
    options.rounds = options.rounds or against.ROUNDS
    if options.check and options.rounds < FEWEST_PAIRS:
        needed = f"--check with --against needs {FEWEST_PAIRS} rounds or more"
        raise ValueError(f"{needed}, got {options.rounds}")
    if options.tolerance is None:
        options.tolerance = against.TOLERANCE
    options.against = options.against.resolve()
    against.check_engine(options.against)


def _listing(cases: list[Case]) -> str:
    width = max(len(case.name) for case in CASES)
    lines = [f"{case.name:<{width}}  {case.title}, {case.unit}" for case in cases]
    for index, case in enumerate(cases):
        if wanted(case):
            lines[index] += f", target {wanted(case)}"
    groups = [f"{name:<{width}}  {what}" for name, what in GROUPS.items()]
    return "\n".join([*lines, "", "groups:", *groups]) + "\n"


def _measure(cases: list[Case], rounds: int) -> Results:
    sides = dict.fromkeys(side for case in cases for side in case.sides)
    for side in sides:
        if not is_made(side):
            sys.stderr.write(f"making an environment for {side}\n")
    pythons = {side: python_of(side) for side in sides}
    plan = measurements(cases)
    with Progress(rounds, len(plan)) as progress:
        return run(
            lambda _: plan,
            rounds=rounds,
            pythons=pythons,
            engines={OURS: ROOT},
            tell=progress.step,
        )


def _measure_pairs(cases: list[Case], options: argparse.Namespace) -> Results:
    with Progress(options.rounds, len(in_pairs(cases, 1))) as progress:
        return against.run_pairs(
            cases, rounds=options.rounds, engine=options.against, tell=progress.step
        )


def _report(cases: list[Case], results: Results, options: argparse.Namespace) -> int:
    day = options.date or _today()
    found = rows(cases, results)
    sys.stdout.write(table.as_text(found, results, day))
    _write_json(as_json(found, results, day), options.json)
    problems = []
    if options.plot is not None:
        try:
            plot.write(found, options.plot)
        except ValueError as exc:
            problems.append(f"no picture: {exc}")
    if options.readme:
        table.write_readme(table.as_markdown(found, results, day))
    missed = [row.case.name for row in found if row.missed]
    if options.check and missed:
        problems.append(f"missed: {', '.join(missed)}")
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


def _report_pairs(cases: list[Case], results: Results, options: argparse.Namespace) -> int:
    day = options.date or _today()
    engine, tolerance = options.against, options.tolerance
    found = against.pairs(cases, results)
    sys.stdout.write(against.as_text(found, results, day, engine=engine, tolerance=tolerance))
    facts = against.as_json(found, results, day, engine=engine, tolerance=tolerance)
    _write_json(facts, options.json)
    return 1 if options.check and any(pair.fails(tolerance) for pair in found) else 0


def _write_json(facts: dict[str, Any], path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _today() -> date:
    return date.today()  # noqa: DTZ011  the user's own day
