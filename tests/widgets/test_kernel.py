"""The notebook's loop: its owner, the way into it from any thread, and the synchronous bridge."""

import asyncio
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from event_collector_widgets import run_sync
from event_collector_widgets.kernel import OwnerLoop, YieldToThreads, shell

from tests.support import in_loop, settle
from tests.widgets.benches import eventually, from_another_thread


async def answer(after: int = 0) -> tuple[int, int]:
    """Something to wait for; tells its thread."""
    for _ in range(after):
        await asyncio.sleep(0)
    return 42, threading.get_ident()


async def fail() -> None:
    raise LookupError("gone")


def test_an_owner_loop_needs_a_running_loop() -> None:
    """Outside a loop there is nothing to own, and the message says what to do."""
    with pytest.raises(RuntimeError, match="needs a running event loop"):
        OwnerLoop()


@in_loop
async def test_soon_runs_in_the_owners_thread_whoever_asks() -> None:
    """Decision 9: from a thread with a loop of its own, the call still comes to the owner's."""
    owner, ran = OwnerLoop(), []
    await from_another_thread(
        lambda: owner.soon(lambda: ran.append((asyncio.get_running_loop(), threading.get_ident())))
    )
    await eventually(lambda: ran)
    assert ran == [(owner.loop, threading.get_ident())]


def test_soon_after_the_loop_was_closed_does_nothing() -> None:
    """A click on a panel that outlived its kernel's loop is not an error."""

    async def own() -> OwnerLoop:
        return OwnerLoop()

    asyncio.run(own()).soon(lambda: pytest.fail("the loop is closed"))


@in_loop
async def test_start_runs_the_first_steps_at_once() -> None:
    """What does not wait is done when `start` returns."""
    done: list[object] = []

    async def work() -> int:
        done.append(1)
        await asyncio.sleep(0)
        done.append(2)
        return 3

    task = OwnerLoop().start(work(), done.append)
    assert done == [1]
    assert await task == 3
    assert done == [1, 2]


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt("x"), SystemExit("x")])
@in_loop
async def test_what_a_started_coroutine_raises_is_handed_over_once(
    error: BaseException, waits: bool
) -> None:
    """Decision 15: even an interrupt does not end the loop, and with it the kernel."""
    told: list[BaseException] = []

    async def work() -> None:
        if waits:
            await asyncio.sleep(0)
        raise error

    OwnerLoop().start(work(), told.append)
    await settle()
    assert told == [error]


@in_loop
async def test_a_cancelled_coroutine_is_no_error() -> None:
    """Whoever cancels it knows."""
    told: list[BaseException] = []
    task = OwnerLoop().start(asyncio.Event().wait(), told.append)
    await settle()
    task.cancel()
    await settle()
    assert task.cancelled()
    assert not told


def test_there_is_no_shell_outside_ipython() -> None:
    """In a plain script the panels have no notebook to look into."""
    assert shell() is None


def test_run_sync_without_a_loop_runs_one() -> None:
    """Decision 6: where no loop runs it is asyncio.run."""
    assert run_sync(answer()) == (42, threading.get_ident())
    with pytest.raises(LookupError, match="gone"):
        run_sync(fail())


@in_loop
async def test_run_sync_on_another_thread_has_the_loop_do_the_work() -> None:
    """Decision 6: the work runs on the owner's thread, its result and its error come back."""
    loop = asyncio.get_running_loop()
    assert await asyncio.to_thread(run_sync, answer(3), loop=loop) == (42, threading.get_ident())
    with pytest.raises(LookupError, match="gone"):
        await asyncio.to_thread(run_sync, fail(), loop=loop)


@in_loop
async def test_run_sync_on_a_thread_with_a_loop_of_its_own() -> None:
    """Decision 6: a callback that runs in another loop waits for the owner's all the same."""
    loop, got = asyncio.get_running_loop(), []
    await from_another_thread(lambda: got.append(run_sync(answer(), loop=loop)))
    assert got == [(42, threading.get_ident())]


def test_run_sync_gives_up_after_its_timeout() -> None:
    """Decision 6: the time is up, and the work is cancelled."""
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def own(loop: asyncio.AbstractEventLoop) -> Any:
        return await asyncio.to_thread(run_sync, never(), loop=loop, timeout=0.01)

    with pytest.raises(TimeoutError):
        run_sync(never(), timeout=0.01)

    async def from_a_thread() -> None:
        with pytest.raises(TimeoutError):
            await own(asyncio.get_running_loop())

    asyncio.run(from_a_thread())
    assert ended == ["cancelled", "cancelled"]


def test_importing_the_widgets_patches_nothing() -> None:
    """Decision 6: nest-asyncio2 is not imported, and asyncio's own tasks are left as they were."""
    code = (
        "import asyncio, sys; before = asyncio.Task, asyncio.run, asyncio.Future\n"
        "from event_collector_widgets import *\n"
        "assert 'nest_asyncio2' not in sys.modules and 'nest_asyncio' not in sys.modules\n"
        "assert (asyncio.Task, asyncio.run, asyncio.Future) == before"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60, env=env)


@pytest.mark.parametrize(
    ("turns", "pauses"),
    [
        ([10.0, 20.0, 30.0], []),
        ([0.001, 0.002, 0.003, 0.004, 0.005], [0.002, 0.004]),
        ([0.001, 0.002, 1.0, 1.001], [0.002, 1.001]),
    ],
)
def test_a_busy_loop_yields_to_the_threads_of_the_kernel(
    turns: list[float], pauses: list[float]
) -> None:
    """A click is answered under load: a pause every 2 ms, and none while there is little to do."""
    clock = [0.0]
    slept: list[float] = []
    yielding = YieldToThreads(lambda: clock[0], lambda seconds: slept.append(clock[0]))
    for clock[0] in turns:
        yielding.turn()
    assert slept == pauses
