"""Executors: what a call in another thread or process has raised, and nobody has asked for.

A future of `concurrent.futures` says nothing of an exception that nobody has asked it for. So those
that a notebook gets become instances of a subclass, which notes that it is asked, and is told when
it is freed. One that is kept is told at the end, as a coroutine is: a later cell may ask it, and
when its thread ends is chance. What a library submits is the library's own affair.
"""

import asyncio
import functools
import inspect
import logging
import sysconfig
import traceback
import weakref
from collections.abc import Callable, Iterator
from concurrent import futures
from contextvars import ContextVar
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from event_collector_widgets.guard import pools
from event_collector_widgets.guard.cells import OTHERS, Run, root
from event_collector_widgets.guard.expected import moment
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.stand_in import stand_in
from event_collector_widgets.guard.tasks import OURS
from event_collector_widgets.imports import WhenImported

POOLS = {
    "concurrent.futures.thread": "ThreadPoolExecutor",
    "concurrent.futures.process": "ProcessPoolExecutor",
}
"""Where classes of executors lie; neither is imported before it is asked for."""
POOLED = ("concurrent", "multiprocessing")
"""The packages of pools, through which the code that asks is looked for."""
INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
"""The folders of what is installed: a notebook, and the modules beside it, lie elsewhere."""

LOGGER = logging.getLogger("concurrent.futures")
LOGGED = "exception calling callback for"
"""How it begins to tell of what a callback of a future has raised; nobody else hears of it."""


@dataclass(slots=True, eq=False)
class Batch:
    """The calls of one `submit` or one `map`. Whoever has seen one of them fail has seen all."""

    seen: bool = False


BATCH: ContextVar[Batch | None] = ContextVar("event_collector_widgets.guard batch", default=None)
"""That of the `map` which submits."""


@dataclass(slots=True, eq=False)
class Call:
    """A call, as its future keeps it: how it came to be, and whom to tell."""

    what: str
    hint: str
    run: Run | None
    at: float
    batch: Batch
    freed: Callable[[Any], object]


