"""Hooks: where the guard stands in the kernel's way, and how it steps out of it again.

The kernel's own coroutine `do_execute` is wrapped. Before it, what the cell's last run has left can
be awaited, and its output belongs to the new cell; after it, the loop can have a few turns. A
traceback that is shown and a reply of status "error" make nbval fail, strict and lax, and nbclient:
each looks at one of the two only. Where there is no such coroutine, and for the cell that loads the
guard itself, the events `pre_run_cell` and `post_run_cell` stand in, which cannot await.
"""

import asyncio
import inspect
import sys
import threading
from typing import TYPE_CHECKING, Any

from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.faults import Fault, GuardError
from event_collector_widgets.guard.stand_in import stand_in
from event_collector_widgets.guard.watch import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

STOPPED = {"KeyboardInterrupt", "CancelledError"}
"""By which names a cell ends that the stop button has ended."""
LEAVING = 1.8
"""Seconds that are taken when the kernel ends: a client kills it after two and a half."""
GRACE = 0.3
"""Seconds more in which what is cut off may end."""


class Hooks:
    """Has a guard told of cells, and cells fail by its word.

    Args:
        shell: IPython's shell.
        guard: The guard.
    """

    def __init__(self, shell: Any, guard: Guard) -> None:
        self._shell = shell
        self._guard = guard
        self._kernel = getattr(shell, "kernel", None)
        self._thread = threading.get_ident()
        self._result: Any = None
        self._by_event: Run | None = None
        """The run that is judged when IPython says that it has ended."""
        self._step_out: list[Callable[[], None]] = []

    @property
    def _in_kernel(self) -> bool:
        execute = getattr(self._kernel, "do_execute", None)
        return inspect.iscoroutinefunction(inspect.unwrap(execute)) if execute else False

    def attach(self) -> None:
        """Step in. If a cell runs, it is judged too, from here on."""
        events = self._shell.events
        events.register("post_run_cell", self._cell_ran)
        if self._in_kernel:
            self._wrap("do_execute", self._execute)
            self._wrap("do_shutdown", self._shut_down)
        else:
            events.register("pre_run_cell", self._cell_begins)
        if self._guard.loop is not None:  # else it is loaded before any cell
            sources = self._shell.user_ns.get("In") or [""]
            self._by_event = self._guard.begin(str(sources[-1]), None, None)

    def detach(self) -> None:
        """Step out, where nobody else has stepped in since."""
        events = self._shell.events
        for name, call in [("post_run_cell", self._cell_ran), ("pre_run_cell", self._cell_begins)]:
            if call in events.callbacks[name]:
                events.unregister(name, call)
        while self._step_out:
            self._step_out.pop()()

    def _wrap(self, name: str, by: Any) -> None:
        original = getattr(self._kernel, name)

        async def wrapped(*args: Any, **options: Any) -> Any:
            return await by(original, *args, **options)

        # The kernel looks at the signature to see what it may pass.
        wrapped.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
        self._step_out.append(stand_in(self._kernel, name, wrapped))

    async def _execute(
        self, original: Any, code: str, silent: bool, *args: Any, **options: Any
    ) -> Any:
        if silent or threading.get_ident() != self._thread:
            return await original(code, silent, *args, **options)
        run = self._guard.begin(code, options.get("cell_id"), options.get("cell_meta"))
        token = RUN.set(run)
        try:
            await self._replace(run)
            reply = await original(code, silent, *args, **options)
            await self._guard.settle()
        finally:
            RUN.reset(token)
        if not self._step_out:  # the cell has unloaded the guard
            return reply
        result, self._result = self._result, None
        failed = reply["status"] != "ok"
        if failed and reply.get("ename") in STOPPED:
            self._say_what_goes_on(run)
        error: GuardError | None
        try:
            error = self._guard.end(run, result, failed)
        except Exception as own:  # without a reply the notebook would wait for ever
            error = GuardError([Fault.of("the guard itself failed", own, run)], run)
        return reply if error is None else self._fail(reply, error)

    async def _replace(self, run: Run) -> None:
        """Stop what the last run of the cell has left behind, and say so in a line."""
        left = self._guard.left.named(run.key)
        if not left:
            return
        stuck = await self._guard.left.stop(run.key, close=False)
        print(f"stopped what this cell's last run had left: {', '.join(left)}")  # noqa: T201
        if stuck:
            print(f"not ended in time: {', '.join(stuck)}", file=sys.stderr)  # noqa: T201

    def _say_what_goes_on(self, run: Run) -> None:
        if left := self._guard.left.named(run.key):
            said = f"still running, until this cell is run again: {', '.join(left)}"
            print(said, file=sys.stderr)  # noqa: T201

    def _fail(self, reply: dict[str, Any], error: GuardError) -> dict[str, Any]:
        self._shell.showtraceback((type(error), error, None))
        shown = {
            "ename": type(error).__name__,
            "evalue": str(error),
            "traceback": error._render_traceback_(),
        }
        return {**reply, "status": "error", **shown, "user_expressions": {}}

    # Without a kernel, and for the cell that loads the guard

    def _cell_begins(self, info: Any) -> None:
        if self._by_event is None:
            self._by_event = self._guard.begin(info.raw_cell or "", None, None)
            RUN.set(self._by_event)

    def _cell_ran(self, result: Any) -> None:
        self._result = result
        run, self._by_event = self._by_event, None
        if run is None or result is None:
            return
        self._result = None
        if (error := self._guard.end(run, result, not result.success)) is not None:
            self._shell.showtraceback((type(error), error, None))
            result.error_in_exec = error

    # The kernel's end

    async def _shut_down(self, original: Any, *args: Any, **options: Any) -> Any:
        try:
            await self._leave()
        finally:
            reply = original(*args, **options)
        return await reply if inspect.isawaitable(reply) else reply

    async def _leave(self) -> None:
        """Leave the lifecycles, in the seconds that a client gives; say whose were cut."""
        guard, loop = self._guard, self._guard.loop
        if loop is None or loop.is_closed():
            return
        with_lifecycles = {}
        for queue, _ in guard.ours.running():
            keys = [each.key for each in queue.collectors.values() if each.lifecycle is not None]
            with_lifecycles[guard.ours.name_of(queue)] = keys
        if not with_lifecycles:
            return
        stop = guard.left.stop(None, close=True, limit=LEAVING)
        cut = list(with_lifecycles)
        try:
            async with asyncio.timeout(LEAVING + GRACE):  # a cell may hold the loop
                if asyncio.get_running_loop() is loop:
                    cut = list(await stop)
                else:
                    there = asyncio.run_coroutine_threadsafe(stop, loop)
                    stopped: Any = await asyncio.wrap_future(there)
                    cut = list(stopped)
        except TimeoutError:
            pass
        for name in cut:
            keys = with_lifecycles.get(name, [])
            more = f"; the lifecycles of {keys} were cut off" if keys else ""
            said = f"the kernel ended before {name} had ended{more}"
            print(said, file=sys.__stderr__, flush=True)
