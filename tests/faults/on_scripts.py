"""Faults in the JavaScript of the animation, each tried on the browser tests that it names.

    python -m tests.faults.on_scripts            each fault, in a copy of the widgets
    python -m tests.faults.on_scripts --only X   those whose name has these words in it
    python -m tests.faults.on_scripts --list     name the faults, and try none

The exit code is 1 if a fault survives, and 2 if the check itself cannot be made.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from tests.faults.copies import EngineCopy
from tests.faults.fault import ROOT, WIDGETS
from tests.faults.report import say

STATIC = (WIDGETS / "motion" / "static").relative_to(ROOT)
LIMIT = 400.0
"""Seconds for a run; a test of these waits two minutes for what never comes."""
PYTEST = "-m pytest -x -q -n 0 --tb=line -p no:cacheprovider -o addopts= --import-mode=importlib"


@dataclass(frozen=True, slots=True)
class ScriptFault:
    """A small change of a module of the page, that a browser test must notice."""

    name: str
    """What a viewer would suffer, in words."""
    module: str
    """The module in `motion/static`, without `.js`."""
    _: KW_ONLY
    find: str
    """Text that occurs once there."""
    put: str
    """What the fault has in its place."""
    tests: tuple[str, str]
    """The file of browser tests, without `test_`, and words of the name of those to run."""


def faulty(fault: ScriptFault) -> str:
    """What the module says with the fault in it.

    Raises:
        ValueError: The text is not there, or not once.
    """
    text = (ROOT / STATIC / f"{fault.module}.js").read_text(encoding="utf-8")
    if (count := text.count(fault.find)) != 1:
        raise ValueError(
            f"the fault {fault.name!r} does not fit any more: {fault.module}.js must have this "
            f"text once, and has it {count} times:\n{fault.find}"
        )
    return text.replace(fault.find, fault.put)


def how_it_ends(copy: EngineCopy, fault: ScriptFault, text: str) -> str:
    """Run the tests of a fault on a copy in which the module says this."""
    path = copy.place / STATIC / f"{fault.module}.js"
    before = path.read_text(encoding="utf-8")
    file, words = fault.tests
    command = [*PYTEST.split(), f"tests/browser/test_{file}.py", "-k", words]
    try:
        path.write_text(text, encoding="utf-8")
        code, output = copy.execute(command, LIMIT, environment={"BROWSER": "required"})
    finally:
        path.write_text(before, encoding="utf-8")
    if code not in (0, 1, None):  # 1 is what pytest says of a test that fails
        say(output)
        return "broken"
    return {0: "green", 1: "red", None: "hung"}[code]


def check(faults: Sequence[ScriptFault]) -> int:
    """Try the faults, each of whose tests must be green without it; return the exit code."""
    ends: list[str] = []
    sound: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        copy = EngineCopy(Path(place) / "copy", WIDGETS.relative_to(ROOT).as_posix(), "tests")
        (copy.place / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
        for fault in faults:
            began = time.monotonic()
            end = how_it_ends(copy, fault, faulty(fault))
            if fault.tests not in sound:
                plain = (ROOT / STATIC / f"{fault.module}.js").read_text(encoding="utf-8")
                sound[fault.tests] = how_it_ends(copy, fault, plain)
            if sound[fault.tests] != "green":
                end = "broken"
            ends.append(end)
            said = {"green": "SURVIVED", "broken": "BROKEN: not green without the fault"}
            say(f"{fault.name:66} {time.monotonic() - began:5.1f} s  {said.get(end, end)}")
    caught = sum(end in ("red", "hung") for end in ends)
    say(f"\n{caught} of {len(ends)} faults caught")
    return 2 if "broken" in ends else int("green" in ends)


def main() -> int:
    """Run the command; return its exit code."""
    from tests.faults.planted.scripts import FAULTS

    parser = argparse.ArgumentParser(prog="python -m tests.faults.on_scripts", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", default="", help="those faults whose name has these words in it")
    parser.add_argument("--list", action="store_true", help="name the faults, and try none")
    asked = parser.parse_args()
    faults = [fault for fault in FAULTS if asked.only in fault.name]
    if not faults:
        say(f"no fault has {asked.only!r} in its name; see --list")
        return 2
    if asked.list:
        for fault in faults:
            faulty(fault)
            say(f"{fault.name:66} {fault.module:9} {fault.tests[0]}")
        return 0
    return check(faults)


if __name__ == "__main__":
    sys.exit(main())
