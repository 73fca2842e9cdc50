"""The lifespan of a queue: started, running and shut down, in one event loop, a step at a time.

What may be done when is decided here and nowhere else. Consumers and members do as they are told.

A start and a shutdown are undertakings: each runs in a task of its own, one after the other in the
order of the calls, and whoever calls meanwhile for the same joins it. The keeper is there from the
first lifecycle entered to the last one left, and tells when the loop ends.
"""

import asyncio
import threading
import warnings
from asyncio import _get_running_loop
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from event_collector._core import dispatch, forked, given_up, undertaking
from event_collector._core.awaiting import Refusal, for_itself
from event_collector._core.consumers import Consumers
from event_collector._core.inspection import settle
from event_collector._core.keeper import Keeper
from event_collector._core.membership import Membership
from event_collector._core.pump import CLOSED
from event_collector._core.reporter import Reporter
from event_collector._core.shutdown import Ending, cancelled, forsake, left_behind, tell_threads
from event_collector._core.standing import LEFT, Standing, State
from event_collector._core.undertaking import (
    Turns,
    Undertaking,
    closed_over,
    in_turn,
    see_out,
    tell,
)
from event_collector._log import logger
from event_collector.settling import SettleReport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Lifespan(Standing):
    """Starts and stops consumers and their collectors, and says what can be done when.

    Args:
        consumers: The consumers of the queue.
        members: Its collectors, with their lifecycles.
        shutdown_timeout, report_interval: See `CollectorQueue`.
    """

    def __init__(
        self,
        consumers: Consumers,
        members: Membership,
        shutdown_timeout: float | None,
        report_interval: float | None = None,
    ) -> None:
        super().__init__()
        self._consumers = consumers
        self._members = members
        self._reporter: Reporter | None = None
        if report_interval is not None:
            self._reporter = Reporter(consumers, report_interval)
            consumers.tally.wake = self._reporter.wake
        self._shutdown_timeout = shutdown_timeout
        self._turns = Turns()
        self._keeper: Keeper | None = None
        self._ending: Ending | None = None
        """How its work ends, from the first moment of a shutdown on."""
        self._started: Undertaking | None = None
        """The start by which it runs."""
        self._given_up: asyncio.Future[None] | None = None
        """Done when everything has ended of a queue that has given up."""
        self._forsaking = threading.Lock()
        self.at_end: list[Callable[[], Awaitable[None]]] = []
        """What a shutdown awaits last, when every event has its results. None of it raises."""

    def of_queue(self) -> str:
        """The queue in one line: its collectors, type, limits and state."""
        queued, (low, high) = self._consumers.queued, self._consumers.limits
        return (
            f"CollectorQueue({list(queued.router.collectors)!r}, {queued.queue_type.name}, "
            f"{low} to {high} consumers, {LEFT if self.left_behind else self.state.value})"
        )

    async def start(self) -> None:
        """See `CollectorQueue.init_queue`."""
        here = asyncio.get_running_loop()
        if self.state is State.RUNNING and self._loop is here and self._turns.last is None:
            if self._started is not None:
                self._started.heard = True
            return
        self._check_turn("init_queue", here)
        start = self._turns.take("start", self._start, self._members.call_off)
        try:
            with self._refused("init_queue()") as refused:
                await start.join(refused)
        except asyncio.CancelledError:
            # Nobody will ever know that it runs; unless it runs by another start, maybe elsewhere.
            if start.unheard and self._started is start and self._turns.last is None:
                stop = self._turns.take("shutdown", self._stop, self._cut_off)
                stop.call_off()
                await stop.join()
            raise

    async def stop(self) -> None:
        """See `CollectorQueue.shut_down_queue`."""
        self._check_turn("shut_down_queue", asyncio.get_running_loop())
        self.left_behind = False
        if self.state in (State.NEW, State.CLOSED) and self._turns.last is None:
            return
        stop = self._turns.take("shutdown", self._stop, self._cut_off)
        if asyncio.current_task() in undertaking.urgent:
            stop.call_off()
        with self._refused("shut_down_queue()") as refused:
            await stop.join(refused)

    def drop(self, queue: object) -> None:
        """The queue is collected. If it was never shut down, say so, and end it: where its loop
        runs by a shutdown, else by telling whoever waits for it. From any thread."""
        try:
            if not self.elsewhere and (self.state is State.RUNNING or self.left_behind):
                warnings.warn(
                    f"{queue!r} was never shut down; use 'async with', or await shut_down_queue()",
                    ResourceWarning,
                    stacklevel=3,
                    source=queue,
                )
        finally:  # the warning may be an error
            self._end_dropped()

    def _end_dropped(self) -> None:
        if self._loop is None or self.state in (State.NEW, State.CLOSED) or self.elsewhere:
            return
        if self._loop.is_running():
            with suppress(RuntimeError):  # it has been closed since
                self._loop.call_soon_threadsafe(self._shut_down_soon)
        else:
            self._forsake()

    async def wait_for_all(self) -> None:
        """See `EventPublisher.wait`."""
        self.heed_loop()
        if self.state in (State.NEW, State.CLOSED):
            return
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("wait() was called outside the event loop in which the queue runs")
        if self.state is State.STARTING:
            return  # nothing was accepted since it was last shut down
        await self._consumers.wait_for_others()

    async def settle(self, timeout: float) -> SettleReport:
        """See `CollectorQueue.settle`."""
        self.heed_loop()
        if (
            self.state not in (State.NEW, State.CLOSED)
            and asyncio.get_running_loop() is not self._loop
        ):
            raise RuntimeError("settle() was called outside the event loop of the queue")
        members = self._members
        return await settle(self._consumers, timeout, members.moving, members.wait_until_still)

    def members(self) -> Membership:
        """The collectors, for a change."""
        self.heed_loop(_get_running_loop())
        return self._members

    def _check_turn(self, method: str, here: asyncio.AbstractEventLoop) -> None:
        """Raise where a start or shutdown would wait for itself, or is called for elsewhere."""
        self.heed_loop(here)
        if self._loop is not here:
            if self.state not in (State.NEW, State.CLOSED):
                raise RuntimeError(
                    f"{method}() was called in another event loop than the one in which the queue "
                    "runs; shut it down there"
                )
            if self._turns.last is not None and self._loop is not None:
                if self._loop.is_running():
                    raise RuntimeError(
                        f"{method}() was called in another event loop than the one in which the "
                        "queue is just being started or shut down; await that first"
                    )
                self._turns.forsake(left_behind())  # it waits for its turn, in a stopped loop
            self._loop, self._turns, self._forks = here, Turns(), forked.count()
        if (error := self._for_itself(f"{method}()", asyncio.current_task())) is not None:
            raise error

    def _for_itself(self, call: str, task: Any, late: bool = False) -> RuntimeError | None:
        """Why this task, which calls, may not wait for the queue; None if it may."""
        if self._consumers.at_work_in(task, late=late):
            return for_itself(call, "by a processor of this queue", call)
        if self._members.at_work_in(task, late=late):
            return for_itself(call, "by a lifecycle of this queue", call)
        return None

    def _refused(self, call: str) -> Refusal:
        """While this task waits: whether the queue has come to wait for it."""
        return Refusal(partial(self._for_itself, call, asyncio.current_task()))

    async def _start(self, start: Undertaking) -> None:
        if self._given_up is not None:
            await see_out([self._given_up])
        if self.state is State.RUNNING:
            return
        _forget_closed_loops()
        keeper, before = Keeper(self._give_up, self._end_given_up), self.state
        # Lifecycles first, then the consumers: no payload may meet a context that is not set
        # up. A send meanwhile is refused.
        try:
            self.state, self.left_behind, self._ending = State.STARTING, False, None
            self._keeper = keeper
            keeper.begin()
            await self._members.open(start)
            self._consumers.open(asyncio.get_running_loop())
            self._started = start
            self.state = State.RUNNING
        except BaseException:
            if closed_over():
                raise
            self.state, self._keeper = before, None
            self._consumers.open_to = CLOSED
            # None is open, unless the stop button struck when they were. One that nobody is going
            # to leave would outlast the cancelling at the end of the loop, for ever.
            await in_turn(self._members.close(), keeper.end)
            raise

    async def _stop(self, stop: Undertaking) -> None:
        if self._given_up is not None:
            await see_out([self._given_up])
        elif self.state is State.RUNNING and (keeper := self._keeper) is not None:
            await in_turn(self._end_running(), keeper.ended)

    async def _end_running(self) -> None:
        try:
            await self._end(self._begin_to_end())
        except (KeyboardInterrupt, SystemExit):
            # The stop button struck between two of its steps, wherever that was. Nothing drains any
            # more, but each step is made: an open lifecycle would outlast the cancelling at the end
            # of the loop, and who waits for an event that is not done waits for ever.
            ending = self._begin_to_end()
            ending.cut_off(cancelled())
            await self._end(ending)
            raise

    def _cut_off(self) -> None:
        if self._ending is not None:
            self._ending.cut_off(cancelled())

    def _shut_down_soon(self) -> None:
        if self.state is State.RUNNING:
            self._turns.take("shutdown", self._stop, self._cut_off)

    # The end

    def _begin_to_end(self) -> Ending:
        """Let nothing more come in."""
        self.state = State.CLOSING
        self._ending = ending = Ending(self._consumers, self._shutdown_timeout)
        self._consumers.close()
        self._members.admit_nobody()
        return ending

    async def _end(self, ending: Ending) -> None:
        """Work off what is in, or cut it off; only then close the contexts that it is worked off
        with. Each step is made even if the one before raised: a lifecycle that stays open would be
        lost for good."""
        await in_turn(ending.run(), lambda: in_turn(self._members.close(), self._has_ended))

    async def _has_ended(self) -> None:
        self.state = State.CLOSED
        if self._keeper is not None:
            self._keeper.dismiss()
        if self._reporter is not None:
            self._reporter.end()
        self._keeper = self._ending = self._started = None
        # After the state: a thread that has just seen it running is told here, or sees it.
        tell_threads(self._consumers, self.closed())
        for written in tuple(self.at_end):
            await written()

    def _give_up(self) -> None:
        """The keeper is cancelled, as every task is when the loop ends: do not begin anything.

        The loop may be at a standstill now. So this only shuts the doors; what is in is cut off in
        the next turn, where hooks can be told.
        """
        self._members.loop_ends()
        if self.state is State.STARTING:
            self._members.call_off()
        elif self.state is State.RUNNING:
            self.left_behind = True
            assert self._loop is not None
            self._given_up = self._loop.create_future()
            self._begin_to_end().cut_off_soon(left_behind())
        elif self._ending is not None:
            self._ending.cut_off_soon(cancelled())

    async def _end_given_up(self) -> None:
        """In the keeper's task, for which `asyncio.run` waits."""
        if self._ending is None:
            return  # the start that is under way is unwound
        self._ending.cut_off(cancelled())
        if self._given_up is None:
            return  # the shutdown that is under way goes on

        async def over() -> None:
            if self._given_up is not None:
                self._given_up.set_result(None)
                self._given_up = None

        try:
            await in_turn(self._end(self._ending), over)
        except Exception as exc:
            tell(exc)

    def _forsake(self) -> None:
        """End what an event loop has left behind that was closed while the queue ran in it.

        Every event gets its Error, and the lifecycles, whose tasks ended with their loop, are
        forgotten.
        """
        with self._forsaking:  # threads that send may find it out at the same time
            if self.state is State.CLOSED:
                return
            self.state, self.left_behind = State.CLOSED, True
            if self._keeper is not None:
                self._keeper.forsake()
            self._turns.forsake(left_behind())
            self._turns = Turns()
            self._keeper = self._ending = self._started = self._given_up = None
        if self._loop is not None:
            left = self._members.forget(self._loop)
            if keys := [one.key for one in left if one.lifecycle is not None]:
                undertaking.keep_in(self._loop, left)
                logger.warning(
                    "the event loop ended before the queue was shut down; the lifecycles of these "
                    "collectors were never left: %s",
                    ", ".join(map(repr, keys)),
                )
        _forget_closed_loops()
        forsake(self._consumers)  # last: it passes on what a hook was interrupted by


def _forget_closed_loops() -> None:
    """Keep nothing of loops that were closed over a queue which nobody has called since: those who
    waited for it in there may keep it, and what is kept here would keep them, for ever."""
    for each in (dispatch, given_up, undertaking):
        each.forget_closed_loops()
