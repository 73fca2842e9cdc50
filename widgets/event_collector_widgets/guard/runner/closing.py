"""The end of a notebook: everything is closed, so that tear-downs run, and what failed is told."""

CLOSE = 'await __import__("event_collector_widgets.guard", fromlist=["close"]).close()'
"""What is run in the kernel after the last cell. It sets no name."""

SECONDS = 60.0
"""For which it may take, at most; the guard itself takes five, and lifecycles as long as theirs."""

DEAD = "the kernel is dead, so that nothing could be closed, and no tear-down has run"

NOT_THERE = (
    "the guard is not in the kernel's environment, so that nothing was guarded; "
    "install event-collector-toolkit there, or run the kernel of this one (--nbval-current-env)"
)
NOT_LOADED = (
    "the guard was not loaded, so that nothing was guarded: a cell has unloaded it, or the kernel "
    "did not run what PYTHONSTARTUP names"
)


class ClosingError(Exception):
    """A notebook was not closed, or something failed that no cell was told of.

    Args:
        said: The line that says so.
        trace: What the kernel showed; empty if it showed nothing.
    """

    def __init__(self, said: str, trace: str = "") -> None:
        super().__init__(said)
        self.trace = trace


def closing_error(name: str, value: str, trace: str) -> ClosingError:
    """The error of a closing that failed in the kernel with an exception of this class and text."""
    if name == "ModuleNotFoundError":
        return ClosingError(NOT_THERE, trace)
    if name == "RuntimeError" and "%load_ext" in value:
        return ClosingError(NOT_LOADED, trace)
    return ClosingError(f"{name}: {value}", trace)
