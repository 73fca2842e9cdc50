"""Run again = replace: what a cell's last run has left behind is shut down before the next."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from event_collector_widgets.guard.cells import Run
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.ours import Ours, Watched
from event_collector_widgets.guard.tasks import Made, Tasks, name_of

if TYPE_CHECKING:
    from event_collector import CollectorQueue

LIMIT = 5.0
"""Seconds within which what was left behind has to end."""


class Left:
    """What goes on of what cells have started: tasks, queues and workbenches.

    Args:
        tasks: The notebook's tasks.
        ours: Its queues and workbenches.
        tell: Gets what fails when it is shut down.
    """

    def __init__(self, tasks: Tasks, ours: Ours, tell: Callable[[Fault], object]) -> None:
        self._tasks = tasks
        self._ours = ours
        self._tell = tell

    def named(self, key: str | None = None) -> list[str]:
        """What goes on, in words, of the cell with a key or of all."""
        tasks = [name_of(task) for task, _ in self._tasks.pending(key)]
        queues = [self._ours.name_of(queue) for queue, _ in self._ours.running(key)]
        return [*counted(tasks), *queues]

    async def stop(
        self, key: str | None, *, close: bool, limit: float = LIMIT
    ) -> dict[str, Run | None]:
        """Stop it: tasks first, so that nothing is sent to a queue that is closed; then drain.

        Args:
            key: That of the cell; None stops what any cell has started.
            close: Whether a workbench is closed; else its queue alone is shut down, and the next
                workbench of its name takes over its panels.
            limit: Seconds that it may take.

        Returns:
            In words, what did not end in time, and the run of the cell that made it (of several
            that are called alike, the first).
        """
        end = asyncio.get_running_loop().time() + limit
        stuck = await self._cancel(self._tasks.pending(key), end)
        for queue, watched in self._ours.running(key):
            if not await self._shut_down(queue, watched, end, close):
                stuck[self._ours.name_of(queue)] = watched.run
        return stuck

    async def _cancel(
        self, pending: list[tuple[asyncio.Task[Any], Made]], end: float
    ) -> dict[str, Run | None]:
        for task, _ in pending:
            task.cancel()
        if not pending:
            return {}
        timeout = max(end - asyncio.get_running_loop().time(), 0.0)
        _, stuck = await asyncio.wait([task for task, _ in pending], timeout=timeout)
        runs: dict[str, Run | None] = {}
        names = []
        for task, made in pending:
            if task in stuck:
                names.append(name_of(task))
                runs.setdefault(names[-1], made.run)
        return dict(zip(counted(names), runs.values(), strict=True))

    async def _shut_down(
        self, queue: "CollectorQueue", watched: Watched, end: float, close: bool
    ) -> bool:
        """Drain a queue and leave its lifecycles; say whether it ended of its own accord."""
        bench, name = self._ours.bench_of(queue), self._ours.name_of(queue)
        shut_down = bench.close if close and bench is not None else queue.shut_down_queue
        left = max(end - asyncio.get_running_loop().time(), 0.0)
        try:
            # Cancelled, a shutdown cuts off what is not done, and leaves the lifecycles still.
            async with asyncio.timeout(left):
                await shut_down()
        except TimeoutError as error:
            if asyncio.get_running_loop().time() >= end:
                return False
            self._failed(name, error, watched)
        except Exception as error:
            self._failed(name, error, watched)
        return True

    def _failed(self, name: str, error: BaseException, watched: Watched) -> None:
        self._tell(Fault.of(f"shutting down {name} failed", error, watched.run, at=watched.at))


def counted(names: list[str]) -> list[str]:
    """Each name once, with how often it was there."""
    times = {name: names.count(name) for name in dict.fromkeys(names)}
    return [name if count == 1 else f"{name} ({count} times)" for name, count in times.items()]