class Heard(futures.Future[Any]):
    """A future that notes whether it was asked. It calls itself as every other does."""

    _call: Call

    def result(self, timeout: float | None = None) -> Any:
        """Give the result, or raise what the call has raised; that it is asked is noted."""
        try:
            return super().result(timeout)
        finally:
            self._asked()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Give what the call has raised; that it is asked is noted."""
        try:
            return super().exception(timeout)
        finally:
            self._asked()

    def failure(self) -> BaseException | None:
        """What the call has raised, which is not asking."""
        ended = self.done() and not self.cancelled()
        return super().exception(0) if ended else None

    def _asked(self) -> None:
        if self.done():  # else the time was up
            self._call.batch.seen = True

    def __del__(self) -> None:
        """Nobody can ask it any more."""
        self._call.freed(self)


Heard.__name__ = Heard.__qualname__ = "Future"


class Executors:
    """Watches the futures that the notebook's code gets of executors, and of other threads' loops.

    Args:
        tell: Gets each fault, from any thread.
        run: Gives the run of the cell to which the code that asks belongs.
        now: Tells the time of the loop's clock.
    """

    def __init__(
        self,
        tell: Callable[[Fault], object],
        run: Callable[[], Run | None],
        now: Callable[[], float],
    ) -> None:
        self._tell = tell
        self._run = run
        self._now = now
        self._kinds: dict[type, type] = {futures.Future: Heard}
        """By its class, what a future or a result becomes."""
        self._known: dict[int, weakref.ref[Any]] = {}
        """By the `id()`. A dict, since threads change it while others copy it."""
        self._imports: list[WhenImported] = []
        self._step_out: list[Callable[[], None]] = []
        self._logged: Any = self._log

    def attach(self) -> None:
        """See the futures that are made from now on."""
        self._step_out.append(stand_in(futures.Executor, "map", self._map()))
        threadsafe = self._threadsafe()
        for module in (asyncio, asyncio.tasks):
            self._step_out.append(stand_in(module, "run_coroutine_threadsafe", threadsafe))
        self._imports = [WhenImported(name, self._pool_is_there) for name in POOLS]
        self._imports.append(WhenImported(pools.MODULE, self._other_pool_is_there))
        LOGGER.addFilter(self._logged)

    def detach(self) -> None:
        """See no more; the futures that are there become as they were."""
        LOGGER.removeFilter(self._logged)
        for each in self._imports:
            each.end()
        while self._step_out:
            self._step_out.pop()()
        for future in self._alive():
            future.__class__ = type(future).__base__
            del future._call
        self._known.clear()

    def _log(self, record: logging.LogRecord) -> bool:
        """Tell of a future's callback of the notebook's that raised; others are logged as ever."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not str(record.msg).startswith(LOGGED):
            return True
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        own = [frame for frame in frames if not frame.f_code.co_filename.startswith(INSTALLED)]
        if not own:
            return True
        what = f"callback {own[0].f_code.co_qualname}() of an executor's future failed"
        self._tell(Fault.of(what, error, self._run(), at=moment(self._now())))
        return False

    def _pool_is_there(self, module: ModuleType) -> None:
        pool = getattr(module, POOLS[module.__name__])
        self._step_out.append(stand_in(pool, "submit", self._submit(pool.submit)))

    def _other_pool_is_there(self, module: ModuleType) -> None:
        def watch(result: Any, function: Any) -> None:
            what = f"call of {name_of(function)}() in a pool"
            self._watch(result, what, pools.HINT, Batch())

        self._kinds |= pools.heard_kinds(module)
        pool = vars(module)["Pool"]
        for name, call in pools.calls_of(pool, watch).items():
            self._step_out.append(stand_in(pool, name, call))

    def _submit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def submit(pool: Any, fn: Any, /, *args: Any, **options: Any) -> Any:
            future = original(pool, fn, *args, **options)
            batch = BATCH.get()
            hint = "ask its future: .result()" if batch is None else "go through what map() gives"
            self._watch(future, f"call of {name_of(fn)}() in an executor", hint, batch or Batch())
            return future

        return submit

    def _map(self) -> Callable[..., Any]:
        original = futures.Executor.map

        @functools.wraps(original)
        def map_(pool: Any, fn: Any, *iterables: Any, **options: Any) -> Any:
            token = BATCH.set(Batch())
            try:
                return original(pool, fn, *iterables, **options)
            finally:
                BATCH.reset(token)

        return map_

    def _threadsafe(self) -> Callable[..., Any]:
        original = asyncio.run_coroutine_threadsafe

        @functools.wraps(original)
        def run_coroutine_threadsafe(coro: Any, loop: Any) -> Any:
            what = f"coroutine {getattr(coro, '__qualname__', type(coro).__name__)}()"
            future = original(coro, loop)
            self._watch(future, f"{what} in another thread's loop", "ask its future", Batch())
            return future

        return run_coroutine_threadsafe

    def _watch(self, future: Any, what: str, hint: str, batch: Batch) -> None:
        kind = self._kinds.get(type(future))
        if kind is None or not is_the_notebooks():
            return
        future._call = Call(what, hint, self._run(), moment(self._now()), batch, self._freed)
        future.__class__ = kind
        self._known[id(future)] = weakref.ref(future)

    def _freed(self, future: Any) -> None:
        if self._known.pop(id(future), None) is not None and (fault := unseen(future)):
            self._tell(fault)

    def _alive(self) -> list[Any]:
        alive = (known() for known in list(self._known.values()))
        return [future for future in alive if future is not None]

    # What cells and the end ask

    def given(self, value: object, names: dict[str, object]) -> None:
        """Tell of a failure of what a cell has as its last value, and no variable but IPython's."""
        if any(type(value) is kind for kind in self._kinds.values()):
            kept = (each for name, each in names.items() if not name.startswith("_"))
            if not any(each is value for each in kept) and (fault := unseen(value)):
                self._tell(fault)

    def forget(self, key: str) -> None:
        """Tell nothing of what the last run of a cell has made: it is run again."""
        for future in self._alive():
            if future._call.run is not None and future._call.run.key == key:
                future._call.batch.seen = True

    def running(self) -> bool:
        """Whether any call has not ended."""
        return any(not future.done() for future in self._alive())

    def kept(self) -> Iterator[Fault]:
        """Those that failed, are kept, and were never asked."""
        for future in self._alive():
            if fault := unseen(future):
                yield fault


def unseen(future: Any) -> Fault | None:
    """What a future has raised, if nobody has asked for it; each batch gives it once."""
    call: Call = future._call
    error = None if call.batch.seen else future.failure()
    if error is None:
        return None
    call.batch.seen = True
    return Fault.of(f"{call.what} failed", error, call.run, hint=call.hint, at=call.at)


def name_of(function: Any) -> str:
    """The name of what is called, through what binds its arguments."""
    while isinstance(function, functools.partial):
        chunk = getattr(function.func, "__name__", "") == "_process_chunk"  # several calls in one
        function = function.args[0] if chunk and function.args else function.func
    return getattr(function, "__qualname__", None) or type(function).__name__


def is_the_notebooks() -> bool:
    """Whether the notebook's code submits, or that of a module beside it."""
    frame = inspect.currentframe()
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if root(module) not in POOLED and module not in (__name__, pools.__name__):
            break
        frame = frame.f_back
    if frame is None or root(module) in OTHERS or root(module) in OURS:
        return False
    return not frame.f_code.co_filename.startswith(INSTALLED)
