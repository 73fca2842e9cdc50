"""Inspection: which collector an event waits in, and at which line, behind whatever router."""

import asyncio
import inspect
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
    Delivery,
    Payload,
    Place,
    Result,
    ResultList,
    Router,
    SettleReport,
)
from tests.support import (
    Gate,
    echo,
    in_virtual_time,
    queue_of,
    router_that,
)


async def helper() -> None:
    """Wait for what never comes."""
    await asyncio.Event().wait()


async def stuck(payload: Payload[Any], ctx: Context) -> Result:
    """Wait for a helper."""
    await helper()  # here
    raise AssertionError


HERE = next(
    inspect.getsourcelines(stuck)[1] + number
    for number, line in enumerate(inspect.getsourcelines(stuck)[0])
    if "# here" in line
)


PLACE = Place(__file__, HERE, "stuck")


@in_virtual_time
async def test_it_names_what_is_stuck_and_where_it_waits() -> None:
    """The event's id, payload and collector key, how long, and file, line and function."""
    payload = Payload("it", Delivery.KEY, keys=["c"])
    async with queue_of(Collector("c", stuck), shutdown_timeout=0) as queue:
        queue.get_publisher().send(payload)
        report = await queue.settle(2)
    (one,) = report.in_service
    assert (one.event, one.status, one.collector, one.seconds) == (1, "in service", "c", 2.0)
    assert one.payload is payload
    assert one.place == PLACE
    assert [place.function for place in one.stack] == ["stuck", "helper", "wait"]
    assert str(report) == (
        "not settled after 2 s: 1 in service, 0 queued\n"
        f"  event 1 in service in 'c' for 2 s, at {__file__}:{HERE} in stuck: "
        "Payload('it', Delivery.KEY, keys=['c'])"
    )
    assert repr(report) == "SettleReport(not settled: 1 in service, 0 queued)"


def custom_routers() -> list[type[Router]]:
    """Routers that give payloads to collectors in every way there is."""

    async def dispatching(router: Router, payload: Payload[Any]) -> Any:
        return await router.dispatch(payload, router.collectors.values())

    async def one_by_one(router: Router, payload: Payload[Any]) -> Any:
        for collector in router.collectors.values():
            if (await router.dispatch(payload, [collector])).errors:
                break

    async def gathering(router: Router, payload: Payload[Any]) -> Any:
        given = (collector.process(payload) for collector in router.collectors.values())
        return ResultList(await asyncio.gather(*given))

    async def in_a_group(router: Router, payload: Payload[Any]) -> Any:
        async with asyncio.TaskGroup() as group:
            given = group.create_task(router.dispatch(payload, router.collectors.values()))
        return given.result()

    return [router_that(way) for way in (dispatching, gathering, in_a_group, one_by_one)]


ROUTERS = custom_routers()


@pytest.mark.parametrize("router", [None, *ROUTERS])
@in_virtual_time
async def test_each_collector_that_has_not_ended_is_named(router: type[Router] | None) -> None:
    """A broadcast: those that have ended are not stuck, behind whatever router."""
    gate = Gate()
    settings: dict[str, Any] = {} if router is None else {"router": router}
    gate.open()
    collectors = [Collector("done", gate), Collector("a", stuck), Collector("b", stuck)]
    async with queue_of(*collectors, shutdown_timeout=0, **settings) as queue:
        queue.get_publisher().send(Payload("it"))
        report = await queue.settle(1)
    expected = ["a"] if router is ROUTERS[-1] else ["a", "b"]
    assert [one.collector for one in report.in_service] == expected
    assert {one.place for one in report.in_service} == {PLACE}
    assert gate.ended == ["it"]


@in_virtual_time
async def test_a_collector_of_a_broadcast_that_waits_for_its_place_is_named() -> None:
    """Such an event is in service already, with another collector."""
    one, other = Collector("one", stuck, max_concurrency=1), Collector("other", echo)
    async with queue_of(one, other, shutdown_timeout=0) as queue:
        queue.get_publisher().send(Payload(1))
        queue.get_publisher().send(Payload(2))
        report = await queue.settle(1)
    assert [(each.event, each.status, each.place) for each in report.stuck] == [
        (1, "in service", PLACE),
        (2, "waits for a place", None),
    ]


@in_virtual_time
async def test_a_processor_that_settles_its_own_queue_is_told_that_it_is_stuck_itself() -> None:
    """Always a report, and nobody waits for ever."""
    reports: list[SettleReport] = []

    async def process(payload: Payload[Any], ctx: Context) -> Any:
        reports.append(await queue.settle(1))

    async with queue_of(Collector("c", process)) as queue:
        queue.get_publisher().send(Payload(1))
    (one,) = reports[0].in_service
    assert (one.event, one.collector) == (1, "c")
