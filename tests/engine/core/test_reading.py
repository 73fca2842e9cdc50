"""Reading is safe from any thread, and every reading adds up."""

import itertools
from collections.abc import Callable
from math import isnan
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    History,
    Instrument,
    Metrics,
    Ok,
    Payload,
    QueueType,
    Result,
    SimpleRouter,
)
from event_collector.roster import Roster
from tests.support import echo, in_loop, queue_of, wait_a_turn
from tests.threads import Service, quick_switching

ROUNDS = 300
"""How often another thread reads."""


def adds_up(reading: Metrics) -> Metrics:
    """Accepted = queued + in service + finished, and none of them is negative."""
    assert reading.accepted == reading.queued + reading.in_service + reading.finished, reading
    assert min(reading.queued, reading.in_service, reading.finished) >= 0, reading
    assert reading.in_service <= reading.max_consumers, reading
    return reading


class Reads(Instrument):
    """Reads the queue whenever it is told of something."""

    def __init__(self, queue: CollectorQueue) -> None:
        self.readings: list[tuple[str, int, int, int]] = []
        for hook in ("accepted", "taken", "begun", "ended", "finished"):
            setattr(self, hook, lambda *_, hook=hook: self._read(queue, hook))

    def _read(self, queue: CollectorQueue, hook: str) -> None:
        now = adds_up(queue.metrics())
        self.readings.append((hook, now.queued, now.in_service, now.finished))


@pytest.mark.parametrize("count", [1, 2])
@in_loop
async def test_every_reading_adds_up_in_the_midst_of_an_event(count: int) -> None:
    """Decision 33: in a hook, too, an event is in one place and not in two."""
    queue = queue_of(*(Collector(f"{n}", echo) for n in range(count)), max_consumers=1)
    queue.add_instrument(reads := Reads(queue))
    async with queue:
        for number in range(3):
            queue.get_publisher().send(Payload(number))
        await queue.get_publisher().wait()
    finished = [each[1:] for each in reads.readings if each[0] == "finished"]
    assert finished == [(2, 0, 1), (1, 0, 2), (0, 0, 3)]
    assert {each[1:] for each in reads.readings if each[0] == "taken"} == {
        (2, 1, 0),
        (1, 1, 1),
        (0, 1, 2),
    }


@in_loop
async def test_an_event_for_which_a_router_just_chooses_is_still_queued() -> None:
    """Decision 33: no consumer has it yet."""
    readings: list[Metrics] = []

    class Reading(SimpleRouter):
        def route(self, payload: Payload[Any]) -> Any:
            readings.append(adds_up(queue.metrics()))
            return super().route(payload)

    queue = queue_of(Collector("a", echo), router=Reading)
    async with queue:
        await queue.get_publisher().send(Payload(1)).wait()
    assert (readings[0].queued, readings[0].in_service) == (1, 0)


@in_loop
async def test_a_processor_reads_of_itself_that_it_is_in_service() -> None:
    """Decision 33: and of the others that they are queued."""

    async def read(payload: Payload[Any], ctx: Context) -> Result:
        now = adds_up(queue.metrics())
        return Ok((now.queued, now.in_service, now.finished))

    queue = queue_of(Collector("a", read))
    async with queue:
        sent = [queue.get_publisher().send(Payload(n)) for n in range(3)]
        results = [(await each.wait()).oks[0].value for each in sent]
    assert results == [(2, 1, 0), (1, 1, 1), (0, 1, 2)]


def _queue(queue_type: QueueType) -> CollectorQueue:
    places = [Collector("a", echo), Collector("b", wait_a_turn, max_concurrency=2)]
    return queue_of(*places, Collector("c", wait_a_turn, topics=["t"]), queue_type=queue_type)


async def _live(queue: CollectorQueue) -> None:
    """Send to one, to all and to a full one; have collectors come and go."""
    publisher = queue.get_publisher()
    for number in range(10):
        publisher.send(Payload(number))
        publisher.send(Payload(number, Delivery.KEY, keys=["b"]))
        publisher.send(Payload(number, Delivery.TOPIC, topics=["t"]))
    await queue.add(Collector("guest", echo, topics=["t"]))
    await queue.replace(Collector("b", wait_a_turn, max_concurrency=2))
    await publisher.wait()
    await queue.remove("guest")


@pytest.mark.parametrize("queue_type", QueueType)
def test_metrics_can_be_read_in_another_thread(queue_type: QueueType) -> None:
    """Decision 33: an exporter's reading never raises, and adds up."""
    with quick_switching(), Service(lambda: _queue(queue_type), _live) as service:
        readings = [adds_up(service.queue.metrics()) for _ in range(ROUNDS)]
    for before, after in itertools.pairwise(readings):
        assert before.accepted <= after.accepted
        assert before.finished <= after.finished
        assert after.oldest_wait_time >= 0
        assert not isnan(after.recent_throughput)


