"""The guard: puts the watchers together, and judges each cell by what they have found."""

import asyncio
import functools
import gc
import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from event_collector_widgets.guard import faults
from event_collector_widgets.guard.awaits import Awaits
from event_collector_widgets.guard.callbacks import Callbacks
from event_collector_widgets.guard.cells import Run, tags_of
from event_collector_widgets.guard.crossing import Crossing
from event_collector_widgets.guard.executors import Executors
from event_collector_widgets.guard.expected import Expected, unmet_tags
from event_collector_widgets.guard.faults import Fault, GuardError
from event_collector_widgets.guard.generators import close_generators
from event_collector_widgets.guard.late import Late
from event_collector_widgets.guard.loops import Handlers, OtherLoops
from event_collector_widgets.guard.ours import Ours
from event_collector_widgets.guard.quiet import Quiet
from event_collector_widgets.guard.reruns import Left, counted
from event_collector_widgets.guard.rest import rest
from event_collector_widgets.guard.settings import Settings
from event_collector_widgets.guard.tasks import Tasks, name_of
from event_collector_widgets.guard.threads import Unheard
from event_collector_widgets.kernel import name_cells

TURNS = 3
"""Turns of the loop after a cell, at least: a task's first step, and who waits for it."""
MOST_TURNS = 50
"""Turns at most, for as long as anything is due at once."""
MOMENT = 1.0
"""Seconds for which the end waits for calls in executors, if any has not ended."""
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
        self._handlers = Handlers(self.tell, self.tasks, lambda: self.run)
        started = functools.partial(self._run_with, r"\bstart_new_thread\(")
        self._unheard = Unheard(self.tell, lambda: self.run, self.now, started)
        self._crossing = Crossing(self.tasks, self._unheard.run_of)
        here = self._unheard.run_here
        self._loops = OtherLoops(self.tell, here, self.now)
        self._executors = Executors(self.tell, here, self.now)
        self._callbacks = Callbacks(shell, self.tell, self.now)
        self._awaits = Awaits(shell, self.tell, lambda: self.run, self.now)
        self._late = Late(self.tell)
        self._quiet = Quiet()

    def attach(self) -> None:
        """Begin to watch."""
        self._unheard.attach()
        self._loops.attach()
        self._executors.attach()
        self._callbacks.attach()
        self._awaits.attach()
        self.ours.attach()
        if self.settings.runner:
            self._late.attach()
            self._quiet.attach()
        faults.name_cells = name_cells
        self._watch_loop()

    def detach(self) -> None:
        """Put everything back as it was."""
        watchers = (
            self._quiet,
            self._late,
            self.ours,
            self._awaits,
            self._callbacks,
            self._executors,
            self._loops,
            self._unheard,
        )
        for each in watchers:
            each.detach()
        self._handlers.detach()
        self._crossing.detach()
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
        self._crossing.watch(self.loop)
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
        self._executors.forget(key)
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
            self._executors.given(result.result, self.shell.user_ns)
        run.ended = self.now()
        self._unheard.note(run)
        self._callbacks.look(own, failed, run)
        self.run = None
        if failed:
            run.met = True
            self._keep()
            self._awaits.hint(run.source)
            return None
        found = [*self._take(), *self.expected.unmet(run)]
        return GuardError(found, run) if found else None

    def _keep(self, deep: bool = False) -> None:
        for fault in [*self.tasks.failed(), *self.ours.look()]:
            self.tell(fault)
        for name, by_hand, fault in self.tasks.kept_futures(self.shell.user_ns, deep):
            if by_hand and not deep:  # it was not there when the cell before this had ended
                run = self._runs[-1] if self._runs else None
            else:
                run = self._run_of(name)
            self.tell(replace(fault, made=run, at=None if run is None else run.begun))

    def _take(self, deep: bool = False) -> list[Fault]:
        """What was found and is not expected; each is told once."""
        self._keep(deep)
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
        found = [*self._take(deep=True), *self._open()]
        stuck = await self.left.stop(None, close=True)
        found += [
            Fault(f"{name} did not end in time when it was stopped", made)
            for name, made in stuck.items()
        ]
        await self._wait_for_executors()
        async for fault in close_generators(self.loop):
            found.append(replace(fault, made=self._run_naming(fault.what)))
        await self._collect()
        found += [*self._take(), *self._executors.kept()]
        async for fault, called in rest():
            found.append(replace(fault, made=self._run_naming(called)))
        found = [fault for fault in found if not self.expected.covers(fault)]
        found += unmet_tags(self._runs)
        if found:
            raise GuardError(found, self.run)

    async def _wait_for_executors(self) -> None:
        """Give calls in threads a moment to end: what fails after this is not seen."""
        await self.settle()
        for _ in range(50):
            if not (self._executors.running() or self.tasks.calling()):
                break
            await asyncio.sleep(MOMENT / 50)

    async def _collect(self) -> None:
        """Free what lies in cycles of references: a forgotten await, or a `__del__` that raises."""
        before = list(self._found)
        self._found.clear()
        gc.collect()
        await self.settle()
        freed = list(self._found)
        self._found.clear()
        self._found.extend(before)
        for fault in freed:  # it was found now, and made at some time or other
            guessed = fault.made is None or fault.made is self.run
            self.tell(replace(fault, made=self._run_naming(fault.what)) if guessed else fault)

    def _run_naming(self, what: str) -> Run | None:
        """The newest run of a cell that calls what is named first in some words, or its class."""
        named = re.match(r"(?:coroutine )?([\w.<>]+)", what)
        names = [] if named is None else named[1].split(".")
        for name in reversed([name for name in names if not name.startswith(("_", "<"))]):
            if run := self._run_with(rf"(?<!def )(?<!class )\b{re.escape(name)}\("):
                return run
        return None

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
        yield from self._awaits.close_kept(self._run_of)

    def _closing(self, queue: Any) -> str:
        bench = self.ours.bench_of(queue)
        wanted = queue if bench is None else bench
        names = [name for name, value in self.shell.user_ns.items() if value is wanted]
        name = next((each for each in names if not each.startswith("_")), None)
        if bench is not None:
            return f"await {name or 'bench'}.close()"
        return f"await {name or 'queue'}.shut_down_queue()"

    def _run_with(self, pattern: str) -> Run | None:
        """The newest run of a cell in which a regular expression is found."""
        return next((run for run in reversed(self._runs) if re.search(pattern, run.source)), None)

    def _run_of(self, name: str) -> Run | None:
        """The newest run of a cell that sets a variable, or else has its name in it."""
        word = rf"(?<![\w.]){re.escape(name)}\b"
        assigned = rf"{word}(?:\s*,[\s\w,*]*)?(?:\s*:[^=\n]+)?\s*=(?!=)"
        for pattern in (assigned, word):
            for run in reversed(self._runs):
                closing = run is self.run  # it names what others have made
                if re.search(pattern, run.source) and not (closing and pattern is word):
                    return run
        return None
