"""Where simulate runs: in a cell, in a thread, in itself; and what it leaves behind."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import random
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from event_collector.simulation import simulate

ROOT = Path(__file__).parents[3]


def now() -> float:
    """The clock of the loop that runs."""
    return asyncio.get_running_loop().time()


async def an_hour() -> float:
    """Sleep for an hour, and say what the clock shows."""
    await asyncio.sleep(3600)
    return now()


def test_what_main_leaves_behind_is_ended() -> None:
    """Tasks are cancelled, async generators closed, the loop too."""
    ended: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(1)
            ended.append("generator")

    async def forever() -> None:
        try:
            await asyncio.sleep(1e9)
        finally:
            ended.append("task")

    async def main() -> tuple[asyncio.AbstractEventLoop, object]:
        open_one = numbers()
        await anext(open_one)
        background = asyncio.create_task(forever())
        await asyncio.sleep(1)
        return asyncio.get_running_loop(), (open_one, background)

    loop, _ = simulate(main)
    assert ended == ["task", "generator"]
    assert loop.is_closed()


def test_a_task_that_does_not_let_itself_be_cancelled_is_named_and_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The end comes, whatever a task does."""

    async def stubborn() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1e9)

    async def main() -> object:
        task = asyncio.create_task(stubborn(), name="the stubborn one")
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        await asyncio.sleep(1)
        return task

    with caplog.at_level(logging.WARNING, "event_collector"):
        task = simulate(main)
    assert "1 tasks did not end when simulate() cancelled them: the stubborn one" in caplog.text
    task.get_coro().close()  # type: ignore[attr-defined]


def test_main_sees_the_callers_context_variables() -> None:
    """In a copy: what it sets stays inside."""
    variable = contextvars.ContextVar("variable", default=0)
    variable.set(1)

    async def main() -> int:
        seen = variable.get()
        variable.set(2)
        return seen

    assert simulate(main) == 1
    assert variable.get() == 1


def in_a_cell(run: Callable[[], Any]) -> Any:
    """Call something as a cell does: in a task, while the notebook's loop runs."""

    async def cell() -> Any:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        other = asyncio.create_task(asyncio.sleep(0, "other"))
        result = run()
        assert asyncio.get_running_loop() is loop
        assert asyncio.current_task() is task
        assert await asyncio.wait_for(other, 1) == "other"
        return result

    return asyncio.run(cell())


def test_it_works_while_the_notebooks_loop_runs_which_goes_on_afterwards() -> None:
    """The moment for which there is `simulate`: a cell."""
    assert in_a_cell(lambda: simulate(an_hour)) == 3600.0


def test_the_running_loop_goes_on_after_an_exception_too() -> None:
    """What main raises leaves the notebook whole."""

    async def fail() -> None:
        raise ZeroDivisionError

    def run() -> None:
        with pytest.raises(ZeroDivisionError):
            simulate(fail)

    in_a_cell(run)


def test_a_simulation_runs_within_a_simulation() -> None:
    """Each has its own clock."""

    async def main() -> tuple[float, float, float]:
        await asyncio.sleep(5)
        inner = simulate(an_hour)
        before = now()
        await asyncio.sleep(5)
        return inner, before, now()

    assert simulate(main) == (3600.0, 5.0, 10.0)
    assert in_a_cell(lambda: simulate(main)) == (3600.0, 5.0, 10.0)


def test_it_works_in_another_thread() -> None:
    """No part of it needs the main thread."""
    results: list[float] = []
    thread = threading.Thread(target=lambda: results.append(simulate(an_hour)))
    thread.start()
    thread.join(20)
    assert results == [3600.0]


@pytest.mark.parametrize("outer", [in_a_cell, lambda run: run()], ids=["cell", "script"])
def test_the_stop_button_ends_it_and_all_is_put_back(
    outer: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A real SIGINT, also where asyncio.run would only cancel the task that stands still."""
    ended: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    state = random.getstate()

    async def busy() -> None:
        try:
            while now() < 5000:
                await asyncio.sleep(1)
                if now() == 1000:
                    signal.raise_signal(signal.SIGINT)
        finally:
            ended.append("busy")

    async def bystander() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            ended.append("bystander")

    async def main() -> None:
        other = asyncio.create_task(bystander())
        async with asyncio.TaskGroup() as group:
            group.create_task(busy())
        await other

    def run() -> None:
        handler = signal.getsignal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            simulate(main, seed=1)
        assert signal.getsignal(signal.SIGINT) is handler

    outer(run)
    gc.collect()
    assert caplog.text == ""
    assert ended == ["busy", "bystander"]
    assert random.getstate() == state
    assert signal.getsignal(signal.SIGINT) is before


def test_a_keyboard_interrupt_of_main_comes_out() -> None:
    """And the loop of the cell works on."""

    async def main() -> None:
        raise KeyboardInterrupt

    def run() -> None:
        with pytest.raises(KeyboardInterrupt):
            simulate(main)

    in_a_cell(run)


def test_importing_the_engine_does_not_import_the_simulation() -> None:
    """And the simulation needs the standard library only."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import event_collector; "
        "print(any('simulation' in name for name in sys.modules)); before = set(sys.modules); "
        "import event_collector.simulation; "
        "new = {name.split('.')[0] for name in set(sys.modules) - before}; "
        "print(new - sys.stdlib_module_names - {'event_collector'})"
    )
    said = subprocess.run(
        [sys.executable, "-ISc", code], capture_output=True, text=True, check=True
    )
    assert said.stdout.split("\n")[:2] == ["False", "set()"]
