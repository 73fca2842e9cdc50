"""Answered: the page is told when a change of a field was heard, in the middle of a cell too.

ipywidgets sends a second change of a field only when the kernel was idle after the first. ipykernel
7.4 hears a change while a cell is awaiting, but does not say that it is idle again: the field would
be deaf from then on, until the page is reloaded. So the panels' own widgets say it.
"""

import asyncio
import weakref
from typing import Any

import ipywidgets as w

from event_collector_widgets.kernel import shell
from event_collector_widgets.panels.parts.cells import parts_of

_known: "weakref.WeakSet[w.Widget]" = weakref.WeakSet()


def answer(panel: w.Widget) -> None:
    """Have a panel and all that is in it answer; once more does no harm."""
    kernel = getattr(shell(), "kernel", None)
    if kernel is None:
        return
    for part in (panel, *parts_of(panel)):
        if part not in _known and part.comm is not None:
            _known.add(part)
            part.comm.on_msg(_answering(part._handle_msg, kernel))


def _answering(hear: Any, kernel: Any) -> Any:
    def heard(message: Any) -> None:
        try:
            hear(message)
        finally:
            if _within_a_cell():
                for state in ("idle", "busy"):  # busy: the cell goes on
                    kernel._publish_status(state, "shell", parent=message)

    return heard


def _within_a_cell() -> bool:
    """Whether the kernel hears a message beside a cell that is awaiting: in a task of its own."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # on a thread without a loop
        return False
    return getattr(task and task.get_coro(), "__name__", "") == "dispatch_shell"
