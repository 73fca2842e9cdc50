"""The actors in a run: a router, processors and lifecycles that do as the plan says.

They note in the ledger what they do.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from event_collector import (
    Collector,
    Context,
    Error,
    Ok,
    Payload,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.engine.machine.ledger import Ledger, Member, Run
from tests.engine.machine.plan import LINGERS, Doing, Place
from tests.support import virtual_loop


class Interrupt(KeyboardInterrupt):
    """What a processor raises where its plan says so, unlike a key that really was pressed."""


class Exiting(SystemExit):
    """Likewise."""


_RAISED: dict[str, type[BaseException]] = {
    "raise": ValueError,
    "raise cancelled": asyncio.CancelledError,
    "KeyboardInterrupt": Interrupt,
    "SystemExit": Exiting,
}


class Actors:
    """All actors of one run."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._released = asyncio.Event()

    def router(self) -> type[Router]:
        """The class of the router that the plan asks for."""
        ledger = self.ledger

        class OwnRoute(SimpleRouter):
            def route(self, payload: Payload[Any]) -> Sequence[Collector]:
                return super().route(payload)

        class OwnDispatch(Router):
            async def handle_event(self, payload: Payload[Any]) -> ResultList:
                return await self.dispatch(payload, ledger.routed(payload, self.collectors))

        routers: dict[str, type[Router]] = {"own route": OwnRoute, "own dispatch": OwnDispatch}
        return routers.get(ledger.plan.router, SimpleRouter)

    def collector(self, place: Place) -> Collector:
        """A collector as its place says."""
        member = Member(place, Context(open=place.lifecycle == "none"))
        member.fails = place.lifecycle in ("fails at first", "fails to enter")

        async def process(payload: Payload[int], ctx: Context) -> Any:
            return await self.process([payload.value], collector, member)

        async def process_at_once(payload: Payload[int], ctx: Context) -> Any:
            try:
                self.process([payload.value], collector, member).send(None)
            except StopIteration as end:
                return end.value

        async def process_many(payloads: list[Payload[int]], ctx: Context) -> Any:
            returned = await self.process([one.value for one in payloads], collector, member)
            one_each = isinstance(returned, Ok | int)  # an Error stands for all
            return [returned for _ in payloads] if one_each else returned

        size = place.batch_size and min(place.batch_size, self.ledger.plan.max_consumers)
        at_once: Any = process_at_once if place.at_once else process
        batches: Any = {} if size is None else {"batch_size": size, "linger": place.linger}
        collector = Collector(
            place.key,
            at_once if size is None else process_many,
            topics=place.topics,
            ctx=member.ctx,
            lifecycle=None if place.lifecycle == "none" else self.lifecycle(member),
            timeout=place.timeout,
            max_concurrency=place.max_concurrency,
            **batches,
        )
        self.ledger.members[collector] = member
        return collector

    def lifecycle(self, member: Member) -> Any:
        """A lifecycle as its place says."""
        how = member.place.lifecycle

        @asynccontextmanager
        async def noted(ctx: Context) -> AsyncIterator[None]:
            if how == "slow":
                await self.move()
            if member.fails:
                member.fails = how == "fails to enter"
                raise OSError("no disk")
            member.entered += 1
            self.ledger.note(
                not ctx.open, f"the lifecycle of {member.place.key!r} was entered twice"
            )
            ctx.open = True
            try:
                yield
            finally:
                ctx.open = False
                member.left += 1
                if how == "slow":
                    await self.move()
            if how == "fails to leave":
                raise OSError("disk full")

        return noted

    async def move(self) -> None:
        """Take a while to be entered, or left: nobody need have settled meanwhile."""
        self.ledger.moving += 1
        try:
            await asyncio.sleep(0.1)
        finally:
            self.ledger.moving -= 1

    async def process(self, numbers: list[int], collector: Collector, member: Member) -> Any:
        """Do what the plan says, of a batch what it says of the first; note how it went."""
        ledger, loop = self.ledger, virtual_loop()
        number = numbers[0]
        doing = ledger.plan.sent(number).doing(member.place)
        run = Run(doing, loop.time(), ledger.computed)
        ledger.began(numbers, collector, run)
        try:
            run.returned = await self.behave(doing)
        except BaseException as exc:
            run.raised = exc
            if isinstance(exc, Interrupt | Exiting):
                ledger.interrupts.setdefault(number, []).append(exc)
            raise
        finally:
            run.ended, run.computed = loop.time(), ledger.computed - run.computed
            member.inside -= 1
        return run.returned

    async def behave(self, doing: Doing) -> Any:
        """What a processor does."""
        for _ in range(doing.turns):
            await asyncio.sleep(0)
        if doing.seconds:
            await asyncio.sleep(doing.seconds)
        if doing.computes:
            self.ledger.computed += doing.computes
            virtual_loop().advance(doing.computes)
        if doing.then in _RAISED:
            raise _RAISED[doing.then]("as planned")
        task = asyncio.current_task()
        assert task is not None
        if doing.then in ("cancel", "cancel and wait", "swallow"):
            task.cancel()
        if doing.then == "cancel and wait":
            await asyncio.sleep(0)
        if doing.then == "swallow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        if doing.then in ("hang", "linger"):
            await self.hang(lingers=doing.then == "linger")
        if doing.then == "error":
            return Error(ValueError("as planned"))
        return 5 if doing.then == "value" else Ok(5)

    async def hang(self, *, lingers: bool) -> None:
        """Wait until it is released, or even longer."""
        try:
            await self._released.wait()
        except asyncio.CancelledError:
            if not lingers:
                raise
            await asyncio.sleep(LINGERS)

    def release(self, *, for_good: bool = False) -> None:
        """Let those go on that hang."""
        self._released.set()
        if not for_good:
            self._released.clear()
