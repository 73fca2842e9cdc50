"""What a simulation refuses: real time, and waiting for ever. Each says what and where."""

import asyncio
import pickle
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from event_collector.settling import Place
from event_collector.simulation import DeadlockError, RealTimeError, Waiting, simulate


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


async def wait_for_ever() -> None:
    """Wait for what nobody ends."""
    await asyncio.Event().wait()


def test_a_deadlock_says_where_main_waits() -> None:
    """File, line and function of the user's own code, and the line itself."""

    async def main() -> None:
        await asyncio.sleep(2.5)
        await wait_for_ever()

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    line = wait_for_ever.__code__.co_firstlineno + 2
    assert str(caught.value) == (
        "nothing is ready at 2.5 s and no timer is set, so these wait for ever; "
        "have somebody end what they wait for\n"
        f"  main, at {__file__}:{line} in wait_for_ever: await asyncio.Event().wait()"
    )
    assert caught.value.now == 2.5
    assert caught.value.waiting[0].place == Place(__file__, line, "wait_for_ever")


def test_a_sleep_without_end_is_a_deadlock() -> None:
    """The clock does not jump to infinity."""
    with pytest.raises(DeadlockError, match=r"^nothing is ready at 0 s and"):
        simulate(lambda: asyncio.sleep(float("inf")))


def test_a_deadlock_names_consumers_with_event_and_collector() -> None:
    """One collector alone, and several at once, each in a task of its own."""

    async def stuck(payload: Payload[int], ctx: Context) -> Result:
        await wait_for_ever()
        return Ok(None)

    async def main() -> None:
        collectors = [Collector("a", stuck), Collector("b", stuck)]
        queue = CollectorQueue(collectors, min_consumers=0, max_consumers=2, shutdown_timeout=None)
        async with queue:
            for number in range(3):
                queue.get_publisher().send(Payload(number))
            await queue.get_publisher().wait()

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    told = [(one.name, one.event, one.collector) for one in caught.value.waiting]
    assert told[0] == ("main", None, None)
    assert sorted(told[1:], key=str) == [
        ("consumer 1", 1, "a"),
        ("consumer 1", 1, "b"),
        ("consumer 2", 2, "a"),
        ("consumer 2", 2, "b"),
    ]
    assert "  consumer 1 with event 1 in 'a', at " in str(caught.value)
    assert {one.place and one.place.function for one in caught.value.waiting[1:]} == {
        "wait_for_ever"
    }


def test_a_deadlock_shows_twenty_and_counts_the_rest() -> None:
    """Main first, then by name, numbers as numbers."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(31):
                group.create_task(wait_for_ever(), name=f"A {number}")

    with pytest.raises(DeadlockError) as caught:
        simulate(main)
    lines = str(caught.value).splitlines()[1:]
    names = [line.strip().split(",")[0] for line in lines]
    assert names == ["main", *(f"A {number}" for number in range(19)), "and 12 more"]
    assert len(caught.value.waiting) == 32


def test_a_deadlock_cleans_up() -> None:
    """The blocks that are left run their ends, even one that waits for ever once more."""
    ended: list[str] = []

    async def main() -> None:
        try:
            await wait_for_ever()
        finally:
            try:
                await wait_for_ever()
            finally:
                await asyncio.sleep(1)
                ended.append("main")

    with pytest.raises(DeadlockError):
        simulate(main)
    assert ended == ["main"]


def test_a_cell_is_named_the_same_in_every_run() -> None:
    """A notebook's files have other names each time."""
    place = Place("/tmp/ipykernel_123/456.py", 7, "main")
    error = DeadlockError(1.0, (Waiting("main", place, "await x"),))
    assert str(error).endswith("\n  main, at line 7 of its cell, in main: await x")


@pytest.mark.parametrize(
    "error",
    [
        RealTimeError("add_reader", "a file"),
        DeadlockError(1.5, (Waiting("main", Place("a.py", 1, "main"), "", 3, "key"),)),
    ],
)
def test_the_errors_pickle_with_their_parts(error: Exception) -> None:
    """They may end up in an Error of another process."""
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    assert isinstance(error, RuntimeError)


def test_a_deadlock_in_a_script_ends_the_script() -> None:
    """With the report as the last lines on the screen."""
    code = (
        "import asyncio; from event_collector.simulation import simulate\n"
        "async def main():\n    await asyncio.Event().wait()\nsimulate(main)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("  main, at <string>:3 in main")
