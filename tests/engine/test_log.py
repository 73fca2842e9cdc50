"""Logging that fails: the fault of a service's own filter or handler, and of no event."""

import asyncio
import contextvars
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import event_collector
from event_collector import Collector, Context, Payload, QueueClosedError
from event_collector._core import shutdown
from tests.support import echo, in_loop, in_virtual_time, queue_of, settle

LOGGER = logging.getLogger("event_collector")
REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request")


def with_request(record: logging.LogRecord) -> bool:
    """A filter, as services have it, which forgets that there may not be a request."""
    record.request = REQUEST.get()
    return True


@contextmanager
def filtered() -> Iterator[None]:
    """Every line of this package goes through that filter."""
    LOGGER.addFilter(with_request)
    try:
        yield
    finally:
        LOGGER.removeFilter(with_request)


async def fail(payload: Payload[Any], ctx: Context) -> Any:
    raise ValueError(payload.value)


async def fail_all(payloads: list[Payload[Any]], ctx: Context) -> Any:
    raise ValueError(payloads[0].value)


@in_loop
@pytest.mark.parametrize(
    "collector", [Collector("a", fail), Collector("a", fail_all, batch_size=2)], ids=["one", "many"]
)
async def test_the_error_is_what_the_processor_raised(
    collector: Collector, capsys: pytest.CaptureFixture[str]
) -> None:
    with filtered():
        async with queue_of(collector) as queue:
            event = await queue.get_publisher().send(Payload("mine"))
            (error,) = (await event.wait()).errors
    assert repr(error) == "Error(ValueError: mine)"
    told = capsys.readouterr().err
    assert "LookupError" in told, "nobody hears that logging fails"


@in_virtual_time
async def test_an_event_that_is_given_up_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log tells of it just before its waiters are woken."""
    monkeypatch.setattr(shutdown, "GRACE", 0.01)
    released = asyncio.Event()

    async def stubborn(payload: Payload[Any], ctx: Context) -> Any:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    queue = queue_of(Collector("a", stubborn), shutdown_timeout=0)
    with filtered():
        await queue.init_queue()
        event = await queue.get_publisher().send(Payload(1))
        await asyncio.sleep(0)
        await queue.shut_down_queue()
    released.set()
    await settle()
    assert event.result is not None
    assert [type(one.exception) for one in event.result.errors] == [QueueClosedError]


@in_virtual_time
async def test_a_shutdown_is_whole_whose_last_line_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    level = LOGGER.level
    LOGGER.setLevel(logging.INFO)
    try:
        with filtered():
            queue = queue_of(Collector("a", echo), report_interval=1.0)
            async with queue:
                results = queue.get_publisher().send_threadsafe(Payload(1))
                await queue.get_publisher().send(Payload(2))
            # Sent, and not accepted before the end.
            assert results.done()
            with pytest.raises(QueueClosedError):
                queue.get_publisher().send_nowait(Payload(3))
    finally:
        LOGGER.setLevel(level)


@in_virtual_time
async def test_a_line_that_fails_is_not_the_last_one(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, logger="event_collector")
    async with queue_of(Collector("a", echo), report_interval=1.0) as queue:
        await queue.get_publisher().send(Payload(1))
        with filtered():
            await asyncio.sleep(1.5)
        assert caplog.records == []
        await queue.get_publisher().send(Payload(2))
        await asyncio.sleep(1.5)
        assert [record.levelname for record in caplog.records] == ["INFO"]


@in_loop
async def test_a_record_is_of_the_place_that_logs(caplog: pytest.LogCaptureFixture) -> None:
    async with queue_of(Collector("a", fail)) as queue:
        await (await queue.get_publisher().send(Payload(1))).wait()
    assert [record.filename for record in caplog.records] == ["collector.py"]


def test_all_modules_log_so_that_it_cannot_raise() -> None:
    folder = Path(event_collector.__file__).parent
    by_themselves = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if "getLogger(" in path.read_text(encoding="utf-8")
    }
    # The first gives it its NullHandler; the second looks at those of others.
    assert by_themselves == {"__init__.py", "cluster/showing.py", "_log.py"}
