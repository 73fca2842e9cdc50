"""The command `python -m benchmarks`."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from benchmarks import plot, table
from benchmarks.cases import CASES, GROUPS, Case, find
from benchmarks.environments import ROOT, EnvironmentMissingError, is_made, python_of
from benchmarks.figures import as_json, rows, wanted
from benchmarks.progress import Progress
from benchmarks.runner import Results, measurements, run


def main(argv: list[str] | None = None) -> int:
    """Measure and report; the exit code is 1 if something was missed with `--check`.

    A wrong argument ends with code 2, an interrupted run with 130.
    """
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
    try:
        results = _measure(cases, options.rounds, options.engine)
    except EnvironmentMissingError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return 130
    return _report(cases, results, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare event_collector with event-collector 0.2.4 and bare asyncio.",
    )
    add = parser.add_argument
    add("--case", action="append", default=[], metavar="NAME", help="a case or a group; repeatable")
    add("--rounds", type=_rounds, default=5, metavar="N", help="1 or more; 5 unless given")
    add("--list", action="store_true", help="list the cases and groups, and measure nothing")
    add("--json", type=Path, metavar="PATH", help="write all values of all rounds")
    add("--plot", type=Path, metavar="PATH", help="write a picture of the ratios")
    add("--readme", action="store_true", help="put the table into benchmarks/README.md")
    add("--date", type=_day, default=None, metavar="YYYY-MM-DD", help="today unless given")
    add("--check", action="store_true", help="exit with code 1 if a target is missed")
    add(
        "--engine",
        type=Path,
        default=ROOT,
        metavar="DIR",
        help="measure the event_collector in this directory as ours, such as another commit's",
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
    options.engine = options.engine.resolve()
    if not (options.engine / "event_collector" / "__init__.py").is_file():
        raise ValueError(f"--engine: there is no event_collector in {str(options.engine)!r}")


def _listing(cases: list[Case]) -> str:
    width = max(len(case.name) for case in CASES)
    lines = [f"{case.name:<{width}}  {case.title}, {case.unit}" for case in cases]
    for index, case in enumerate(cases):
        if wanted(case):
            lines[index] += f", target {wanted(case)}"
    groups = [f"{name:<{width}}  {what}" for name, what in GROUPS.items()]
    return "\n".join([*lines, "", "groups:", *groups]) + "\n"


def _measure(cases: list[Case], rounds: int, engine: Path) -> Results:
    sides = dict.fromkeys(side for case in cases for side in case.sides)
    for side in sides:
        if not is_made(side):
            sys.stderr.write(f"making an environment for {side}\n")
    pythons = {side: python_of(side) for side in sides}
    progress = Progress(rounds, len(measurements(cases)))
    try:
        return run(cases, rounds=rounds, pythons=pythons, engine=engine, tell=progress.step)
    finally:
        progress.end()


def _report(cases: list[Case], results: Results, options: argparse.Namespace) -> int:
    day = options.date or date.today()  # noqa: DTZ011  the user's own day
    found = rows(cases, results)
    sys.stdout.write(table.as_text(found, results, day))
    if options.json is not None:
        text = json.dumps(as_json(found, results, day), indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
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
