"""Sizes of batches that do not fit, and arguments that say nothing sensible."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from event_collector import (
    Collector,
    Context,
)
from tests.engine.core.batching import Saves
from tests.support import (
    echo,
    in_loop,
    queue_of,
    settle,
)


def batching(saves: Any, size: int = 4, **how: Any) -> Collector:
    return Collector("db", saves, batch_size=size, **how)


TOO_LARGE = (
    "batch_size of collector 'db' is 4, more than max_consumers=3: each payload of a batch waits "
    "in a consumer; raise max_consumers, or lower batch_size"
)


@in_loop
async def test_a_batch_that_would_never_be_full_is_refused() -> None:
    """Decision 24: wherever the two meet, with both figures, and nothing is changed."""

    def refused(exc: pytest.ExceptionInfo[ValueError]) -> bool:
        return str(exc.value) == TOO_LARGE

    with pytest.raises(ValueError, match="raise max_consumers") as exc:
        queue_of(batching(echo), max_consumers=3)
    assert refused(exc)
    async with queue_of(Collector("db", echo), max_consumers=3) as queue:
        with pytest.raises(ValueError, match="raise max_consumers") as exc:
            await queue.replace(batching(echo))
        assert refused(exc)
        await queue.remove("db")
        with pytest.raises(ValueError, match="raise max_consumers") as exc:
            await queue.add(batching(echo))
        assert refused(exc)
        assert not queue.collectors
        queue.set_limits(max_consumers=4)
        await queue.add(batching(echo))
        with pytest.raises(ValueError, match="raise max_consumers") as exc:
            queue.set_limits(max_consumers=3, max_queued=7)
        assert refused(exc)
        assert (queue.max_consumers, queue.max_queued) == (4, None)


@in_loop
async def test_limits_that_change_while_a_lifecycle_is_entered_are_heeded() -> None:
    """The lifecycle is left again."""
    into, log = asyncio.Event(), list[str]()

    @asynccontextmanager
    async def slow(ctx: Context) -> AsyncIterator[None]:
        await into.wait()
        log.append("+")
        yield
        log.append("-")

    async with queue_of(max_consumers=4) as queue:
        adding = asyncio.create_task(queue.add(batching(echo, lifecycle=slow)))
        await settle()
        queue.set_limits(max_consumers=3)
        into.set()
        with pytest.raises(ValueError, match="raise max_consumers"):
            await adding
        assert log == ["+", "-"]
        assert not queue.collectors


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"batch_size": 0}, "ValueError: batch_size must be >= 1, got 0"),
        ({"batch_size": True}, "TypeError: batch_size must be an int, got bool: True"),
        ({"batch_size": 2.0}, "TypeError: batch_size must be an int, got float: 2.0"),
        (
            {"batch_size": 2, "linger": -1},
            "ValueError: linger must be a finite number of seconds >= 0, got -1",
        ),
        (
            {"batch_size": 2, "linger": float("nan")},
            "ValueError: linger must be a finite number of seconds >= 0, got nan",
        ),
        (
            {"batch_size": 2, "linger": float("inf")},
            "ValueError: linger must be a finite number of seconds >= 0, got inf",
        ),
        (
            {"batch_size": 2, "linger": True},
            "TypeError: linger must be a number of seconds, got bool: True",
        ),
        (
            {"batch_size": 2, "linger": "1"},
            "TypeError: linger must be a number of seconds, got str: '1'",
        ),
        (
            {"linger": 1},
            (
                "ValueError: linger=1 of collector 'db' needs batch_size: nothing waits for more "
                "where each payload is processed by itself; give batch_size, or leave linger out"
            ),
        ),
    ],
)
def test_a_wrong_size_or_time_is_refused(how: dict[str, Any], said: str) -> None:
    """Decision 24: at once, with the value."""
    with pytest.raises((TypeError, ValueError)) as exc:
        Collector("db", echo, **how)
    assert f"{type(exc.value).__name__}: {exc.value}" == said


def test_a_collector_tells_its_size_and_time() -> None:
    """What was given, or what holds unless something is; None where it does not batch."""
    plain, usual = Collector("db", echo), Collector("db", Saves(), batch_size=7)
    given = Collector("db", Saves(), batch_size=1, linger=0)
    assert (plain.batch_size, plain.linger) == (None, None)
    assert (usual.batch_size, usual.linger) == (7, 0.05)
    assert (given.batch_size, given.linger) == (1, 0.0)
