"""The gallery: the processors that a panel offers to play with."""

import asyncio

from event_collector_widgets.gallery import EVERY, GALLERY, SLOW, echo, failing, flaky, slow

from event_collector import Context, Ok, Payload
from tests.support import in_loop, in_virtual_time, virtual_loop
from tests.widgets.benches import a_bench, collector, give


def test_the_menu_has_four_of_them() -> None:
    """Issue 3: echo, slow, flaky and failing, each under its own name."""
    assert [*GALLERY] == ["echo", "slow", "flaky", "failing"]
    assert [*GALLERY.values()] == [echo, slow, flaky, failing]
    assert all(processor.__doc__ for processor in GALLERY.values())


@in_loop
async def test_echo_gives_back_the_very_value() -> None:
    """B: the value comes as it is, never copied."""
    value = {"temp": 39.4}
    result = await echo(Payload(value), Context())
    assert isinstance(result, Ok)
    assert result.value is value


@in_virtual_time
async def test_slow_takes_its_time_and_holds_up_nobody() -> None:
    """Ten payloads that wait at once take as long as one."""
    await asyncio.gather(*(slow(Payload(number), Context()) for number in range(10)))
    assert virtual_loop().time() == SLOW


@in_loop
async def test_flaky_fails_on_every_third() -> None:
    """What fails can be foretold, and each collector counts for itself."""
    async with a_bench() as bench:
        for key in ("one", "two"):
            await bench.put(collector(key, flaky))
        results = [await give(bench, Payload(number)) for number in range(1, 2 * EVERY + 1)]
    for place in (0, 1):
        failed = [number for number, each in enumerate(results, 1) if each[place] != Ok(number)]
        assert failed == [3, 6]
    assert repr(results[2][0]) == "Error(ConnectionError: payload 3 found the line down)"


@in_loop
async def test_failing_fails_on_every_payload() -> None:
    """Its Error names the value."""
    async with a_bench() as bench:
        await bench.put(collector("x", failing))
        results = await give(bench, Payload("a"))
    assert repr(results) == "ResultList([Error(ValueError: cannot process 'a')])"
