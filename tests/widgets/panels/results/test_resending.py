"""Sending again: to whom, what is linked, and what is told."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import failing
from event_collector_widgets.again import again, failed
from event_collector_widgets.panels.results.resending import send_again
from hypothesis import given
from hypothesis import strategies as st

from event_collector import (
    Delivery,
    Payload,
    QueueClosedError,
)
from tests.support import in_loop, run, settle
from tests.widgets.benches import a_bench, collector, give


@in_loop
async def test_what_was_sent_is_sent_again_and_accounted_for() -> None:
    """The same values the same way, as new payloads; the last line says what came of them."""
    async with a_bench(max_queued=2) as bench:
        await bench.put(collector("x"))
        await bench.put(collector("bad", failing))
        value = [1]
        await give(bench, Payload(value, Delivery.KEY, keys=["x"], topics=["t"], priority=3))
        await give(bench, Payload("b"))
        await give(bench, Payload(3, Delivery.TOPIC, topics=["none"]))
        events, said = list(bench.history), list[str]()
        pairs = [(event, again(event.payload)) for event in events]
        told = await send_again(bench, pairs, said.append)
        assert told == "3 sent: 1 Ok, 1 with errors (bad 1), 1 undelivered"
        assert said[-1] == "resending: 3 of 3"
        sent = list(bench.history)[3:]
        assert [event.payload for event in sent] == [event.payload for event in events]
        assert all(new.payload is not old.payload for new, old in zip(sent, events, strict=True))
        assert sent[0].payload.value is value
        expected = ["resent as 4: Ok", "resent as 5: Error", "resent as 6: undelivered"]
        assert [bench.resent.told(event) for event in events] == expected
        assert len(bench.resent) == 3


@in_loop
async def test_what_was_accepted_before_an_end_is_linked() -> None:
    """Closed while it sends: what was sent again is not sent a second time."""
    async with a_bench() as bench:
        await give(bench, Payload(1))
        pairs = [(bench.history[0], again(bench.history[0].payload))]
        await bench.close()
        with pytest.raises(QueueClosedError):
            await send_again(bench, pairs, str)
        assert len(bench.resent) == 0
    async with a_bench(max_queued=5) as bench:
        bench.pause()
        events = [await bench.send(Payload(number)) for number in range(4)]
        pairs = [(event, again(event.payload)) for event in events]
        sending = asyncio.ensure_future(send_again(bench, pairs, str))
        await settle()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        sent = list(bench.history)[4:]
        assert 0 < len(sent) < 4
        assert [bench.resent.told(event) for event in events if event in bench.resent] == [
            f"resent as {event.id}" for event in sent
        ]
        bench.resume()


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=5), st.sets(st.sampled_from("abc")))
def test_each_collector_gets_again_just_what_it_failed_in(
    broken: list[set[str]], gone: set[str]
) -> None:
    """Law: whatever failed where, a collector that is there runs once for each of its Errors."""

    async def law() -> None:
        async with a_bench() as bench:
            ran: list[tuple[str, int]] = []

            def processor(key: str) -> Any:
                async def process(payload: Payload[Any], ctx: Any) -> Any:
                    ran.append((key, payload.value))
                    if key in broken[payload.value]:
                        raise ValueError(key)
                    return None

                return process

            for key in "abc":
                await bench.put(collector(key, processor(key)))
            for number in range(len(broken)):
                await give(bench, Payload(number))
            for key in gone:
                await bench.queue.remove(key)
            events = [event for event in bench.history if failed(event)]
            ran.clear()
            for payload in bench.to_failed(events):
                await give(bench, payload)
            expected = [(key, number) for number, keys in enumerate(broken) for key in keys - gone]
            assert sorted(ran) == sorted(expected)

    run(law())


def test_a_payload_with_what_no_payload_takes_is_refused() -> None:
    """What was set by hand is said, not sent."""
    payload = Payload(1)
    payload.delivery = "broadcast"  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"^delivery must be a Delivery, got str"):
        again(payload)
