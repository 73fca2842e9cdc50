"""The time that a processor has stands still here while its payload is away."""

import asyncio

import pytest

from event_collector.cluster.limits import TimeLimits
from tests.support import in_virtual_time


@in_virtual_time
async def test_what_is_away_takes_none_of_the_time() -> None:
    """What is around it here does."""
    limits = TimeLimits()

    async def around() -> str:
        await asyncio.sleep(0.6)
        with limits.elsewhere():
            await asyncio.sleep(100)
        await asyncio.sleep(0.3)
        return "in time"

    with limits.entered("it", 1.0) as limit:
        assert await limit.keep(around()) == "in time"


@in_virtual_time
async def test_what_is_around_it_has_its_limit() -> None:
    """Before and after together."""
    limits = TimeLimits()

    async def around() -> None:
        await asyncio.sleep(0.6)
        with limits.elsewhere():
            await asyncio.sleep(100)
        await asyncio.sleep(0.6)

    with (
        limits.entered("it", 1.0) as limit,
        pytest.raises(
            TimeoutError, match="processor of 'it' did not end within its timeout of 1 s"
        ),
    ):
        await limit.keep(around())


@in_virtual_time
async def test_a_timeout_of_its_own_is_its_own() -> None:
    """What is raised there comes as it is."""
    limits = TimeLimits()

    async def around() -> None:
        with limits.elsewhere():
            raise TimeoutError("of another kind")

    with (
        limits.entered("it", 1.0) as limit,
        pytest.raises(TimeoutError, match="of another kind"),
    ):
        await limit.keep(around())


@in_virtual_time
async def test_without_a_limit_nothing_stands_still() -> None:
    """As of a collector without `timeout`."""
    with TimeLimits().elsewhere():
        await asyncio.sleep(1)
