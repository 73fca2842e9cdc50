"""Wherever the stop button strikes as a queue starts, changes or ends: nothing stays open or hangs.

An undertaking is struck in a task of its own, and its caller gets the interrupt. Whoever calls for
the same again finds a queue that can be shut down, and started.
"""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from event_collector import Collector, CollectorEvent, Context, Ok, Payload, Result
from event_collector.service import current_services
from tests.engine.core.endings import Finally
from tests.engine.core.striking import struck
from tests.support import (
    Trace,
    VirtualTimeLoop,
    echo,
    forever,
    queue_of,
    settle,
    wait_a_turn,
)

LONG = 100.0
"""Seconds of the virtual clock in which nobody should still have to wait."""


class Scene:
    """A queue, with all that is done with it while it is struck."""

    def __init__(self, *, at_end: bool = False, **settings: Any) -> None:
        self.log = Finally()
        self.events: list[CollectorEvent] = []
        self.called: list[str] = []
        self.promised = 0
        process = settings.pop("processor", wait_a_turn)

        async def work(payload: Payload[Any], ctx: Context) -> Result:
            for service in current_services() if at_end else ():
                self.promised += service.at_end(lambda: self.called.append("called"))
            result: Result = await process(payload, ctx)
            return result

        places = [
            Collector(key, work, lifecycle=self.log.lifecycle(key), max_concurrency=limit)
            for key, limit in (("a", None), ("b", 1))
        ]
        self.queue = queue_of(*places, **{"max_consumers": 2, "shutdown_timeout": 5, **settings})
        self.queue.add_instrument(Trace())

    def send(self, count: int = 4) -> None:
        """Send, and wait for nothing."""
        for value in range(count):
            self.events.append(self.queue.get_publisher().send(Payload(value)).event)


async def drains(scene: Scene) -> None:
    """Start, send, and end in good order."""
    await scene.queue.init_queue()
    scene.send()
    await scene.queue.shut_down_queue()


async def is_cancelled(scene: Scene) -> None:
    """The shutdown is cut off by its only caller."""
    await scene.queue.init_queue()
    scene.send()
    task = asyncio.create_task(scene.queue.shut_down_queue())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def in_each_others_midst(scene: Scene) -> None:
    """It is to be shut down, started again, and shut down, while the first of these goes on."""
    await scene.queue.init_queue()
    scene.send()
    calls = asyncio.gather(
        scene.queue.shut_down_queue(), scene.queue.init_queue(), return_exceptions=True
    )
    with contextlib.suppress(KeyboardInterrupt):
        await asyncio.sleep(0)
    await scene.queue.shut_down_queue()
    assert not scene.queue.metrics().in_service, "it was not shut down"
    calls.cancel()


async def changes(scene: Scene) -> None:
    """Collectors come and go."""
    queue, new = scene.queue, scene.log.collector
    await queue.init_queue()
    scene.send(2)
    await queue.add(new("c"))
    await queue.replace(new("a"))
    await queue.remove("b")
    queue.set_limits(max_consumers=1, max_queued=1)
    queue.pause()
    queue.resume()
    await queue.shut_down_queue()


SCENES: dict[str, tuple[Callable[[Scene], Coroutine[Any, Any, None]], dict[str, Any]]] = {
    "drained": (drains, {}),
    "too late": (drains, {"processor": forever}),
    "too late, at once": (drains, {"processor": forever, "shutdown_timeout": 0}),
    "cancelled": (is_cancelled, {"processor": forever}),
    "in each other's midst": (in_each_others_midst, {"processor": forever}),
    "called at the end": (drains, {"at_end": True, "carry_context": True}),
    "changed": (changes, {"lifecycle_timeout": 50, "report_interval": 1}),
}


def play(name: str, number: int, within: str = "") -> str:
    """Strike once while a scene is played, and look; return where it has struck."""
    does, how = SCENES[name]
    scene = Scene(**how)
    with contextlib.closing(VirtualTimeLoop()) as loop:
        loop.set_exception_handler(lambda *_: None)  # struck tasks, whom nobody asks
        with struck(number, within) as strikes:
            main = loop.create_task(does(scene))
            strikes.on = True
            with contextlib.suppress(KeyboardInterrupt):
                loop.run_until_complete(main)
            strikes.on = False
        try:
            _run(loop, settle())
            _run(loop, _look(scene, main))
        except BaseException as exc:
            exc.add_note(f"struck in {strikes.place}, number {number}")
            raise
    return strikes.place


def _run(loop: asyncio.AbstractEventLoop, steps: Coroutine[Any, Any, None]) -> None:
    """Run it to its end: the interrupt may come some turns later, or again from a lifecycle."""
    task = loop.create_task(steps)
    while not task.done():
        with contextlib.suppress(KeyboardInterrupt):
            loop.run_until_complete(task)
    task.result()


async def _look(scene: Scene, main: asyncio.Task[None]) -> None:
    queue = scene.queue
    async with asyncio.timeout(LONG):
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            await main
        with contextlib.suppress(KeyboardInterrupt):  # of a lifecycle that it struck
            await queue.shut_down_queue()
        assert not queue.running, "it cannot be shut down"
        now = queue.metrics()
        assert all(event.done for event in scene.events), "an event never ends"
        assert now.accepted == now.finished, "the counts do not add up"
        assert (now.queued, now.in_service) == (0, 0), "left"
        # One more: of whoever was struck as he was promised it.
        assert scene.promised <= len(scene.called) <= scene.promised + 1, "not called"
        await _again(scene)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks are left: {left}"


async def _again(scene: Scene) -> None:
    """It works as before."""
    queue = scene.queue
    for key in list(queue.collectors):
        await queue.remove(key)
    await queue.add(Collector("last", echo))
    async with queue:
        assert await queue.get_publisher().send_nowait(Payload("last")).wait() == [Ok("last")]
    opened = [one[1:] for one in scene.log if one[0] == "+"]
    assert sorted(opened) == sorted(one[1:] for one in scene.log if one[0] == "-"), "open"


STRIDE = 50
"""Every one of so many places is struck: all of them would take minutes."""


@pytest.mark.parametrize(
    "stride", [STRIDE, pytest.param(9, marks=pytest.mark.long)], ids=["some", "many"]
)
@pytest.mark.parametrize("name", SCENES)
def test_nothing_stays_open_wherever_it_strikes(
    name: str, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions 14, 15, 18, 19: each event is done, each lifecycle that was entered is left, and
    the queue can be started again."""
    # Told of a coroutine that was never begun, or of an interrupt that nobody is to hear of.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    number = list(SCENES).index(name)
    gc.disable()  # it would strike where queues of before are dropped
    try:
        while play(name, number):
            number += stride
    finally:
        gc.enable()
    assert number > 500


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("drained", "Turns."),
        ("drained", "Undertaking."),
        ("drained", "Keeper."),
        ("drained", "Lifespan._start"),
        *(("in each other's midst", within) for within in ("Turns.", "Undertaking.", "see_out")),
        ("called at the end", "Collector._returned"),
    ],
)
def test_nothing_stays_open_at_any_place_of_these(
    name: str, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions 14, 15, 18: the same with each place where what was made for it must mend it."""
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    number = 0
    gc.disable()
    try:
        while play(name, number, within):
            number += 1
    finally:
        gc.enable()
    assert number > 3
