"""stop_on_signals: SIGTERM and Ctrl-C end a service in good order.

async def main():
    async with stop_on_signals() as stop, queue:
        ...
        await stop.wait()

asyncio.run(main())
"""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from event_collector._core.undertaking import urgent
from event_collector._log import logger
from event_collector._text import one_line

__all__ = ["StopOnSignals", "stop_on_signals"]

DEFAULTS = (signal.SIGINT, signal.SIGTERM)


class StopOnSignals:
    """What `stop_on_signals` gives: tells whether the first signal has come, and the second."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.signal: signal.Signals | None = None
        """The first signal that came; None until then."""
        self.forced = False
        """Whether a second signal came, and cut off what the first one let end in good order."""

    def is_set(self) -> bool:
        """Whether the first signal has come, or `set` was called."""
        return self._event.is_set()

    def set(self) -> None:
        """Stop, without a signal. A signal that comes after that counts as the first one."""
        self._event.set()

    async def wait(self) -> None:
        """Wait for the first signal."""
        await self._event.wait()

    def __repr__(self) -> str:
        state = "forced" if self.forced else "set" if self.is_set() else "waits"
        return f"StopOnSignals({state})"


@asynccontextmanager
async def stop_on_signals(*signals: signal.Signals) -> AsyncIterator[StopOnSignals]:
    """Hold signals while a block runs: the first one sets what this gives, a second one is urgent.

    Write it outermost, as in `async with stop_on_signals() as stop, queue:`. Then `await
    stop.wait()` returns with the first signal, the block ends, and the signals are still held while
    the queue drains. The second one cancels the task that entered, and each queue that it shuts
    down in the block, then or later, cuts off what is not done. That one CancelledError ends here,
    at the end of the block, and `stop.forced` says so; what the block had raised before is logged.
    Further signals change nothing. Afterwards the handlers are as they were before. Within one
    another, the innermost block has the signals.

    Args:
        signals: Which ones: SIGINT and SIGTERM unless given.

    Raises:
        TypeError: One of them is not a signal.
        RuntimeError: Signals cannot be had here: not in the main thread, in a notebook, or in a
            loop without signal handlers, such as those of Windows; or the loop has a handler of
            somebody else's that it does not show, as uvloop, so that it could not be put back.
            It says what to do instead.
    """
    chosen = _checked(signals)
    loop, task = _here()
    assert task is not None
    stop = StopOnSignals()

    def came(number: signal.Signals) -> None:
        if stop.signal is None:
            stop.signal = number
            stop.set()
        elif not stop.forced:
            stop.forced = True
            # The block may catch the cancellation before it ends, and with it its queues.
            urgent.add(task)
            task.cancel(f"a second signal came: {number.name}")

    with contextlib.ExitStack() as held:
        for number in chosen:
            _Held(loop, number, partial(came, number)).enter(held)
        try:
            yield stop
        except asyncio.CancelledError as exc:
            # Ours, or somebody else's: with ours taken back, nobody wants this task cancelled.
            if not stop.forced or task.uncancel() > 0:
                raise
            _tell_what_was_cut_off(exc)
        except BaseException:
            if stop.forced:
                await _swallow(task)
            raise
        else:
            if stop.forced:
                await _swallow(task)
        finally:
            urgent.discard(task)


def _tell_what_was_cut_off(cancelled: asyncio.CancelledError) -> None:
    """Log what the block had raised, or just handled, when it was cancelled: that ends here too."""
    raised = cancelled.__context__
    while isinstance(raised, asyncio.CancelledError):
        raised = raised.__context__
    if raised is not None:
        logger.error("a second signal cut off what followed this", exc_info=raised)


async def _swallow(task: "asyncio.Task[object]") -> None:
    """End a cancellation that the block has swallowed, or did not wait long enough to feel."""
    others = task.uncancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        if others:
            raise


def _checked(signals: tuple[signal.Signals, ...]) -> tuple[signal.Signals, ...]:
    chosen = []
    for number in signals or DEFAULTS:
        try:
            chosen.append(signal.Signals(number))
        except ValueError:
            raise TypeError(
                f"stop_on_signals() takes signals, got {type(number).__name__}: "
                f"{one_line(number)}; write signal.SIGTERM"
            ) from None
    for number in chosen:
        if number.name in {"SIGKILL", "SIGSTOP"}:
            raise _unavailable(f"nobody can hold {number.name}; leave it out")
    return tuple(dict.fromkeys(chosen))


def _here() -> "tuple[asyncio.AbstractEventLoop, asyncio.Task[object] | None]":
    """The loop and the task that are stopped, where signals can be had."""
    if threading.current_thread() is not threading.main_thread():
        raise _unavailable("Python gives them to the main thread only")
    # Known without an import: the kernel has its own use for Ctrl-C, the stop button.
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel is not None and kernel.IPKernelApp.initialized():
        raise _unavailable("in a notebook the stop button has them")
    return asyncio.get_running_loop(), asyncio.current_task()


_holding: "list[_Held]" = []
"""Which signals are held now, the innermost ones last. asyncio tells nobody what handlers a loop
has, and keeps one for each signal."""


class _Held:
    """A signal that is held in a loop, and what it did before."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, number: signal.Signals, came: Callable[[], object]
    ) -> None:
        self._loop, self._number, self._came = loop, number, came
        self._before = signal.getsignal(number)
        self._handle: asyncio.Handle | None = None
        """The loop's handler of somebody else's."""

    def enter(self, held: contextlib.ExitStack) -> None:
        """Hold it until the end of `held`."""
        if (outer := self._of_this_signal()) is not None:
            self._before, self._handle = outer._before, outer._handle
        elif self._loop_has_one():
            self._handle = getattr(self._loop, "_signal_handlers", {}).get(self._number)
            if self._handle is None:
                raise _unavailable(
                    f"the loop has a handler of {self._number.name} already, which it does not "
                    "show and which could not be put back; remove that one first"
                )
        held.callback(self._put_back)
        _holding.append(self)
        try:
            self._add(self._came)
        except (NotImplementedError, RuntimeError, ValueError) as exc:
            raise _unavailable(f"this loop does not take them ({exc!r})") from exc

    def _of_this_signal(self) -> "_Held | None":
        mine = (self._loop, self._number)
        return next((one for one in reversed(_holding) if (one._loop, one._number) == mine), None)

    def _loop_has_one(self) -> bool:
        """Whether what Python calls now is what a loop puts there, of this loop or its like."""
        if getattr(self._before, "__self__", None) is self._loop:
            return True  # as uvloop
        known = getattr(self._loop, "_signal_handlers", None)
        return known is not None and self._number in known

    def _add(self, came: Callable[[], object]) -> None:
        self._loop.add_signal_handler(self._number, came)

    def _put_back(self) -> None:
        innermost = self._of_this_signal() is self
        _holding.remove(self)
        if not innermost:
            return
        if (outer := self._of_this_signal()) is not None:
            self._add(outer._came)
        elif (handle := self._handle) is not None:
            self._add(handle._run)  # what the loop would call
        else:
            self._loop.remove_signal_handler(self._number)
            # None: a handler that was not made by Python, which cannot be put back from here.
            if self._before is not None:
                signal.signal(self._number, self._before)


def _unavailable(why: str) -> RuntimeError:
    return RuntimeError(
        f"stop_on_signals() cannot have signals here: {why}; "
        "end the block yourself, for example with an asyncio.Event"
    )
