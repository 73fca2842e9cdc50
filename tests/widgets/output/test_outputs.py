"""What is kept of which event and collector; here without a kernel."""

# ruff: noqa: T201 - processors print here

import asyncio
import gc
import sys
import threading
import weakref
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from event_collector_widgets import Workbench
from event_collector_widgets.output.capture import MARK, stays_in_panel
from event_collector_widgets.output.kept import Output

from event_collector import Collector, CollectorEvent, Context, Delivery, Ok, Payload, Result
from tests.support import Gate, in_loop
from tests.widgets.benches import a_bench, double

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def tell(payload: Payload[Any], ctx: Context) -> Result:
    """A processor that prints its value."""
    print(payload.value)
    return Ok(None)


async def done(bench: Workbench, value: object = 0) -> CollectorEvent:
    """Send a value and wait for its results."""
    event = await bench.send(Payload(value))
    await event.wait()
    return event


@asynccontextmanager
async def loud(ctx: Context) -> "AsyncIterator[None]":
    """A lifecycle that prints."""
    print("opened")
    yield
    print("closed")


@in_loop
async def test_it_is_told_by_collector_in_the_order_in_which_they_began_to_show() -> None:
    """Issue 13: `bench.output(event)`, per collector; who shows nothing is not in it."""
    async with a_bench() as bench:
        for key, processor in (("quiet", double), ("b", tell), ("a", tell)):
            await bench.put(Collector(key, processor))
        event = await done(bench, "<img src=x>")
        assert bench.output(event) == {"b": Output("<img src=x>\n"), "a": Output("<img src=x>\n")}
        assert list(bench.output(event)) == ["b", "a"]


@in_loop
async def test_where_nothing_is_shown_nothing_is_kept() -> None:
    """A processor that prints nothing costs no memory either."""
    async with a_bench() as bench:
        await bench.put(Collector("quiet", double))
        assert bench.output(await done(bench)) == {}
        assert not bench._outputs._events


@in_loop
async def test_other_things_have_no_output() -> None:
    """A wrong argument is refused at once."""
    async with a_bench() as bench:
        with pytest.raises(TypeError) as caught:
            bench.output(7)  # type: ignore[call-overload]
    assert str(caught.value) == (
        "output() takes an event or a collector, got int: 7; "
        "an event is what 'await bench.send(payload)' gives"
    )


@in_loop
async def test_events_of_another_workbench_have_no_output_here() -> None:
    """A second one of the same name counts its events from 1, too; the first keeps its own."""
    async with a_bench() as old:
        await old.put(Collector("x", tell))
        before = await done(old, "old")
        async with a_bench() as new:
            await new.put(Collector("x", tell))
            after = await done(new, "new")
            assert (before.id, after.id) == (1, 1)
            assert old.output(before) == {"x": Output("old\n")}
            assert new.output(after) == {"x": Output("new\n")}
            assert new.output(before) == old.output(after) == {}


@in_loop
async def test_it_goes_when_its_event_has_left_the_history() -> None:
    """What is kept is bounded by the history; the newest is always there."""
    async with a_bench(history=5) as bench:
        await bench.put(Collector("x", tell))
        events = [await done(bench, each) for each in range(300)]
        kept = [event for event in events if bench.output(event)]
        assert len(kept) <= 64
        assert set(bench.history) <= set(kept)


@in_loop
async def test_concurrent_processors_are_kept_apart_in_tasks_and_threads_too() -> None:
    """The place follows the context: tasks and `to_thread` have it, other threads do not."""
    gate = Gate()

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        await gate(payload, ctx)
        said = f"{payload.value}\n"  # in one write; `print` makes two, and threads mix them
        await asyncio.gather(*(asyncio.to_thread(sys.stdout.write, said) for _ in range(3)))
        thread = threading.Thread(target=print, args=("nobody's",))
        thread.start()
        await asyncio.to_thread(thread.join)
        await asyncio.create_task(tell(payload, ctx))

    async with a_bench() as bench:
        await bench.put(Collector("x", x))
        events = [await bench.send(Payload(each)) for each in range(9)]
        gate.open()
        await bench.publisher.wait()
        read = [bench.output(event)["x"].text for event in events]
    if sys.version_info < (3, 14):  # where threads may begin with the context of who starts them
        assert read == [f"{each}\n" * 4 for each in range(9)]


@in_loop
async def test_what_a_processor_sends_is_kept_with_the_new_event() -> None:
    """Its own, not that of the event whose processor has sent it."""
    async with a_bench() as bench:

        async def x(payload: Payload[Any], ctx: Context) -> Any:
            print("first")
            sent.append(bench.publisher.send_nowait(Payload(0, delivery=Delivery.KEY, keys=["y"])))

        sent: list[CollectorEvent] = []
        await bench.put(Collector("x", x))
        await bench.put(Collector("y", tell))
        event = await bench.send(Payload(0, delivery=Delivery.KEY, keys=["x"]))
        await bench.publisher.wait()
        assert bench.output(event) == {"x": Output("first\n")}
        assert bench.output(sent[0]) == {"y": Output("0\n")}


