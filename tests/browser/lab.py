"""A JupyterLab of one's own, in a folder of its own, and a browser that looks at it."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""What keeps the browser from asking for anything but the page."""

SECONDS = 120
"""How long a page, a kernel or a state may take. Who waits for what comes pays nothing for it."""


class Lab:
    """A running JupyterLab: `root` is its folder, and `url` gives the page of a notebook."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._port = free_port()
        self._token = secrets.token_hex(8)
        self._log = (root / "lab.log").open("w")
        self._quiet()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *(f"--port={self._port}", "--port-retries=0", "--ip=127.0.0.1"),
                *(f"--IdentityProvider.token={self._token}", f"--ServerApp.root_dir={root}"),
                "--LabApp.expose_app_in_browser=True",  # `Page` runs cells by it
                *("--LabApp.news_url=", "--LabApp.extension_manager=readonly"),
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            env={**os.environ, **self._folders()},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def _quiet(self) -> None:
        """Have it ask nobody for news."""
        folder = self.root / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "notification.jupyterlab-settings").write_text(
            json.dumps({"fetchNews": "false", "checkForUpdates": False})
        )

    def _folders(self) -> dict[str, str]:
        names = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        packages = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
        own = {name: str(self.root / folder) for name, folder in names.items()}
        return {**own, "PYTHONPATH": packages}

    def url(self, notebook: str) -> str:
        """The page of a notebook."""
        return f"http://127.0.0.1:{self._port}/lab/tree/{notebook}?token={self._token}&reset"

    def wait_until_up(self) -> bool:
        """Wait until it answers; return whether it does."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urllib.request.urlopen(self._api("api/status"), timeout=SECONDS).close()
            except OSError:
                time.sleep(0.05)
            else:
                return True
        return False

    def sessions(self) -> list[dict[str, Any]]:
        """The kernels that run, each with the path of its notebook."""
        with urllib.request.urlopen(self._api("api/sessions")) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def delete(self, what: str) -> None:
        """End something, such as a session; what has ended meanwhile has."""
        try:
            urllib.request.urlopen(urllib.request.Request(self._api(what), method="DELETE")).close()
        except urllib.error.HTTPError as exc:
            if exc.code not in (404, 410):
                raise

    def _api(self, what: str) -> str:
        return f"http://127.0.0.1:{self._port}/{what}?token={self._token}"

    def stop(self) -> None:
        """End it and its kernels. A thread of the server's own has kept it from ending before."""
        self._process.terminate()
        try:
            self._process.wait(SECONDS / 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(SECONDS)
        self._log.close()


@contextmanager
def a_lab(root: Path) -> Iterator[Lab]:
    """A JupyterLab over a folder."""
    lab = Lab(root)
    try:
        if not lab.wait_until_up():  # somebody else has taken the port meanwhile
            lab.stop()
            lab = Lab(root)
            if not lab.wait_until_up():
                raise RuntimeError(f"JupyterLab did not start:\n{(root / 'lab.log').read_text()}")
        yield lab
    finally:
        lab.stop()


def set_theme(root: Path, theme: str) -> None:
    """Choose the theme for the next page."""
    folder = root / "settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))


def open_notebook(page: Any, lab: Lab, notebook: str) -> None:
    """Open a notebook and wait until its kernel is idle and its widgets can be shown."""
    page.goto(lab.url(notebook))
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).wait_for(timeout=SECONDS * 1000)


def run_all_cells(page: Any) -> None:
    """Choose Run, Run All Cells."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
