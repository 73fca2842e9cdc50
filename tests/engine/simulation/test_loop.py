"""The simulation's loop: an exact clock that jumps, and no real time."""

import asyncio
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from event_collector.simulation import (
    DeadlockError,
    RealTimeError,
    simulate,
)


def now() -> float:
    """The clock of the loop that runs."""
    return asyncio.get_running_loop().time()


async def an_hour() -> float:
    """Sleep for an hour, and say what the clock shows."""
    await asyncio.sleep(3600)
    return now()


def test_an_hour_takes_no_time_and_ends_on_the_second() -> None:
    """The clock starts at 0.0 and jumps, exactly."""
    began = time.monotonic()
    assert simulate(an_hour) == 3600.0
    assert time.monotonic() - began < 5


def test_the_clock_is_exact_however_small_or_large_the_steps() -> None:
    """No resolution rounds a moment, and none ends early."""

    async def main() -> list[float]:
        times = [now()]
        for seconds in (1e-9, 0.1, 1.0, 1e7):
            await asyncio.sleep(seconds)
            times.append(now())
        return times

    assert simulate(main) == [0.0, 1e-9, 1e-9 + 0.1, 1e-9 + 0.1 + 1.0, 1e-9 + 0.1 + 1.0 + 1e7]


def test_timers_for_one_moment_go_off_in_the_order_in_which_they_were_set() -> None:
    """asyncio leaves that open; figures that are the same in every run need it."""

    async def main() -> list[int]:
        woken: list[int] = []
        loop = asyncio.get_running_loop()
        for number in range(50):
            loop.call_at(1.0 if number % 2 else 0.0, woken.append, number)
        await asyncio.sleep(1)
        return woken

    assert simulate(main) == [*range(0, 50, 2), *range(1, 50, 2)]


def test_moments_that_nearly_meet_stay_apart() -> None:
    """No resolution of a clock lets a timer go off early."""

    async def main() -> list[float]:
        seen: list[float] = []
        for moment in (1 + 1e-9, 1.0, 1 + 1e-12):
            asyncio.get_running_loop().call_at(moment, lambda: seen.append(now()))
        await asyncio.sleep(2)
        return seen

    assert simulate(main) == [1.0, 1 + 1e-12, 1 + 1e-9]


def test_timeouts_and_cancelled_timers_work_on_the_clock() -> None:
    """Thousands of timers that are cancelled neither go off nor stay."""

    async def main() -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        for _ in range(5_000):
            async with asyncio.timeout(1000):
                await asyncio.sleep(0.001)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.sleep(3)
        return now(), len(loop._scheduled)  # type: ignore[attr-defined]

    ended, kept = simulate(main)
    assert ended == pytest.approx(7.0)
    assert kept < 500


def test_a_moment_that_is_no_number_is_refused() -> None:
    """It would spoil the order of all timers."""

    async def main() -> None:
        asyncio.get_running_loop().call_later(float("nan"), print)

    with pytest.raises(ValueError, match=r"^a timer needs a moment in seconds, got nan$"):
        simulate(main)


def test_a_callback_that_raises_is_reported_and_the_loop_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As in every loop of asyncio."""

    async def main() -> float:
        asyncio.get_running_loop().call_later(1, int, "x")
        return await an_hour()

    assert simulate(main) == 3600.0
    assert "Exception in callback" in caplog.text
    assert "invalid literal for int()" in caplog.text


def loop() -> asyncio.AbstractEventLoop:
    """The loop that runs."""
    return asyncio.get_running_loop()


async def with_a_socket() -> None:
    """Ask for bytes of a socket, and close it."""
    with socket.socket() as open_one:
        await loop().sock_recv(open_one, 1)


async def with_a_file() -> None:
    """Ask to be told when there is something to read."""
    with socket.socket() as open_one:
        loop().add_reader(open_one, print)


async def with_a_signal() -> None:
    """Ask to be told of a signal."""
    loop().add_signal_handler(signal.SIGTERM, print)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: asyncio.to_thread(print), "run_in_executor() needs a thread"),
        (lambda: asyncio.open_connection("localhost", 1), "create_connection() needs a network"),
        (lambda: asyncio.start_server(print, "localhost", 0), "create_server() needs a network"),
        (lambda: loop().getaddrinfo("localhost", 1), "getaddrinfo() needs a network"),
        (lambda: asyncio.create_subprocess_exec("true"), "subprocess_exec() needs a process"),
        (lambda: asyncio.create_subprocess_shell("true"), "subprocess_shell() needs a process"),
        (lambda: loop().connect_read_pipe(asyncio.Protocol, sys.stdin), "connect_read_pipe()"),
        (with_a_socket, "sock_recv() needs a socket"),
        (with_a_file, "add_reader() needs a file that is read"),
        (with_a_signal, "add_signal_handler() needs a signal"),
    ],
)
def test_real_time_is_refused_at_the_place_of_the_call(
    ask: Callable[[], Awaitable[Any]], said: str
) -> None:
    """Not by spinning, and main can catch it."""

    async def main() -> float:
        await asyncio.sleep(5)
        with pytest.raises(RealTimeError) as caught:
            await ask()
        assert str(caught.value).startswith(said)
        assert str(caught.value).endswith("or run it with asyncio.run()")
        return loop().time()

    assert simulate(main) == 5.0


IO = re.compile(
    "sock_|add_|remove_|connect_|create_(?!future|task)|subprocess_|start_tls|sendfile|get.*info"
    "|run_in_executor|set_default_executor"
)


def test_no_way_to_real_time_is_forgotten() -> None:
    """Whatever asyncio's loops offer of that kind, today or in a later Python, is refused."""

    async def main() -> set[str]:
        known = vars(type(loop()))
        return {name for name in vars(asyncio.AbstractEventLoop) if IO.match(name)} - {*known}

    assert simulate(main) == set()


def test_another_thread_is_refused_where_it_calls() -> None:
    """The thread gets the error; who waits for it gets a deadlock, not an endless wait."""
    refused: list[BaseException] = []

    async def main() -> None:
        running, waiter = loop(), loop().create_future()

        def work() -> None:
            try:
                running.call_soon_threadsafe(waiter.set_result, None)
            except RuntimeError as exc:
                refused.append(exc)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(20)
        await waiter

    with pytest.raises(DeadlockError):
        simulate(main)
    assert [str(one).split(",")[0] for one in refused] == [
        "call_soon_threadsafe() needs another thread"
    ]


def test_the_own_thread_may_call_thread_safely() -> None:
    """It is what many libraries do from callbacks."""

    async def main() -> str:
        waiter: asyncio.Future[str] = loop().create_future()
        loop().call_soon_threadsafe(waiter.set_result, "here")
        return await waiter

    assert simulate(main) == "here"
