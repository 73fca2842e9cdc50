"""For which event and collector code runs, wherever it runs; and what is called at the end."""

import asyncio
import contextvars
import logging
import sys
import threading
from functools import partial
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Context,
    Ok,
    Payload,
    Result,
    ResultList,
    Router,
)
from event_collector.service import Service, current_services
from tests.support import Gate, in_loop, queue_of, settle

type Told = list[tuple[int, str]]


def here() -> Told:
    """The services of the code that calls this, as plain values."""
    return [(each.event_ids[0], each.key) for each in current_services()]


async def ask(payload: Payload[Any], ctx: Context) -> Result:
    """In a processor, before and after it waits, in a task and in a thread."""
    told = [here()]
    await asyncio.sleep(0)
    told.append(here())
    told.append(await asyncio.create_task(ask_soon()))
    told.append(await asyncio.to_thread(here))
    return Ok(told)


async def ask_soon() -> Told:
    """In a task."""
    return here()


class Own(Router):
    """Gives every payload to all, one after the other."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """Give it on."""
        assert current_services() == []
        return await self.dispatch(payload, list(self.collectors.values()))


def carrying(*collectors: Collector, **options: Any) -> CollectorQueue:
    """A queue that carries the sender's context."""
    return queue_of(*collectors, carry_context=True, **options)


@pytest.mark.parametrize("carries", [True, False])
@pytest.mark.parametrize("keys", [["a"], ["a", "b"]])
@pytest.mark.parametrize("max_concurrency", [None, 1])
@in_loop
async def test_a_processor_and_what_it_starts_know_their_event_and_collector(
    carries: bool, keys: list[str], max_concurrency: int | None
) -> None:
    """One collector gets it, or several, with a place to wait for or without."""
    collectors = [Collector(key, ask, max_concurrency=max_concurrency) for key in keys]
    queue = queue_of(*collectors, carry_context=carries)
    queue.current_event()
    async with queue:
        for number in (1, 2):
            event = await queue.get_publisher().send(Payload(0))
            assert await event.wait() == [Ok([[(number, key)]] * 4) for key in keys]
    assert current_services() == []


@in_loop
async def test_a_custom_router_is_in_no_service_and_its_processors_are() -> None:
    """It decides for its event; each collector's processor is told apart."""
    async with carrying(Collector("a", ask), Collector("b", ask), router=Own) as queue:
        event = await queue.get_publisher().send(Payload(0))
        assert await event.wait() == [Ok([[(1, "a")]] * 4), Ok([[(1, "b")]] * 4)]


@in_loop
async def test_the_innermost_service_comes_first() -> None:
    """A queue that was started in a processor works for that, too."""

    async def start(payload: Payload[Any], ctx: Context) -> Result:
        async with carrying(Collector("inner", ask)) as queue:
            results = await queue.get_publisher().send(Payload(0)).wait()
            (service, *_) = current_services()
            assert not service.is_of(queue)
            return results[0]

    async with carrying(Collector("outer", start)) as queue:
        results = await queue.get_publisher().send(Payload(0)).wait()
        assert results == [Ok([[(1, "inner"), (1, "outer")]] * 4)]


@in_loop
async def test_what_is_left_behind_knows_whose_it_was_and_keeps_nothing() -> None:
    """The event is gone from it; its number and the key are plain values."""
    gate, services = Gate(), list[Service]()

    async def late() -> Told:
        await gate(Payload(0), Context())
        return here()

    async def leave(payload: Payload[Any], ctx: Context) -> Result:
        services.extend(current_services())
        ctx.left = asyncio.create_task(late())
        return Ok(services[0].events[0] is ctx.queue.current_event())

    async with carrying(left := Collector("a", leave, ctx=Context(left=None, queue=None))) as queue:
        left.ctx.queue = queue
        assert await queue.get_publisher().send(Payload(0)).wait() == [Ok(True)]
        gate.open()
        assert await left.ctx.left == [(1, "a")]
        assert services[0].is_of(queue)
        assert (services[0].events, repr(services[0])) == ((), "Service(event 1, 'a')")


