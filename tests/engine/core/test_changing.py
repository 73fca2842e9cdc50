"""Wherever the stop button strikes as a collector comes or goes, the whole queue knows of it."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Instrument, Ok, Payload
from tests.engine.core.striking import struck
from tests.support import echo, queue_of


class Changes(Instrument):
    """Counts them."""

    count = 0

    def collectors_changed(self) -> None:
        self.count += 1


def _new(key: str) -> Collector:
    return Collector(key, echo, topics=["t", key], max_concurrency=1)


CHANGES: dict[str, Callable[[CollectorQueue], Coroutine[Any, Any, Any]]] = {
    "add": lambda queue: queue.add(_new("c")),
    "replace": lambda queue: queue.replace(_new("a")),
    "remove": lambda queue: queue.remove("a"),
}


def play(name: str, number: int, within: str) -> str:
    """Strike once while a collector comes or goes, and look; return where it has struck."""
    queue, changes = queue_of(_new("a"), _new("b"), max_consumers=1), Changes()
    queue.add_instrument(changes)
    before = queue.collectors.everyone()
    with contextlib.closing(asyncio.SelectorEventLoop()) as loop:
        loop.set_exception_handler(lambda *_: None)  # struck tasks, whom nobody asks
        loop.run_until_complete(queue.init_queue())
        with struck(number, within) as strikes:
            change = loop.create_task(CHANGES[name](queue))
            strikes.on = True
            while not change.done():
                with contextlib.suppress(KeyboardInterrupt):
                    loop.run_until_complete(asyncio.wait([change]))
            strikes.on = False
        loop.run_until_complete(_look(queue))
        assert changes.count == (list(queue.collectors.values()) != list(before)), strikes.place
    return strikes.place


async def _look(queue: CollectorQueue) -> None:
    roster = queue.collectors
    there = tuple(roster.values())
    assert roster.everyone() == there
    for topic in "tabc":
        assert roster.listening_to([topic]) == tuple(one for one in there if topic in one.topics)
    assert roster._limited == len(there)
    event = queue.get_publisher().send_nowait(Payload(1, topics=["t"]))
    async with asyncio.timeout(5):
        assert list(await event.wait()) == [Ok(1)] * len(there)
    await queue.shut_down_queue()


@pytest.mark.parametrize(
    "within", ["Roster._", pytest.param("", marks=pytest.mark.long)], ids=["roster", "anywhere"]
)
@pytest.mark.parametrize("name", CHANGES)
def test_a_struck_change_is_made_and_told_of_or_neither(
    name: str, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 16: each matching collector gets a payload, by its topics too, and is counted."""
    # Told of a coroutine that was never begun, or of an interrupt that nobody is to hear of.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    number = 0
    gc.disable()  # it would strike where queues of before are dropped
    try:
        while play(name, number, within):
            number += 1
    finally:
        gc.enable()
    assert number > 5
