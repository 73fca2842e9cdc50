"""A processor that returns an awaitable: an await was forgotten, and the Error says which."""

import asyncio
import re
import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from event_collector import Collector, Context, Error, Ok, Payload, Result, Router
from event_collector._awaitables import awaitable
from tests.support import echo, in_loop, outcome, queue_of, router_that, settle


async def save(value: object = None) -> Result:
    """What should have been awaited."""
    return Ok(value)


@types.coroutine
def older() -> Generator[None]:
    """A coroutine of the older kind."""
    yield


class Write:
    """Something else that can be awaited."""

    def __await__(self) -> Generator[None, None, int]:
        yield
        return 1


def future() -> "asyncio.Future[int]":
    """A future that nobody waits for."""
    return asyncio.get_running_loop().create_future()


def begun_at_once() -> "asyncio.Task[Result]":
    """A task that has ended eagerly, and has no coroutine that would tell its name."""
    return asyncio.Task(save(), loop=asyncio.get_running_loop(), eager_start=True)


FORGOTTEN: list[tuple[Callable[[], Any], str]] = [
    (save, "the coroutine of save() without awaiting it; write return await save(...)"),
    (
        lambda: Ok(save()),
        "Ok of the coroutine of save() without awaiting it; write Ok(await save(...))",
    ),
    (
        lambda: Ok(asyncio.ensure_future(save())),
        "Ok of the Task of save() without awaiting it; write Ok(await save(...))",
    ),
    (older, "the generator of older() without awaiting it; write return await older(...)"),
    (lambda: Ok(future()), "Ok of a Future without awaiting it; write Ok(await it)"),
    (Write, "a Write without awaiting it; write return await it"),
    (begun_at_once, "a Task without awaiting it; write return await it"),
]
NAMES = ["bare", "in an Ok", "a task in an Ok", "older", "a future in an Ok", "own", "eager"]


def closed(value: Any) -> Any:
    """The same, ended if it is a coroutine: else Python warns that it was never awaited."""
    inner = value.value if isinstance(value, Ok) else value
    if asyncio.iscoroutine(inner):
        inner.close()
    return value


@pytest.mark.parametrize("carry_context", [False, True], ids=["", "carrying"])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("give", "said"), FORGOTTEN, ids=NAMES)
@in_loop
async def test_a_forgotten_await_is_an_error_that_names_it(
    give: Callable[[], Any], said: str, count: int, carry_context: bool
) -> None:
    """Decision 34: bare or in an Ok; by one collector and by several; counted as an Error."""

    async def forgets(payload: Payload[Any], ctx: Context) -> Any:
        return closed(give())

    collectors = [Collector(f"c{number}", forgets) for number in range(count)]
    async with queue_of(*collectors, carry_context=carry_context) as queue:
        results = await outcome(queue, Payload(1))
        assert len(results.errors) == count
        for number, error in enumerate(results.errors):
            message = f"the processor of 'c{number}' returned {said}"
            with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
                error.unwrap()
        await settle()  # a task that nobody awaits runs all the same
        metrics = queue.metrics()
        assert metrics.errors == count
        assert metrics.collectors["c0"].processed == metrics.collectors["c0"].errors == 1


@in_loop
async def test_an_event_after_good_ones_is_looked_at_too() -> None:
    """Decision 34: within one burst, whatever the results before it were."""

    async def sometimes(payload: Payload[int], ctx: Context) -> Result:
        return Ok(closed(save()) if payload.value % 3 == 2 else payload.value)

    collectors = [Collector("one", sometimes), Collector("other", sometimes)]
    for keys in (["one"], ["one", "other"]):
        async with queue_of(*collectors) as queue:
            publisher = queue.get_publisher()
            sent = [publisher.send(Payload(number, keys=keys)).event for number in range(9)]
            await publisher.wait()
        kinds = [[type(one) for one in event.result or ()] for event in sent]
        assert kinds == [[Error if number % 3 == 2 else Ok] * len(keys) for number in range(9)]


@in_loop
async def test_a_custom_router_and_a_wrap_see_the_error_too() -> None:
    """Decision 34: whoever runs the processor."""

    async def forgets(payload: Payload[Any], ctx: Context) -> Any:
        return closed(save())

    async def around(payload: Payload[Any], ctx: Context, processor: Any) -> Any:
        return closed(processor(payload, ctx))

    async def handle(router: Router, payload: Payload[Any]) -> Any:
        return await router.dispatch(payload, router.collectors.values())

    assert isinstance(await Collector("x", forgets).process(Payload(1)), Error)
    async with queue_of(Collector("x", forgets), router=router_that(handle)) as queue:
        assert (await outcome(queue, Payload(1))).errors
    async with queue_of(Collector("x", echo)) as queue:
        queue.wrap("x", around)
        [error] = (await outcome(queue, Payload(1))).errors
        assert "the coroutine of echo() without awaiting it" in str(error.exception)


@in_loop
async def test_python_warns_of_the_coroutine_too() -> None:
    """Decision 34: nobody ends it behind the user's back."""

    async def forgets(payload: Payload[Any], ctx: Context) -> Any:
        return save()

    async with queue_of(Collector("x", forgets)) as queue:
        with pytest.warns(RuntimeWarning, match=r"^coroutine 'save' was never awaited$"):
            assert (await outcome(queue, Payload(1))).errors


PLAIN: list[Any] = [
    None,
    1,
    "a",
    [save],
    {"a": save},
    save,
    Write,
    object(),
    (number for number in range(1)),
    Payload(1),
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_other_values_are_not_awaitable(value: Any) -> None:
    """Decision 34: functions, classes and generators are values like any other."""
    assert not awaitable(value)


def test_a_value_is_not_asked_whether_it_is_awaitable() -> None:
    """Its class tells: a value that answers everything is no reason for an Error."""

    class Everything:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            raise AssertionError("its class")

    assert not awaitable(Everything())


def test_an_awaitable_may_be_any() -> None:
    """By the interface, not by a list of classes."""
    made: Awaitable[int] = Write()
    assert awaitable(made)
