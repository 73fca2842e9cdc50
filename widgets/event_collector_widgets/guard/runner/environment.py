"""The environment of a kernel: what loads the guard into it, and what makes its runs alike."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STARTUP = Path(__file__).parents[1] / "startup.py"
"""What loads the guard."""

ALIKE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in a front end
    "PYTHONHASHSEED": "0",  # sets of texts have one order
    "TZ": "UTC",
}
"""What would differ from machine to machine, or from run to run."""


def of_kernels(*, guarded: bool, present: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that a kernel gets besides those that are present.

    Args:
        guarded: Whether the guard is loaded.
        present: The environment now. A start-up file that it names is run first. What it says
            about the guard itself stays; a PYTHONHASHSEED does too.
    """
    made = dict(ALIKE)
    if present.get("PYTHONHASHSEED", "random") != "random":
        del made["PYTHONHASHSEED"]
    if guarded:
        made["EVENT_COLLECTOR_GUARD"] = "runner"
        made["PYTHONSTARTUP"] = str(STARTUP)
        before = present.get("PYTHONSTARTUP", "")
        if before and Path(before) != STARTUP:
            made["EVENT_COLLECTOR_GUARD_STARTUP"] = before
    return made


@contextmanager
def while_kernels_start(*, guarded: bool) -> Iterator[None]:
    """Within it, kernels that are started get this environment; nothing else is to run in it."""
    made = of_kernels(guarded=guarded)
    before = {name: os.environ.get(name) for name in made}
    os.environ.update(made)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
