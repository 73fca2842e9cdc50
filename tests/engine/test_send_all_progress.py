"""`progress` of `publisher.send_all`: told at an early end too, and what it raises."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from event_collector import Collector, Payload
from tests.support import echo, in_loop, in_virtual_time, queue_of, settle


def payloads(count: int) -> list[Payload[int]]:
    """So many payloads."""
    return [Payload(value) for value in range(count)]


def notes(found: "pytest.ExceptionInfo[BaseException]") -> list[str]:
    return found.value.__notes__


@in_loop
async def test_an_error_of_progress_passes_with_a_note() -> None:
    """What was accepted stays accepted."""

    def progress(accepted: int, total: int | None) -> None:
        raise ZeroDivisionError

    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(ZeroDivisionError) as found:
            await queue.get_publisher().send_all(payloads(5), progress=progress)
        assert queue.metrics().accepted == 5
    assert notes(found) == ["5 payloads were accepted"]


@pytest.mark.parametrize("end", ["error", "cancelled", "refused"])
@in_loop
async def test_progress_is_told_at_an_early_end_too(end: str) -> None:
    """What was accepted; nothing, if it was refused before the first was sent."""
    told: list[tuple[int, int | None]] = []

    async def source() -> AsyncIterator[Payload[int]]:
        for payload in payloads(5):
            yield payload
        if end == "error":
            raise OSError
        await asyncio.Event().wait()

    many: Any = [*payloads(5), 3] if end == "refused" else source()
    async with queue_of(Collector("a", echo)) as queue:
        sends = queue.get_publisher().send_all(many, progress=lambda *counts: told.append(counts))
        sending = asyncio.create_task(sends)
        await settle()
        sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled() == (end == "cancelled")
        assert told == ([] if end == "refused" else [(5, None)])


@in_virtual_time
async def test_progress_that_raises_while_the_source_rests_ends_it_with_the_next_payload() -> None:
    """It is told no more then."""
    calls: list[int] = []

    async def source() -> AsyncIterator[Payload[int]]:
        yield Payload(1)
        await asyncio.sleep(10)
        yield Payload(2)
        yield Payload(3)

    def progress(accepted: int, total: int | None) -> None:
        calls.append(accepted)
        raise ZeroDivisionError

    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(ZeroDivisionError) as found:
            await queue.get_publisher().send_all(source(), progress=progress)
    assert calls == [1]
    assert notes(found) == ["2 payloads were accepted"]


@in_loop
async def test_progress_that_raises_at_an_early_end_hides_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged."""

    def breaks() -> Iterator[Payload[int]]:
        yield Payload(1)
        raise OSError("disk")

    def progress(accepted: int, total: int | None) -> None:
        raise ZeroDivisionError

    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(OSError, match="disk"):
            await queue.get_publisher().send_all(breaks(), progress=progress)
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [
        ZeroDivisionError
    ]


@in_loop
async def test_a_stop_iteration_of_progress_passes_with_a_note() -> None:
    """Python makes a RuntimeError of it."""

    def progress(accepted: int, total: int | None) -> None:
        raise StopIteration

    async with queue_of(Collector("a", echo)) as queue:
        with pytest.raises(RuntimeError, match="ended by a StopIteration") as found:
            await queue.get_publisher().send_all(payloads(2), progress=progress)
    assert notes(found) == ["2 payloads were accepted"]


@in_loop
async def test_an_async_progress_is_refused() -> None:
    """Nobody would await it: a function, an object, a method."""

    async def progress(accepted: int, total: int | None) -> None: ...

    class Progress:
        async def __call__(self, accepted: int, total: int | None) -> None: ...

    async with queue_of(Collector("a", echo)) as queue:
        for one in (progress, Progress(), Progress().__call__):
            with pytest.raises(TypeError, match=r"^progress must not be async: nobody would"):
                await queue.get_publisher().send_all([Payload(1)], progress=one)
        assert queue.metrics().accepted == 0


@pytest.mark.parametrize("end", ["error", "cancelled"])
@in_virtual_time
async def test_what_progress_raised_while_the_source_rested_is_logged_at_an_early_end(
    end: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing else would tell of it: another error comes first."""

    async def source() -> AsyncIterator[Payload[int]]:
        yield Payload(1)
        await asyncio.sleep(0.3)
        if end == "error":
            raise OSError
        await asyncio.Event().wait()

    def progress(accepted: int, total: int | None) -> None:
        raise ValueError("no bar")

    async with queue_of(Collector("a", echo)) as queue:
        sending = asyncio.ensure_future(queue.get_publisher().send_all(source(), progress=progress))
        await asyncio.sleep(0.5)
        sending.cancel()
        with pytest.raises((OSError, asyncio.CancelledError)):
            await sending
    (logged,) = [each for each in caplog.records if each.exc_info]
    assert logged.message == "progress of send_all() raised when it ended early"
    assert repr(logged.exc_info and logged.exc_info[1]) == "ValueError('no bar')"
