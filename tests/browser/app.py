"""A Voila of one's own: the notebook as an app."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.lab import ROOT, SECONDS, free_port


@contextmanager
def an_app(root: Path, notebook: Path, theme: str = "light") -> Iterator[str]:
    """Serve a notebook as the README says; give the address of its page."""
    port = free_port()
    log = (root / "voila.log").open("w")
    packages = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "voila", str(notebook), "--no-browser", f"--port={port}"),
            *("--template=event-collector", f"--theme={theme}", "--Voila.ip=127.0.0.1"),
        ],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(root), "PYTHONPATH": packages},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait_until_up(f"{address}voila/static/voila.js", process, root / "voila.log")
        yield address
    finally:
        process.terminate()
        process.wait(SECONDS)
        log.close()


def _wait_until_up(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=SECONDS).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Voila did not start:\n{log.read_text()}")
