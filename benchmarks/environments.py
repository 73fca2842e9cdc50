"""The environments: ours is the one that runs this, each other side gets one of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.spec import BARE, OURS, PEER

ROOT = Path(__file__).resolve().parent.parent
"""The project's directory."""
CACHE = ROOT / ".benchmarks"
"""Where the environments are kept; it can be deleted at any time."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is measured and never a dependency of the project."""

    requirement: str
    version: str
    what: str
    lacks: str
    """What a user of it goes without."""

    @property
    def pinned(self) -> str:
        """The requirement with its version."""
        return f"{self.requirement}=={self.version}"


PACKAGES = {
    PEER: Package("event-collector", "0.2.4", "another implementation of the same workflow", ""),
    "anyio": Package(
        "anyio",
        "4.16.0",
        "a memory object stream, one receiver",
        "no results (the benchmark adds a future per event), no collectors or routing, no "
        "priorities, no growing number of consumers",
    ),
    "blinker": Package(
        "blinker",
        "1.9.0",
        "a signal and its receivers",
        "no queue: the sender runs the receivers itself, one after the other, in no defined "
        "order; the first exception goes to the sender and the other receivers get nothing",
    ),
    "aiojobs": Package(
        "aiojobs",
        "1.4.0",
        "a scheduler with a limit",
        "no routing to several collectors and no order but first come, first served; a job's "
        "exception is raised where it is waited for",
    ),
    "simpy": Package(
        "simpy",
        "4.1.2",
        "a resource of capacity 1 and a process per customer",
        "no asyncio: what is simulated is a model written in generators, and not the processors "
        "that a service runs",
    ),
}


class EnvironmentMissingError(Exception):
    """An environment could not be made."""


def python_of(side: str) -> Path:
    """The Python that runs a side; its environment is made first if there is none.

    Raises:
        EnvironmentMissingError: The environment or its package could not be made.
    """
    if side in (OURS, BARE):
        return Path(sys.executable)
    package, home = PACKAGES[side], _home(side)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not is_made(side):
        shutil.rmtree(home, ignore_errors=True)
        CACHE.mkdir(exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n", encoding="utf-8")
        _call([sys.executable, "-m", "venv", str(home)], f"no environment for {package.pinned}")
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _call([str(python), *install, package.pinned], f"{package.pinned} could not be installed")
        (home / "complete").touch()
    return python


def is_made(side: str) -> bool:
    """Whether a side needs nothing to be installed any more."""
    if side in (OURS, BARE):
        return True
    return (_home(side) / "complete").exists()


def _home(side: str) -> Path:
    package, version = PACKAGES[side], ".".join(str(part) for part in sys.version_info[:3])
    return CACHE / f"{package.requirement}-{package.version}-python-{version}"


def _call(command: list[str], problem: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        output = (result.stderr or result.stdout).strip().splitlines()
        raise EnvironmentMissingError(f"{problem}:\n  " + "\n  ".join(output[-4:]))