def test_a_history_can_be_read_in_another_thread() -> None:
    """Decision 33: whatever asks for the newest, for all, or for a table."""
    histories: list[History] = []

    def make() -> CollectorQueue:
        queue = _queue(QueueType.FIFO)
        histories.append(History(queue, limit=100))
        return queue

    with quick_switching(), Service(make, _live) as service:
        history = histories[0]
        service.until(lambda: len(history) == 100)
        for _ in range(20 * ROUNDS):
            newest = history.latest(20)
            assert [event.id for event in newest] == sorted([e.id for e in newest], reverse=True)
            after = history.after(newest[5])
            assert [event.id for event in after] == sorted(event.id for event in after)
            assert len(list(history)) <= len(history) == 100
            assert history[-1].id >= newest[0].id
            for event in newest:
                repr(event), event.status, event.peek()
                assert event.wait_time is None or event.wait_time >= 0
                assert event.service_time is None or event.service_time >= 0


def test_the_newest_of_a_history_can_be_asked_for_at_any_moment() -> None:
    """Decision 33: what can go wrong between two instructions does so once in 10,000 times."""
    histories: list[History] = []

    def make() -> CollectorQueue:
        queue = queue_of(Collector("a", echo))
        histories.append(History(queue, limit=100))
        return queue

    async def live(queue: CollectorQueue) -> None:
        await queue.get_publisher().send_all([Payload(1)] * 500)
        await queue.get_publisher().wait()

    with quick_switching(), Service(make, live) as service:
        history = histories[0]
        service.until(lambda: len(history) == 100)
        for _ in range(500 * ROUNDS):
            history.latest(5)


def test_the_table_of_a_history_is_consistent_in_another_thread() -> None:
    """Decision 33: no row tells of an event that is in two places."""
    histories: list[History] = []

    def make() -> CollectorQueue:
        queue = _queue(QueueType.FIFO)
        histories.append(History(queue, limit=100))
        return queue

    with quick_switching(), Service(make, _live):
        for _ in range(30):
            frame = histories[0].to_frame()
            assert not frame["status"].isna().any()
            done = ~frame["status"].isin(["queued", "in service"])
            assert frame["finished_at"].notna().equals(done)
            taken = frame["status"] != "queued"
            assert frame["taken_at"].notna().equals(taken)
            assert frame["consumer"].notna().equals(taken)


READS: list[Callable[[CollectorQueue], object]] = [
    repr,
    lambda queue: repr(queue.collectors),
    lambda queue: repr(queue.router),
    lambda queue: repr(queue.get_publisher()),
    lambda queue: list(queue.collectors),
    lambda queue: dict(queue.collectors.items()),
    lambda queue: list(queue.collectors.values()),
    lambda queue: queue.collectors.everyone(),
    lambda queue: queue.collectors.with_keys(["a", "guest", "nobody"]),
    lambda queue: queue.collectors.listening_to(["t"]),
    lambda queue: queue.collectors.listening_to(["t", "u"]),
    lambda queue: "guest" in queue.collectors,
    lambda queue: (queue.running, queue.paused, queue.max_queued, queue.max_consumers),
]


def test_collectors_and_reprs_can_be_read_in_another_thread() -> None:
    """Decision 33: whatever comes and goes meanwhile."""
    with quick_switching(), Service(lambda: _queue(QueueType.FIFO), _live) as service:
        router = service.queue.router
        assert isinstance(router, SimpleRouter)
        for _ in range(10 * ROUNDS):
            for read in READS:
                read(service.queue)
            router.explain(Payload(1, Delivery.TOPIC, topics=["t"]))


async def _come_and_go(queue: CollectorQueue) -> None:
    """Collectors come and go; each time, those are found that are there."""
    roster = queue.collectors
    await queue.add(guest := Collector("guest", echo, topics=["t"]))
    assert guest in roster.everyone()
    assert guest in roster.listening_to(["t"])
    await queue.remove("guest")
    assert guest not in roster.everyone()
    assert guest not in roster.listening_to(["t"])


def test_a_reading_in_another_thread_leaves_nothing_stale_behind() -> None:
    """Decision 33: who reads fills caches, and they follow what comes and goes all the same."""
    with quick_switching(), Service(lambda: _queue(QueueType.FIFO), _come_and_go) as service:
        roster: Roster = service.queue.collectors
        for _ in range(100 * ROUNDS):
            roster.everyone()
            roster.listening_to(["t"])


def test_a_roster_is_gone_through_as_it_was() -> None:
    """Decision 33: what comes meanwhile is not seen, what goes does not upset it."""
    roster = Roster([Collector("a", echo), Collector("b", echo)])
    keys, items, values = iter(roster), iter(roster.items()), iter(roster.values())
    first = roster["a"]
    assert (next(keys), next(items), next(values)) == ("a", ("a", first), first)
    roster._remove("b")
    roster._add(Collector("c", echo))
    assert (list(keys), [key for key, _ in items]) == (["b"], ["b"])
    assert [collector.key for collector in values] == ["b"]
    assert list(roster.items()) == [("a", first), ("c", roster["c"])]
    assert len(roster.items()) == len(roster.values()) == 2
