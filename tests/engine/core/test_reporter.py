"""The line of metrics in the log: at intervals of the loop's clock, while something happens."""

import asyncio
import json
import logging
from typing import Any

import pytest

from event_collector import Collector, Payload
from tests.support import echo, forever, in_virtual_time, queue_of


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """The lines of metrics, as records."""
    return [record for record in caplog.records if hasattr(record, "accepted")]


def test_lines_come_while_something_happens_and_only_then(caplog: pytest.LogCaptureFixture) -> None:
    """As text, and as numbers in extra; an idle queue writes nothing and has no timer."""
    caplog.set_level(logging.INFO, "event_collector")

    @in_virtual_time
    async def main() -> None:
        async with queue_of(Collector("a", echo), report_interval=5.0) as queue:
            await asyncio.sleep(100)
            assert lines(caplog) == []
            for _ in range(12):
                queue.get_publisher().send(Payload(1))
                await asyncio.sleep(1)
            assert [line.accepted for line in lines(caplog)] == [5, 10]
            await asyncio.sleep(1000)
            assert [line.accepted for line in lines(caplog)] == [5, 10, 12]
            await queue.get_publisher().send(Payload(1)).wait()
            assert len(lines(caplog)) == 3
        assert [line.finished for line in lines(caplog)] == [5, 10, 12, 13]

    main()
    last = lines(caplog)[-1]
    assert last.levelname == "INFO"
    assert last.getMessage().startswith("accepted 13, queued 0, in service 0, finished 13, errors")
    assert last.collectors == ["a"]
    assert (last.queued, last.in_service, last.max_consumers) == (0, 0, 10)
    assert json.dumps({"rate": last.recent_arrival_rate})


def test_an_event_that_is_stuck_keeps_no_timer(caplog: pytest.LogCaptureFixture) -> None:
    """A simulated clock would leap from line to line for ever."""
    caplog.set_level(logging.INFO, "event_collector")

    @in_virtual_time
    async def main() -> None:
        queue = queue_of(Collector("a", forever), report_interval=0.1, shutdown_timeout=1)
        async with queue:
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(1e5)
            assert len(lines(caplog)) == 1
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(1)
            assert [line.in_service for line in lines(caplog)] == [1, 2]
        assert [line.finished for line in lines(caplog)] == [0, 0, 2]

    main()


def test_an_event_that_comes_soon_after_a_rest_has_its_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Within the second in which the last was counted, and after an interval without any."""
    caplog.set_level(logging.INFO, "event_collector")

    @in_virtual_time
    async def main() -> None:
        async with queue_of(Collector("a", echo), report_interval=0.125) as queue:
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(0.5)
            assert [line.accepted for line in lines(caplog)] == [1]
            queue.get_publisher().send(Payload(1))
            await asyncio.sleep(0.25)
            assert [line.accepted for line in lines(caplog)] == [1, 2]

    main()


def test_a_queue_without_an_interval_writes_no_lines(caplog: pytest.LogCaptureFixture) -> None:
    """None unless given; a wrong one is refused at once."""
    caplog.set_level(logging.INFO, "event_collector")

    @in_virtual_time
    async def main() -> None:
        async with queue_of(Collector("a", echo)) as queue:
            await queue.get_publisher().send(Payload(1)).wait()
            await asyncio.sleep(1000)

    main()
    assert lines(caplog) == []
    for wrong in (0, -1, float("inf"), "1"):
        with pytest.raises((TypeError, ValueError), match="report_interval"):
            queue_of(Collector("a", echo), report_interval=wrong)
