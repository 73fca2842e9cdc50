"""Subclasses: what of theirs is called is honoured, and what would never be called is refused."""

import asyncio
import copy
import pickle
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    EventPublisher,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    Sending,
    SimpleRouter,
)
from tests.support import echo, in_loop, outcome, queue_of

TO_INIT = "give it to super().__init__()"


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("process", "write it as the processor, or have queue.wrap() put something around that"),
        ("key", TO_INIT),
        ("processor", TO_INIT),
        ("ctx", TO_INIT),
        ("timeout", TO_INIT),
        ("max_concurrency", TO_INIT),
    ],
)
@pytest.mark.parametrize("base", [Collector, Collector[Context]])
def test_a_collector_with_what_consumers_never_ask_is_refused_when_its_class_is_made(
    name: str, instead: str, base: Any
) -> None:
    """Decision 24: a process of its own would never be called, and nobody would say so."""
    message = f"Audit has a {name} of its own, which a queue would never ask; {instead}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        type("Audit", (Collector,), {name: property(lambda self: None)})

    class Mixin:
        """Brings it from the side."""

    setattr(Mixin, name, None)
    with pytest.raises(TypeError, match=f"^Mixed has a {name} of its own"):
        type("Mixed", (Mixin, Collector), {})


def test_a_collector_that_is_compared_otherwise_is_refused() -> None:
    """Decision 24: of two equal ones, a payload for both would reach one, without a word."""
    message = "of its own, which a queue would never ask; it tells collectors apart by identity"
    for name in ("__eq__", "__hash__"):
        with pytest.raises(TypeError, match=f"^Same has a {name} {re.escape(message)}"):
            type("Same", (Collector,), {name: lambda self, *other: 1})

    @dataclass  # which changes a class that is made
    class Named(Collector):
        name: str = "a"

        def __post_init__(self) -> None:
            super().__init__(self.name, echo)

    with pytest.raises(TypeError, match=r"^Named has a __eq__ .* with @dataclass by eq=False$"):
        Named()

    @dataclass(eq=False)
    class Apart(Collector):
        name: str = "a"

        def __post_init__(self) -> None:
            super().__init__(self.name, echo)

    assert Apart().key == "a"


@in_loop
async def test_a_collector_of_a_subclass_does_what_it_adds() -> None:
    """A: what does not stand in the way is welcome, and so is a subclass of a subclass."""

    class Counting(Collector):
        """Counts for itself."""

        def __init__(self, key: str, **options: Any) -> None:
            super().__init__(key, self.count, **options)
            self.seen = 0

        async def count(self, payload: Payload[Any], ctx: Context) -> Result:
            self.seen += 1
            return Ok(self.seen)

        @property
        def topics(self) -> tuple[str, ...]:
            return ("own",)

    class Further(Counting):
        """Nothing more."""

    collector = Further("x")
    async with queue_of(collector) as queue:
        assert list(await outcome(queue, Payload(1, topics=["own"]))) == [Ok(1)]


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("max_consumers", "give it to super().__init__(), or to set_limits()"),
        ("min_consumers", "give it to super().__init__(), or to set_limits()"),
        ("max_queued", "give it to super().__init__(), or to set_limits()"),
        ("queue_type", TO_INIT),
        ("default_priority", TO_INIT),
        ("shutdown_timeout", TO_INIT),
        ("lifecycle_timeout", TO_INIT),
        ("carry_context", TO_INIT),
        ("collectors", "give them to super().__init__(), or await add()"),
        ("router", "give its class to super().__init__()"),
        ("running", "write one of another name"),
        ("paused", "write one of another name"),
        ("steps_left", "write one of another name"),
    ],
)
def test_a_queue_with_a_setting_that_it_would_never_ask_is_refused_when_its_class_is_made(
    name: str, instead: str
) -> None:
    """Decision 24: the works know it by themselves, and nobody would say that this is ignored."""
    message = f"Wide has a {name} of its own, which the queue itself would never ask; {instead}"
    for own in (property(lambda self: 1), 1):
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            type("Wide", (CollectorQueue,), {name: own})


