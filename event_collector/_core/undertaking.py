"""Undertakings: what runs in a task of its own, and is seen to its end, whoever is cancelled.

A start, a shutdown and the entering of one lifecycle are undertakings. Their callers only wait. A
caller may be cancelled at any moment, and within an anyio scope anew at each await: if the work
were done in its task, it would be cut half-way.
"""

import asyncio
import contextvars
import sys
import weakref
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any

from event_collector._core.awaiting import first_of
from event_collector._log import logger

KEEPER = "event_collector keeper"
"""The name of the task that a queue has for the end of its loop. Whoever looks for tasks that were
forgotten, or that wait for ever, does not count it."""

_under_way: set[asyncio.Future[Any]] = set()
"""The tasks of undertakings: asyncio itself keeps none alive."""


class Undertaking:
    """Something that is done once, for all who wait for it.

    Args:
        kind: What it is, in one word.
        call_off: Makes it end soon: a start is unwound, a shutdown drains no longer.
    """

    def __init__(self, kind: str, call_off: Callable[[], object]) -> None:
        self.kind = kind
        self.before: Undertaking | None = None
        """The one whose end it waits for, before it has its turn."""
        self.begun = False
        """Whether it has its turn; until then it can be dropped."""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when it is over: its task, as soon as it has one. So nobody has to say that it is
        over, who could be interrupted before he does."""
        self.heard = False
        """Whether somebody relies on it."""
        self._callers = 0
        self._off = False
        self._call_off = call_off
        self._error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it. Its first step is made at once, in the caller's context.

        So nobody can cancel its task before it has begun: such a task does nothing at all.
        """
        never, self._steps = self.over, (steps := self._do(work))
        try:
            self._task = asyncio.Task(
                steps,
                loop=asyncio.get_running_loop(),
                name=f"event_collector {self.kind}",
                context=contextvars.copy_context(),
                eager_start=True,
            )
        except BaseException as exc:  # the stop button: in its first step, or before that
            if self.over is never:
                self._error = exc
                steps.close()
                work.close()
                never.set_result(None)
            raise

    @property
    def never_began(self) -> bool:
        """Whether nobody ever will do it: the stop button has struck before its first step."""
        return not isinstance(self.over, asyncio.Task)

    def call_off(self) -> None:
        """Make it end soon."""
        if not self._off and not self.over.done():
            self._off = True
            self._call_off()

    @property
    def called_off(self) -> bool:
        """Whether nobody wants it any more, or its loop is ending, which cancels every task."""
        return self._off or (self._task is not None and self._task.cancelling() > 0)

    @property
    def unheard(self) -> bool:
        """Whether it has ended well, and all who waited for it were cancelled in that moment."""
        return self.over.done() and self._error is None and not (self.heard or self._callers)

    @property
    def _unheard(self) -> str:
        return f"the {self.kind} of a queue raised, and nobody waits for it"

    async def join(self, refused: asyncio.Future[None] | None = None) -> None:
        """Wait for its end.

        Args:
            refused: Done if the caller is found to wait for itself: this returns, and it goes on.

        Raises:
            asyncio.CancelledError: The caller was cancelled. While others wait too, it is raised
                at once, and nothing else changes. The only caller calls it off, and it is raised
                at the end.
            BaseException: What it raised.
        """
        cancelled: asyncio.CancelledError | None = None
        self._callers += 1
        try:
            while not self.over.done():
                if refused is not None and refused.done():
                    return
                try:
                    if refused is None:
                        await asyncio.wait([self.over])
                    else:
                        await first_of(self.over, refused)
                except asyncio.CancelledError as exc:
                    if self._callers > 1 or self.over.done():
                        raise
                    self.call_off()
                    if not self.begun:
                        raise
                    cancelled = exc
            self.heard = self.heard or cancelled is None
            self._error = self._error or self.over.exception()  # struck when all was done
            if cancelled is not None:
                tell(self._error, self._unheard)
                raise cancelled
            if self._error is not None:
                raise self._error
        finally:
            self._callers -= 1
            del self, cancelled, refused  # what is raised leads back to here

    def forsake(self, why: Exception) -> None:
        """Its loop has ended, and it never will: who waits in one that is only stopped is told."""
        if self._task is not None:
            _under_way.discard(self._task)
            if not (self._task.done() or self._task.get_loop().is_closed()):
                # It must not go on if the loop is run again: the queue is at work elsewhere then.
                self._error = why
                self._task.add_done_callback(_asked)
                self._steps.close()
                self._task.cancel()
                # Its steps are over, and asyncio would tell of that as of an error when it cancels
                # all tasks at the end of that loop: this one is not among them any more.
                asyncio.tasks._unregister_task(self._task)

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self.over = asyncio.current_task()  # type: ignore[assignment]  # it runs in one
        try:
            _under_way.add(self.over)
            self.over.add_done_callback(_under_way.discard)
            await work
        except BaseException as exc:  # for who waits; see `join`
            if closed_over():
                raise
            self._error = exc
            if not self._callers and self._task is not None:
                tell(exc, self._unheard)
        finally:
            del self, work  # what was raised leads back to here


