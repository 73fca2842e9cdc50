"""simulate: run an async function on a virtual clock, from a script or from a notebook's cell."""

import asyncio
import inspect
import random
import signal
import threading
from asyncio import _get_running_loop, _set_running_loop
from asyncio.tasks import _swap_current_task  # type: ignore[attr-defined]
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from event_collector._log import logger
from event_collector._text import one_line
from event_collector.simulation.loop import VirtualLoop

GRACE = 3600.0
"""Virtual seconds that what is left has to end after it was cancelled."""

ROUNDS = 3
"""How many times what is left is cancelled."""


def simulate[T](main: Callable[[], Coroutine[Any, Any, T]], *, seed: int | None = None) -> T:
    """Run an async function on a virtual clock; return what it returns, raise what it raises.

    The clock, `loop.time()`, starts at 0.0. It stands still while anything can go on, and jumps
    to the next timer when everything waits, so an hour of sleeping takes no time. It is exact:
    `asyncio.sleep(1)` from 0 ends at 1.0. What computes takes no virtual time at all.

    It is called without `await`, in a script or in a cell while the notebook's loop runs; that
    loop stands still meanwhile, and goes on afterwards. It runs in the caller's thread and in a
    copy of its context. Tasks that `main` leaves behind are cancelled, its async generators
    closed. Queues, locks and futures of another loop cannot be used inside.

    Since computing takes no time, a queue's consumers work off all that is ready before they
    make way for others: a processor that sends to its own queue for ever and never sleeps never
    lets anything else go on. Code that blocks, such as `time.sleep`, takes real time and no
    virtual time.

    Args:
        main: An async function that needs no arguments; for others `lambda: main(argument)`.
        seed: Seeds the functions of `random` for the run, and puts their state back afterwards.
            None: leaves them alone.

    Raises:
        TypeError: `main` is not such a function, or `seed` not an int.
        DeadlockError: Nothing is ready, no timer is set, and `main` is not done.
        RealTimeError: Inside, a thread, a socket, a process or a signal was asked for.
        KeyboardInterrupt: The stop button, or Ctrl-C.
    """
    _check_main(main)
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise TypeError(f"seed must be an int or None, got {type(seed).__name__}: {one_line(seed)}")
    with _seeded(seed), _interruptible(), _apart_from_the_running_loop():
        coroutine = _started(main)
        loop = VirtualLoop()
        try:
            return _run(loop, coroutine)
        finally:
            try:
                _end(loop)
            finally:
                loop.close()


def _check_main(main: object) -> None:
    if isinstance(main, Coroutine):
        name = getattr(main, "__name__", "main")
        main.close()
        raise TypeError(
            f"simulate() takes the async function itself, got a coroutine; "
            f"write simulate({name}), not simulate({name}())"
        )
    if not callable(main):
        raise TypeError(
            f"simulate() takes an async function, got {type(main).__name__}: {one_line(main)}; "
            "write 'async def main():' and simulate(main)"
        )
    try:
        inspect.signature(main).bind()
    except TypeError as exc:
        raise TypeError(
            f"simulate() calls main() without arguments: {exc}; write simulate(lambda: main(...))"
        ) from None
    except ValueError:  # a function of C that does not tell
        pass


def _started[T](main: Callable[[], Coroutine[Any, Any, T]]) -> Coroutine[Any, Any, T]:
    coroutine = main()
    if not isinstance(coroutine, Coroutine):
        raise TypeError(
            f"simulate() takes an async function, but main() returned "
            f"{type(coroutine).__name__}: {one_line(coroutine)}; write 'async def main():'"
        )
    return coroutine


def _run[T](loop: VirtualLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run until a coroutine is done."""
    loop.main = task = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(task)
    finally:
        if task.done() and not task.cancelled():
            task.exception()  # it is raised above, or has been raised in the loop


def _end(loop: VirtualLoop) -> None:
    """Run the clean-up to its end, and raise the interrupts of cancelled tasks only then.

    The last of several interrupts ends it at once: somebody presses the stop button again.
    """
    loop.main = task = loop.create_task(_clean_up(loop))
    interrupt: BaseException | None = None
    for _ in range(ROUNDS):
        try:
            loop.run_until_complete(task)
            break
        except (KeyboardInterrupt, SystemExit) as exc:
            interrupt = exc
    if interrupt is not None:
        raise interrupt


async def _clean_up(loop: VirtualLoop) -> None:
    """Cancel what is left, and close what is open. The timer keeps this from a deadlock."""
    left: set[asyncio.Task[Any]] = set()
    for _ in range(ROUNDS):
        left = asyncio.all_tasks(loop) - {loop.main}
        if not left:
            break
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=GRACE)
        for task in ended:
            _tell(loop, task)
    if left:
        names = ", ".join(sorted(task.get_name() for task in left))
        logger.warning("%d tasks did not end when simulate() cancelled them: %s", len(left), names)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await loop.shutdown_asyncgens()


def _tell(loop: VirtualLoop, task: asyncio.Task[Any]) -> None:
    """Pass on what a cancelled task raised, which nobody else will see, as asyncio.run does."""
    exception = None if task.cancelled() else task.exception()
    if exception is not None and not isinstance(exception, KeyboardInterrupt | SystemExit):
        loop.call_exception_handler(
            {
                "message": "unhandled exception during the end of simulate()",
                "exception": exception,
                "task": task,
            }
        )


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    if seed is None:
        yield
        return
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt here, not in the loop that stands still.

    For a cell that awaits, a notebook's kernel cancels its task instead, and so does asyncio.run:
    neither would be heard before the end.
    """
    before = signal.getsignal(signal.SIGINT)
    if (
        threading.current_thread() is not threading.main_thread()
        or not callable(before)
        or before is signal.default_int_handler
    ):
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _apart_from_the_running_loop() -> Iterator[None]:
    """Have this thread look as if no loop ran in it, and no task was at work."""
    outer = _get_running_loop()
    if outer is None:
        yield
        return
    task = _swap_current_task(outer, None)
    _set_running_loop(None)
    try:
        yield
    finally:
        _set_running_loop(outer)
        _swap_current_task(outer, task)
