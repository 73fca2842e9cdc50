"""The queue in real services: a web server, a database, other processes, an exporter's thread."""

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from math import factorial
from pathlib import Path
from typing import Any

import aiosqlite
import fastapi
import httpx
import uvicorn

from event_collector import Collector, CollectorQueue, Context, Ok, Payload, Result
from tests.support import in_loop, queue_of, until


def loop_factory() -> Any:
    """uvloop's, where there is one."""
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


def test_a_web_service_under_uvloop_with_a_database_and_an_exporter(tmp_path: Path) -> None:
    """FastAPI under uvicorn: each request is stored, and a thread reads the metrics meanwhile."""
    file, served = tmp_path / "readings.db", threading.Event()
    readings: list[int] = []

    @asynccontextmanager
    async def database(ctx: Context) -> AsyncIterator[None]:
        async with aiosqlite.connect(file) as ctx.db:
            await ctx.db.execute("create table readings (value real)")
            yield

    async def store(payload: Payload[Any], ctx: Context) -> Result:
        await ctx.db.execute("insert into readings values (?)", (payload.value,))
        await ctx.db.commit()
        return Ok(payload.value)

    queue: CollectorQueue = queue_of(Collector("store", store, lifecycle=database))

    def export() -> None:
        while not served.is_set():
            now = queue.metrics()
            assert now.accepted == now.queued + now.in_service + now.finished
            readings.append(now.finished)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with queue:
            yield

    app = fastapi.FastAPI(lifespan=lifespan)

    async def receive(value: float) -> Any:
        results = await queue.get_publisher().send(Payload(value)).wait()
        return {"stored": results.first().unwrap()}

    app.post("/{value}")(receive)

    async def main() -> None:
        config = uvicorn.Config(app, port=0, log_level="error")
        server = uvicorn.Server(config)
        # The test's own signals stay.
        server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started, turns=10**7)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answers = await asyncio.gather(*(client.post(f"/{n}") for n in range(30)))
        assert sorted(answer.json()["stored"] for answer in answers) == list(range(30))
        server.should_exit = True
        await serving

    exporter = threading.Thread(target=export)
    exporter.start()
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(main())
    finally:
        served.set()
        exporter.join()
    assert readings[-1] <= 30
    with sqlite3.connect(file) as db:
        assert db.execute("select count(*) from readings").fetchone() == (30,)
    db.close()


@in_loop
async def test_a_processor_computes_in_other_processes() -> None:
    """A process pool within a processor; the loop goes on meanwhile."""
    with ProcessPoolExecutor(1) as pool:

        async def compute(payload: Payload[Any], ctx: Context) -> Result:
            loop = asyncio.get_running_loop()
            return Ok(await loop.run_in_executor(pool, factorial, payload.value))

        async with queue_of(Collector("compute", compute)) as queue:
            events = await queue.get_publisher().send_all(Payload(n) for n in range(5))
            assert [(await event.wait()).oks[0].value for event in events] == [1, 1, 2, 6, 24]
