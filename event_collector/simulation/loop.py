"""VirtualLoop: an event loop whose clock jumps to the next timer when nothing is ready."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from heapq import heapify, heappop, heappush
from math import inf
from typing import Any

from event_collector._text import one_line
from event_collector.simulation.errors import DeadlockError, RealTimeError
from event_collector.simulation.waiting import who_waits

MANY = 100
"""From so many cancelled timers on they are thrown out, once they are half of all."""


def _refused(method: str, what: str) -> Any:
    """A method of the loop that raises at the place of the call."""

    def refuse(self: "VirtualLoop", *args: object, **kwargs: object) -> None:
        raise RealTimeError(method, what)

    return refuse


def _nothing() -> None:
    """Stands for a callback that was cancelled."""


def _calls_nothing(handle: "_Soon | _Timer") -> bool:
    """Whether it was cancelled: it calls nothing then, and nobody need ask before it is called."""
    return handle._callback is _nothing


class _Soon(asyncio.Handle):
    """A callback, made without what asyncio's debug mode needs, and by `call_soon` alone."""

    __slots__ = ()

    _context: Context
    _callback: Callable[..., object]
    _args: tuple[Any, ...]
    _loop: "VirtualLoop"
    # Of the class, so that they need not be set. And asyncio's constructor would be a call more.
    _source_traceback = _repr = None
    _cancelled = property(_calls_nothing)
    __init__: Callable[..., None] = object.__init__

    def cancel(self) -> None:
        """Do not call back."""
        self._callback, self._args = _nothing, ()


