"""One batch: the payloads that one call of a processor gets, and those who wait for their results.

It fills, it waits for a place if there is none, it begins, it ends. Until it begins whoever is
cancelled leaves it; from then on it is one, and ends for all.
"""

import asyncio
import contextvars
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from event_collector._core.service import IN_SERVICE, InService
from event_collector._core.shares import shares_of
from event_collector._core.watch import Runner, Watch, watched
from event_collector.data import Error, Payload
from event_collector.event import CollectorEvent


class Gathering(Protocol):
    """A collector, as far as its batches know it."""

    _batch_size: int | None
    _ctx: Any
    _keys: tuple[str]
    _linger: float

    @property
    def key(self) -> str:
        """Its key."""

    @property
    def processor(self) -> Callable[..., Any]:
        """What processes a list of payloads."""

    async def _guarded(self, payload: Any, ctx: Any, processor: Any = None, /) -> Any:
        """What its processor returns, within its limits."""


class Beginning(Protocol):
    """Who wants to be told that a payload's processor begins: see `attendance`."""

    def tell(self, within: contextvars.Context, /) -> None:
        """It begins, in this context, which is entered."""


class InBatch(InService):
    """What the context of a batch tells of itself: no one event, but several."""

    __slots__ = ("events", "numbers")

    def __init__(self, watch: Watch, outer: InService | None, keys: tuple[str, ...] | None) -> None:
        self.watch, self.event, self.outer, self.keys = watch, None, outer, keys
        self.number, self.at_end = 0, None
        self.events: tuple[CollectorEvent, ...] = ()
        """In the order of the payloads; none before it begins, and when it has ended."""
        self.numbers: tuple[int, ...] = ()
        """Their ids, also when it has ended."""


_NOTHING = object()
"""Stands for a result that is not there yet."""


class Member:
    """A payload in a batch, and who waits for its result."""

    __slots__ = ("begin", "cancelled", "done", "event", "payload", "raised", "result", "waiter")

    def __init__(
        self, payload: Payload[Any], event: CollectorEvent | None, begin: Beginning | None
    ) -> None:
        self.payload = payload
        self.event = event
        self.begin = begin
        self.waiter: asyncio.Future[None] | None = None
        self.cancelled = 0
        """How often it was cancelled since the batch has begun."""
        self.done = False
        self.result: object = _NOTHING
        self.raised: BaseException | None = None
        """What is to be raised in place of a result."""

    @property
    def leaves(self) -> bool:
        """Whether it was cancelled, and is about to leave."""
        return self.waiter is not None and self.waiter.cancelled()


class Home(Protocol):
    """All batches of a queue, as far as one knows them."""

    watch: Watch
    context: contextvars.Context
    at_work: "dict[asyncio.Task[Any], Batch]"

    def drop(self, batch: "Batch", /) -> None: ...


