"""The errors of a simulation, each of which builds its message from parts that it keeps."""

import re
from dataclasses import dataclass

from event_collector.settling import Place

SHOWN = 20
"""Of how many coroutines that wait the text of a DeadlockError tells."""

_CELL = re.compile(r".*[/\\]ipykernel_\d+[/\\][^/\\]+\.py")
"""What a notebook calls the code of a cell: another name in every run."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One asyncio task that waits, and where."""

    name: str
    """The task's name, or its function's where nobody named it."""
    place: Place | None
    """The innermost place that is not in asyncio or in this package; None where none is seen."""
    code: str
    """The line there, "" where the source is not known."""
    event: int | None = None
    """The id of the event that it has in service; None where it is not a consumer."""
    collector: str | None = None
    """The key of the collector that has the event; None where none has it."""

    def __str__(self) -> str:
        has = "" if self.event is None else f" with event {self.event}"
        has += "" if self.collector is None else f" in {self.collector!r}"
        at = "" if self.place is None else f", at {_in_short(self.place)}"
        return f"{self.name}{has}{at}" + (f": {self.code}" if self.code else "")


class DeadlockError(RuntimeError):
    """Nothing was ready and no timer was set, but `main` was not done: it would wait for ever."""

    def __init__(self, now: float, waiting: tuple[Waiting, ...]) -> None:
        self.now = now
        """Virtual seconds since the start."""
        self.waiting = waiting
        """Who waits: main first, then the others in the order of their names."""
        what = f"nothing is ready at {now:.6g} s and no timer is set, so these wait for ever"
        lines = [f"{what}; have somebody end what they wait for"]
        lines += [f"  {one}" for one in waiting[:SHOWN]]
        if len(waiting) > SHOWN:
            lines.append(f"  and {len(waiting) - SHOWN} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["DeadlockError"], tuple[float, tuple[Waiting, ...]]]:
        return type(self), (self.now, self.waiting)


class RealTimeError(RuntimeError):
    """Something was asked for that takes real time: a thread, a network, a process, a signal."""

    def __init__(self, method: str, what: str) -> None:
        self.method = method
        """The method of the event loop that was called."""
        self.what = what
        """What it would need, such as "a thread"."""
        super().__init__(
            f"{method}() needs {what}, which takes real time, and simulate() has a virtual clock; "
            "let asyncio.sleep(seconds) stand for it, or run it with asyncio.run()"
        )

    def __reduce__(self) -> tuple[type["RealTimeError"], tuple[str, str]]:
        return type(self), (self.method, self.what)


def _in_short(place: Place) -> str:
    """The place in words that are the same in every run, also in a notebook's cell."""
    if _CELL.fullmatch(place.file):
        return f"line {place.line} of its cell, in {place.function}"
    return str(place)