urgent: "weakref.WeakSet[asyncio.Task[Any]]" = weakref.WeakSet()
"""Tasks that a second signal has told to be quick: what they shut down is cut off, not drained."""


def keep_in(loop: asyncio.AbstractEventLoop, what: object) -> None:
    """What a queue leaves in a loop that is only stopped goes on if that is run again. Until then
    asyncio keeps no task that waits for something else which is left: it would be collected."""
    if not loop.is_closed():
        with suppress(TypeError):  # a loop that has no room for it
            vars(loop).setdefault("_event_collector_left", []).append(what)


def undertaken(
    work: Coroutine[Any, Any, None], call_off: Callable[[], object] = lambda: None
) -> Undertaking:
    """A change of the collectors, which waits for no turn: it has begun."""
    change = Undertaking("change", call_off)
    change.begun = True
    change.begin(work)
    return change


class Turns:
    """Starts and shutdowns, one at a time, in the order in which they were called for."""

    def __init__(self) -> None:
        self._last: Undertaking | None = None

    @property
    def last(self) -> Undertaking | None:
        """The last one that was called for and is not over.

        It may be over before the one that it follows: the stop button has struck it as it waited.
        """
        while self._last is not None and self._last.over.done():
            self._last = self._last.before
        return self._last

    def take(
        self,
        kind: str,
        work: Callable[[Undertaking], Coroutine[Any, Any, None]],
        call_off: Callable[[], object],
    ) -> Undertaking:
        """The last one, if it is of this kind; or a new one, which follows it."""
        before = self.last
        if before is not None and before.kind == kind and not before.called_off:
            return before
        # Known before it begins: under an eager task factory, who calls from within finds it.
        turn = Undertaking(kind, call_off)
        turn.before = before
        self._last = turn
        try:
            turn.begin(self._in_turn(turn, work))
        except BaseException:  # the stop button
            if self._last is turn and turn.never_began:
                self._last = before
            raise
        return turn

    def forsake(self, why: Exception) -> None:
        """Their loop has ended."""
        turn = self.last
        while turn is not None:
            turn.forsake(why)
            turn = turn.before

    async def _in_turn(
        self, turn: Undertaking, work: Callable[[Undertaking], Coroutine[Any, Any, None]]
    ) -> None:
        try:
            while (before := turn.before) is not None:
                await see_out([before.over])
                turn.before = before.before  # struck as it waited itself, it still has one
            if turn.called_off:
                raise asyncio.CancelledError
            turn.begun = True
            await work(turn)
        finally:
            if self._last is turn:
                self._last = turn.before


async def in_turn(first: Awaitable[None], last: Callable[[], Awaitable[None]]) -> None:
    """Do one thing, and then the other even if the first raised: as `finally` does, unless this is
    `closed_over`."""
    try:
        await first
    except BaseException:
        if not closed_over():
            await last()
        raise
    await last()


def closed_over() -> bool:
    """Whether what runs here is only ended, since it was collected after its loop was closed.

    Asked where an exception is handled. The queue may be at work in another loop by then, and
    nothing may be touched any more that is not of this one.
    """
    return isinstance(sys.exception(), GeneratorExit)


def forget_closed_loops() -> None:
    """What is under way in a loop that was closed will never end: do not keep it for ever."""
    for task in list(_under_way):
        if task.get_loop().is_closed():
            _under_way.discard(task)


def tell(error: BaseException | None, what: str = "a lifecycle raised while it was left") -> None:
    """Log what nobody will hear otherwise."""
    if error is not None and not isinstance(error, asyncio.CancelledError):
        logger.error("%s", what, exc_info=error)


def tell_of(task: asyncio.Task[None]) -> None:
    """Log what a task has raised, which nobody waits for any more."""
    if not task.cancelled():
        tell(task.exception())


async def see_out(
    awaited: Collection[asyncio.Future[Any]], timeout: float | None = None, *, first: bool = False
) -> bool:
    """Wait for tasks or futures, whoever cancels the caller; say whether they ended in time.

    Args:
        awaited: What to wait for.
        timeout: For how many seconds. None: as long as it takes.
        first: Whether the first one to end is enough.
    """
    loop = asyncio.get_running_loop()
    late: asyncio.Future[None] = loop.create_future()
    # A moment, not what is left of the time: cancelled often, the roundings would add up.
    timer = None if timeout is None else loop.call_at(loop.time() + timeout, _end, late)
    enough = any if first else all
    try:
        while not (ended := enough(one.done() for one in awaited)) and not late.done():
            waited = [*[late][: timer is not None], *(one for one in awaited if not one.done())]
            try:
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                continue
        return ended
    finally:
        if timer is not None:
            timer.cancel()


def _asked(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()  # of steps that were ended: it is not worth a word of asyncio's


def _end(late: asyncio.Future[None]) -> None:
    late.set_result(None)
