"""The loop of a run: its timers go off in order, and it does not go round for ever."""

import asyncio
from collections.abc import Callable
from contextvars import Context

from tests.support import VirtualTimeLoop

TURNS = 50_000
"""Turns of the loop after which a run goes round for ever."""


class _Moment(float):
    """When a timer goes off. Of timers for one moment, the one that was set first is the first:
    asyncio leaves that open, and another timer in between may change it."""

    number = 0

    def __lt__(self, other: float) -> bool:
        if isinstance(other, _Moment) and float(self) == float(other):
            return self.number < other.number
        return float(self) < float(other)


class PatientLoop(VirtualTimeLoop):
    """A loop that gives up where it would go round for ever without letting time pass."""

    given_up = False
    timers = 0

    def call_at[*Ts](
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        moment = _Moment(when)
        self.timers = moment.number = self.timers + 1
        return super().call_at(moment, callback, *args, context=context)

    def _run_once(self) -> None:
        if self.turns > TURNS and not self.given_up:
            self.given_up = True
            raise AssertionError("the loop did not come to rest")
        super()._run_once()  # type: ignore[misc]
