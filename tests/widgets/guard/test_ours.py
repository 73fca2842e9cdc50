"""Ours: what a busy machine does is not told of a processor."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from event_collector_widgets.guard import cores
from event_collector_widgets.guard.ours import Ours
from event_collector_widgets.guard.settings import Settings

from event_collector import Collector, CollectorQueue, Context, Ok, Payload

HELD = 0.15
"""Seconds. The engine notes what is more than a tenth."""


async def told(scheduled: Path, delay: float) -> list[str]:
    """What is told of a processor that sleeps, if the machine kept a thread waiting so long."""

    def say(seconds: float) -> None:
        scheduled.parent.mkdir(exist_ok=True)
        scheduled.write_text(f"0 {round(seconds * 1e9)} 1", encoding="ascii")

    async def hold(payload: Payload[int], ctx: Context) -> Ok[None]:
        time.sleep(HELD)  # noqa: ASYNC251  the fault
        say(delay)
        return Ok(None)

    loop = asyncio.get_running_loop()
    say(0.0)
    watcher = Ours(Settings(blocked=HELD), lambda: loop, lambda at: None)
    watcher.attach()
    try:
        async with CollectorQueue(
            [Collector("hold", hold)], min_consumers=1, max_consumers=1
        ) as queue:
            await (await queue.get_publisher().send(Payload(1))).wait()
            return [fault.what for fault in watcher.look()]
    finally:
        watcher.detach()


@pytest.mark.parametrize("own", [True, False], ids=["its thread", "one that has the lock"])
@pytest.mark.parametrize(("delay", "count"), [(0.0, 1), (60.0, 0)])
def test_a_processor_is_not_blamed_for_what_the_machine_kept_it_waiting(
    delay: float, count: int, own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells how long each thread waited for a core."""
    scheduled = tmp_path / (str(threading.get_native_id()) if own else "1") / "schedstat"
    monkeypatch.setattr(cores, "THREADS", tmp_path)
    lines = ["the processor of collector 'hold' held the event loop"] * count
    assert asyncio.run(told(scheduled, delay)) == lines


def test_where_the_system_tells_nothing_nothing_is_subtracted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another system than Linux, or another text than expected."""
    for text in (None, "", "a b"):
        path = tmp_path / "7" / "schedstat"
        if text is not None:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="ascii")
        monkeypatch.setattr(cores, "THREADS", tmp_path)
        assert sum(cores.waits().values()) == 0.0
