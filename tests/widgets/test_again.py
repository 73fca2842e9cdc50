"""What is sent again: new payloads, to all or to those that failed."""

from typing import Any

from event_collector_widgets import failing
from event_collector_widgets.again import failed, payload_for, reaches
from event_collector_widgets.panels.results.resending import goes_as_before

from event_collector import Delivery, Payload, SimpleRouter
from tests.support import in_loop
from tests.widgets.benches import a_bench, collector, give


@in_loop
async def test_what_failed_goes_by_key_to_those_that_failed() -> None:
    """Not to those that were fine, nor to those that are gone; topics and priority stay."""
    async with a_bench() as bench:
        for key, processor in (("x", None), ("bad", failing), ("worse", failing)):
            options = {} if processor is None else {"processor": processor}
            await bench.put(collector(key, topics=["t"], **options))
        await give(bench, Payload("a", Delivery.TOPIC, topics=["t"], priority=7))
        await give(bench, Payload("b", Delivery.KEY, keys=["x"]))
        first, fine = bench.history
        assert (failed(first), failed(fine)) == (["bad", "worse"], None)
        payload = payload_for(first, bench.collectors)
        assert payload == Payload(
            "a", Delivery.KEY, keys=["bad", "worse"], topics=["t"], priority=7
        )
        assert payload is not None
        assert not goes_as_before(first, payload)
        assert reaches(first, bench.collectors)
        assert payload_for(first) == first.payload
        assert payload_for(fine, bench.collectors) is None
        assert payload_for(fine) == fine.payload
        await bench.queue.remove("worse")
        assert [each.keys for each in bench.to_failed(bench.history)] == [["bad"]]
        await bench.queue.remove("bad")
        assert bench.to_failed([first]) == []
        assert not reaches(first, bench.collectors)
        assert not reaches(fine, bench.collectors)


@in_loop
async def test_an_error_of_which_no_collector_is_known_goes_to_nobody() -> None:
    """A router that failed told no key; as it was sent it can go again."""

    class Failing(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            raise RuntimeError("no way")

    async with a_bench(router=Failing) as bench:
        await bench.put(collector("x"))
        await give(bench, Payload(1))
        event = bench.history[0]
        assert failed(event) == [None]
        assert payload_for(event, bench.collectors) is None
        assert not reaches(event, bench.collectors)
        assert payload_for(event) == Payload(1)
