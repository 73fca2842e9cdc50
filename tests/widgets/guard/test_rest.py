"""The rest: what was left anywhere is told once, and what goes on is left alone."""

import asyncio
import collections
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from event_collector_widgets.guard.rest import rest

from tests.support import in_loop


async def shear() -> str:
    """A coroutine."""
    return "wool"


async def told() -> list[str]:
    """What is told now of what these tests have made."""
    found = [fault.what async for fault, _ in rest()]
    return [what for what in found if "shear" in what or "future" in what or "group" in what]


@in_loop
async def test_a_coroutine_is_told_once_wherever_it_is_kept() -> None:
    """In what is not gone through from a variable."""
    kept = collections.deque([shear()])
    assert await told() == ["coroutine shear() was never awaited, and something keeps it"]
    assert await told() == []
    assert len(kept) == 1


@in_loop
async def test_a_coroutine_that_is_about_to_begin_is_left_alone() -> None:
    """One that a task has not come to, and one that is awaited in a moment."""
    task, later = asyncio.ensure_future(shear()), shear()
    tasks = [task]
    asyncio.get_running_loop().call_soon(lambda: tasks.append(asyncio.ensure_future(later)))
    assert await told() == []
    assert await asyncio.gather(*tasks) == ["wool", "wool"]


@in_loop
async def test_a_task_of_a_loop_that_has_not_run_is_left_alone() -> None:
    """It is that loop's to begin."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(shear())
    assert await told() == []
    assert await asyncio.to_thread(loop.run_until_complete, task) == "wool"
    loop.close()


@in_loop
async def test_a_coroutine_that_goes_through_a_generator_goes_on() -> None:
    """Only a step of a generator is looked into, never who holds the generator."""

    async def bleat() -> AsyncGenerator[int]:
        yield 1

    async def listen(heard: AsyncGenerator[int]) -> str:
        async for _ in heard:
            pass
        await ended.wait()
        return "heard"

    ended = asyncio.Event()
    task = asyncio.ensure_future(listen(bleat()))
    await asyncio.sleep(0)
    assert await told() == []
    ended.set()
    assert await task == "heard"


@in_loop
async def test_a_group_that_was_left_has_told_it_itself() -> None:
    """Only one that was entered by hand and is still open has something to hide."""

    async def fail() -> None:
        raise ValueError("no back")

    groups: list[Any] = []

    async def carry() -> None:
        async with asyncio.TaskGroup() as group:
            groups.append(group)
            group.create_task(fail())

    with pytest.raises(ExceptionGroup):
        await carry()
    assert await told() == []
    assert len(groups) == 1
