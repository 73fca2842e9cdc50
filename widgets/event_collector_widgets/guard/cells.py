"""Cells: which run of which cell some code belongs to, and how a cell is called.

A context variable says it: whatever a cell starts inherits it, and still knows its cell when that
has ended. A run holds nothing of the user's but the cell's text.
"""

import re
import traceback
from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

OTHERS = frozenset(
    {
        *("IPython", "ipykernel", "ipywidgets", "traitlets", "comm", "jupyter_client"),
        *("jupyter_core", "tornado", "zmq", "nest_asyncio", "nest_asyncio2", "debugpy"),
    }
)
"""The packages of the machinery: what their code makes is not the notebook's."""


@dataclass(eq=False, slots=True, weakref_slot=True)
class Run:
    """One run of a cell."""

    key: str
    """By which the cell is known: the front end's id of it, else its source."""
    number: int
    """Its number, as in `In[3]`."""
    source: str
    """The cell's text."""
    begun: float = 0.0
    """When it began, by the loop's clock."""
    ended: float = float("inf")
    """When it had ended, by the loop's clock."""
    tags: frozenset[str] = field(default_factory=frozenset)
    """Those of its tags that the front end tells."""
    met: bool = False
    """Whether anything has failed of it that it was tagged to fail at."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.ended != float("inf")

    def __str__(self) -> str:
        return f"In[{self.number}]"


RUN: ContextVar[Run | None] = ContextVar("event_collector_widgets.guard run", default=None)
"""The run of the cell to which the code that asks belongs; None outside of cells."""

EXPECT = "expect-errors"
"""The tag of a cell that fails on purpose."""
MARKER = re.compile(rf"(?:\s*(?:#|%%).*\n)*\s*#\s*{EXPECT}\b")
"""A comment that says what the tag says, for front ends that do not tell the kernel their tags. It
stands before all code; other comments, and a magic of the cell, may go before."""


def tags_of(source: str, meta: Any) -> frozenset[str]:
    """The tags of a cell, as the request has them or a comment in the cell says."""
    told = meta.get("tags", ()) if isinstance(meta, dict) else ()
    tags = {tag for tag in told if isinstance(tag, str)} if isinstance(told, Collection) else set()
    if MARKER.match(source):
        tags.add(EXPECT)
    return frozenset(tags)


def root(module: object) -> str:
    """The package in which a module lies, by its dotted name."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def of_others(trace: TracebackType | None) -> bool:
    """Whether an exception was raised by code that the machinery has called itself.

    The first frame decides that is not the standard library's: what ipykernel calls in a cell, or
    ipywidgets in a callback, is the notebook's, and is told by other means than this.
    """
    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    modules = [root(frame.f_globals.get("__name__")) for frame in frames]
    ours = [module for module in modules if module not in ("asyncio", "threading", "concurrent")]
    return bool(ours) and all(module in OTHERS for module in ours)
