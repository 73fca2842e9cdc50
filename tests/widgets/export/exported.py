"""Exports out of a real kernel, for the tests of what comes of them."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.widgets.kernels import ROOT, Kernel

SETUP = """
import asyncio
from event_collector import Collector, Context, Error, Ok, Payload, Result
from event_collector_widgets import Workbench
bench = Workbench()
"""

ECHO = """
@bench.collector
async def echo(payload: Payload[object], ctx: Context) -> Result:
    return Ok(payload.value)
"""


class Notebook:
    """A notebook in a real kernel, with a workbench, whose cells are run one after the other.

    Args:
        kernel: The kernel.
        folder: Where it exports to.
    """

    def __init__(self, kernel: Kernel, folder: Path) -> None:
        self.kernel = kernel
        self.module = folder / "weather.py"
        self.said = ""
        kernel.run("if 'bench' in globals(): await bench.close()")
        kernel.run("%reset -f")
        self.run(SETUP)

    def run(self, *cells: str) -> None:
        """Run cells that go well."""
        for cell in cells:
            output = self.kernel.run(cell)
            assert output.error == "", output.error

    def export(self, *cells: str, options: str = "") -> str:
        """The text of the module, after these cells; `said` is what was printed."""
        self.run(*cells)
        output = self.kernel.run(f"bench.export({str(self.module)!r}, overwrite=True{options})")
        assert output.error == "", output.error
        self.said = output.streams["stdout"]
        return self.module.read_text("utf-8")

    def refused(self, *cells: str, options: str = "") -> str:
        """Why it is not exported after these cells. Nothing is written then."""
        self.run(*cells)
        output = self.kernel.run(f"bench.export({str(self.module)!r}{options})")
        assert output.error != ""
        assert not list(self.module.parent.glob("*weather*"))
        return output.error


def python(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python, with the engine on its path, and nothing that is installed."""
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r});"]
    command[-1] += args[0]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def ruff(*args: str) -> str:
    """What ruff says, with its own rules and none of this repository's."""
    found = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    command = [found, args[0], "--isolated", "--no-cache", *args[1:]]
    folder = Path(args[-1]).parent  # in the repository, the engine would be the first party
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
