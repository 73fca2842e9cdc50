"""What waits for a processor's end is called, whatever comes in between."""

import itertools
import sys
import threading
import types
from functools import partial
from typing import Any

import pytest

from event_collector import Collector, Context, Ok, Payload, Result
from event_collector._core.service import in_service
from event_collector.service import Service, current_services
from tests.engine.core.striking import struck
from tests.support import in_loop, queue_of


@pytest.mark.parametrize("line", range(12))
@in_loop
async def test_a_thread_that_is_held_up_while_it_asks_breaks_no_promise(line: int) -> None:
    """On whichever line the processor ends meanwhile."""
    held, goes_on = threading.Event(), threading.Event()
    promised, called, lines = list[bool](), list[str](), itertools.count()

    def hold(frame: types.FrameType, event: str, arg: object) -> Any:
        if event == "line" and next(lines) == line:
            held.set()
            goes_on.wait(0.05)  # what waits for the thread's lock goes on afterwards
        return hold

    def ask(service: Service) -> None:
        sys.settrace(hold)
        try:
            promised.append(service.at_end(partial(called.append, "called")))
        finally:
            sys.settrace(None)
            held.set()

    async def work(payload: Payload[Any], ctx: Context) -> Result:
        threads.append(threading.Thread(target=ask, args=current_services()))
        threads[0].start()
        held.wait()
        return Ok(None)

    threads = list[threading.Thread]()
    async with queue_of(Collector("a", work), carry_context=True) as queue:
        await queue.get_publisher().send(Payload(0)).wait()
        goes_on.set()
        threads[0].join()
    assert promised == [called == ["called"]]


def test_all_that_waits_for_an_end_is_called_wherever_the_stop_button_strikes() -> None:
    """Before the first, between two, and after the last; and it is passed on."""
    number = 0
    while True:
        mark, called = in_service(None, None, None), list[int]()
        for each in range(3):
            mark.wait_for_end(partial(called.append, each))
        with struck(number) as strikes:
            strikes.on = True
            exc = mark.end()
            strikes.on = False
        assert called == [0, 1, 2], strikes.place
        assert not mark.wait_for_end(list)
        if not strikes.place:
            break
        assert isinstance(exc, KeyboardInterrupt)
        number += 1
    assert number > 3