def test_a_payload_sent_from_a_panel_shows_nothing_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Issue 13: it is kept, and not passed on; from elsewhere it is both."""

    @in_loop
    async def main() -> None:
        async with a_bench() as bench:
            await bench.put(Collector("x", tell, ctx=Context()))
            with stays_in_panel():
                sent = asyncio.create_task(done(bench, "from a panel"))
            assert bench.output(await sent) == {"x": Output("from a panel\n")}
            await done(bench, "from a cell")

    main()
    assert capsys.readouterr().out == "from a cell\n"


def test_a_lifecycles_output_stays_with_its_collector(capsys: pytest.CaptureFixture[str]) -> None:
    """Issue 13: what it shows when it is entered, and when it is left; it is passed on, too."""

    @in_loop
    async def main() -> None:
        async with a_bench() as bench:
            old, new, silent = (Collector("x", tell, lifecycle=loud) for _ in range(3))
            await bench.put(old)
            event = await done(bench)
            assert bench.output(event) == {"x": Output("0\n")}
            assert bench.output(old) == Output("opened\n")
            await bench.put(new)
            assert bench.output(old) == Output("opened\nclosed\n")
            assert bench.output(new) == Output("opened\n")
            await bench.remove("x")
            assert bench.output(new) == Output("opened\nclosed\n")
            assert bench.output(silent) == Output()
            assert MARK.get() is None

    main()
    assert capsys.readouterr().out == "opened\n0\nopened\nclosed\nclosed\n"


@in_loop
async def test_lifecycles_of_collectors_that_left_are_forgotten_in_the_end() -> None:
    """Running a cell again for hours fills no memory; those that are there stay."""
    async with a_bench() as bench:
        first = Collector("first", tell, lifecycle=loud)
        await bench.put(first)
        others = [Collector("x", tell, lifecycle=loud) for _ in range(260)]
        for other in others:
            await bench.put(other)
        assert len(bench._outputs._lifecycles) <= 129
        assert bench.output(first) == bench.output(others[-1]) == Output("opened\n")
        assert {bench.output(each) for each in others[-32:-1]} == {Output("opened\nclosed\n")}


@in_loop
async def test_a_workbench_is_freed_while_a_task_that_prints_is_left() -> None:
    """The place in the task's context holds neither the workbench nor the event.

    What is printed then goes on to the stream, and is nobody's.
    """
    go, left = asyncio.Event(), list[asyncio.Task[None]]()

    async def late() -> None:
        await go.wait()
        print("late")

    async def x(payload: Payload[Any], ctx: Context) -> Any:
        print("early")
        left.append(asyncio.create_task(late()))

    async def make() -> weakref.ref[Workbench]:
        async with a_bench() as bench:
            await bench.put(Collector("x", x))
            await done(bench)
        return weakref.ref(bench)

    bench = await make()
    await asyncio.sleep(0)
    gc.collect()
    assert bench() is None
    go.set()
    await left[0]


@in_loop
async def test_what_is_left_behind_is_kept_with_its_event_though_that_is_done() -> None:
    """Also if it is the first that it shows; an event of the same number elsewhere has nothing."""
    gate = Gate()

    async def leave(payload: Payload[Any], ctx: Context) -> Result:
        async def late() -> None:
            await gate(payload, ctx)
            print("late")

        ctx.left = asyncio.create_task(late())
        return Ok(None)

    async with a_bench() as bench, a_bench(name="other") as other:
        await bench.put(left := Collector("x", leave, ctx=Context(left=None)))
        await other.put(Collector("x", double))
        event, elsewhere = await done(bench), await done(other)
        gate.open()
        await left.ctx.left
        assert bench.output(event) == {"x": Output("late\n")}
        assert bench.output(elsewhere) == other.output(event) == {}


@in_loop
async def test_a_lifecycle_that_a_processor_has_entered_shows_for_its_own_collector() -> None:
    """And a processor that is sent a payload by a lifecycle shows for its event."""

    async def put(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(await ctx.bench.put(Collector("new", tell, lifecycle=sending)))

    @asynccontextmanager
    async def sending(ctx: Context) -> "AsyncIterator[None]":
        print("opened")
        sent.append(await bench.send(Payload("sent", keys=["x"])))
        yield

    sent: list[CollectorEvent] = []
    async with a_bench() as bench:
        await bench.put(Collector("x", tell))
        await bench.put(Collector("put", put, ctx=Context(bench=bench)))
        event = await bench.send(Payload(0, keys=["put"]))
        assert await event.wait() == [Ok(False)]
        await sent[0].wait()
        assert bench.output(event) == {}
        assert bench.output(bench.collectors["new"]) == Output("opened\n")
        assert bench.output(sent[0]) == {"x": Output("sent\n")}
