"""Pauses: when the interpreter stood still to collect garbage, which is nobody's doing.

A collection goes through all objects of the process. Where many events are kept that takes tenths
of a second, and it strikes whoever makes the next object: mostly a processor that does next to
nothing.
"""

import gc
import time
from collections import deque
from collections.abc import Callable
from typing import Any

SHORTEST = 0.001
"""Seconds; a collection that takes less is not worth remembering."""
KEPT = 100
"""How many are remembered, the latest ones."""


class Pauses:
    """Told by the interpreter of each collection; remembers those that took a while.

    It looks nothing up by a module's name: it is called until the interpreter ends, and the modules
    are gone by then.

    Args:
        time: The clock.
    """

    __slots__ = ("_began", "_kept", "_shortest", "_time")

    def __init__(self, time: Callable[[], float] = time.monotonic) -> None:
        self._time = time
        self._shortest = SHORTEST
        self._began: float | None = None
        self._kept: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        """A collection starts or stops."""
        if phase == "start":
            self._began = self._time()
        elif self._began is not None:
            began, self._began, ended = self._began, None, self._time()
            if ended - began > self._shortest:
                self._kept.append((began, ended))

    def within(self, since: float, until: float) -> float:
        """How many seconds of these were pauses."""
        return sum(
            max(0.0, min(ended, until) - max(began, since)) for began, ended in self._kept.copy()
        )


PAUSES = Pauses()
"""Those of this process, from when its first queue was started."""


def listen() -> None:
    """Have the interpreter tell of its collections from now on."""
    if PAUSES not in gc.callbacks:
        gc.callbacks.append(PAUSES)
