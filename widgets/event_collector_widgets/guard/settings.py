"""Settings: what the environment says about the guard."""

import os
from dataclasses import dataclass
from math import isfinite

PREFIX = "EVENT_COLLECTOR_GUARD"
BLOCKED = 0.25
"""Seconds. More than the tenth at which the engine writes to its log: on a machine that is busy
with other things, each processor may wait for its turn for a while."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts as a fault. The package's documentation names the variables."""

    runner: bool = False
    """Whether a test runner is in charge."""
    undelivered: bool = False
    """Whether a payload that reached no collector is a fault."""
    blocked: float = BLOCKED
    """Seconds for which a processor may hold the loop; 0: for ever."""

    @classmethod
    def of_environment(cls) -> "Settings":
        """Read them.

        Raises:
            ValueError: A variable has a value that it cannot have.
        """
        runner = _one_of(PREFIX, {"": False, "0": False, "1": False, "runner": True})
        lost = _one_of(f"{PREFIX}_UNDELIVERED", {"": False, "ok": False, "error": True})
        said = os.environ.get(f"{PREFIX}_BLOCKED", "")
        try:
            blocked = float(said or BLOCKED)
        except ValueError:
            blocked = -1.0
        if not (isfinite(blocked) and blocked >= 0):
            raise ValueError(f"{PREFIX}_BLOCKED must be a number of seconds >= 0, got {said!r}")
        return cls(runner, lost, blocked)


def _one_of(name: str, values: dict[str, bool]) -> bool:
    said = os.environ.get(name, "")
    if said not in values:
        allowed = ", ".join(repr(value) for value in values if value)
        raise ValueError(f"{name} must be one of {allowed}, or not set, got {said!r}")
    return values[said]
