"""Small faults, one by one in a copy: the tests, or the course, must catch each.

    python -m tests.faults                 each fault on the tests of the engine, or of the widgets
    python -m tests.faults --every 3       one of three: the first, the fourth, and so on
    python -m tests.faults --guard         each of the guard's on the tests that it names
    python -m tests.faults --course        each that spoils a notebook's subject on that notebook
    python -m tests.faults --course --all  each of these on every notebook, as a table
    python -m tests.faults --course --guard  these, and faults beside the cells of the notebooks
                                           themselves, with the guard on

In the table, x is a notebook that noticed the fault, t one that did not end in time, X and T the
same for the one that should, and ! the one that should but did not.

The exit code is 1 if a fault survives, and 2 if the check itself cannot be made.
"""

import argparse
import os
import signal
import sys
from math import isfinite

from tests.faults import on_guard, on_notebooks, on_tests
from tests.faults.catalogue import BESIDE, FAULTS, GUARDING
from tests.faults.fault import Fault, NotebookFault, unfit_among
from tests.faults.report import say


def count(text: str) -> int:
    """How many there may be of something."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1, got {text}")
    return number


def seconds(text: str) -> float:
    """How long something may take."""
    number = float(text)
    if not (isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"must be a number of seconds > 0, got {text}")
    return number


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--course", action="store_true", help="try the notebooks, not the tests")
    parser.add_argument("--all", action="store_true", help="with --course: on every notebook")
    parser.add_argument(
        "--guard", action="store_true", help="of the guard; with --course: with it on"
    )
    parser.add_argument("--list", action="store_true", help="name the faults, and try none")
    parser.add_argument("--only", default="", help="those faults whose name has these words in it")
    parser.add_argument("--every", type=count, default=1, help="of so many faults the first only")
    cores = os.cpu_count() or 1
    parser.add_argument("--jobs", type=count, default=cores, help="runs at a time, 1 or more")
    parser.add_argument(
        "--limit", type=seconds, help="seconds for a run, else 240, or 120 for a notebook"
    )
    asked = parser.parse_args()
    if asked.all and not asked.course:
        parser.error("--all goes with --course")
    if asked.guard and asked.all:
        parser.error("--guard goes without --all")
    return asked


def chosen(asked: argparse.Namespace) -> list[Fault]:
    """The engine's faults that were asked for: all, or the course's; or the guard's."""
    if asked.course:
        wanted = [fault for fault in FAULTS if fault.notebook]
    else:
        wanted = list(GUARDING if asked.guard else FAULTS)
    return [fault for fault in wanted if asked.only in fault.name][:: asked.every]


def beside(asked: argparse.Namespace) -> list[NotebookFault]:
    """The notebooks' faults that were asked for: they are about the course with the guard."""
    return [f for f in BESIDE if asked.only in f.name] if asked.guard and asked.course else []


def say_list(faults: list[Fault | NotebookFault], *, course: bool) -> None:
    """Name the faults, with their addresses and who should notice them."""
    width = max(len(fault.name) for fault in faults)
    wide = max((len(fault.at) for fault in faults if isinstance(fault, Fault)), default=0)
    for fault in faults:
        if isinstance(fault, NotebookFault):
            say(f"{fault.name:{width}}  {'':{wide}}  {fault.notebook}, with the guard")
            continue
        by = fault.notebook if course else fault.tests
        say(f"{fault.name:{width}}  {fault.at:{wide}}  {by}")


def main() -> int:
    """Run the command; return its exit code."""
    asked = arguments()
    engine = chosen(asked)
    faults: list[Fault | NotebookFault] = [*engine, *beside(asked)]
    if not faults:
        say(f"no fault has {asked.only!r} in its name; see --list")
        return 2
    unfit = unfit_among(faults)
    if asked.list and not asked.guard:  # whoever changes something looks here for what does not fit
        unfit += [*unfit_among(BESIDE), *unfit_among(GUARDING)]
    if asked.list:
        say_list(faults, course=asked.course)
    for error in unfit:
        say(str(error))
    if unfit:
        say(f"{len(unfit)} of {len(faults)} faults do not fit; nothing was tried")
        return 2
    if asked.list:
        return 0
    if asked.guard and not asked.course:
        return on_guard.check(engine, asked.jobs, asked.limit or on_guard.LIMIT)
    if asked.guard:
        return on_notebooks.check_guarded(faults, asked.jobs, asked.limit or on_notebooks.LIMIT)
    if not asked.course:
        return on_tests.check(engine, asked.jobs, asked.limit or on_tests.LIMIT)
    check = on_notebooks.check_all if asked.all else on_notebooks.check_own
    return check(engine, asked.jobs, asked.limit or on_notebooks.LIMIT)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    sys.exit(main())