def test_all_that_a_queue_says_of_itself_is_known_to_be_its_own() -> None:
    """Decision 24: no property or setting is left out, now or later."""
    said = {name for name, each in vars(CollectorQueue).items() if isinstance(each, property)}
    settings = {name for name in vars(queue_of()) if not name.startswith("_")}
    assert set(CollectorQueue._not_asked) == said | settings


@in_loop
async def test_a_queue_of_a_subclass_is_used_by_its_own_methods() -> None:
    """B: whoever calls them gets what is overridden."""

    class Doubling(CollectorQueue):
        def metrics(self) -> Any:
            return super().metrics().accepted * 2

    async with Doubling([Collector("x", echo)], min_consumers=1, max_consumers=1) as queue:
        await outcome(queue, Payload(1))
        assert queue.metrics() == 2


@pytest.mark.parametrize("base", [CollectorEvent, EventPublisher, Sending])
def test_what_a_queue_makes_itself_cannot_be_derived_from(base: type) -> None:
    """Decision 24: a queue would never make one of that class."""
    with pytest.raises(TypeError, match=f"^a queue makes each {base.__name__} itself"):
        type("Own", (base,), {})


@in_loop
async def test_a_queue_of_a_subclass_starts_and_stops_by_its_own_methods() -> None:
    """B: `async with` calls what is overridden."""
    said: list[str] = []

    class Told(CollectorQueue):
        async def init_queue(self) -> None:
            said.append("init")
            await super().init_queue()

        async def shut_down_queue(self) -> None:
            said.append("shut down")
            await super().shut_down_queue()

    async with Told([Collector("x", echo)], min_consumers=1, max_consumers=1) as queue:
        await outcome(queue, Payload(1))
    assert said == ["init", "shut down"]


class OwnDispatch(SimpleRouter):
    """Dispatches in a way of its own."""

    async def dispatch(self, payload: Payload[Any], collectors: Iterable[Collector]) -> ResultList:
        return ResultList([Ok("own")])


class OwnInInit(SimpleRouter):
    """Gets its way in `__init__`, as an object's own."""

    def __init__(self, collectors: Any) -> None:
        super().__init__(collectors)

        async def handle(payload: Payload[Any]) -> ResultList:
            return ResultList([Ok("own")])

        self.handle_event = handle  # type: ignore[method-assign]


class DispatchInInit(SimpleRouter):
    """The same with `dispatch`."""

    def __init__(self, collectors: Any) -> None:
        super().__init__(collectors)

        async def dispatch(payload: Payload[Any], collectors: object) -> ResultList:
            return ResultList([Ok("own")])

        self.dispatch = dispatch  # type: ignore[method-assign]


@pytest.mark.parametrize("router", [OwnDispatch, OwnInInit, DispatchInInit])
@in_loop
async def test_a_router_that_overrides_anything_is_asked(router: type[Router]) -> None:
    """F: in its class, or as an object's own."""
    async with queue_of(Collector("x", echo), router=router) as queue:
        assert list(await outcome(queue, Payload(1))) == [Ok("own")]


class AsyncRoute(SimpleRouter):
    """Chooses, and waits for something."""

    async def route(self, payload: Payload[Any]) -> Any:  # type: ignore[override]
        await asyncio.sleep(0)
        return []


class PlainDispatch(SimpleRouter):
    """Dispatches at once."""

    def dispatch(self, payload: Payload[Any], collectors: object) -> Any:
        return ResultList()


@pytest.mark.parametrize(
    ("router", "message"),
    [
        (
            AsyncRoute,
            (
                "AsyncRoute.route is async, and nobody would await it; "
                "write def route(self, payload), or what waits into handle_event"
            ),
        ),
        (
            PlainDispatch,
            (
                "PlainDispatch.dispatch is not async; "
                "write async def dispatch(self, payload, collectors)"
            ),
        ),
    ],
)
def test_a_router_whose_methods_are_of_the_wrong_kind_is_refused(
    router: type[Router], message: str
) -> None:
    """Decision 24: when the queue is made, and not with each event."""
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        queue_of(router=router)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
@in_loop
async def test_a_queue_is_one_of_a_kind(way: Callable[[CollectorQueue], object]) -> None:
    """A copy would share its consumers, and shut them down when it is dropped."""
    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(TypeError, match=r"^a CollectorQueue cannot be copied or pickled: it "):
            way(queue)
        assert await outcome(queue, Payload(1)) == [Ok(1)]
