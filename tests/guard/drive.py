"""Runs one notebook by one runner, in the Python and with the kernel that run this; prints JSON.

    python drive.py nbclient|strict|lax notebook.ipynb

It prints a list: of each code cell why it has failed, or an empty text. It stands alone, since the
older kernels lie in environments of their own.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path
from typing import Any


def by_nbclient(path: Path) -> list[str]:
    """As `jupyter execute`, papermill and nbmake do it; it goes on after a cell that failed."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    failed: dict[int, str] = {}

    class Client(NotebookClient):
        """Asks of each cell what nbclient would raise."""

        async def _check_raise_for_error(self, cell: Any, index: int, reply: Any) -> None:
            try:
                await super()._check_raise_for_error(cell, index, reply)
            except CellExecutionError as error:
                failed[index] = str(error)

    notebook: Any = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    client = Client(notebook, timeout=120, km=AsyncKernelManager(kernel_name="python3"))
    client.execute()
    return [failed.get(number, "") for number in range(len(notebook.cells))]


def by_nbval(path: Path, option: str) -> list[str]:
    """As pytest does it with nbval."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        plain = ["-c", os.devnull, "--rootdir", folder, "-p", "no:cacheprovider", "-q"]
        nbval = [option, "--nbval-current-env", "--nbval-cell-timeout=120"]
        command = [sys.executable, "-m", "pytest", *plain, *nbval, f"--junitxml={report}"]
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        if not report.exists():
            raise SystemExit(done.stdout + done.stderr)
        cases = xml.etree.ElementTree.parse(report).iter("testcase")
        return ["\n".join(_said(part) for part in case) for case in cases]


def _said(part: Any) -> str:
    said = part.text or "" if part.tag != "system-out" else ""
    return re.sub(r"(#x1B|\x1b)\[[0-9;]*m", "", said)  # the colours


def main() -> None:
    """Run the command."""
    runner, path = sys.argv[1], Path(sys.argv[2])
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
    if runner == "nbclient":
        said = by_nbclient(path)
    else:
        said = by_nbval(path, "--nbval" if runner == "strict" else "--nbval-lax")
    print(json.dumps(said))  # noqa: T201


if __name__ == "__main__":
    main()
