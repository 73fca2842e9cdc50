"""Names: which workbench has a name, and what keeps the one that had it before."""

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class Names[T]:
    """Who has a name, and who had it last.

    Who has one is kept; who has left it is known as long as others keep it.
    """

    def __init__(self) -> None:
        self._present: dict[str, T] = {}
        self._last: weakref.WeakValueDictionary[str, T] = weakref.WeakValueDictionary()

    def take(self, name: str, new: T) -> T | None:
        """Give a name to somebody new; return who has it, or had it last."""
        old = self._last.get(name)  # who is present is the last too
        self._present[name] = self._last[name] = new
        return old

    def leave(self, name: str, who: T) -> None:
        """Keep somebody no more, if he has that name."""
        if self._present.get(name) is who:
            del self._present[name]


def forget_outputs(shell: "InteractiveShell | None", gone: object) -> None:
    """Take something out of IPython's cache of outputs: `Out`, `_`, `__`, `___`, and `_5`."""
    if shell is None:
        return
    outputs = shell.user_ns.get("_oh", {})
    for number in [number for number, output in outputs.items() if output is gone]:
        del outputs[number]
        shell.user_ns.pop(f"_{number}", None)
    for name in ("_", "__", "___"):
        if shell.user_ns.get(name) is gone:
            shell.user_ns[name] = ""
        if getattr(shell.displayhook, name, None) is gone:
            setattr(shell.displayhook, name, "")
