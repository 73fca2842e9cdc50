"""listen: a server in the queue's loop, and its end while requests are in flight."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from event_collector import Collector
from event_collector.inputs.http import listen
from tests.inputs.serving import (
    Desk,
    calling,
    leave,
    queue_for,
    raw,
    reached,
    refused,
    request,
    served,
)
from tests.support import in_loop

ROOT = Path(__file__).parents[2]


class Served:
    """A queue that is served, with two callers in flight: one in service, and one queued.

    Args:
        options: Those of the queue, and `grace`.
    """

    def __init__(self, **options: Any) -> None:
        self.desk = Desk(closed=True)
        grace = options.pop("grace", 10)
        self.queue = queue_for(Collector("desk", self.desk.process), **options)
        self.input = listen(port=0, grace=grace)(self.queue)
        self.callers: list[asyncio.Task[httpx.Response]] = []

    @asynccontextmanager
    async def in_flight(self) -> AsyncIterator[httpx.AsyncClient]:
        """It runs, and both callers wait."""
        async with self.queue, calling(str(await self.input.__aenter__())) as client:
            self.callers = [asyncio.create_task(client.post("/", json=n)) for n in (1, 2)]
            await reached(lambda: self.queue.metrics().accepted == 2)
            yield client

    def ends(self) -> "asyncio.Task[Any]":
        """Leave the input's block, in a task."""
        return asyncio.ensure_future(self.input.__aexit__(None, None, None))


@in_loop
async def test_at_the_end_requests_in_flight_get_their_answers_and_nobody_else_gets_in() -> None:
    """The input ends before the queue does, which still processes."""
    served = Served()
    async with served.in_flight() as client:
        idle = await raw(client)
        end = served.ends()
        await refused(client)
        assert not end.done()
        served.desk.gate.set()
        answers = await asyncio.gather(*served.callers)
        await end
        await leave(idle)
    assert [answer.json() for answer in answers] == [{"results": {"desk": n}} for n in (1, 2)]
    assert sorted(served.desk.done) == [1, 2]


@in_loop
async def test_when_the_grace_is_over_the_rest_is_504_and_goes_on() -> None:
    """The caller is told that nobody knows; the queue drains what it had accepted."""
    served = Served(grace=0.05)
    async with served.in_flight():
        await served.ends()
        answers = await asyncio.gather(*served.callers)
        assert served.desk.done == []
        served.desk.gate.set()
    assert [answer.status_code for answer in answers] == [504, 504]
    assert answers[0].json()["error"].startswith("the service ended before the result was there")
    assert sorted(served.desk.done) == [1, 2]


@in_loop
async def test_when_the_grace_is_over_half_a_request_is_503() -> None:
    """Nothing was accepted of it: it may be sent again."""
    served = Served(grace=0.05)
    async with served.in_flight() as client:
        host, port = client.base_url.host, client.base_url.port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request("half a payload")[:-5])
        await writer.drain()
        await reached(lambda: in_flight() == 3)
        await served.ends()
        assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
        await leave(writer)
        served.desk.gate.set()
    assert len(served.desk.done) == 2


def in_flight() -> int:
    """How many requests uvicorn serves."""
    tasks = asyncio.all_tasks()
    return sum("run_asgi" in getattr(task.get_coro(), "__qualname__", "") for task in tasks)


@in_loop
async def test_what_a_shutdown_of_the_queue_cuts_off_is_504() -> None:
    """One had begun and one had not; what became of it in the processor nobody knows."""
    served = Served(shutdown_timeout=0.05)
    async with served.in_flight():
        await served.queue.shut_down_queue()
        answers = await asyncio.gather(*served.callers)
        await served.ends()
    assert [answer.status_code for answer in answers] == [504, 504]


@in_loop
async def test_its_end_can_be_cut_off() -> None:
    """By the second signal, which cancels; the port is free at once."""
    served = Served(grace=None)
    async with served.in_flight() as client:
        end = served.ends()
        await refused(client)
        end.cancel()
        with pytest.raises(asyncio.CancelledError):
            await end
        served.desk.gate.set()
        answers = await asyncio.gather(*served.callers)
    assert [answer.status_code for answer in answers] == [200, 200]


@in_loop
async def test_what_the_block_raises_passes_on_when_the_server_has_ended() -> None:
    """In good order, too."""
    queue = queue_for()
    with pytest.raises(KeyError, match="mine"):
        async with served(queue) as client:
            raise KeyError("mine")
    with pytest.raises(ConnectionRefusedError):
        await raw(client)


@in_loop
async def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    """It does not end the process, as uvicorn by itself does."""
    async with queue_for() as queue, listen(port=0)(queue) as address:
        port = int(str(address).rpartition(":")[2])
        with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
            await listen(port=port)(queue).__aenter__()


@in_loop
async def test_an_app_that_cannot_start_is_an_error_and_does_not_end_the_process() -> None:
    """Starlette's lifespan raises; a notebook keeps its kernel."""

    @asynccontextmanager
    async def broken(app: Starlette) -> AsyncIterator[None]:
        raise OSError("no licence")
        yield

    async with queue_for() as queue:
        with pytest.raises(RuntimeError, match=r"could not be started; the log of uvicorn says"):
            await listen(lambda _: Starlette(lifespan=broken), port=0)(queue).__aenter__()
        assert queue.running


@in_loop
async def test_signals_stay_with_the_service() -> None:
    """Decision 30: they are those of `stop_on_signals`, or of a notebook's stop button."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with served(queue_for()):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@in_loop
async def test_it_listens_at_an_address_of_version_6_too() -> None:
    """The address can be called as it is given."""
    async with served(queue_for(Collector("a", Desk().process)), host="::1") as client:
        assert str(client.base_url).startswith("http://[::1]:")
        assert (await client.post("/", json=1)).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"app": 1, "port": 0},
            "app must be a function of the queue that makes an ASGI app, got 1",
        ),
        ({"port": -1}, "port must be >= 0, got -1"),
        ({"port": "http"}, "port must be an int, got str: 'http'"),
        (
            {"port": 0, "host": 1},
            "host must be a str, got int: 1; write an address",
        ),
        ({"port": 0, "grace": 0}, "grace must be above 0 s, got 0; use None"),
    ],
)
def test_wrong_arguments_are_refused_at_once(arguments: dict[str, Any], said: str) -> None:
    """Decision 24: when the input is made, not when it is run."""
    with pytest.raises((TypeError, ValueError)) as caught:
        listen(**arguments)
    assert str(caught.value).startswith(said)


def test_importing_it_needs_nothing_that_is_installed_and_serving_names_uvicorn() -> None:
    """Decisions 5 and 35: an Endpoint is an app for whatever server there is."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import asyncio\n"
        "from event_collector import CollectorQueue\n"
        "from event_collector.inputs.http import listen\n"
        "queue = CollectorQueue([], min_consumers=1, max_consumers=1)\n"
        "asyncio.run(listen(port=0)(queue).__aenter__())\n"
    )
    command = [sys.executable, "-ISc", code]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert said.rstrip().endswith("ModuleNotFoundError: No module named 'uvicorn'"), said
    assert "Error" not in said.replace("ModuleNotFoundError", "")
