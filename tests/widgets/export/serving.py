"""An exported module that is run as a process and answers HTTP."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def cells_of(notebook: Path) -> list[str]:
    """The code cells of a notebook."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return ["".join(each["source"]) for each in cells if each["cell_type"] == "code"]


class Service:
    """A process that listens.

    Args:
        address: Where.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.code: int | None = None
        """What it ended with."""

    def post(self, path: str, value: Any) -> Any:
        """What it answers, whatever the status."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        request = urllib.request.Request(self.address + path, body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)


@contextmanager
def running(folder: Path, *command: str) -> Iterator[Service]:
    """Run a file of a folder, until the block ends, and end it by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=folder, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        told = []
        for line in process.stderr:
            told.append(line)
            if "listening at " in line:
                break
        else:
            raise AssertionError("".join(told))
        service = Service(line.split()[-1])
        yield service
        process.terminate()
        process.stderr.read()
        service.code = process.wait(30)
    finally:
        process.kill()
        process.stderr.close()
        process.wait()
