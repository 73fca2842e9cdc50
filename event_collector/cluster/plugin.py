"""Plugin: what dask sets up on each worker of a cluster, for one collector.

Dask calls `setup` on every worker that there is, and on each that joins or replaces one, before
that one can be asked anything; and `teardown` when it is taken back, or a worker closes or is
retired. A worker that is killed calls nothing.
"""

import asyncio
import pickle
import sys
from importlib.metadata import version
from typing import Any

from distributed import Status, Worker, WorkerPlugin

from event_collector.cluster import packing, showing
from event_collector.cluster.errors import LeftBadlyError
from event_collector.cluster.home import Home
from event_collector.cluster.link import OURS
from event_collector.data import Error

SEND = "event_collector_send"
FETCH = "event_collector_fetch"
CANCEL = "event_collector_cancel"
HELLO = "event_collector_hello"

SOON = 0.01
"""Seconds that a reply waits for the rest of what it could tell."""

POLL = 2.0
"""Seconds after which a worker replies in any case: so it is known to be there."""


class OnWorker:
    """One collector's Home on a worker, and what its sender asks of it."""

    def __init__(self) -> None:
        self.opening: Home | None = None
        """Whose lifecycle is entered, or was."""
        self.home: Home | None = None
        self.failure: BaseException | None = None
        """What its lifecycle raised, so that it cannot be used here."""
        self.gone = False
        """Whether it was taken back, maybe before it was set up."""
        self._some = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def tell(self) -> None:
        """There are results to be fetched; called in the Home's thread."""
        try:
            self._loop.call_soon_threadsafe(self._some.set)
        except RuntimeError:  # the worker has ended
            return

    async def reply(self, within: float) -> bytes:
        """What is done, as soon as all is, or some a moment ago, or the time is over."""
        home = self.home
        assert home is not None
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        soon: float | None = None
        done = home.take()
        while home.busy:
            if done and soon is None:
                soon = loop.time() + SOON
            left = (until if soon is None else min(soon, until)) - loop.time()
            if left <= 0:
                break
            self._some.clear()
            try:
                await asyncio.wait_for(self._some.wait(), left)
            except TimeoutError:
                break
            done += home.take()
        done += home.take()
        return pickle.dumps((self.state(home), done), protocol=5)

    def state(self, home: Home) -> Any:
        """What is to be known of the worker: "ok", "left", or what its lifecycle failed with."""
        if home.failure is not None:
            return packing.pack_result(Error(home.failure))
        return "left" if home.left else "ok"


def _here(worker: Worker) -> dict[str, OnWorker]:
    """The collectors of a worker, by token."""
    found: dict[str, OnWorker] | None = worker.extensions.get("event_collector")
    if found is None:
        found = worker.extensions["event_collector"] = {}
        handlers = {SEND: _send, FETCH: _fetch, CANCEL: _cancel, HELLO: _hello}
        for name, handler in handlers.items():
            worker.handlers[name] = _bound(handler, found)
    return found


def _bound(handler: Any, found: dict[str, OnWorker]) -> Any:
    async def handle(token: str, blob: bytes) -> bytes:
        here = found.get(token)
        if here is None:
            return pickle.dumps(("unknown", None))
        if here.home is None or here.failure is not None:
            failure = here.failure
            # A lifecycle may take its time to be entered: that is not a worker without it.
            state = "early" if failure is None else packing.pack_result(Error(failure))
            return pickle.dumps((state, None))
        answer: bytes = await handler(here, blob)
        return answer

    return handle


async def _send(here: OnWorker, blob: bytes) -> bytes:
    """Process a chunk; reply what is done soon."""
    assert here.home is not None
    if here.home.left:
        return pickle.dumps((here.state(here.home), None))
    entries = pickle.loads(blob)
    here.home.begin(entries)
    return await here.reply(SOON)


async def _fetch(here: OnWorker, blob: bytes) -> bytes:
    return await here.reply(POLL)


async def _cancel(here: OnWorker, blob: bytes) -> bytes:
    assert here.home is not None
    here.home.cancel(pickle.loads(blob))
    return pickle.dumps(("ok", []))


async def _hello(here: OnWorker, blob: bytes) -> bytes:
    """Say what the lifecycle has shown, once."""
    assert here.home is not None
    shown, here.home.shown = here.home.shown, []
    return pickle.dumps(("ok", showing.pack(shown)))


class CollectorPlugin(WorkerPlugin):
    """Brings one collector to each worker.

    Args:
        token: Its name among all that are registered.
        spec: What the collector is made of, pickled.
    """

    def __init__(self, token: str, spec: bytes) -> None:
        self.name = token
        self.token = token
        self.spec = spec
        self.python = sys.version_info[:2]
        self.version = version(OURS)

    async def setup(self, worker: Worker) -> None:
        """Enter the lifecycle on a worker.

        Raises:
            RuntimeError: It runs another Python, which cannot read the processor, or has this
                package in another version.
            Exception: What the lifecycle raised.
        """
        here = _here(worker)[self.token] = OnWorker()
        try:
            if sys.version_info[:2] != tuple(self.python):
                theirs, ours = (".".join(map(str, v)) for v in (sys.version_info[:2], self.python))
                raise RuntimeError(f"the worker runs Python {theirs}, and the queue {ours}")
            if (has := version(OURS)) != self.version:  # it has come after the start
                raise RuntimeError(f"the worker has {OURS} {has}, and the queue {self.version}")
            here.opening = home = Home(self.spec, here.tell)
            await home.open()
            if here.gone:  # whoever wanted it has gone meanwhile
                await home.close(drain=False)
                return
            here.home = home
        except Exception as exc:
            here.failure = exc
            raise

    async def teardown(self, worker: Worker) -> None:
        """Leave the lifecycle: at once, or when a worker closes after what it has begun.

        Raises:
            LeftBadlyError: The lifecycle raised; dask tells it to whoever took the plugin back. Of
                a worker that closes it stands in its log.
        """
        found = _here(worker)
        here = found.get(self.token)
        failure, closing = None, worker.status not in (Status.running, Status.paused)
        if here is not None:
            here.gone = True
        if here is not None and here.home is not None:
            failure = await here.home.close(drain=closing)
        elif here is not None and here.opening is not None:
            here.opening.give_up()
        if found.get(self.token) is here:
            del found[self.token]
        if failure is not None and not closing:
            failure.add_note(f"on worker {worker.address}")
            raise LeftBadlyError(packing.pack_result(Error(failure)))
