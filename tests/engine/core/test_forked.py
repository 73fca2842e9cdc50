"""A process that was forked from one in which a queue runs."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")


def ran_of(script: str) -> "subprocess.CompletedProcess[str]":
    """What a script printed, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


FORKED = """
import asyncio, os, sys
from event_collector import Collector, CollectorQueue, Ok, Payload

async def echo(payload, ctx):
    return Ok(payload.value)

def tried(call):
    try:
        call()
    except RuntimeError as exc:
        print(str(exc)[:60], flush=True)

def new():
    queue = CollectorQueue([Collector("a", echo)], min_consumers=1, max_consumers=1)
    async def main():
        async with queue:
            print(await queue.get_publisher().send(Payload("its own")).wait(), flush=True)
    asyncio.run(main())

async def main():
    queue = CollectorQueue([Collector("a", echo)], min_consumers=1, max_consumers=1)
    async with queue:
        publisher = queue.get_publisher()
        if not (child := os.fork()):
            tried(lambda: publisher.send_threadsafe(Payload(1)))
            tried(lambda: publisher.send_threadsafe(Payload(1), wait_for_room=True))
            tried(lambda: publisher.send(Payload(1)))
            tried(lambda: asyncio.run(queue.init_queue()))
            tried(lambda: asyncio.run(queue.shut_down_queue()))
            new()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(await publisher.send(Payload("goes on")).wait(), flush=True)

asyncio.run(main())
"""


def test_in_a_forked_process_a_queue_is_refused_that_runs_in_the_other() -> None:
    """Nobody runs its loop there: what was sent to it would reach nobody."""
    ran = ran_of(FORKED)
    refused = "the queue runs in another process, from which this one was f"
    own, on = "ResultList([Ok('its own')])", "ResultList([Ok('goes on')])"
    assert (ran.stdout.splitlines(), ran.stderr) == ([*[refused] * 5, own, on], "")


GOES_ON = """
import asyncio, os
from contextlib import asynccontextmanager
from event_collector import Collector, CollectorQueue, Ok, Payload

async def echo(payload, ctx):
    return Ok(payload.value)

@asynccontextmanager
async def lifecycle(ctx):
    yield
    print("left", flush=True)

a = Collector("a", echo, lifecycle=lifecycle)
queue = CollectorQueue([a], min_consumers=0, max_consumers=2)
loop = asyncio.new_event_loop()
loop.run_until_complete(queue.init_queue())
if child := os.fork():
    os._exit(os.waitpid(child, 0)[1])

async def serve():
    print(await queue.get_publisher().send(Payload(1)).wait(), flush=True)
    await queue.shut_down_queue()

loop.run_until_complete(serve())
"""


def test_a_queue_goes_on_whose_stopped_loop_goes_on_in_a_forked_process() -> None:
    """As a service does that goes into the background when it has started."""
    ran = ran_of(GOES_ON)
    assert (ran.stdout, ran.stderr) == ("ResultList([Ok(1)])\nleft\n", "")