class _Timer(asyncio.TimerHandle):
    """A callback for a moment, made without what asyncio's debug mode needs, by `_at` alone."""

    __slots__ = ()

    _context: Context
    _callback: Callable[..., object]
    _args: tuple[Any, ...]
    _loop: "VirtualLoop"
    _source_traceback = _repr = None
    _cancelled = property(_calls_nothing)
    __init__: Callable[..., None] = object.__init__
    _scheduled: bool
    _when: float

    def cancel(self) -> None:
        """Do not call back."""
        if self._callback is not _nothing:
            self._callback, self._args = _nothing, ()
            if self._scheduled:
                self._loop.cancelled_timers += 1


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop with a clock of its own, that knows neither sockets nor threads.

    The clock stands at 0.0 first. While callbacks are ready it stands still; then it jumps to the
    next timer, exactly. Timers for the same moment go off in the order in which they were set.
    """

    stands_still = True
    """While anything is ready, its clock does not move. A `TimeSlice` needs no turns of it then."""

    _ready: deque[_Soon | _Timer]
    _scheduled: list[tuple[float, int, _Timer]]
    _closed: bool
    _stopping: bool
    _thread_id: int | None

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._timers_set = 0
        self._aside: list[tuple[float, int, _Timer]] = []
        """Timers for whose sake alone the clock does not jump."""
        self.cancelled_timers = 0
        """How many timers are still kept that were cancelled."""
        self.main: asyncio.Task[Any] | None = None
        """The task for whose end everything runs, if there is one."""

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def call_soon[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call back after all that is ready.

        Raises:
            RuntimeError: The loop is closed.
        """
        if self._closed:
            raise RuntimeError("Event loop is closed")
        # Written out, since everything that happens comes by here: a constructor is a call more.
        handle: _Soon = _Soon()
        handle._callback = callback
        handle._args = args
        handle._loop = self
        handle._context = copy_context() if context is None else context
        self._ready.append(handle)
        return handle

    def call_at[*Ts](
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back when the clock shows `when`; a moment that has passed means: soon.

        Raises:
            ValueError: `when` is not a number.
            RuntimeError: The loop is closed.
        """
        return self._at(when, callback, args, context)

    def call_later[*Ts](
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back after `delay` virtual seconds.

        Raises:
            ValueError: `delay` is not a number.
            RuntimeError: The loop is closed.
        """
        return self._at(self._now + delay, callback, args, context)

    def _at(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: Context | None,
    ) -> asyncio.TimerHandle:
        if self._closed:
            raise RuntimeError("Event loop is closed")
        timer: _Timer = _Timer()
        timer._callback = callback
        timer._args = args
        timer._loop = self
        timer._when = when
        timer._context = copy_context() if context is None else context
        if when > self._now:
            timer._scheduled = True
            self._timers_set = number = self._timers_set + 1
            heappush(self._scheduled, (when, number, timer))
        elif when <= self._now:
            timer._scheduled = False
            self._ready.append(timer)
        else:
            raise ValueError(f"a timer needs a moment in seconds, got {when}")
        return timer

    def call_aside[*Ts](
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back after `delay` virtual seconds, if anything else happens then or later.

        For what only looks on, such as the engine's word on a lifecycle that takes long: it must
        not keep a deadlock from being found.
        """
        timer: _Timer = _Timer()
        timer._callback, timer._args = callback, args
        timer._context = copy_context() if context is None else context
        timer._loop, timer._when, timer._scheduled = self, self._now + delay, False
        self._timers_set = number = self._timers_set + 1
        heappush(self._aside, (timer._when, number, timer))
        return timer

    def call_soon_threadsafe[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call back after all that is ready; from the loop's own thread only.

        Raises:
            RealTimeError: Another thread called it.
            RuntimeError: The loop is closed.
        """
        if self._thread_id not in (None, threading.get_ident()):
            raise RealTimeError("call_soon_threadsafe", "another thread")
        return self.call_soon(callback, *args, context=context)

    def _run_once(self) -> None:
        """Call back all that is ready, one after the other, and jump, until the loop is stopped."""
        ready = self._ready
        next_ready = ready.popleft
        while not self._stopping:
            handle = next_ready() if ready else self._jump()
            args = handle._args
            try:
                # A task's step has no argument or one, the end of a sleep has two. To spread a
                # tuple, Python makes two more objects.
                if (count := len(args)) == 1:
                    handle._context.run(handle._callback, args[0])
                elif count == 2:
                    handle._context.run(handle._callback, args[0], args[1])
                else:
                    handle._context.run(handle._callback, *args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                self._failed(handle, exc)

    def _failed(self, handle: asyncio.Handle, exc: BaseException) -> None:
        what = f"Exception in callback {one_line(handle._callback)}"  # type: ignore[attr-defined]
        self.call_exception_handler({"message": what, "exception": exc, "handle": handle})

    def _jump(self) -> _Soon | _Timer:
        """Set the clock to the next timer, and return it; others of that moment are ready then.

        Without one, nothing will ever happen again.
        """
        timers = self._scheduled
        if self.cancelled_timers:
            self._forget_cancelled()
        if not timers or (now := timers[0][0]) == inf:
            raise DeadlockError(self._now, who_waits(self, self.main))
        while self._aside and self._aside[0][0] <= now:
            self._now, _, aside = heappop(self._aside)
            if not aside._cancelled:
                return aside
        self._now = now
        first = heappop(timers)[2]
        first._scheduled = False
        while timers and timers[0][0] == now:
            timer = heappop(timers)[2]
            timer._scheduled = False
            if timer._cancelled:
                self.cancelled_timers -= 1
            self._ready.append(timer)
        return first

    def _forget_cancelled(self) -> None:
        """Throw cancelled timers out: the next ones, or all of them once they are many."""
        timers = self._scheduled
        if self.cancelled_timers > max(MANY, len(timers) // 2):
            timers[:] = [timer for timer in timers if not timer[2]._cancelled]
            heapify(timers)
            self.cancelled_timers = 0
        while timers and timers[0][2]._cancelled:
            heappop(timers)
            self.cancelled_timers -= 1

    def _write_to_self(self) -> None:
        """Wake the loop: it never sleeps."""

    run_in_executor = _refused("run_in_executor", "a thread")
    set_default_executor = _refused("set_default_executor", "a thread")

    getaddrinfo = _refused("getaddrinfo", "a network")
    getnameinfo = _refused("getnameinfo", "a network")
    create_connection = _refused("create_connection", "a network")
    create_server = _refused("create_server", "a network")
    create_unix_connection = _refused("create_unix_connection", "a socket")
    create_unix_server = _refused("create_unix_server", "a socket")
    create_datagram_endpoint = _refused("create_datagram_endpoint", "a network")
    connect_accepted_socket = _refused("connect_accepted_socket", "a socket")
    start_tls = _refused("start_tls", "a network")
    sendfile = _refused("sendfile", "a network")
    sock_recv = _refused("sock_recv", "a socket")
    sock_recv_into = _refused("sock_recv_into", "a socket")
    sock_recvfrom = _refused("sock_recvfrom", "a socket")
    sock_recvfrom_into = _refused("sock_recvfrom_into", "a socket")
    sock_sendall = _refused("sock_sendall", "a socket")
    sock_sendto = _refused("sock_sendto", "a socket")
    sock_sendfile = _refused("sock_sendfile", "a socket")
    sock_connect = _refused("sock_connect", "a socket")
    sock_accept = _refused("sock_accept", "a socket")

    add_reader = _refused("add_reader", "a file that is read")
    remove_reader = _refused("remove_reader", "a file that is read")
    add_writer = _refused("add_writer", "a file that is written")
    remove_writer = _refused("remove_writer", "a file that is written")
    connect_read_pipe = _refused("connect_read_pipe", "a pipe")
    connect_write_pipe = _refused("connect_write_pipe", "a pipe")

    subprocess_exec = _refused("subprocess_exec", "a process")
    subprocess_shell = _refused("subprocess_shell", "a process")
    add_signal_handler = _refused("add_signal_handler", "a signal")
    remove_signal_handler = _refused("remove_signal_handler", "a signal")
