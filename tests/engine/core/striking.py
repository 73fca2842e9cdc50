"""The stop button, struck at a given one of the places in the engine where Python heeds it.

Python looks for signals where a function begins or goes on, after a call, and where a loop jumps
back. `Strikes` counts these places as the engine comes through them, by `sys.monitoring`, and
raises KeyboardInterrupt in one of them.
"""

import dis
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import event_collector._core.consumers
import event_collector._core.outside
import event_collector.publisher  # noqa: F401 - all of the way of an event
from event_collector._core import service

TOOL = 4
ALSO = ("event", "publisher", "collector", "router", "roster")
"""The modules beside the works that are on the way of an event."""


class Strikes:
    """Strikes once, at the place with a number, while it is `on`.

    Args:
        number: Of the place, counted from 0 as the engine comes through them.
        within: How the names of the functions begin whose places count; all, unless given.
    """

    def __init__(self, number: int, within: str = "") -> None:
        self._left = number
        self._within = within
        self.on = False
        self.place = ""
        """Where it has struck; empty until then."""

    def at(self, code: types.CodeType, offset: int) -> object:
        """The engine comes through an instruction."""
        if offset not in _places(code):
            return sys.monitoring.DISABLE
        if self.on and code.co_qualname.startswith(self._within):
            self._left -= 1
            if self._left < 0:
                self.on = False
                self.place = _said(code, offset)
                raise KeyboardInterrupt
        return None


@contextmanager
def struck(number: int, within: str = "") -> Iterator[Strikes]:
    """Strike at the place with this number, as `Strikes` counts them, once it is turned on."""
    strikes, monitoring = Strikes(number, within), sys.monitoring
    instruction = monitoring.events.INSTRUCTION
    monitoring.use_tool_id(TOOL, "strikes")
    monitoring.register_callback(TOOL, instruction, strikes.at)
    codes = _codes()
    for code in codes:
        monitoring.set_local_events(TOOL, code, instruction)
    try:
        yield strikes
    finally:
        for code in codes:
            monitoring.set_local_events(TOOL, code, 0)
        monitoring.register_callback(TOOL, instruction, None)
        monitoring.free_tool_id(TOOL)
        # Struck between the end of a `with` and its exit, where no signal is heeded, it is still
        # held: threads of later tests would wait for it for ever.
        with suppress(RuntimeError):
            while True:
                service._ENDS.release()


@cache
def _codes() -> list[types.CodeType]:
    """The code of all functions on the way of an event."""
    found: set[types.CodeType] = set()
    for name, module in list(sys.modules.items()):
        package, _, last = name.partition(".")
        if package == "event_collector" and (last.startswith("_core.") or last in ALSO):
            for each in list(vars(module).values()):
                if getattr(each, "__module__", None) == name:
                    found.update(_of(each))
    return list(found)


def _of(thing: Any) -> Iterator[types.CodeType]:
    if isinstance(thing, type):
        for each in vars(thing).values():
            yield from _of(each)
    elif isinstance(thing, property):
        yield from _of(thing.fget)
    elif isinstance(thing, staticmethod | classmethod):
        yield from _of(thing.__func__)
    elif isinstance(code := getattr(thing, "__code__", thing), types.CodeType):
        yield code
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                yield from _of(constant)


@cache
def _places(code: types.CodeType) -> frozenset[int]:
    """The offsets of the instructions before which Python looks for signals."""
    places, after_call = set(), False
    for each in dis.get_instructions(code):
        if after_call or each.opname in ("RESUME", "JUMP_BACKWARD"):
            places.add(each.offset)
        after_call = each.opname.startswith("CALL") and "INTRINSIC" not in each.opname
    return frozenset(places)


def _said(code: types.CodeType, offset: int) -> str:
    lines = [line for start, end, line in code.co_lines() if start <= offset < end]
    return f"{code.co_qualname}:{lines[0]}+{offset}"
