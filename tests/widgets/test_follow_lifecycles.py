"""A workbench that is made again waits for the lifecycles of the one that it replaces."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from event_collector_widgets import Workbench

from event_collector import Context, Ok, Payload, Result
from tests.support import Gate, Log, in_loop, in_virtual_time, settle
from tests.widgets.benches import a_bench, collector, double, give


def slowly_left(log: Log, name: str, leave: asyncio.Event) -> Any:
    """A lifecycle that is left only when it is told to."""

    @asynccontextmanager
    async def life(ctx: Context) -> AsyncIterator[None]:
        log.append(f"+{name}")
        yield
        await leave.wait()
        log.append(f"-{name}")

    return life


@in_loop
async def test_a_lifecycle_is_entered_after_that_of_the_same_key_is_left() -> None:
    """Issue 13: both may own the same port or file; and sends wait with it."""
    log, leave = Log(), asyncio.Event()
    first = Workbench("test", namespace={})
    first.collector("x", lifecycle=slowly_left(log, "old", leave))(double)
    await first.ready()
    async with a_bench() as second:
        second.collector("x", lifecycle=log.lifecycle("new"))(double)
        second.collector("y", lifecycle=log.lifecycle("other"))(double)
        sending = asyncio.ensure_future(give(second, Payload(1)))
        await settle()
        assert log == ["+old", "+other"]
        assert second.metrics().accepted == 0
        leave.set()
        assert await sending == [Ok(2), Ok(2)]
        assert log == ["+old", "+other", "-old", "+new"]
        assert list(second.collectors) == ["x", "y"], "as they were defined"


@in_loop
async def test_a_panel_or_a_cell_that_puts_it_waits_too() -> None:
    """Whichever way a collector comes in."""
    log, leave = Log(), asyncio.Event()
    first = Workbench("test", namespace={})
    first.collector("x", lifecycle=slowly_left(log, "old", leave))(double)
    await first.ready()
    async with a_bench() as second:
        putting = asyncio.ensure_future(second.put(log.collector("x")))
        await settle()
        assert log == ["+old"]
        leave.set()
        await putting
        assert log == ["+old", "-old", "+x"]


@in_loop
async def test_a_workbench_made_a_third_time_waits_for_all_before() -> None:
    """The cells were run again while those of the last time were still waiting."""
    log, leave = Log(), asyncio.Event()
    benches = [Workbench("test", namespace={})]
    benches[0].collector("x", lifecycle=slowly_left(log, "1", leave))(double)
    await benches[0].ready()
    for number in ("2", "3"):
        benches.append(Workbench("test", namespace={}))
        benches[-1].collector("x", lifecycle=log.lifecycle(number))(double)
        await settle()
    sending = asyncio.ensure_future(give(benches[-1], Payload(1)))
    await settle()
    assert log == ["+1"]
    leave.set()
    assert await sending == [Ok(2)]
    assert log == ["+1", "-1", "+3"]
    assert [bench.queue.running for bench in benches] == [False, False, True]
    await benches[-1].close()


@in_loop
async def test_a_lifecycle_that_is_being_entered_is_given_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the cells of before have begun is not waited for: it may never end."""
    log = Log()

    @asynccontextmanager
    async def never(ctx: Context) -> AsyncIterator[None]:
        try:
            await asyncio.Event().wait()
            yield
        finally:
            await asyncio.sleep(0)
            log.append("given up")

    first = Workbench("test", namespace={})
    first.collector("x", lifecycle=never)(double)
    await settle()
    async with a_bench() as second:
        second.collector("x", lifecycle=log.lifecycle("x"))(double)
        assert await give(second, Payload(1)) == [Ok(2)]
        assert log == ["given up", "+x"]
    assert capsys.readouterr() == ("replaced workbench 'test'\n", "")


