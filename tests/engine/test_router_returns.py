"""What a router of one's own gives back: any collectors in order; one Error for anything else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Error,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import (
    echo,
    in_loop,
    outcome,
    queue_of,
    router_that,
)

type Handler = Callable[[Router, Payload[Any]], Awaitable[Any]]


async def raises(router: Router, payload: Payload[Any]) -> ResultList:
    raise LookupError("no way")


async def gives_nothing(router: Router, payload: Payload[Any]) -> None:
    return None


async def gives_an_ok(router: Router, payload: Payload[Any]) -> Result:
    return Ok(1)


async def raise_cancelled(payload: Payload[Any], ctx: Context) -> Result:
    raise asyncio.CancelledError("of my own accord")


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (raises, "LookupError: no way"),
        (
            gives_nothing,
            "TypeError: Custom.handle_event must return a ResultList, got NoneType: None",
        ),
        (
            gives_an_ok,
            "TypeError: Custom.handle_event must return a ResultList, got Ok: Ok(1)",
        ),
        (raise_cancelled, "CancelledError: of my own accord"),
    ],
)
@in_loop
async def test_a_router_that_fails_gives_one_error(handler: Handler, message: str) -> None:
    """F, decision 14: a router that raises, or does not return a ResultList, is one Error."""
    async with queue_of(Collector("a", echo), router=router_that(handler)) as queue:
        for _ in range(2):
            results = await outcome(queue, Payload(1))
            assert repr(results) == f"ResultList([Error({message})])"
            assert results.keys == [None]


@in_loop
async def test_an_empty_list_of_a_router_is_undelivered() -> None:
    """F, decision 13: a custom router that delivers to nobody gives one empty Ok as well."""

    async def nobody(router: Router, payload: Payload[Any]) -> ResultList:
        return ResultList()

    async with queue_of(Collector("a", echo), router=router_that(nobody)) as queue:
        results = await outcome(queue, Payload(1))
    assert (list(results), results.delivered, results.keys) == ([Ok(None)], False, [])


@pytest.mark.parametrize("chosen", [5, None, ["no collector"]])
@in_loop
async def test_a_route_that_returns_nonsense_gives_an_error(chosen: Any) -> None:
    """Decision 14: a router that fails gives one Error."""

    class Odd(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            return chosen

    async with queue_of(Collector("a", echo), router=Odd) as queue:
        results = await outcome(queue, Payload(1))
    assert len(results.errors) == 1


@in_loop
async def test_a_route_may_be_a_generator() -> None:
    """F: whatever gives the collectors in order will do."""

    class Lazy(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            return (collector for collector in self.collectors.values())

    async with queue_of(Collector("a", echo), Collector("b", echo), router=Lazy) as queue:
        assert (await outcome(queue, Payload(1))).keys == ["a", "b"]


@in_loop
async def test_a_router_that_returns_an_unfinished_subclass_gives_an_error() -> None:
    """Decision 14: the waiter wakes, whatever the list is."""

    class Bare(ResultList):
        def __init__(self) -> None:
            pass

    async def handle(router: Router, payload: Payload[Any]) -> ResultList:
        bare = Bare()
        bare.append(Ok(1))
        return bare

    async with queue_of(Collector("a", echo), router=router_that(handle)) as queue:
        results = await outcome(queue, Payload(1))
    assert len(results.errors) == 1


@in_loop
async def test_an_ok_of_what_was_not_awaited_is_an_error() -> None:
    """Decision 34: an await was forgotten, in a router too; the other results stay."""

    async def late() -> int:
        return 1

    forgotten = late()

    async def handler(router: Router, payload: Payload[Any]) -> ResultList:
        return ResultList([Ok(forgotten), Ok(2)])

    async with queue_of(Collector("a", echo), router=router_that(handler)) as queue:
        first, second = await outcome(queue, Payload(1))
    forgotten.close()
    assert isinstance(first, Error)
    assert str(first.exception) == (
        "Custom.handle_event returned Ok of the coroutine of late() without awaiting it; "
        "write Ok(await late(...))"
    )
    assert second == Ok(2)
