"""Faults beside the cells of a notebook: each must be red with the guard, and green when mended.

    python -m tests.guard            all rows by nbclient and strict nbval, on the installed kernel,
                                     and some rows on each other kernel and on Python 3.12
    python -m tests.guard --all      all rows by nbclient, strict and lax nbval, on every kernel
                                     and Python, and all healthy notebooks
    python -m tests.guard --alone    each row in a kernel of its own, on the installed kernel
    python -m tests.guard --list     name the rows
    python -m tests.guard --table    the table of the notebooks' README: which row is red where
    python -m tests.guard --repeat N all notebooks N times in a row, while all cores are busy

The environments are made in a folder, and stay there if it is given. The exit code is 1 if a row
is not as it has to be, or a run is red.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.guard.catalogue import HEALTHY, ROWS, TEN, healthy_cells
from tests.guard.environments import ALL, OTHERS, Environment
from tests.guard.notebooks import healthy_plan
from tests.guard.repeated import repeat
from tests.guard.row import Row
from tests.guard.table import table
from tests.guard.tried import RUNNERS, differences, run

HERE = Environment("{}.{}".format(*sys.version_info), "")

type Trial = tuple[Environment, str, list[Row]]
"""Where, by what, and which rows; no row stands for the healthy notebooks."""


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)  # noqa: T201


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.guard", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--all", action="store_true", help="every runner, kernel and Python")
    parser.add_argument("--alone", action="store_true", help="each row in a kernel of its own")
    parser.add_argument("--list", action="store_true", help="name the rows, and try none")
    parser.add_argument("--table", action="store_true", help="print the README's table")
    parser.add_argument("--only", default="", help="those rows whose name has these words in it")
    parser.add_argument("--runner", choices=RUNNERS, help="by this one only")
    parser.add_argument("--folder", type=Path, help="where the environments are made, and stay")
    parser.add_argument("--repeat", type=count, metavar="N", help="run all notebooks so often")
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--busy", type=count, default=cores, help="with --repeat: processes that compute meanwhile"
    )
    return parser.parse_args()


def count(text: str) -> int:
    """How many there may be of something."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1, got {text}")
    return number


def trials(asked: argparse.Namespace, rows: list[Row]) -> Iterator[Trial]:
    """What is to be tried where, and by what."""
    runners = [asked.runner] if asked.runner else list(RUNNERS)
    if asked.alone:
        yield from ((HERE, runner, [row]) for row in rows for runner in runners)
    elif asked.all:
        yield from ((place, runner, rows) for place in ALL for runner in runners)
        yield from ((place, runner, []) for place in ALL for runner in runners)
    else:
        runners = [runner for runner in runners if runner != "lax" or asked.runner]
        yield from ((HERE, runner, rows) for runner in runners)
        yield HERE, "strict", []
        some = [row for row in rows if row in TEN]
        yield from ((place, runner, some) for place in OTHERS for runner in runners if some)


def check(trial: Trial, folder: Path) -> list[str]:
    """Try rows, faulty and mended, and say how it went; return what is not as it has to be."""
    place, runner, rows = trial
    python = place.make(folder)
    begun = time.monotonic()
    if rows:
        found = differences(rows, runner, python, faulty=True)
        found += differences(rows, runner, python, faulty=False)
    else:
        healthy = healthy_plan(healthy_cells(name) for name in HEALTHY)
        found = healthy.differences(run(healthy, runner, python))
    took = time.monotonic() - begun
    name = rows[0].name if len(rows) == 1 else f"{len(rows)} rows"
    name = name if rows else f"{len(HEALTHY)} healthy notebooks"
    say(f"{place}, {runner}: {name}, {len(found) or 'no'} differences, {took:.0f} s")
    for text in found:
        say(f"\n{text}\n")
    return found


def main() -> int:
    """Run the command; return its exit code."""
    asked = arguments()
    if asked.repeat is not None:
        return int(bool(repeat(asked.repeat, asked.busy, [], say)))
    rows: Sequence[Row] = [row for row in ROWS if asked.only in row.name]
    if not rows:
        say(f"no row has {asked.only!r} in its name; see --list")
        return 2
    if asked.list:
        for row in rows:
            say(row.name)
        return 0
    if asked.table:
        say(table(rows))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        found = [check(trial, folder) for trial in trials(asked, list(rows))]
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