class Batch:
    """Payloads that one call of a processor gets."""

    def __init__(self, home: Home, collector: Gathering, *, young: bool) -> None:
        self.home = home
        self.collector = collector
        self.young = young
        """Whether it began to fill in the midst of a turn of the loop that has not ended."""
        self.members: dict[Member, None] = {}
        self.begun = False
        """Whether the processor has its payloads: from then on nobody leaves it."""
        self.task: asyncio.Task[Any] | None = None
        self.context = home.context.copy()
        """In which it runs."""
        outer = home.context[IN_SERVICE].outer
        self._mark = InBatch(home.watch, outer, collector._keys)
        self._since = home.watch.time()

    @property
    def full(self) -> bool:
        """Whether it takes nothing more."""
        return len(self.members) >= (self.collector._batch_size or 1)

    @property
    def events(self) -> tuple[CollectorEvent, ...]:
        """The events that it has begun with, in order, until it has ended."""
        return self._mark.events

    def has_lingered(self) -> bool:
        """Whether its oldest payload has waited for as long as it may."""
        return self.home.watch.time() - self._since >= self.collector._linger

    def empty(self) -> bool:
        """Whether nobody is left in it. Those who were cancelled are about to leave."""
        return all(member.leaves for member in self.members)

    async def run(self) -> None:
        """Have the processor process it, and give each member its result."""
        self.task = task = asyncio.current_task()
        assert task is not None
        home, collector = self.home, self.collector
        me = Runner(home.watch)
        me.collector = collector
        outcome: Any = None
        raised: BaseException | None = None
        try:
            task.add_done_callback(self._ended)
            home.at_work[task] = self
            home.drop(self)
            IN_SERVICE.set(self._mark)
            home.watch.mark = home.watch.time()  # what came before is not the processor's doing
            with home.watch.delivering(self, me):
                steps = collector._guarded(None, collector._ctx, self._begin)
                outcome = await watched(steps, me)
        except GeneratorExit:
            home.at_work.pop(task, None)
            raise  # the loop is gone, and nobody is left to be told
        except BaseException as exc:
            raised = exc
        me.ends()
        struck = self._mark.end()
        home.watch.mark = home.watch.time()  # what was called was not the processor's doing
        if self.members:
            self._share(outcome, raised)
            if struck is not None:
                _raise_in(list(self.members), struck)
        self.settle()
        # An Error's traceback leads back to this frame.
        del outcome, raised, struck, task

    def _begin(self, _: object, ctx: Any) -> Awaitable[Any]:
        """Stands for the processor in `_guarded`: it is called when the batch has its place."""
        for member in [member for member in self.members if member.leaves]:
            del self.members[member]
        if not self.members:
            raise CancelledError
        self.begun = True
        members = tuple(self.members)
        events = tuple([one.event for one in members if one.event is not None])
        self._mark.numbers = tuple([event.id for event in events])
        self._mark.events = events
        attendance = self.home.watch.attendance()
        for member in members:
            if member.begin is not None:
                member.begin.tell(self.context)
        collector = self.collector
        processor = collector.processor if attendance is None else attendance.around(collector)
        awaitable: Awaitable[Any] = processor([one.payload for one in members], ctx)
        return awaitable

    def _share(self, outcome: object, raised: BaseException | None) -> None:
        """Note what comes of each member."""
        members = list(self.members)
        shares = shares_of(self.collector.key, len(members), outcome, raised)
        if raised is not None:
            _raise_in(members, raised)
        for member, share in zip(members, shares, strict=True):
            member.result = share
        del outcome, raised, shares, share  # an Error's traceback leads back to here

    def settle(self) -> None:
        """Let each member go; told again, it does what was not done. Where the stop button has
        struck, the task has an exception: it stands for what is missing."""
        closed = self.home.watch.loop.is_closed()  # nobody there can be woken
        for member in list(self.members):
            if member.result is _NOTHING:
                member.result = Error(_why_ended(self.task))
            member.done = True
            if member.waiter is not None and not member.waiter.done() and not closed:
                member.waiter.set_result(None)
            self.members.pop(member, None)
        self._mark.events = ()
        self.home.drop(self)
        if self.task is not None:
            self.home.at_work.pop(self.task, None)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Its task has ended: whoever still waits was to be woken when the stop button struck."""
        if self.members or task in self.home.at_work:
            self.settle()

    async def wait(self, member: Member) -> Any:
        """Return what came of a member, or raise it."""
        while not member.done:
            member.waiter = self.home.watch.loop.create_future()
            try:
                await member.waiter
            except CancelledError:
                # It may have begun since, without who was cancelled: see `_begin`.
                if not self.begun or not (member.done or member in self.members):
                    raise
                # The batch is one: it is cancelled once, however many of its events are, and
                # gives each its result when it has ended.
                member.cancelled += 1
                self._cancel(member.cancelled)
        if member.raised is not None:
            raise member.raised
        return member.result

    def leave(self, member: Member) -> None:
        """A member has its result, or will not have one."""
        # An Error leads back to the frame of whoever waited, which the batch was maybe begun in.
        member.event = member.begin = None
        if member.done:
            member.result = member.raised = member.waiter = None
        if self.begun:
            return
        self.members.pop(member, None)
        if not self.members:
            self.home.drop(self)
            self._cancel(1)  # it waits for a place

    def _cancel(self, times: int) -> None:
        task, loop = self.task, self.home.watch.loop
        if task is None or task.done() or loop.is_closed():
            return
        if task.cancelling() < times:
            task.cancel()


def _why_ended(task: asyncio.Task[Any] | None) -> BaseException:
    """Why a batch has ended that has nothing to share."""
    if task is None or not task.done() or task.cancelled():
        return CancelledError()
    return task.exception() or CancelledError()


def _raise_in(members: list[Member], raised: BaseException) -> None:
    """What is raised, and not only told as an Error: an interrupt in the first, to be passed on
    once; a CancelledError in those who were cancelled themselves."""
    if isinstance(raised, KeyboardInterrupt | SystemExit):
        members[0].raised = raised
    elif isinstance(raised, CancelledError):
        for member in members:
            if member.cancelled:
                member.raised = raised
