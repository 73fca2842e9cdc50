"""Environments: the Pythons and kernels on which rows are tried."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDED = [
    "nbval",
    "nbclient",
    "pytest",
    "ipywidgets",
    "anywidget",
    "pandas",
    "matplotlib",
    "httpx",
    "aiohttp",
    "tqdm",
    "anyio",
    "nest-asyncio2",
]


@dataclass(frozen=True)
class Environment:
    """A Python and a kernel."""

    python: str
    """Its version, such as 3.12."""
    kernel: str
    """That of ipykernel, such as 6.31; empty for the newest."""

    def __str__(self) -> str:
        return f"Python {self.python}, ipykernel {self.kernel or 'newest'}"

    @property
    def here(self) -> bool:
        """Whether this Python is meant, with the kernel that it has."""
        return not self.kernel and self.python == "{}.{}".format(*sys.version_info)

    def make(self, folder: Path) -> str:
        """Make it in a folder, unless it is there; return the path of its Python.

        Raises:
            FileNotFoundError: There is no such Python.
        """
        if self.here:
            return sys.executable
        home = folder / f"py{self.python}-kernel{self.kernel or 'newest'}"
        made = home / "bin" / "python"
        if not made.exists():
            subprocess.run([found(self.python), "-m", "venv", str(home)], check=True)
            kernel = f"ipykernel=={self.kernel}.*" if self.kernel else "ipykernel"
            install = [str(made), "-m", "pip", "install", "-q", kernel, *NEEDED]
            subprocess.run(install, check=True)
        return str(made)


ALL = [Environment(python, kernel) for python in ("3.13", "3.12") for kernel in ("", "7.3", "6.31")]
"""Every kernel on every Python."""
OTHERS = [Environment("3.13", "7.3"), Environment("3.13", "6.31"), Environment("3.12", "")]
"""Each other kernel, and the other Python, once."""


def found(version: str) -> str:
    """The Python of a version, wherever this machine keeps it.

    Raises:
        FileNotFoundError: It has none.
    """
    candidates = [shutil.which(f"python{version}"), sys.executable]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True)
        homes = sorted(Path(root.stdout.strip(), "versions").glob(f"{version}*"))
        candidates += [str(home / "bin" / f"python{version}") for home in homes]
    say = "import sys; print('{}.{}'.format(*sys.version_info))"
    for candidate in filter(None, candidates):
        done = subprocess.run([candidate, "-c", say], capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return candidate
    raise FileNotFoundError(f"Python {version} was not found; install it")
