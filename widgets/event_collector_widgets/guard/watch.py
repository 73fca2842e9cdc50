"""The guard: puts the watchers together, and judges each cell by what they have found."""

import asyncio
import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from event_collector_widgets.guard import faults
from event_collector_widgets.guard.awaits import Awaits
from event_collector_widgets.guard.callbacks import Callbacks
from event_collector_widgets.guard.cells import Run, tags_of
from event_collector_widgets.guard.expected import Expected
from event_collector_widgets.guard.faults import Fault, GuardError
from event_collector_widgets.guard.late import Late
from event_collector_widgets.guard.loops import Handlers
from event_collector_widgets.guard.ours import Ours
from event_collector_widgets.guard.reruns import Left, counted
from event_collector_widgets.guard.settings import Settings
from event_collector_widgets.guard.tasks import Tasks, name_of
from event_collector_widgets.guard.threads import Unheard
from event_collector_widgets.kernel import name_cells

TURNS = 3
"""Turns of the loop after a cell, at least: a task's first step, and who waits for it."""
MOST_TURNS = 50
"""Turns at most, for as long as anything is due at once."""
KEPT = 10_000
"""How many runs of cells are known."""


class Guard:
    """Watches one notebook. It holds no hook of the kernel: see `hooks`.

    Args:
        shell: IPython's shell.
        settings: What counts as a fault.
    """

    def __init__(self, shell: Any, settings: Settings) -> None:
        self.shell = shell
        self.settings = settings
        self.loop: asyncio.AbstractEventLoop | None = None
        self.run: Run | None = None
        """The run of the cell that is running."""
        self._runs: deque[Run] = deque(maxlen=KEPT)
        self._numbers = itertools.count()
        self._found: deque[Fault] = deque()
        """What was found and not told yet. Any thread may append."""
        self.expected = Expected(self.now)
        self.tasks = Tasks()
        self.ours = Ours(settings, lambda: self.loop, self._run_at)
        self.left = Left(self.tasks, self.ours, self.tell)
        self._handlers = Handlers(self.tell, self.tasks)
        self._unheard = Unheard(self.tell, lambda: self.run, self.now)
        self._callbacks = Callbacks(shell, self.tell, self.now)
        self._awaits = Awaits(shell, self.tell, lambda: self.run, self.now)
        self._late = Late(self.tell)

    def attach(self) -> None:
        """Begin to watch."""
        self._unheard.attach()
        self._callbacks.attach()
        self._awaits.attach()
        self.ours.attach()
        if self.settings.runner:
            self._late.attach()
        faults.name_cells = name_cells
        self._watch_loop()

    def detach(self) -> None:
        """Put everything back as it was."""
        for each in (self._late, self.ours, self._awaits, self._callbacks, self._unheard):
            each.detach()
        self._handlers.detach()
        self.tasks.detach()

    def tell(self, fault: Fault) -> None:
        """Note a fault, from any thread; it is judged when the cell ends that is running."""
        self._found.append(fault)

    def now(self) -> float:
        """The time of the loop's clock; 0 before there is a loop."""
        return 0.0 if self.loop is None else self.loop.time()

    def _watch_loop(self) -> None:
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self.tasks.watch(self.loop)
        self._handlers.watch(self.loop)

    def _run_at(self, time: float) -> Run | None:
        for run in reversed(self._runs):
            if run.begun <= time:
                return run if time <= run.ended else None
        return None

    # A cell

    def begin(self, source: str, cell_id: object, meta: object) -> Run:
        """A cell begins."""
        self._watch_loop()
        self._awaits.watch()
        if isinstance(cell_id, str):
            key = cell_id
        else:  # a test runner runs each cell once: two with the same source are two
            key = f"{next(self._numbers)}" if self.settings.runner else source.strip()
        for fault in [each for each in self._found if each.made and each.made.key == key]:
            self._found.remove(fault)  # the run that failed is gone
        tags = tags_of(source, meta)
        self.run = run = Run(key, self.shell.execution_count, source, self.now(), tags=tags)
        self._runs.append(run)
        return run

    async def settle(self) -> None:
        """Give the loop a few turns: what fails at once is found at the cell that made it."""
        due: Any = getattr(self.loop, "_ready", ())  # asyncio's own loops have it
        for turn in range(MOST_TURNS):
            await asyncio.sleep(0)
            if turn + 1 >= TURNS and not due:
                break

    def end(self, run: Run, result: Any, failed: bool) -> GuardError | None:
        """A cell has ended.

        Args:
            run: Its run.
            result: IPython's result of it, if there is one.
            failed: Whether it has failed by itself. What else was found is kept for the next then.

        Returns:
            Why it fails, if it does not by itself.
        """
        own = None
        if result is not None:
            own = result.error_before_exec or result.error_in_exec
            self._awaits.given(result.result, run)
        run.ended = self.now()
        self._unheard.note(run)
        self._callbacks.look(own, failed, run)
        self.run = None
        if failed:
            self._keep()
            self._awaits.hint(run.source)
            return None
        found = [*self._take(), *self.expected.unmet(run)]
        return GuardError(found, run) if found else None

    def _keep(self) -> None:
        for fault in [*self.tasks.failed(), *self.ours.look()]:
            self.tell(fault)
        for name, fault in self.tasks.kept_futures(self.shell.user_ns):
            run = self._run_with(f"{name} =") or self._run_with(name)
            self.tell(replace(fault, made=run, at=None if run is None else run.begun))

    def _take(self) -> list[Fault]:
        """What was found and is not expected; each is told once."""
        self._keep()
        found = []
        while self._found:
            fault = self._found.popleft()
            if not self.expected.covers(fault):
                found.append(fault)
        return found

    # The end

    async def close(self) -> None:
        """Close everything that goes on, and say what failed: see `guard.close`."""
        self._watch_loop()
        await self.settle()
        found = [*self._take(), *self._open()]
        stuck = await self.left.stop(None, close=True)
        found += [Fault(f"{name} did not end in time when it was stopped") for name in stuck]
        await self.settle()
        found += self._take()
        found = [fault for fault in found if not self.expected.covers(fault)]
        if found:
            raise GuardError(found, self.run)

    def _open(self) -> Iterator[Fault]:
        pending: dict[tuple[Run | None, str], int] = {}
        for task, made in self.tasks.pending():
            place = made.run, name_of(task)
            pending[place] = pending.get(place, 0) + 1
        for (run, name), count in pending.items():
            (what,) = counted([name] * count)
            yield Fault(f"{what} was still pending at the end", run, hint="await or cancel it")
        for queue, watched in self.ours.running():
            reading = queue.metrics()
            flying = reading.queued + reading.in_service
            plural = "" if flying == 1 else "s"
            events = f", with {flying} event{plural} in flight" if flying else ""
            what = f"{self.ours.name_of(queue)} was never shut down{events}"
            yield Fault(what, watched.run, hint=f"write: {self._closing(queue)}", at=watched.at)
        told = set()
        for name, coroutine in self._awaits.kept():
            coroutine.close()
            if (called := (name, coroutine.__qualname__)) not in told:
                told.add(called)
                run = self._run_with(f"{name} =") or self._run_with(name)
                what = f"coroutine {called[1]}() was never awaited, and {name!r} keeps it"
                yield Fault(what, run, hint=f"write: await {name}")

    def _closing(self, queue: Any) -> str:
        bench = self.ours.bench_of(queue)
        wanted = queue if bench is None else bench
        names = [name for name, value in self.shell.user_ns.items() if value is wanted]
        name = next((each for each in names if not each.startswith("_")), None)
        if bench is not None:
            return f"await {name or 'bench'}.close()"
        return f"await {name or 'queue'}.shut_down_queue()"

    def _run_with(self, text: str) -> Run | None:
        """The newest run of a cell with this text in it."""
        return next((run for run in reversed(self._runs) if text in run.source), None)
