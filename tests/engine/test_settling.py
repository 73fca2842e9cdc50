"""Settling: waiting until nothing is left to do, and the report of what is left."""

import asyncio
import inspect
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Delivery,
    Ok,
    Payload,
    Place,
    Result,
)
from tests.support import (
    Gate,
    echo,
    in_loop,
    in_virtual_time,
    queue_of,
    settle,
    until,
    virtual_loop,
)


async def helper() -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


async def stuck(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for a helper."""
    await helper()  # here
    raise AssertionError


HERE = next(
    inspect.getsourcelines(stuck)[1] + number
    for number, line in enumerate(inspect.getsourcelines(stuck)[0])
    if "# here" in line
)


PLACE = Place(__file__, HERE, "stuck")


@in_virtual_time
async def test_it_returns_when_nothing_is_left_to_do() -> None:
    """Settled: nothing queued, nothing in service; what is accepted meanwhile counts too."""

    async def chain(payload: Payload[int], ctx: Context) -> Result:
        await asyncio.sleep(1)
        if payload.value:
            queue.get_publisher().send(Payload(payload.value - 1))
        return Ok(None)

    async with queue_of(Collector("c", chain)) as queue:
        queue.get_publisher().send(Payload(4))
        report = await queue.settle(60)
        assert report.settled
        assert report
        assert report.waited == virtual_loop().time() == 5
        assert (report.in_service, report.queued, report.stuck) == ((), (), ())
        assert str(report) == "settled after 5 s"
        assert repr(report) == "SettleReport(settled)"
        assert report._repr_html_() == "<p>settled after 5 s</p>"


@pytest.mark.parametrize("when", ["before", "after"])
@in_virtual_time
async def test_a_queue_that_does_not_run_has_settled(when: str) -> None:
    """Always a report: nothing is queued there, and nothing in service."""
    queue = queue_of(Collector("c", echo))
    if when == "after":
        async with queue:
            queue.get_publisher().send(Payload(1))
    assert (await queue.settle(10)).settled
    assert virtual_loop().time() == 0


@pytest.mark.parametrize("timeout", [0, 0.5, 3])
@in_virtual_time
async def test_it_returns_at_its_timeout_and_never_later(timeout: float) -> None:
    """Always a report: not settled, and what is stuck."""
    async with queue_of(Collector("c", stuck), shutdown_timeout=0) as queue:
        queue.get_publisher().send(Payload("it"))
        await until(lambda: queue.metrics().in_service)
        began = virtual_loop().time()
        report = await queue.settle(timeout)
        assert virtual_loop().time() == began + timeout
        assert not report
        assert report.waited == timeout


@in_virtual_time
async def test_what_is_queued_is_named_too() -> None:
    """Queued behind a stuck event, and waiting for a place in a full collector."""
    one, other = Collector("one", stuck, max_concurrency=1), Collector("other", stuck)
    async with queue_of(one, other, max_consumers=2, shutdown_timeout=0) as queue:
        publisher = queue.get_publisher()
        for key in ("one", "one", "other", "other"):
            publisher.send(Payload(key, Delivery.KEY, keys=[key]))
        report = await queue.settle(4)
    assert [(each.event, each.status, each.collector, each.seconds) for each in report.stuck] == [
        (1, "in service", "one", 4.0),
        (3, "in service", "other", 4.0),
        (2, "waits for a place", "one", 4.0),
        (4, "queued", None, 4.0),
    ]
    assert [event.id for event in report.queued] == [2, 4]


@in_virtual_time
async def test_a_report_becomes_a_frame() -> None:
    """A row for everything that is stuck, with typed columns."""
    async with queue_of(Collector("c", stuck), max_consumers=1, shutdown_timeout=0) as queue:
        publisher = queue.get_publisher()
        publisher.send(Payload([1, 2]))
        publisher.send(Payload("queued"))
        frame = (await queue.settle(1)).to_frame()
    assert frame.columns.tolist() == [
        *("event", "status", "collector", "payload", "seconds", "file", "line", "function")
    ]
    first, second = frame.to_dict("records")
    assert first == {
        "event": 1,
        "status": "in service",
        "collector": "c",
        "payload": [1, 2],
        "seconds": 1.0,
        "file": __file__,
        "line": HERE,
        "function": "stuck",
    }
    assert (second["event"], second["status"]) == (2, "queued")
    assert frame["line"].isna().tolist() == [False, True]
    assert str(frame["line"].dtype) == "Int64"


@in_virtual_time
async def test_a_settled_report_becomes_an_empty_frame() -> None:
    """The same columns, no row."""
    async with queue_of(Collector("c", echo)) as queue:
        assert len((await queue.settle(1)).to_frame()) == 0


@in_virtual_time
async def test_a_long_report_is_cut_in_text_and_whole_in_the_frame() -> None:
    """Ten of each kind are shown, and how many more there are."""
    async with queue_of(Collector("c", stuck), max_consumers=12, shutdown_timeout=0) as queue:
        for number in range(40):
            queue.get_publisher().send(Payload(number))
        report = await queue.settle(1)
    lines = str(report).splitlines()
    assert lines[0] == "not settled after 1 s: 12 in service, 28 queued"
    assert lines[-1] == "  ... and 20 more; see to_frame()"
    assert len(lines) == 1 + 10 + 10 + 1
    assert len(report.to_frame()) == 40
    assert "40" not in repr(report)


@in_virtual_time
async def test_in_a_notebook_it_is_a_table_with_nothing_unescaped() -> None:
    """HTML in a payload stays text."""
    async with queue_of(Collector("<b>", stuck), shutdown_timeout=0) as queue:
        queue.get_publisher().send(Payload("<script>"))
        shown = (await queue.settle(1))._repr_html_()
    assert "<table>" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "<b>" not in shown


@in_virtual_time
async def test_a_paused_queue_does_not_settle() -> None:
    """Its events are queued; they are told at the timeout."""
    async with queue_of(Collector("c", echo)) as queue:
        queue.pause()
        queue.get_publisher().send(Payload(1))
        report = await queue.settle(1)
        assert [event.id for event in report.queued] == [1]
        assert report.paused
        assert repr(report) == (
            "SettleReport(not settled: 0 in service, 1 queued, and the queue is paused)"
        )
        queue.resume()
        report = await queue.settle(1)
        assert report.settled
        assert not report.paused


@in_loop
async def test_cancelling_it_changes_nothing() -> None:
    """The caller may give up; the events go on."""
    gate = Gate()
    async with queue_of(Collector("c", gate)) as queue:
        event = queue.get_publisher().send(Payload(1)).event
        settling = asyncio.create_task(queue.settle(60))
        await settle()
        settling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await settling
        gate.open()
        assert await event.wait() == [Ok(1)]


@pytest.mark.parametrize(
    ("timeout", "kind", "said"),
    [
        (-1, ValueError, "timeout must be a finite number of seconds >= 0, got -1"),
        (float("inf"), ValueError, "timeout must be a finite number"),
        (None, TypeError, "timeout must be a number of seconds, got NoneType"),
        ("1", TypeError, "timeout must be a number of seconds, got str: '1'"),
    ],
)
@in_loop
async def test_a_timeout_is_a_number_of_seconds(
    timeout: Any, kind: type[Exception], said: str
) -> None:
    """Decision 24: refused at once."""
    with pytest.raises(kind, match=said):
        await queue_of(Collector("c", echo)).settle(timeout)


@in_loop
async def test_another_loop_is_refused() -> None:
    """It could not be woken there."""
    async with queue_of(Collector("c", echo)) as queue:
        with pytest.raises(RuntimeError, match="outside the event loop of the queue"):
            await asyncio.to_thread(asyncio.run, queue.settle(1))
