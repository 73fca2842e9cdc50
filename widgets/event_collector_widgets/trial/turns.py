"""Turns: long work in the notebook's loop stops every few milliseconds, and others go on."""

import asyncio

from event_collector_widgets.kernel import YieldToThreads, shell


class Turns:
    """Shares the loop: who works long asks it after each small step.

    All that share one use a slice together, however many they are. In a kernel its own threads,
    which bring the clicks, have their turn too.

    Raises:
        RuntimeError: No event loop is running.
    """

    SLICE = 0.002
    """Seconds that the work may use in one turn of the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pause = None if shell() is None else YieldToThreads().turn
        self._open = False
        self._end = 0.0

    async def give(self) -> None:
        """Let others have their turn if it is time to."""
        if self._over():
            await asyncio.sleep(0)

    def _over(self) -> bool:
        now = self._loop.time()
        if self._open:
            return now >= self._end
        self._open = True
        self._end = now + self.SLICE
        self._loop.call_soon(self._close)  # runs in the next turn
        return False

    def _close(self) -> None:
        self._open = False
        if self._pause is not None:
            self._pause()