@pytest.mark.parametrize("carries", [True, False])
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("keys", [["a"], ["a", "b"]])
@in_loop
async def test_what_waits_for_a_processors_end_is_called_then(
    carries: bool, fails: bool, keys: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Once each, in order, in its context, before the event is done; also if it failed."""
    variable = contextvars.ContextVar("variable", default=0)
    told: list[tuple[str, str, int, bool]] = []
    left: list[Service] = []

    def note(what: str, events: tuple[CollectorEvent, ...]) -> None:
        (event,) = events
        told.append((what, current_services()[0].key, variable.get(), event.done))

    def broken() -> None:
        raise ValueError("as a test")

    async def work(payload: Payload[Any], ctx: Context) -> Result:
        (service,) = current_services()
        left.append(service)
        number = len(left)
        assert service.at_end(lambda: note("first", service.events))
        assert service.at_end(broken)
        assert await asyncio.to_thread(service.at_end, lambda: note("second", service.events))
        variable.set(number)
        if fails:
            raise RuntimeError
        return Ok(0)

    queue = queue_of(*(Collector(key, work) for key in keys), carry_context=carries)
    queue.current_event()
    with caplog.at_level(logging.ERROR, "event_collector"):
        async with queue:
            await queue.get_publisher().send(Payload(0)).wait()
            assert not any(service.at_end(broken) for service in left)
            await settle()
    assert sorted(told) == sorted(
        (what, key, number, False)
        for number, key in enumerate(keys, 1)
        for what in ("first", "second")
    )
    assert [each.exc_info is not None for each in caplog.records if "at the end" in each.msg] == [
        True for _ in keys
    ]


@in_loop
async def test_a_processor_that_has_ended_calls_nothing_more_though_its_event_goes_on() -> None:
    """Of several collectors each has an end of its own."""
    gate, services = Gate(), list[Service]()

    async def soon(payload: Payload[Any], ctx: Context) -> Result:
        services.extend(current_services())
        services[0].at_end(lambda: None)
        return Ok(None)

    async with carrying(Collector("a", soon), Collector("b", gate)) as queue:
        event = queue.get_publisher().send_nowait(Payload(0))
        await settle()
        assert (len(services[0].events), event.done) == (1, False)
        assert not services[0].at_end(lambda: None)
        gate.open()
        await event.wait()


@in_loop
async def test_a_batch_is_in_one_service_for_all_its_events() -> None:
    """Begun, ended, and left behind."""
    told, services = list[object](), list[Service]()

    async def save(payloads: list[Payload[Any]], ctx: Context) -> Result:
        services.extend(current_services())
        assert services[0].at_end(lambda: told.append(services[0].events))
        return Ok(None)

    async with carrying(Collector("db", save, batch_size=2), max_consumers=2) as queue:
        events = [queue.get_publisher().send_nowait(Payload(0)) for _ in range(2)]
        await events[1].wait()
        assert told == [tuple(events)]
        (service,) = services
        assert (service.event_ids, service.key, service.events) == ((1, 2), "db", ())
        assert (repr(service), service.at_end(list)) == ("Service(a batch, 'db')", False)


@in_loop
async def test_a_payload_sent_from_an_empty_context_is_processed_in_it() -> None:
    """An empty context is the sender's too, and not that of the start."""
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("of the start")

    async def tell(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(variable.get())

    async with carrying(Collector("a", tell), Collector("b", tell)) as queue:
        event = contextvars.Context().run(queue.get_publisher().send_nowait, Payload(0))
        assert await event.wait() == [Ok("unset"), Ok("unset")]


@pytest.mark.parametrize("carries", [True, False])
@pytest.mark.parametrize("keys", [["a"], ["a", "b"]])
@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize(
    "raised", [asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit]
)
@in_loop
async def test_whatever_a_call_at_the_end_raises_the_others_are_called(
    carries: bool,
    keys: list[str],
    batch_size: int | None,
    raised: type[BaseException],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only an interrupt passes on, to whoever waits, as that of a processor does."""
    told = list[str]()

    def broken() -> None:
        raise raised("at the end")

    async def work(payload: Any, ctx: Context) -> Result:
        (service,) = current_services()
        for call in (broken, lambda: told.append("called"), broken):
            assert service.at_end(call)
        await asyncio.sleep(0)
        return Ok(1)

    collectors = [Collector(key, work, batch_size=batch_size) for key in keys]
    queue = queue_of(*collectors, carry_context=carries)
    queue.current_event()
    caplog.set_level(logging.ERROR, "event_collector")
    async with queue:
        sending = queue.get_publisher().send(Payload(0))
        if issubclass(raised, KeyboardInterrupt | SystemExit):
            with pytest.raises(raised, match="at the end"):
                await sending.wait()
            assert not caplog.records
        else:
            assert await sending.wait() == [Ok(1)] * len(keys)
            assert len(caplog.records) == 2 * len(keys)
        assert told == ["called"] * len(keys)
        assert (queue.metrics().finished, queue.metrics().in_service) == (1, 0)


@in_loop
async def test_a_thread_that_asks_before_the_end_is_called_or_told_that_it_is_over() -> None:
    """However close: each call that was promised is made, and no other."""
    services, called = list[Service](), list[tuple[int, int]]()
    promised = list[tuple[int, int]]()
    over = threading.Event()

    def ask(name: int) -> None:
        number = 0
        while not over.is_set():
            for service in services[-1:]:
                number += 1
                if service.at_end(partial(called.append, (name, number))):
                    promised.append((name, number))

    async def work(payload: Payload[Any], ctx: Context) -> Result:
        services.extend(current_services())
        await asyncio.sleep(0)
        while not promised:  # noqa: ASYNC110  # the first one stays until a thread has asked
            await asyncio.sleep(0)
        return Ok(1)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=ask, args=[name]) for name in range(3)]
    for thread in threads:
        thread.start()
    try:
        async with carrying(Collector("a", work)) as queue:
            for _ in range(500):
                await queue.get_publisher().send(Payload(0)).wait()
    finally:
        sys.setswitchinterval(before)
        over.set()
        for thread in threads:
            thread.join()
    assert sorted(called) == sorted(promised) != []
