"""Who waits for a task, as far as asyncio tells; and callers that would wait for themselves."""

import asyncio
import contextvars
from collections.abc import Callable, Generator, Iterable, Iterator
from types import GeneratorType
from typing import Any

from event_collector._tracebacks import variable

LOOK = 1.0
"""Seconds from one look at who waits for a caller to the next; each time twice as many."""
LONGEST = 64.0
"""Seconds from one look to the next at most."""
PATIENCE = 60.0
"""Seconds after which a caller is told that what it waits for waits for it, where that has not
started it: a wait that has a time limit, which nobody can see, mostly ends before."""


def awaiting(
    task: asyncio.Task[Any],
    beyond: Callable[[asyncio.Task[Any]], Iterable[asyncio.Future[Any]]] = lambda _: (),
    *,
    needs: bool = False,
) -> Iterator[asyncio.Task[Any]]:
    """This task and all that wait for it, be it by `gather`, `wait`, `shield`, `as_completed`, a
    task group, or a task that they wait for.

    Told by what asyncio calls when a future is done: the step of a task, a method of a task group
    or of `as_completed`, or a function in which the future is that somebody else waits for.

    Args:
        task: Whom they wait for.
        beyond: Gives what else is done only when a task goes on.
        needs: Leave out who goes on without it: when another task is done first, or after a time.
    """
    ahead: list[asyncio.Future[Any]] = [task]
    seen = {id(task)}
    while ahead:
        here = ahead.pop()
        found: list[asyncio.Future[Any]] = []
        if isinstance(here, asyncio.Task):
            yield here
            found += beyond(here)
        for call, _ in getattr(here, "_callbacks", None) or ():
            found += _behind(call, needs)
        for waits in found:
            if id(waits) not in seen:
                seen.add(id(waits))
                ahead.append(waits)


def _behind(call: Any, needs: bool) -> Iterator[asyncio.Future[Any]]:
    """The futures and tasks that go on when this is called."""
    owner = getattr(call, "__self__", None)
    if isinstance(owner, asyncio.TaskGroup):
        owner = getattr(owner, "_parent_task", None)
    if isinstance(owner, asyncio.Future):
        yield owner
    if isinstance(owner, GeneratorType) and owner.gi_code is _waking.__code__:
        frame = owner.gi_frame
        if frame is not None:
            yield variable(frame, "turn")
    if getattr(call, "__module__", None) != "asyncio.tasks":
        return
    cells = getattr(call, "__closure__", None) or ()
    inner = (
        dict(zip(call.__code__.co_freevars, map(_contents, cells), strict=True)) if cells else {}
    )
    if needs and (owner is not None or _goes_on_without(inner)):
        return
    for one in [*inner.values(), getattr(owner, "_done", None)]:  # the latter of `as_completed`
        if isinstance(one, asyncio.Future):
            yield one
        elif isinstance(one, asyncio.Queue):
            yield from list(getattr(one, "_getters", ()))


def _goes_on_without(inner: dict[str, Any]) -> bool:
    """Whether these are the variables of an `asyncio.wait` that has a time limit, or others to wait
    for of which one is enough; or of an `as_completed`, which has others too."""
    if "waiter" not in inner:
        return "done" in inner
    others = inner.get("counter", 1) > 1 and inner.get("return_when") != asyncio.ALL_COMPLETED
    return inner.get("timeout_handle") is not None or others


def _contents(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it has none
        return None


def for_itself(call: str, how: str, to_start: str) -> RuntimeError:
    """The error of a caller that would wait for itself."""
    return RuntimeError(
        f"{call} was called {how}, and would wait for itself; call it elsewhere, or "
        f"asyncio.create_task(queue.{to_start}), and do not wait for that"
    )


class Refusal:
    """While a caller waits: a future that is done as soon as it waits for itself.

    Then the caller is to leave, and the error is raised. One look at the call is not enough.
    Whoever starts a task for it may wait for that task later, and under an eager task factory
    always does.

    Args:
        why: Called in the caller's context, with whether it is late; gives the error, or None while
            there is none.
    """

    def __init__(self, why: Callable[[bool], Exception | None]) -> None:
        self._why: Callable[[bool], Exception | None] | None = why
        self._waited = 0.0
        self._error: Exception | None = None  # not in the future, which the caller's frame has
        self._pause = LOOK

    def __enter__(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        # A cancelled timer keeps its context until its time comes: an empty one keeps nothing.
        self._context: contextvars.Context | None = contextvars.copy_context()
        self._refused: asyncio.Future[None] = loop.create_future()
        self._timer: asyncio.Handle = loop.call_soon(self._look, context=contextvars.Context())
        return self._refused

    def __exit__(self, kind: object, *_: object) -> None:
        self._timer.cancel()
        self._refused.cancel()
        self._why = self._context = None  # both may lead back to here
        error, self._error = self._error, None
        try:
            if error is not None and kind is None:
                raise error
        finally:
            del error, self

    def _look(self) -> None:
        if self._why is None or self._context is None or self._refused.done():
            return
        if (error := self._context.run(self._why, self._waited >= PATIENCE)) is not None:
            self._error = error
            self._refused.set_result(None)
            return
        loop = asyncio.get_running_loop()
        # A loop with a clock of its own does not go on for the sake of this timer.
        later = getattr(loop, "call_aside", loop.call_later)
        self._timer = later(self._pause, self._look, context=contextvars.Context())
        self._waited += self._pause
        self._pause = min(2 * self._pause, LONGEST)


async def first_of(one: asyncio.Future[Any], refused: asyncio.Future[None]) -> None:
    """Return when one of both is done. By this, who looks sees that the caller needs the first: of
    a wait of asyncio's own he would have to take it that either will do."""
    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    calls = [(each, _waking(turn)) for each in (one, refused)]
    try:
        for each, waking in calls:
            next(waking)
            each.add_done_callback(waking.send)
        await turn
    finally:
        for each, waking in calls:
            each.remove_done_callback(waking.send)


def _waking(turn: asyncio.Future[None]) -> Generator[None, object]:
    """Ends a wait when it goes on. A generator that has begun: an interrupt that strikes as the
    loop calls it strikes within its `try`. (It yields once more, and is dropped there.)"""
    try:
        yield
        _end(turn)
    except (KeyboardInterrupt, SystemExit):  # the stop button strikes once
        _end(turn)
        raise
    yield


def _end(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


async def result_of(
    task: asyncio.Task[None], refused: asyncio.Future[None], unheard: Callable[[Any], object]
) -> None:
    """Wait for a task. If the caller leaves before, `unheard` is called when the task has ended."""
    heard = False
    try:
        await first_of(task, refused)
        heard = task.done()
    finally:
        if not heard:
            task.add_done_callback(unheard)
    if heard:
        task.result()
