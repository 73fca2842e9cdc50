"""Wherever the stop button strikes: each hook is told once of what has happened, and of no more.

It strikes as hooks are told, in one of them, or between what has happened and that.
"""

import asyncio
import contextlib
import gc
import logging
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from event_collector import CollectorEvent, Context, Instrument, Ok, Payload, Result
from tests.engine.core import test_struck_anywhere as anywhere
from tests.engine.core.striking import struck
from tests.engine.core.test_struck_anywhere import SCENES, Scene

OF_EVENTS = ("accepted", "taken", "begun", "ended", "finished")


class Ledger(Instrument):
    """Counts what it is told of."""

    def __init__(self) -> None:
        self.told: dict[str, Counter[Any]] = {name: Counter() for name in OF_EVENTS}
        self.events: dict[int, CollectorEvent] = {}
        for name in OF_EVENTS:
            setattr(self, name, partial(self._hear, name))

    def _hear(self, name: str, event: CollectorEvent, *what: Any) -> None:
        self.events[event.id] = event
        self.told[name][event.id, what[0].key if what else None] += 1

    def look(self, accepted: int) -> None:
        """Hold what it was told to what has happened, when all is done."""
        told = self.told
        of_all = Counter((number + 1, None) for number in range(accepted))
        assert told["accepted"] == of_all, "accepted"
        assert told["finished"] == of_all, "finished"
        in_service = {key: 1 for key in of_all if self.events[key[0]].taken_at is not None}
        assert told["taken"] == in_service, "taken"
        assert told["begun"] == told["ended"], "begun, and not ended"
        assert max(told["begun"].values(), default=1) == 1, "begun twice"


class Strikes(Instrument):
    """Whose hook of a name raises when it is called for the n-th time, counted from 0."""

    def __init__(self, name: str, left: int, raises: Callable[[], BaseException]) -> None:
        self.on, self.has_struck = True, False

        def hook(*what: Any) -> None:
            nonlocal left
            left -= 1
            if left == -1 and self.on:
                self.has_struck = True
                raise raises()

        setattr(self, name, hook)


def play(scene: Scene, also: Strikes | None = None, number: int = 0, within: str = "") -> str:
    """Strike once while a scene is played: at a place in the engine, or where `also` does."""
    scene.begin()
    ledgers = [Ledger(), Ledger()]
    for one in (ledgers[0], also, ledgers[1]):
        if one is not None:
            scene.queue.add_instrument(one)
    with contextlib.closing(asyncio.SelectorEventLoop()) as loop:
        loop.set_exception_handler(lambda *_: None)  # struck tasks, whom nobody asks
        loop.run_until_complete(scene.queue.init_queue())
        with contextlib.nullcontext() if also else struck(number, within) as strikes:
            main = loop.create_task(scene.sends(scene))
            if strikes:
                strikes.on = True
            while not main.done():
                with contextlib.suppress(KeyboardInterrupt, SystemExit):
                    loop.run_until_complete(asyncio.wait([main], timeout=anywhere.LONG))
                    break
            if strikes:
                strikes.on = False
        if also:
            also.on = False
        for _ in range(3):  # it may come some turns later
            with contextlib.suppress(KeyboardInterrupt, SystemExit, RuntimeError):
                loop.run_until_complete(asyncio.sleep(0))
        place = strikes.place if strikes else ""
        try:
            loop.run_until_complete(anywhere._look(scene, main))
            loop.run_until_complete(anywhere._end(scene))
            for ledger in ledgers:
                ledger.look(scene.queue.metrics().accepted)
        except BaseException as exc:
            exc.add_note(f"struck in {place}, number {number}")
            raise
    return place


async def one(scene: Scene) -> None:
    """Send once."""
    await scene.publisher.send(Payload(1)).wait()


async def fails(payload: Payload[Any], ctx: Context) -> Result:
    """Raise with that payload, and with no other."""
    if payload.value == 1:
        raise ValueError
    return Ok(payload.value)


OWN = {
    "one": Scene(anywhere._queue(1), one),
    "limited": Scene(anywhere._queue(1, anywhere.waits, timeout=anywhere.LONG), one),
    "batch": Scene(anywhere._queue(1, anywhere.in_batches, batch_size=1), one),
    "fails": Scene(anywhere._queue(1, fails), one),
    "limited, fails": Scene(anywhere._queue(1, fails, timeout=anywhere.LONG), one),
}

LONG = pytest.mark.long
SINCE_313 = pytest.mark.skipif(
    sys.version_info < (3, 13),
    reason="Python 3.12 is struck there in what it adds to an except, which no line of ours is",
)

WHOLE = [
    *(("one", "Hooks.tell_of"), ("batch", "_Beginning.")),
    pytest.param("fails", "Attendance.serve", marks=SINCE_313),
    ("fails", "Collector._raised"),
    ("limited, fails", "Collector._raised"),
    *(pytest.param("one", each, marks=LONG) for each in ("Consumers.", "Queued.", "Attendance.")),
    pytest.param("limited", "_Beginning.", marks=LONG),
]
"""Where hooks are told of an event."""


@pytest.mark.parametrize(("name", "within"), WHOLE)
def test_each_hook_is_told_once_wherever_it_strikes_as_they_are_told(
    name: str, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each place of these: also of those who come behind the hook that it struck."""
    _strike_all(OWN[name], 1, within, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("name", SCENES)
def test_each_hook_is_told_once_wherever_it_strikes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At many places of all that the engine does with events."""
    _strike_all(SCENES[name], 97, "", monkeypatch)


def _strike_all(scene: Scene, stride: int, within: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Told of a coroutine that was never begun, or of an interrupt that nobody is to hear of.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    number = 0
    gc.disable()  # it would strike where queues of before are dropped
    try:
        while play(scene, None, number, within):
            number += stride
    finally:
        gc.enable()
    assert number > 2 * stride


QUICK = ("batches, limited",)


@pytest.mark.parametrize("hook", [*OF_EVENTS, "loop_turn"])
@pytest.mark.parametrize(
    ("name", "raises"),
    [
        *((name, KeyboardInterrupt) for name in QUICK),
        *(pytest.param(name, ValueError, marks=LONG) for name in QUICK),
        *(pytest.param(name, SystemExit, marks=LONG) for name in SCENES if name not in QUICK),
    ],
)
def test_nothing_is_lost_whenever_a_hook_raises(
    name: str, raises: type[BaseException], hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Decisions 14 to 16: at its first call, or at any later one; the others are told of all."""
    caplog.set_level(logging.CRITICAL, "event_collector")  # it says of each that it raised
    number = 0
    while True:
        also = Strikes(hook, number, raises)
        play(SCENES[name], also)
        if not also.has_struck:
            break
        number += 1