@in_loop
async def test_what_the_old_lifecycle_raises_is_told_and_the_new_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The error is not of the cell that sends."""
    log = Log()
    first = Workbench("test", namespace={})
    first.collector("x", lifecycle=log.lifecycle("x", leave=OSError("disk full")))(double)
    await first.ready()
    async with a_bench() as second:
        second.collector("x", lifecycle=log.lifecycle("new"))(double)
        assert await give(second, Payload(1)) == [Ok(2)]
        assert log == ["+x", "-x", "+new"]
    assert capsys.readouterr().err == "Workbench('test', []): OSError: disk full\n"


@in_loop
async def test_a_replaced_workbench_whose_lifecycle_raises_is_freed_too() -> None:
    """The traceback that is told leads to it, so it is not kept for anybody to ask for."""
    first = Workbench("test", namespace={})
    known = weakref.ref(first)
    first.collector("x", lifecycle=Log().lifecycle("x", leave=OSError("disk full")))(double)
    await first.ready()
    async with a_bench():
        del first
        await settle()
        gc.collect()
        assert known() is None


@in_virtual_time
async def test_an_old_processor_that_never_ends_is_waited_for_as_long_as_it_is_said() -> None:
    """`shutdown_timeout` of the old one bounds it."""
    gate = Gate()
    first = Workbench("test", namespace={}, shutdown_timeout=3.0)
    await first.put(collector("x", gate))
    event = await first.send(Payload(1))
    async with a_bench() as second:
        await second.put(collector("x"))
        began = second.loop.loop.time()
        assert await give(second, Payload(1)) == [Ok(2)]
        assert second.loop.loop.time() - began == pytest.approx(3.0, abs=0.1)
        assert event.done


@pytest.mark.parametrize("times", [1, 2], ids=["made again once", "made again twice"])
@in_loop
async def test_an_old_processor_that_sends_to_the_new_workbench_is_not_waited_for(
    times: int,
) -> None:
    """`bench` in it means the new one, which waits for it: it would wait for itself."""
    names: dict[str, Workbench] = {}
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def forward(payload: Payload[int], ctx: Context) -> Result:
        begun.set()
        await go_on.wait()
        await names["bench"].send(Payload("forwarded"))
        return Ok("sent")

    first = names["bench"] = Workbench("test", namespace={}, shutdown_timeout=None)
    await first.put(collector("x", forward))
    event = await first.send(Payload(1))
    await begun.wait()
    if times == 2:
        Workbench("test", namespace={})
    async with a_bench() as second:
        names["bench"] = second
        go_on.set()
        await second.ready()
        assert event.result == [Ok("sent")]
        assert [each.payload.value for each in second.history] == ["forwarded"]


@pytest.mark.parametrize("how", ["decorated", "put"])
@in_loop
async def test_an_old_lifecycle_that_sends_to_the_new_workbench_is_left(how: str) -> None:
    """A last word, sent to `bench`, which is the new one by then."""
    names: dict[str, Workbench] = {}

    @asynccontextmanager
    async def says_goodbye(ctx: Context) -> AsyncIterator[None]:
        yield
        await names["bench"].send(Payload("goodbye"))

    first = names["bench"] = Workbench("test", namespace={})
    if how == "put":
        await first.put(collector("x", lifecycle=says_goodbye))
    else:
        first.collector("x", lifecycle=says_goodbye)(double)
    await first.ready()
    async with a_bench() as second:
        names["bench"] = second
        await second.ready()
        assert [each.payload.value for each in second.history] == ["goodbye"]


@in_loop
async def test_lifecycles_that_send_do_not_wait_for_themselves_or_each_other() -> None:
    """Each waits for those begun before it; the one after it waits for it."""
    log = Log()
    async with a_bench() as bench:

        def greeting(name: str) -> Any:
            @asynccontextmanager
            async def life(ctx: Context) -> AsyncIterator[None]:
                await asyncio.sleep(0)
                event = await bench.send(Payload(name))
                log.append(f"{name}: {[*bench.collectors]}")
                await event.wait()
                yield

            return life

        bench.collector("a", lifecycle=greeting("a"))(double)
        bench.collector("b", lifecycle=greeting("b"))(double)
        assert await give(bench, Payload(1)) == [Ok(2), Ok(2)]
        assert log == ["a: []", "b: ['a']"]


@in_loop
async def test_a_lifecycle_that_sends_while_it_is_replaced_is_left() -> None:
    """Its replacement waits for it, so it does not wait for its replacement."""
    async with a_bench() as bench:

        @asynccontextmanager
        async def says_goodbye(ctx: Context) -> AsyncIterator[None]:
            yield
            await bench.send(Payload("goodbye"))

        bench.collector("x", lifecycle=says_goodbye)(double)
        await bench.ready()
        bench.collector("x")(double)
        await bench.ready()
        assert [each.payload.value for each in bench.history] == ["goodbye"]
