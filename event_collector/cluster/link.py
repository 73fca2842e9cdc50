"""Link: what is asked of a cluster, by a client of the queue's loop or of a loop of its own."""

import asyncio
import pickle
import sys
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any

from distributed import Client
from distributed.comm.core import CommClosedError
from distributed.core import Status, clean_exception, send_recv
from distributed.protocol.pickle import dumps
from distributed.versions import get_versions

from event_collector._log import logger
from event_collector._text import describe, one_line
from event_collector.cluster.errors import ClusterClosedError
from event_collector.cluster.gone import LeaveWithClient
from event_collector.simulation.loop import VirtualLoop

OURS = "event-collector-toolkit"

CONNECT = 2.0
"""Seconds to connect to a worker; one that is not reached within has got nothing."""
TRIES = 4
"""How often all workers are asked something, where one of them ends meanwhile."""
BETWEEN = 0.3
"""Seconds between two of these."""

CLIENT_CLOSED = "the client is closed", "connect a new Client"
"""What is said where somebody here has closed it."""


class NotDeliveredError(Exception):
    """A worker was not reached: it has certainly got nothing of what was sent."""


class Link:
    """Asks workers and the scheduler, from the queue's loop.

    Args:
        client: A client of the current loop, or a synchronous one.

    Raises:
        ClusterClosedError: The client is closed.
        RuntimeError: The client is one of another loop; or this is a simulation.
    """

    def __init__(self, client: Client) -> None:
        check_client(client)
        self.client: Any = client
        self._loop = asyncio.get_running_loop()
        theirs: asyncio.AbstractEventLoop = client.loop.asyncio_loop  # type: ignore[union-attr]
        self._theirs: asyncio.AbstractEventLoop | None = None if theirs is self._loop else theirs

    @property
    def scheduler(self) -> str:
        """The address of the scheduler."""
        return str(self.client.scheduler.address)

    @property
    def closed(self) -> bool:
        """Whether the client is closed, or has given up its scheduler."""
        return self.client.status in ("closed", "closing")

    @property
    def said(self) -> tuple[str, str]:
        """What has become of the cluster, as far as it is known here, and what to do."""
        client = self.client
        cluster = client.cluster
        if cluster is not None and cluster.status in (Status.closing, Status.closed):
            return "the cluster was closed", "start one, and connect a new Client"
        if not self.closed:
            return "the cluster is out of reach", "see whether its scheduler runs"
        # Dask forgets the connection to a scheduler that it has lost, and keeps one that it ended.
        if client.scheduler_comm is None:
            return (
                "the scheduler is gone, and dask has given up to connect to it again",
                "start a cluster, and connect a new Client",
            )
        return CLIENT_CLOSED

    async def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the client's loop."""
        if self._theirs is None:
            return await coroutine
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._theirs)
        except RuntimeError:  # its loop is closed
            coroutine.close()
            raise
        return await asyncio.wrap_future(future)

    async def ask(self, address: str, what: str, token: str, blob: bytes) -> tuple[Any, Any]:
        """Ask a worker for something; return its reply.

        Raises:
            NotDeliveredError: It was not reached.
            OSError: The connection broke while it had what was sent, or nobody knows.
        """
        reply = await self.run(self._ask(address, what, token, blob))
        if not isinstance(reply, bytes):  # its plugin is not set up yet
            return "unknown", None
        answer: tuple[Any, Any] = pickle.loads(reply)
        return answer

    async def _ask(self, address: str, what: str, token: str, blob: bytes) -> Any:
        pool = self.client.rpc
        try:
            comm = await pool.connect(address, timeout=CONNECT)
        except (OSError, TimeoutError, ValueError, RuntimeError) as exc:
            raise NotDeliveredError(f"{address}: {describe(exc)}") from exc
        try:
            return await send_recv(comm=comm, op=what, token=token, blob=blob)
        except BaseException:
            comm.abort()  # what comes next on it would be the answer to this
            raise
        finally:
            pool.reuse(address, comm)

    async def answers(self, address: str, within: float) -> bool:
        """Whether a worker says within so many seconds that it is there."""

        async def ask() -> None:
            comm = await self.client.rpc.connect(address, timeout=within)
            try:
                await send_recv(comm=comm, op="echo", data=b"")
            except BaseException:
                comm.abort()
                raise
            finally:
                self.client.rpc.reuse(address, comm)

        try:
            await asyncio.wait_for(self.run(ask()), within)
        except (OSError, ValueError):
            return False
        return True

    def forget(self, address: str) -> None:
        """Drop the idle connections to a worker that was lost: they may look open for a while, and
        what is sent on one would not be known to have got nowhere."""
        if self._theirs is None:
            self._forget(address)
        else:
            with suppress(RuntimeError):  # its loop is closed
                self._theirs.call_soon_threadsafe(self._forget, address)

    def _forget(self, address: str) -> None:
        pool = self.client.rpc
        for comm in pool.available.pop(address, ()):
            comm.abort()
            pool.semaphore.release()

    async def workers(self) -> list[str]:
        """The addresses of the workers that take work now.

        Raises:
            OSError: The scheduler is out of reach.
        """

        async def ask() -> Any:
            return await self.client.scheduler.ncores_running()

        return list(await asyncio.wait_for(self.run(ask()), 5.0))

    async def register(self, plugin: Any) -> None:
        """Set a plugin up on all workers, and on those to come.

        Raises:
            Exception: What its setup raised on a worker.
        """

        async def register() -> None:
            try:
                await self.client.register_plugin(LeaveWithClient())
            except OSError:
                raise
            except Exception as exc:  # it may be without our package, or be told to read nothing
                logger.info(
                    "the scheduler cannot see to it that workers are left when this process dies: "
                    "%s",
                    describe(exc),
                )
            await self.client.register_plugin(plugin, name=plugin.name)

        await self._run_again(register)

    async def set_up(self, address: str, plugin: Any) -> None:
        """Set a plugin up on one worker, as the scheduler does on all."""
        pack: Any = dumps

        async def add() -> None:
            add_plugin = getattr(self.client.rpc(address), "plugin-add")
            await add_plugin(plugin=pack(plugin), name=plugin.name)

        with suppress(OSError):
            await self.run(add())

    async def unregister(self, name: str) -> list[BaseException]:
        """Take a plugin back from all workers, which leave its lifecycle.

        Args:
            name: The plugin's.

        Returns:
            What the lifecycle raised on workers as it was left.

        Raises:
            OSError: The scheduler is out of reach, or a worker has ended meanwhile.
        """

        async def unregister() -> list[Any]:
            # Not by the client's own method: that tells of one worker only.
            try:
                said = await self.client.scheduler.unregister_worker_plugin(name=name)
            except ValueError as exc:
                if "does not exist" not in str(exc):
                    raise
                return []  # the scheduler has taken it back already: we were away for long
            return [clean_exception(**one)[1] for one in said.values() if one["status"] == "error"]

        return await self.run(unregister())

    async def check_versions(self, key: str, *, without: Collection[str] = ()) -> None:
        """Refuse workers that could not run a processor from here.

        Args:
            key: The collector's key.
            without: The addresses of workers that are not asked.

        Raises:
            RuntimeError: A worker runs another minor version of Python, or has not this package in
                this version.
        """

        async def versions() -> Any:
            listed = await self.client.scheduler.ncores_running()
            workers = await self.client.scheduler.broadcast(
                msg={"op": "versions", "packages": [OURS]},
                workers=[address for address in listed if address not in without],
                on_error="ignore",
            )
            return {"workers": workers, "client": get_versions(packages=[OURS])}

        refuse_versions(key, await self._run_again(versions))

    async def _run_again[T](self, what: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Ask the scheduler for what it asks all workers; again, where one of them ends meanwhile.

        Raises:
            OSError: The connection broke each time.
        """
        for _ in range(TRIES - 1):
            try:
                return await self.run(what())
            except CommClosedError:
                if self.closed:
                    raise
                await asyncio.sleep(BETWEEN)
        return await self.run(what())


def refuse_versions(key: str, said: Any) -> None:
    """Refuse workers that could not run a processor from here.

    Args:
        key: The collector's key.
        said: What dask's `get_versions` gives.

    Raises:
        RuntimeError: A worker runs another minor version of Python, or has not this package in
            this version.
    """
    python = "{}.{}".format(*sys.version_info[:2])
    for address, of in said["workers"].items():
        theirs = str(of["host"]["python"])
        if theirs.split(".")[:2] != python.split("."):
            raise RuntimeError(
                f"worker {address} runs Python {theirs}, and this is {python}: the processor "
                f"of {key!r} could not be read there; use one minor version for both"
            )
        version = of["packages"].get(OURS)
        if version != (ours := said["client"]["packages"].get(OURS)):
            has = f"has version {version} of" if version else "does not have"
            raise RuntimeError(
                f"worker {address} {has} {OURS}, and this is {ours}; install the same version "
                "there, with the extra [cluster]"
            )


def check_client(client: object) -> None:
    """A client that a queue in the current loop, if there is one, can use.

    Raises:
        TypeError: It is not a Client.
        ClusterClosedError: It is closed.
        RuntimeError: It is one of another loop, or was not awaited; or this is a simulation.
    """
    if not isinstance(client, Client):
        raise TypeError(
            f"client must be a distributed.Client, got {type(client).__name__}: "
            f"{one_line(client)}; write Client(cluster), or await Client(cluster, "
            "asynchronous=True)"
        )
    if client.status in ("closed", "closing"):
        raise ClusterClosedError(*CLIENT_CLOSED)
    if client.scheduler is None:
        raise RuntimeError("the client is not connected yet; await it first: client = await client")
    try:
        here = asyncio.get_running_loop()
    except RuntimeError:
        return
    if isinstance(here, VirtualLoop):
        raise RuntimeError(
            "under simulate() there is no cluster: its workers do not live by the virtual clock; "
            "give the queue the collector itself"
        )
    asynchronous = getattr(client, "_asynchronous", False)
    loop: Any = client.loop
    if asynchronous and loop.asyncio_loop is not here:
        raise RuntimeError(
            "the client is an asynchronous one of another event loop; make it in this one, by "
            "await Client(..., asynchronous=True), or make a synchronous one"
        )
