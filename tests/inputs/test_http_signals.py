"""A service that is sent signals while requests are in flight: what each caller gets."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.inputs.serving import calling, refused
from tests.support import in_loop

ROOT = Path(__file__).parents[2]

SERVICE = f"""
import asyncio, sys
sys.path.insert(0, {str(ROOT)!r})
from event_collector import Collector, CollectorQueue, Instrument, Ok, stop_on_signals
from event_collector.inputs.http import listen

class Told(Instrument):
    def accepted(self, event):
        print("accepted", event.payload.value, flush=True)

    def finished(self, event):
        print("finished", event.payload.value, flush=True)

async def held(payload, ctx):
    await asyncio.to_thread(sys.stdin.readline)
    return Ok(payload.value)

async def main():
    desk = Collector("desk", held)
    queue = CollectorQueue([desk], min_consumers=1, max_consumers=1, shutdown_timeout=0.1)
    queue.add_instrument(Told())
    async with stop_on_signals() as stop, queue, listen(port=0, grace=None)(queue) as address:
        print(address, flush=True)
        await stop.wait()

asyncio.run(main())
"""


class Process:
    """The service, with two callers in flight: one in service, held by its input, and one queued.

    It says what it accepts and finishes.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.callers: list[asyncio.Task[httpx.Response]] = []

    async def says(self) -> str:
        """The next line of it."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    async def go_on(self, times: int) -> None:
        """Let the processor end, so many times."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n" * times)
        await self.process.stdin.drain()


@asynccontextmanager
async def two_in_flight() -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """The service runs, and both callers wait."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, stdin=pipe, stdout=pipe
    )
    service = Process(process)
    try:
        async with calling(await service.says()) as client:
            for value in (1, 2):
                service.callers.append(asyncio.create_task(client.post("/", json=value)))
                assert await service.says() == f"accepted {value}"
            yield service, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@in_loop
async def test_with_sigterm_everybody_in_flight_gets_an_answer_and_nobody_else_gets_in() -> None:
    """Decision 30: the first signal ends the input, which waits for its callers."""
    async with two_in_flight() as (service, client):
        service.process.send_signal(signal.SIGTERM)
        await refused(client)
        assert service.process.returncode is None
        await service.go_on(2)
        answers = await asyncio.gather(*service.callers)
        assert await service.process.wait() == 0
    assert [answer.json() for answer in answers] == [{"results": {"desk": n}} for n in (1, 2)]


@in_loop
async def test_with_a_second_sigterm_the_rest_is_cut_off_and_who_is_told_is_told_504() -> None:
    """Decision 30: it ends at once; nobody is told 200 of what was cut off."""
    async with two_in_flight() as (service, client):
        service.process.send_signal(signal.SIGTERM)
        await refused(client)
        service.process.send_signal(signal.SIGTERM)
        ended = await asyncio.gather(*service.callers, return_exceptions=True)
        await service.go_on(2)  # the thread that it waits in holds the process up
        assert await service.process.wait() == 0
    for each in ended:
        assert isinstance(each, httpx.RemoteProtocolError) or each.status_code == 504  # type: ignore[union-attr]


@in_loop
async def test_with_sigkill_nobody_gets_an_answer_and_what_was_done_is_not_known() -> None:
    """What was finished may be unanswered, and what was accepted is lost."""
    async with two_in_flight() as (service, _):
        service.process.kill()
        for caller in service.callers:
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await caller
        assert await service.says() == ""
