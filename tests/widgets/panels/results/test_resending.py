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
    CollectorEvent,
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
        links: list[tuple[CollectorEvent, CollectorEvent]] = []
        pairs = [(event, again(event.payload)) for event in events]
        told = await send_again(
            bench, pairs, said.append, lambda old, new: links.append((old, new))
        )
        assert told == "3 sent: 1 Ok, 1 with errors (bad 1), 1 undelivered"
        assert said[-1] == "resending: 3 of 3"
        sent = list(bench.history)[3:]
        assert [event.payload for event in sent] == [event.payload for event in events]
        assert all(new.payload is not old.payload for new, old in zip(sent, events, strict=True))
        assert sent[0].payload.value is value
        assert links == list(zip(events, sent, strict=True))


@in_loop
async def test_what_was_accepted_before_an_end_is_linked() -> None:
    """Closed while it sends: what was sent again is not sent a second time."""
    async with a_bench() as bench:
        await give(bench, Payload(1))
        pairs = [(bench.history[0], again(bench.history[0].payload))]
        await bench.close()
        links: list[Any] = []
        with pytest.raises(QueueClosedError):
            await send_again(bench, pairs, str, lambda old, new: links.append(old))
        assert links == []
    async with a_bench(max_queued=5) as bench:
        bench.pause()
        events = [await bench.send(Payload(number)) for number in range(4)]
        pairs = [(event, again(event.payload)) for event in events]
        sending = asyncio.ensure_future(
            send_again(bench, pairs, str, lambda old, new: links.append((old.id, new.id)))
        )
        await settle()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert links == [(event.id - 4, event.id) for event in list(bench.history)[4:]]
        assert 0 < len(links) < 4
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
